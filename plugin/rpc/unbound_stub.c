/* unbound_stub.c
 * May a PDU be one of ClusAPI, as far as its own bytes tell?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/unbound_stub.h"

#include "cmrp_tables.h"
#include "ndr/ndr.h"
#include "rpc/auth.h"
#include "rpc/wire.h"

/** Bytes that may fill a stub up, before a verification trailer (MS-RPCE 2.2.2.13). */
#define PADDING 3

bool unbound_stub_is_sealed(const uint8_t *pdu, uint32_t length)
{
    cmrp_auth auth;

    return auth_read_pdu(pdu, length, &auth) && auth.auth_level == CMRP_LEVEL_PRIVACY;
}

/** The bytes of the stub, without what stands behind it for its security. */
static uint32_t stub_length(const uint8_t *pdu, uint32_t length)
{
    uint32_t token;
    const uint8_t *trailer = wire_trailer(pdu, length, WIRE_CO_STUB, &token);
    uint32_t stub;

    if (trailer == NULL)
        return length - WIRE_CO_STUB;
    stub = (uint32_t)(trailer - pdu) - WIRE_CO_STUB;
    return stub - MIN(trailer[WIRE_TRAILER_PADDING], stub);
}

/** True if nothing follows what was read, or a verification trailer does. */
static bool is_end(const cmrp_pdu *pdu, uint32_t length)
{
    static const uint8_t signature[8] = { 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71 };
    const uint64_t after = (pdu->end + PADDING) & ~(uint64_t)PADDING;

    if (length - pdu->end <= PADDING)
        return true;
    return after + sizeof(signature) <= length &&
           memcmp(pdu->data + after, signature, sizeof(signature)) == 0;
}

static bool reads(cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, const cmrp_method *method)
{
    pdu->method = method;
    for (cmrp_syntax syntax = CMRP_NDR; syntax <= CMRP_NDR64; syntax++) {
        pdu->syntax = syntax;
        ndr_read_pdu(pdu, length, pinfo, NULL);
        if (pdu_whole(pdu) && is_end(pdu, length))
            return true;
    }
    return false;
}

/** The versions, as bits, in which the stub reads as the method of that opnum. */
static unsigned versions_that_read(packet_info *pinfo, const uint8_t *bytes, uint32_t length,
                                   uint16_t opnum)
{
    cmrp_pdu pdu = { .response = bytes[2] == WIRE_RESPONSE,
                     .big_endian = !wire_is_little(bytes),
                     .data = bytes + WIRE_CO_STUB };
    const uint32_t stub = stub_length(bytes, length);
    unsigned versions = 0;

    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        const cmrp_interface *interface = &cmrp_interfaces[i];

        if (opnum < interface->count && reads(&pdu, stub, pinfo, &interface->methods[opnum]))
            versions |= 1U << interface->version;
    }
    return versions;
}

bool unbound_stub_has_opnum(const uint8_t *pdu)
{
    const uint32_t opnum = wire_number(pdu, WIRE_CO_OPNUM, 2);

    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        if (opnum < cmrp_interfaces[i].count)
            return true;
    }
    return false;
}

/** True if the stub stands open, all of it, right behind the header. */
static bool is_open(const uint8_t *pdu, uint32_t length)
{
    const uint8_t whole = WIRE_CO_FIRST_FRAGMENT | WIRE_CO_LAST_FRAGMENT;

    return (pdu[WIRE_CO_FLAGS] & whole) == whole && !unbound_stub_is_sealed(pdu, length);
}

cmrp_fit unbound_stub_request(packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    const uint16_t opnum = (uint16_t)wire_number(pdu, WIRE_CO_OPNUM, 2);

    /* No call of ClusAPI names an object, as each one of DCOM does. */
    if (!unbound_stub_has_opnum(pdu) || (pdu[WIRE_CO_FLAGS] & WIRE_CO_OBJECT))
        return CMRP_FIT_NOT;
    if (!is_open(pdu, length))
        return CMRP_FIT_OPEN;
    return versions_that_read(pinfo, pdu, length, opnum) ? CMRP_FIT_READS : CMRP_FIT_NOT;
}

cmrp_fit unbound_stub_response(packet_info *pinfo, const uint8_t *pdu, uint32_t length,
                               uint16_t opnum, uint32_t reads[2])
{
    unsigned versions;

    if (!is_open(pdu, length))
        return CMRP_FIT_OPEN;
    versions = versions_that_read(pinfo, pdu, length, opnum);
    reads[0] += versions == 1U << 2;
    reads[1] += versions == 1U << 3;
    return versions ? CMRP_FIT_READS : CMRP_FIT_NOT;
}
