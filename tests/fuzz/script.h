/* script.h
 * What do a fuzzer's bytes mean? A script of records, each of which makes something travel.
 *
 * The first byte holds session_options. Then records follow, each of 6 bytes and its data:
 *
 *   kind      script_kind, modulo their number
 *   place     which connection, and how (SCRIPT_CONNECTION and the other masks)
 *   argument  2 bytes, little-endian: what the kind makes of it
 *   length    2 bytes, little-endian: of the data; what is missing at the end is missing
 *   data
 *
 * Headers, lengths, sequence numbers and call ids are made, so that a change of a byte changes what a PDU
 * says and not merely whether it is one. SCRIPT_PDU and SCRIPT_RAW leave more of that to the script.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_SCRIPT_H
#define CMRP_FUZZ_SCRIPT_H

#include "network.h"

#define SCRIPT_HEADER 6

/** Of the place: bits of it. */
#define SCRIPT_CONNECTION 0x07
/** The server sends: SCRIPT_PDU, SCRIPT_RAW, SCRIPT_FLAGS, SCRIPT_LOSE. Means else in SCRIPT_WAIT, SCRIPT_CUT. */
#define SCRIPT_SERVER 0x08
#define SCRIPT_BIG_ENDIAN 0x10 /**< numbers of the header, and the label that holds for the stub */
#define SCRIPT_HOLD 0x20 /**< the PDU waits for the next of the connection, to share its frame */
#define SCRIPT_NOT_FIRST 0x40 /**< fragments: not the first */
#define SCRIPT_NOT_LAST 0x80  /**< and not the last */

typedef enum {
    SCRIPT_REQUEST,  /**< argument: opnum, and in bits 12 to 15 the context id. Data: stub */
    SCRIPT_RESPONSE, /**< argument: how many calls ago the call was. Data: stub */
    SCRIPT_FAULT,    /**< likewise. Data: the status */
    SCRIPT_BIND, /**< argument: bit 0 version 2, bit 1 NDR64, bit 2 another interface, bit 3 alter_context;
                        above: association group. Data: authentication trailer */
    SCRIPT_BIND_ACK, /**< argument: bits 0 and 1 result, bit 2 NDR64, bit 3 alter_context_resp; above: group */
    SCRIPT_PDU, /**< argument: PDU type, above it the length of the authentication token. Data: body */
    SCRIPT_RAW,      /**< data: bytes of the stream */
    SCRIPT_DATAGRAM, /**< argument: opnum; bit 8 big number of fragment. Data: PDU type, flags, sequence
                        number, activity, then the body */
    SCRIPT_RAW_DATAGRAM, /**< data: a whole datagram */
    SCRIPT_FLAGS,        /**< argument: flags of a TCP segment without data */
    SCRIPT_LOSE,         /**< argument: bytes of the stream that the capture missed */
    SCRIPT_AGAIN,        /**< the last frame once more */
    SCRIPT_WAIT,         /**< argument: milliseconds that pass, or with SCRIPT_SERVER go back */
    SCRIPT_CUT, /**< argument: bytes that the capture holds of the next frame; with SCRIPT_SERVER, not so, but
                        the data stand behind its IP packet */
    SCRIPT_KINDS
} script_kind;

typedef struct {
    script_kind kind;
    uint8_t place;
    uint16_t argument;
    size_t length;
    const uint8_t *data; /**< borrowed from the script */
} script_record;

/** Reads the record at `at`, of which `left` bytes are there. Returns the bytes it takes; 0: no more. */
size_t script_read(const uint8_t *at, size_t left, script_record *record);

/** What the hosts remember while records are played: calls, encodings, PDUs that wait. */
typedef struct script_player script_player;

/** The hosts begin. `net` stays the caller's and is used until the end. */
script_player *script_begin(network *net);

/** Plays the records of a script: adds frames to the network's capture. Another script may follow. */
void script_play(script_player *p, const uint8_t *records, size_t size);

/** The hosts end. What waits is not sent. */
void script_end(script_player *p);

#endif
