/* binds.c
 * What does a bind ask for, and what does its answer say?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/binds.h"

#include "rpc/wire.h"

/* A context: id, number of transfer syntaxes, the abstract syntax (C706 12.6.3.1). */
#define CONTEXT 24
#define CONTEXT_VERSION 20
#define SYNTAX 20

/* The result of a context (C706 12.6.3.1): result, reason, the transfer syntax. */
#define RESULT 24
#define ACCEPTANCE 0
#define PROVIDER_REJECTION 2
#define TRANSFER_SYNTAXES_NOT_SUPPORTED 2

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

/** The bit of context `index` if the syntax is this one. */
static uint32_t bit_of(const uint8_t *pdu, const uint8_t *uuid, const uint8_t *little,
                       const uint8_t *big, unsigned index)
{
    return is_syntax(uuid, wire_is_little(pdu) ? little : big) ? 1U << index : 0;
}

/** Notes the transfer syntaxes that a context offers the interface in. */
static void note_offer(const uint8_t *pdu, const uint8_t *context, unsigned index,
                       cmrp_offer *offer)
{
    const unsigned count = context[2];

    offer->ours |= 1U << index;
    offer->several |= (uint32_t)(count > 1) << index;
    offer->ids[index] = (uint16_t)wire_number(pdu, (unsigned)(context - pdu), 2);
    offer->majors[index] =
        (uint16_t)wire_number(pdu, (unsigned)(context - pdu) + CONTEXT_VERSION, 4);
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *uuid = context + CONTEXT + (size_t)i * SYNTAX;

        offer->ndr |= bit_of(pdu, uuid, ndr_little, ndr_big, index);
        offer->ndr64 |= bit_of(pdu, uuid, ndr64_little, ndr64_big, index);
    }
}

/** Notes a context, of whatever interface. */
static void note_context(const uint8_t *pdu, unsigned at, cmrp_bind *bind)
{
    guid_key key = { .ver = (uint16_t)wire_number(pdu, at + CONTEXT_VERSION, 4) };

    if (bind->context_count < CMRP_MAX_OFFERS)
        bind->contexts[bind->context_count++] = (uint16_t)wire_number(pdu, at, 2);
    else
        bind->more_contexts = true;
    wire_guid(pdu, at + 4, &key.guid);
    bind->names_other |=
        !is_syntax(pdu + at + 4, wire_uuid(pdu)) && g_hash_table_contains(dcerpc_uuids, &key);
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
        note_context(pdu, at, bind);
        if (i < CMRP_MAX_OFFERS && is_syntax(pdu + at + 4, wire_uuid(pdu))) {
            const uint32_t version = wire_number(pdu, at + CONTEXT_VERSION, 4);

            bind->major = (uint16_t)version;
            bind->minor = (uint16_t)(version >> 16);
            note_offer(pdu, pdu + at, i, &bind->offer);
        }
        at += CONTEXT + syntaxes * SYNTAX;
    }
    return true;
}

static void note_answer(const uint8_t *pdu, uint32_t at, unsigned index, cmrp_answer *answer)
{
    const uint32_t result = wire_number(pdu, at, 2);
    const uint8_t *uuid = pdu + at + 4;

    if (result == ACCEPTANCE) {
        answer->accepted |= 1U << index;
        answer->ndr |= bit_of(pdu, uuid, ndr_little, ndr_big, index);
        answer->ndr64 |= bit_of(pdu, uuid, ndr64_little, ndr64_big, index);
    } else if (result == PROVIDER_REJECTION &&
               wire_number(pdu, at + 2, 2) == TRANSFER_SYNTAXES_NOT_SUPPORTED) {
        answer->refused |= 1U << index;
    }
}

static bool read_results(const uint8_t *pdu, uint32_t end, cmrp_answer *answer)
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
    for (unsigned i = 0; i < count && i < CMRP_MAX_OFFERS; i++, at += RESULT)
        note_answer(pdu, at, i, answer);
    return true;
}

/** True if a token of SPNEGO holds NTLM's first signature: its mechListMIC (RFC 4178 4.2.2), an octet string. */
static bool has_signature(const uint8_t *token, uint32_t length)
{
    static const uint8_t head[] = { 0x04, 0x10, 0x01, 0x00, 0x00, 0x00 };
    static const uint8_t first[] = { 0, 0, 0, 0 };
    const uint8_t *at = (const uint8_t *)ws_memmem(token, length, head, sizeof(head));

    return at && token + length - at >= 18 && memcmp(at + 14, first, sizeof(first)) == 0;
}

static void read_trailer(wmem_allocator_t *pool, const uint8_t *pdu, const uint8_t *trailer,
                         uint32_t token, cmrp_bind *bind)
{
    static const uint8_t ntlm[] = { 'N', 'T', 'L', 'M', 'S', 'S', 'P' };

    bind->protected = true;
    bind->auth_type = trailer[WIRE_TRAILER_TYPE];
    bind->auth_level = trailer[WIRE_TRAILER_LEVEL];
    bind->auth_context = wire_trailer_context(pdu, trailer);
    bind->ntlm = ws_memmem(trailer + WIRE_TRAILER, token, ntlm, sizeof(ntlm)) != NULL;
    bind->ntlm_signs = has_signature(trailer + WIRE_TRAILER, token);
    if (!bind->answer)
        bind->has_ticket =
            kerberos_read_request(pool, trailer + WIRE_TRAILER, token, &bind->ticket);
}

bool bind_read(wmem_allocator_t *pool, const uint8_t *pdu, uint32_t length, cmrp_bind *bind)
{
    const uint8_t type = pdu[2];
    uint32_t token;
    const uint8_t *trailer = wire_trailer(pdu, length, WIRE_CO_HEADER, &token);
    const uint32_t end = trailer ? (uint32_t)(trailer - pdu) : length;

    *bind = (cmrp_bind){ .answer = type == WIRE_BIND_ACK || type == WIRE_ALTER_CONTEXT_RESP,
                         .alters = type == WIRE_ALTER_CONTEXT || type == WIRE_ALTER_CONTEXT_RESP,
                         .call = wire_number(pdu, WIRE_CO_CALL, 4) };
    if (!bind->answer && type != WIRE_BIND && type != WIRE_ALTER_CONTEXT)
        return false;
    if (token != 0 && trailer == NULL)
        return false;
    if (trailer)
        read_trailer(pool, pdu, trailer, token, bind);
    if (end < WIRE_CO_GROUP + 4)
        return false;
    bind->group = wire_number(pdu, WIRE_CO_GROUP, 4);
    if (bind->answer)
        return read_results(pdu, end, &bind->results);
    bind->offer.call = bind->call;
    bind->offer.group = bind->group;
    bind->offer.alters = bind->alters;
    return read_contexts(pdu, end, bind);
}
