/* binds.c
 * What does a bind ask for, and what does its answer say?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/binds.h"

#include "rpc/kerberos.h"
#include "rpc/wire.h"

/* A context: id, number of transfer syntaxes, the abstract syntax (C706 12.6.3.1). */
#define CONTEXT 24
#define SYNTAX 20

/* The result of a context (C706 12.6.3.1): result, reason, the transfer syntax. */
#define RESULT 24
#define PROVIDER_REJECTION 2
#define TRANSFER_SYNTAXES_NOT_SUPPORTED 2

/** What a security trailer has before its token (MS-RPCE 2.2.2.11). */
#define TRAILER 8

static const uint8_t ndr_little[] = { 0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11,
                                      0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 };
static const uint8_t ndr_big[] = { 0x8a, 0x88, 0x5d, 0x04, 0x1c, 0xeb, 0x11, 0xc9,
                                   0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60 };
static const uint8_t ndr64_little[] = { 0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49,
                                        0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 };
static const uint8_t ndr64_big[] = { 0x71, 0x71, 0x05, 0x33, 0xbe, 0xba, 0x49, 0x37,
                                     0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36 };

static bool is_syntax(const uint8_t *uuid, const uint8_t *wanted)
{
    return memcmp(uuid, wanted, 16) == 0;
}

/** Notes the transfer syntaxes that a context offers the interface in. */
static void note_offer(const uint8_t *pdu, const uint8_t *syntaxes, unsigned count, unsigned index,
                       cmrp_offer *offer)
{
    const bool little = wire_is_little(pdu);

    for (unsigned i = 0; i < count; i++) {
        const uint8_t *uuid = syntaxes + (size_t)i * SYNTAX;

        if (is_syntax(uuid, little ? ndr_little : ndr_big))
            offer->ndr |= 1U << index;
        else if (is_syntax(uuid, little ? ndr64_little : ndr64_big))
            offer->ndr64 |= 1U << index;
    }
}

static bool read_contexts(const uint8_t *pdu, uint32_t end, cmrp_bind *bind)
{
    uint32_t at = WIRE_CO_BIND_CONTEXTS + 4;
    unsigned count;

    if (end < at)
        return false;
    count = pdu[WIRE_CO_BIND_CONTEXTS];
    for (unsigned i = 0; i < count; i++) {
        unsigned syntaxes;

        if (end - at < CONTEXT)
            return false;
        syntaxes = pdu[at + 2];
        if (end - at < CONTEXT + syntaxes * SYNTAX)
            return false;
        if (is_syntax(pdu + at + 4, wire_uuid(pdu))) {
            const uint32_t version = wire_number(pdu, at + 20, 4);

            bind->ours = true;
            bind->major = (uint16_t)version;
            bind->minor = (uint16_t)(version >> 16);
            if (i < CMRP_MAX_OFFERS)
                note_offer(pdu, pdu + at + CONTEXT, syntaxes, i, &bind->offer);
        }
        at += CONTEXT + syntaxes * SYNTAX;
    }
    return true;
}

static bool read_results(const uint8_t *pdu, uint32_t end, cmrp_bind *bind)
{
    uint32_t at = WIRE_CO_ACK_ADDRESS;
    unsigned count;

    if (end < at + 2)
        return false;
    at += 2 + wire_number(pdu, at, 2);
    at = (at + 3) & ~3U;
    if (end < at || end - at < 4)
        return false;
    count = pdu[at];
    at += 4;
    if ((end - at) / RESULT < count)
        return false;
    for (unsigned i = 0; i < count && i < CMRP_MAX_OFFERS; i++, at += RESULT) {
        if (wire_number(pdu, at, 2) == PROVIDER_REJECTION &&
            wire_number(pdu, at + 2, 2) == TRANSFER_SYNTAXES_NOT_SUPPORTED)
            bind->refused |= 1U << i;
    }
    return true;
}

static void read_trailer(wmem_allocator_t *pool, const uint8_t *trailer, uint32_t token,
                         cmrp_bind *bind)
{
    static const uint8_t ntlm[] = { 'N', 'T', 'L', 'M', 'S', 'S', 'P' };

    bind->protected = true;
    bind->security.auth_type = trailer[0];
    bind->security.auth_level = trailer[1];
    bind->security.ntlm = ws_memmem(trailer + TRAILER, token, ntlm, sizeof(ntlm)) != NULL;
    if (!bind->answer)
        bind->has_ticket =
            kerberos_read_request(pool, trailer + TRAILER, token, &bind->mutual, &bind->service);
}

bool bind_read(wmem_allocator_t *pool, const uint8_t *pdu, uint32_t length, cmrp_bind *bind)
{
    const uint8_t type = pdu[2];
    const uint32_t token = wire_number(pdu, WIRE_CO_AUTH_LENGTH, 2);
    uint32_t end = length;

    *bind = (cmrp_bind){ .answer = type == WIRE_BIND_ACK || type == WIRE_ALTER_CONTEXT_RESP,
                         .alters = type == WIRE_ALTER_CONTEXT || type == WIRE_ALTER_CONTEXT_RESP };
    if (!bind->answer && type != WIRE_BIND && type != WIRE_ALTER_CONTEXT)
        return false;
    if (token != 0) {
        if (token + TRAILER > length - WIRE_CO_HEADER)
            return false;
        end = length - token - TRAILER;
        read_trailer(pool, pdu + end, token, bind);
    }
    if (end < WIRE_CO_GROUP + 4)
        return false;
    bind->group = wire_number(pdu, WIRE_CO_GROUP, 4);
    return bind->answer ? read_results(pdu, end, bind) : read_contexts(pdu, end, bind);
}
