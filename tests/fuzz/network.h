/* network.h
 * How do PDUs become frames? Connections and datagrams between a few hosts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_NETWORK_H
#define CMRP_FUZZ_NETWORK_H

#include <glib.h>

#include "session.h"

/** Flags of a TCP segment (RFC 9293 3.1). */
#define NETWORK_FIN 0x01
#define NETWORK_SYN 0x02
#define NETWORK_PSH 0x08
#define NETWORK_ACK 0x10

#define NETWORK_CONNECTIONS 8

/**
 * The hosts of one input: addresses, time, sequence numbers, and the last frame. Zero it, then set the first three.
 */
typedef struct {
    session *capture;
    uint16_t number; /**< of the input in its capture: no two have an address in common */
    uint64_t time;   /**< of the next frame, in microseconds */
    uint32_t sequence[NETWORK_CONNECTIONS][2];
    size_t cut; /**< captured bytes of the next frame; 0: all */
    /** What stands behind the IP packet of the next frame, as switches and taps add it. Borrowed. */
    const uint8_t *trailer;
    size_t trailer_length;
    GByteArray *last; /**< frame, or NULL */
} network;

/** Sends the number's `bytes` bytes to the end of an array. */
void network_put(GByteArray *to, uint64_t number, unsigned bytes, bool big_endian);

/** A TCP segment on a connection. */
void network_segment(network *n, unsigned connection, bool server, uint8_t flags,
                     const uint8_t *data, size_t length);

/** A UDP datagram. */
void network_datagram(network *n, unsigned connection, bool server, const uint8_t *data,
                      size_t length);

/** The last frame travels again. */
void network_again(network *n);

/** Frees what belongs to the network. */
void network_free(network *n);

#endif
