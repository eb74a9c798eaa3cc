/* wire.h
 * Where does what stand in the PDUs of RPC (C706 chapter 12; MS-RPCE 2.2.2, 2.2.3)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_WIRE_H
#define CMRP_WIRE_H

#include "base/wireshark_compat.h"

/* Types of PDUs. The first four exist over connections and in datagrams. */
enum {
    WIRE_REQUEST = 0,
    WIRE_RESPONSE = 2,
    WIRE_FAULT = 3,
    WIRE_REJECT = 6,
    WIRE_BIND = 11,
    WIRE_BIND_ACK = 12,
    WIRE_ALTER_CONTEXT = 14,
    WIRE_ALTER_CONTEXT_RESP = 15,
    WIRE_AUTH3 = 16,
    WIRE_LAST_TYPE = 20
};

/* PDUs of a connection. */
#define WIRE_CO_VERSION 5
#define WIRE_CO_HEADER 16
#define WIRE_CO_FLAGS 3
#define WIRE_CO_FIRST_FRAGMENT 0x01 /**< flags */
#define WIRE_CO_LAST_FRAGMENT 0x02
#define WIRE_CO_OBJECT 0x80 /**< the header ends with the UUID of an object */
#define WIRE_CO_FRAGMENT_LENGTH 8
#define WIRE_CO_AUTH_LENGTH 10
#define WIRE_CO_CALL 12
#define WIRE_CO_STUB 24
#define WIRE_CO_CONTEXT 20 /**< of requests, responses and faults */
#define WIRE_CO_OPNUM 22   /**< of requests */
#define WIRE_CO_GROUP 20   /**< association group, of binds and their answers */
#define WIRE_CO_FAULT_STATUS 24
#define WIRE_CO_BIND_CONTEXTS 24
#define WIRE_CO_ACK_ADDRESS 24

/* What a security trailer has before its token (MS-RPCE 2.2.2.11). */
#define WIRE_TRAILER 8
#define WIRE_TRAILER_TYPE 0
#define WIRE_TRAILER_LEVEL 1
#define WIRE_TRAILER_PADDING 2
#define WIRE_TRAILER_CONTEXT 4

/* Datagrams. */
#define WIRE_DG_VERSION 4
#define WIRE_DG_HEADER 80
#define WIRE_DG_INTERFACE 24
#define WIRE_DG_ACTIVITY 40
#define WIRE_DG_BOOT 56
#define WIRE_DG_SEQUENCE 64
#define WIRE_DG_LENGTH 74
#define WIRE_DG_AUTH 78

/** The interface's UUID as it stands in a PDU, by data representation. */
static const uint8_t wire_uuid_little[16] = { 0xb2, 0xb8, 0x7d, 0xb9, 0x63, 0x4c, 0xcf, 0x11,
                                              0xbf, 0xf6, 0x08, 0x00, 0x2b, 0xe2, 0x3f, 0x2f };
static const uint8_t wire_uuid_big[16] = { 0xb9, 0x7d, 0xb8, 0xb2, 0x4c, 0x63, 0x11, 0xcf,
                                           0xbf, 0xf6, 0x08, 0x00, 0x2b, 0xe2, 0x3f, 0x2f };

/** True if the numbers of a PDU are little-endian. */
static inline bool wire_is_little(const uint8_t *pdu)
{
    /* The data representation label stands at the same place in both kinds of header. */
    return (pdu[4] & DREP_LITTLE_ENDIAN) != 0;
}

/** A number of 2 or 4 bytes at `offset` of a PDU. */
static inline uint32_t wire_number(const uint8_t *pdu, unsigned offset, unsigned bytes)
{
    if (bytes == 2)
        return wire_is_little(pdu) ? pletohu16(pdu + offset) : pntohu16(pdu + offset);
    return wire_is_little(pdu) ? pletohu32(pdu + offset) : pntohu32(pdu + offset);
}

/** True if these 16 bytes can be the header of a PDU of a connection, as Wireshark takes it for one. */
static inline bool wire_is_co_header(const uint8_t *pdu)
{
    return pdu[0] == WIRE_CO_VERSION && pdu[1] <= 1 && pdu[2] <= WIRE_LAST_TYPE &&
           (pdu[4] & 0xee) == 0 && pdu[5] <= 3;
}

/** A UUID of a PDU. */
static inline void wire_guid(const uint8_t *pdu, unsigned offset, e_guid_t *guid)
{
    guid->data1 = wire_number(pdu, offset, 4);
    guid->data2 = (uint16_t)wire_number(pdu, offset + 4, 2);
    guid->data3 = (uint16_t)wire_number(pdu, offset + 6, 2);
    memcpy(guid->data4, pdu + offset + 8, sizeof(guid->data4));
}

/**
 * The security trailer of a PDU of a connection, behind at least `header` bytes; `token` is the length of what follows
 * it. NULL if the PDU has none, or not all of it is in these `length` bytes.
 */
const uint8_t *wire_trailer(const uint8_t *pdu, uint32_t length, uint32_t header, uint32_t *token);

/** The number of the security context that a trailer names. */
static inline uint32_t wire_trailer_context(const uint8_t *pdu, const uint8_t *trailer)
{
    return wire_number(pdu, (unsigned)(trailer - pdu) + WIRE_TRAILER_CONTEXT, 4);
}

/** The interface's UUID in the byte order of a PDU: 16 bytes. */
static inline const uint8_t *wire_uuid(const uint8_t *pdu)
{
    return wire_is_little(pdu) ? wire_uuid_little : wire_uuid_big;
}

/** Where the interface's UUID stands in the bytes for the first time, in either byte order; or NULL. */
const uint8_t *wire_find_interface(const uint8_t *bytes, uint32_t length);

/** Protocols by their filter names. Static, as they are looked up once. */
typedef struct {
    const char *const *names;
    int *ids; /**< -1 at first, as many as names */
    unsigned count;
} cmrp_layers;

/** True if the frame has a layer of one of these protocols. */
bool wire_has_layer(const packet_info *pinfo, const cmrp_layers *wanted);

/** True if the frame carries RPC inside SMB: a named pipe. */
bool wire_is_pipe(const packet_info *pinfo);

#endif
