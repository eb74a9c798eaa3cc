/* call_syntax.c
 * In which version and transfer syntax is a call written?
 *
 * Nearly always as dcerpc says. It goes by what the client offered, though, so where that left a choice the server's
 * answer is asked (rpc/contexts.h). Where the answer was not seen, the stub itself tells: it is taken for what it
 * reads as from its first to its last byte, if it does so in one syntax only, or in both alike.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/call_syntax.h"

#include "ndr/ndr.h"
#include "rpc/contexts.h"
#include "rpc/wire.h"

/* ---------------------------------------------------------------- the context of a PDU */

/** What is known of the context that a PDU names. */
static cmrp_context_syntax context_of(const cmrp_context *ctx, uint16_t *major)
{
    *major = 0;
    if (ctx->sent == NULL)
        return CMRP_CONTEXT_OPEN;
    return contexts_syntax(ctx->connection, (uint16_t)wire_number(ctx->sent, WIRE_CO_CONTEXT, 2),
                           major);
}

bool call_is_guessed(const cmrp_context *context)
{
    /* For speed: hardly any connection is. */
    if (!context->connection->guessed)
        return false;
    return context->sent == NULL ||
           contexts_is_guess(context->connection,
                             (uint16_t)wire_number(context->sent, WIRE_CO_CONTEXT, 2));
}

unsigned call_version(const cmrp_context *context)
{
    const dcerpc_call_value *call_data = context->di->call_data;
    const cmrp_call *call = (const cmrp_call *)call_data->se_data;
    uint16_t major;

    if (!contexts_leave_choice(context->connection))
        return call_data->ver;
    if (call)
        return call->version;
    context_of(context, &major);
    return major ? major : call_data->ver;
}

/* ---------------------------------------------------------------- what the stub tells */

/** Bytes that may fill a stub up before a verification trailer (MS-RPCE 2.2.2.13). */
#define PADDING 3

/** True if the stub reads from its first to its last byte. */
static bool reads_as(const cmrp_context *ctx, cmrp_syntax syntax, uint32_t length)
{
    ctx->pdu->syntax = syntax;
    ndr_read_pdu(ctx->pdu, length, ctx->pinfo, NULL);
    return pdu_whole(ctx->pdu) && ctx->pdu->breach_count == 0 && length - ctx->pdu->end <= PADDING;
}

static bool try_both(const cmrp_context *ctx, uint32_t length)
{
    const cmrp_syntax offered = ctx->pdu->syntax;
    const bool ndr = reads_as(ctx, CMRP_NDR, length);
    const bool ndr64 = reads_as(ctx, CMRP_NDR64, length);

    ctx->pdu->syntax = ndr == ndr64 ? offered : ndr ? CMRP_NDR : CMRP_NDR64;
    return ndr || ndr64;
}

/* ---------------------------------------------------------------- the syntax */

static void settle_request(const cmrp_context *ctx)
{
    uint16_t major;

    switch (context_of(ctx, &major)) {
    case CMRP_CONTEXT_NDR:
        ctx->call->flags |= CMRP_CALL_NDR;
        break;
    case CMRP_CONTEXT_NDR64:
        ctx->call->flags |= CMRP_CALL_NDR64;
        break;
    case CMRP_CONTEXT_OPEN:
        ctx->call->flags |= CMRP_CALL_NDR | CMRP_CALL_NDR64;
        break;
    case CMRP_CONTEXT_PLAIN:
        break;
    }
}

bool call_settle_syntax(const cmrp_context *context, uint32_t length)
{
    cmrp_pdu *pdu = context->pdu;

    pdu->syntax = context->di->call_data->flags & DCERPC_IS_NDR64 ? CMRP_NDR64 : CMRP_NDR;
    if (context->call == NULL || !contexts_leave_choice(context->connection))
        return true;
    if (!pdu->response && !context->pinfo->fd->visited)
        settle_request(context);
    switch (context->call->flags & (CMRP_CALL_NDR | CMRP_CALL_NDR64)) {
    case 0:
        return true;
    case CMRP_CALL_NDR:
        pdu->syntax = CMRP_NDR;
        return true;
    case CMRP_CALL_NDR64:
        pdu->syntax = CMRP_NDR64;
        return true;
    default:
        return try_both(context, length);
    }
}
