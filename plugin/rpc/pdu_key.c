/* pdu_key.c
 * Which PDU of the capture is it, at whichever visit?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/pdu_key.h"

#include "base/hash.h"
#include "rpc/segment.h"

static uint32_t place_of(const cmrp_context *ctx)
{
    const cmrp_segment *segment;

    if (ctx->pinfo->ptype == PT_UDP)
        return 0;
    segment = segment_find(ctx->pinfo);
    /* Where a header nearby is broken, nobody knows where the PDU stood. */
    if (segment == NULL || !segment_holds(segment, ctx->sent))
        return ~ctx->order;
    return segment->sequence + (uint32_t)(ctx->sent - segment->bytes);
}

cmrp_pdu_key pdu_key_of(const cmrp_context *context, cmrp_call *call)
{
    return (cmrp_pdu_key){ context->pinfo->num, place_of(context), call };
}

unsigned pdu_key_hash(const void *key)
{
    const cmrp_pdu_key *k = (const cmrp_pdu_key *)key;
    const uint64_t words[2] = { (uint64_t)k->frame << 32 | k->place, (uintptr_t)k->call };

    return hash_words(words, 4);
}

gboolean pdu_key_equal(const void *a, const void *b)
{
    const cmrp_pdu_key *l = (const cmrp_pdu_key *)a;
    const cmrp_pdu_key *r = (const cmrp_pdu_key *)b;

    return l->frame == r->frame && l->place == r->place && l->call == r->call;
}
