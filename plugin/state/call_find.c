/* call_find.c
 * Which call does a PDU belong to, and was the PDU seen before?
 *
 * What is captured or sent twice is learnt, judged and counted once: copies are known by their bytes and their place
 * (rpc/copies.h). Over UDP the number of a call tells as well. What the first visit finds out about a PDU is kept by
 * its frame, for later visits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/call_find.h"

#include "base/hash.h"
#include "interface/methods.h"
#include "rpc/auth.h"
#include "rpc/copies.h"
#include "rpc/datagram.h"
#include "rpc/loss.h"
#include "rpc/pdu_key.h"
#include "rpc/wire.h"
#include "state/call_syntax.h"
#include "state/untold.h"

static wmem_map_t *sent_agains;
static wmem_map_t *callless;

/* ---------------------------------------------------------------- copies, and answers that differ */

/**
 * A PDU that is a copy, or an answer that differs from the first one: known by its frame, its place there and dcerpc's call.
 * An answer knows of its request nothing but the frame: for those that ask so, a copy stands at place 0 as well.
 */
typedef struct {
    cmrp_pdu_key key;
    cmrp_call *call;        /**< the same call: a copy; another one: the record of this answer */
    uint32_t request_frame; /**< of the first request, if this is a copy of it */
    nstime_t request_time;
} sent_again;

static const sent_again *find_again(cmrp_pdu_key key)
{
    return (const sent_again *)wmem_map_lookup(sent_agains, &key);
}

static sent_again *note_again(cmrp_pdu_key key, cmrp_call *call)
{
    sent_again *again = wmem_new0(wmem_file_scope(), sent_again);

    key.call->flags |= CMRP_SENT_AGAIN;
    again->key = key;
    again->call = call;
    wmem_map_insert(sent_agains, &again->key, again);
    return again;
}

/** A request as its answer knows it. */
static cmrp_pdu_key request_key(uint32_t frame, cmrp_call *of)
{
    return (cmrp_pdu_key){ .frame = frame, .call = of };
}

/** A request in a frame is a copy of one that was seen before: for its answer. */
static void note_request_again(uint32_t frame, const cmrp_seen *seen)
{
    sent_again *again = note_again(request_key(frame, seen->call), seen->call);

    again->request_frame = seen->frame;
    again->request_time = seen->time;
}

/** The number of a call; dcerpc does not tell that of an answer over UDP. */
static uint32_t number_of(const cmrp_context *ctx)
{
    cmrp_datagram datagram;

    if (ctx->pinfo->ptype != PT_UDP || !ctx->pdu->response)
        return ctx->di->call_id;
    return datagram_of_stub(ctx->pinfo, ctx->pdu->tvb, &datagram) ? datagram.sequence : 0;
}

/** An answer that the first visit found no request for, and what was known of it then. File scope. */
typedef struct {
    cmrp_pdu_key key; /**< without a call */
    const cmrp_method *method;
    bool guessed; /**< nobody saw the bind */
} lone_answer;

/** At a later visit. dcerpc may know a request by now: what comes late belongs to calls of its own. */
static const lone_answer *find_lone(const cmrp_context *ctx)
{
    cmrp_pdu_key key;

    if (!ctx->pdu->response || wmem_map_size(callless) == 0)
        return NULL;
    key = pdu_key_of(ctx, NULL);
    return (const lone_answer *)wmem_map_lookup(callless, &key);
}

static void note_lone(const cmrp_context *ctx)
{
    lone_answer *answer = wmem_new(wmem_file_scope(), lone_answer);

    *answer = (lone_answer){ pdu_key_of(ctx, NULL), ctx->pdu->method, ctx->guessed };
    wmem_map_insert(callless, &answer->key, answer);
}

/** What says whether a PDU was seen before: its bytes as they were sent, however they were opened. */
static cmrp_print print_of(const cmrp_context *ctx, uint32_t stub_length, uint8_t type)
{
    const uint64_t who = (uint64_t)(uintptr_t)ctx->association;
    const bool udp = ctx->pinfo->ptype == PT_UDP;
    /* In a datagram that is sent again the header differs, by its serial number. */
    const uint8_t *pdu = ctx->sent ? ctx->sent : ctx->pdu->data;
    cmrp_print print = { .number = number_of(ctx), .type = type };

    print.contents = copies_hash(pdu, ctx->sent ? ctx->sent_length : stub_length);
    if (type == WIRE_REQUEST)
        print.position = copies_position(ctx->pinfo, pdu);
    /* Clients count the calls of each activity anew. */
    if (udp)
        print.contents ^= hash_words(&who, sizeof(who) / 4);
    return print;
}

/* ---------------------------------------------------------------- the record of a request */

static bool is_of_method(const cmrp_call *call, const cmrp_method *method)
{
    return call->opnum == method->opnum && call->version == method->version;
}

static bool is_answered(const cmrp_call *call)
{
    return (call->flags & (CMRP_RESPONSE_LEARNT | CMRP_FAULTED)) != 0;
}

/**
 * The record for a request over UDP. An activity makes one call at a time, each with a sequence number
 * above the last (C706 10.1): the same number again is the same call, a lower one a copy that came late.
 */
static cmrp_call *datagram_call(const cmrp_context *ctx)
{
    cmrp_association *activity = ctx->association;
    const cmrp_method *method = ctx->pdu->method;
    const int32_t newer = activity->call ? (int32_t)(ctx->di->call_id - activity->sequence) : 1;
    cmrp_call *call;

    if (newer == 0 && is_of_method(activity->call, method))
        return activity->call;
    call = call_new(method);
    if (newer <= 0) {
        call->flags |= CMRP_CALL_STALE;
        return call;
    }
    /* The next call begins when the last one was answered. */
    if (activity->call ? newer > 1 || !is_answered(activity->call) : ctx->di->call_id != 0)
        loss_note(activity, ctx->pinfo->num);
    activity->sequence = ctx->di->call_id;
    activity->call = call;
    return call;
}

static cmrp_call *request_call(const cmrp_context *ctx, const cmrp_print *print)
{
    cmrp_call *call;

    if (ctx->association->kind == CMRP_BY_ACTIVITY)
        return datagram_call(ctx);
    call = call_new(ctx->pdu->method);
    if (ctx->pinfo->ptype == PT_TCP && copies_is_stale(ctx->connection, print))
        call->flags |= CMRP_CALL_STALE;
    return call;
}

/** For speed: the number of a datagram tells that it is no copy. */
static bool has_new_number(const cmrp_context *ctx)
{
    const cmrp_association *activity = ctx->association;

    return activity->kind == CMRP_BY_ACTIVITY &&
           (activity->call == NULL || (int32_t)(ctx->di->call_id - activity->sequence) > 0);
}

/** The record for a request that is seen for the first time. */
static cmrp_call *first_request(const cmrp_context *ctx, uint32_t length)
{
    const cmrp_print print = print_of(ctx, length, WIRE_REQUEST);
    const cmrp_seen *seen = has_new_number(ctx) ? NULL : copies_find(ctx->connection, &print, NULL);
    cmrp_call *call = seen ? seen->call : NULL;

    if (call && is_of_method(call, ctx->pdu->method)) {
        note_again(pdu_key_of(ctx, call), call);
        /* In a datagram both stand at place 0: this one tells more. */
        note_request_again(ctx->pinfo->num, seen);
        return call;
    }
    call = request_call(ctx, &print);
    copies_note(ctx->connection, ctx->pinfo, &print, call);
    return call;
}

/* ---------------------------------------------------------------- the record of an answer */

/** Another record of the same request, for an answer or a request that differs from the first one. */
static cmrp_call *call_anew(const cmrp_call *call)
{
    cmrp_call *anew = call_new(method_find(call->version, call->opnum));

    *anew = *call;
    anew->extra = NULL;
    anew->out = 0;
    anew->flags &= ~(unsigned)(CMRP_RESPONSE_LEARNT | CMRP_SENT_AGAIN | CMRP_FOUND);
    if (call->extra && call->extra->control_code)
        call_extra(anew)->control_code = call->extra->control_code;
    return anew;
}

/**
 * dcerpc hands on another request of the same call: a fragment that comes behind a request that was whole. What is found out about it
 * is not true of the first one.
 */
static void note_piece(const cmrp_context *ctx, cmrp_call *call)
{
    if (ctx->pinfo->ptype != PT_UDP)
        note_again(pdu_key_of(ctx, call), call_anew(call));
}

/** An answer is seen for the first time. */
static void note_answer(const cmrp_context *ctx, cmrp_call *call, uint32_t length)
{
    const cmrp_print print = print_of(ctx, length, WIRE_RESPONSE);

    if (call->flags & CMRP_ANSWERED) {
        /* The one that came first may be forgotten: then nobody knows whether they differ. */
        const bool copy = copies_find(ctx->connection, &print, call) ||
                          !copies_of_call(ctx->connection, WIRE_RESPONSE, call);

        note_again(pdu_key_of(ctx, call), copy ? call : call_anew(call));
        if (copy)
            return;
    }
    call->flags |= CMRP_ANSWERED;
    copies_note(ctx->connection, ctx->pinfo, &print, call);
}

/** True if there is nothing in the request that its answer does not show: a sealed stub of no bytes, of no parameters. */
static bool is_told_by_answer(const cmrp_context *ctx)
{
    return ctx->auth && ctx->auth->auth_level == CMRP_LEVEL_PRIVACY &&
           method_params(ctx->pdu->method, false)[0] == CMRP_NO_SIBLING;
}

/**
 * The record of a request that was not handed on, as it is sealed; NULL if there is none. If the request was not even
 * found in its frame, the answer to one without parameters tells of it.
 */
static cmrp_call *untold_request(const cmrp_context *ctx)
{
    const uint32_t frame = ctx->di->call_data->req_frame;
    cmrp_call *call =
        ctx->pinfo->ptype == PT_TCP ? untold_call(ctx->connection, ctx->di->call_id, frame) : NULL;

    if (call && is_of_method(call, ctx->pdu->method))
        return call;
    if (!is_told_by_answer(ctx))
        return NULL;
    call = call_new(ctx->pdu->method);
    call->flags |= CMRP_REQUEST_LEARNT | CMRP_REQUEST_UNTOLD;
    return call;
}

/**
 * The record of a request over UDP, if dcerpc took a copy of it that it did not hand on for the request: a fragment that came
 * again when the stub was put together. NULL if nobody knows one.
 */
static cmrp_call *copied_request(const cmrp_context *ctx, uint32_t length)
{
    const cmrp_association *activity = ctx->association;
    const cmrp_print print = print_of(ctx, length, WIRE_RESPONSE);
    const cmrp_seen *answer = copies_find(ctx->connection, &print, NULL);
    cmrp_call *call = answer ? answer->call : activity->call;
    const cmrp_seen *request;

    if (call == NULL || (answer == NULL && activity->sequence != print.number) ||
        !is_of_method(call, ctx->pdu->method))
        return NULL;
    request = copies_of_call(ctx->connection, WIRE_REQUEST, call);
    if (request)
        note_request_again(ctx->di->call_data->req_frame, request);
    return call;
}

/** The record of the request that an answer is for, where dcerpc's own has none. */
static cmrp_call *find_request(const cmrp_context *ctx, uint32_t length)
{
    if (ctx->di->call_data->req_frame == 0)
        return NULL;
    return ctx->association->kind == CMRP_BY_ACTIVITY ? copied_request(ctx, length)
                                                      : untold_request(ctx);
}

/* ---------------------------------------------------------------- any PDU */

void call_find_reset(void)
{
    sent_agains = wmem_map_new(wmem_file_scope(), pdu_key_hash, pdu_key_equal);
    callless = wmem_map_new(wmem_file_scope(), pdu_key_hash, pdu_key_equal);
}

bool call_is_new(const cmrp_context *context)
{
    const cmrp_call *call = (const cmrp_call *)context->di->call_data->se_data;

    if (!context->pinfo->fd->visited || (call && !context->pdu->response))
        return false;
    if (call && (call->flags & CMRP_ANSWERED))
        return false;
    return find_lone(context) == NULL;
}

const cmrp_method *call_method(const cmrp_context *context)
{
    const lone_answer *answer = context->pinfo->fd->visited ? find_lone(context) : NULL;

    return answer ? answer->method
                  : method_find(call_version(context), context->di->call_data->opnum);
}

static void tell_again(cmrp_context *context)
{
    const sent_again *pdu = find_again(pdu_key_of(context, context->call));
    const sent_again *request = find_again(request_key(context->request_frame, context->call));

    if (request && request->request_frame) {
        context->request_frame = request->request_frame;
        context->request_time = request->request_time;
    }
    context->again = pdu && pdu->call == context->call;
    if (pdu)
        context->call = pdu->call;
}

/** The first visit to a PDU: finds or makes the record of its call, and hangs it at dcerpc's. */
static void meet(const cmrp_context *ctx, uint32_t length)
{
    dcerpc_call_value *call_data = ctx->di->call_data;

    if (call_data->se_data == NULL)
        call_data->se_data =
            ctx->pdu->response ? find_request(ctx, length) : first_request(ctx, length);
    else if (!ctx->pdu->response)
        note_piece(ctx, (cmrp_call *)call_data->se_data);
    if (!ctx->pdu->response)
        return;
    if (call_data->se_data)
        note_answer(ctx, (cmrp_call *)call_data->se_data, length);
    else
        note_lone(ctx);
}

static void call_meet(cmrp_context *ctx, uint32_t length)
{
    meet(ctx, length);
    ctx->call = (cmrp_call *)ctx->di->call_data->se_data;
    if (ctx->call && ctx->guessed)
        ctx->call->flags |= CMRP_CALL_GUESSED;
}

/** A later visit to a PDU: what the first one found. */
static void call_meet_again(cmrp_context *context)
{
    const lone_answer *answer = find_lone(context);

    context->call = answer ? NULL : (cmrp_call *)context->di->call_data->se_data;
    if (answer || context->call)
        context->guessed = answer ? answer->guessed : context->call->flags & CMRP_CALL_GUESSED;
}

void call_find(cmrp_context *context, uint32_t length)
{
    const dcerpc_call_value *call_data = context->di->call_data;

    if (context->pinfo->fd->visited)
        call_meet_again(context);
    else
        call_meet(context, length);
    context->again = false;
    context->request_frame = call_data->req_frame;
    context->request_time = call_data->req_time;
    if (context->call && (context->call->flags & CMRP_SENT_AGAIN))
        tell_again(context);
}

/** True if the stub was put together of fragments, one of which came twice. */
static bool find_muddled(const cmrp_context *ctx)
{
    return ctx->connection->muddled[ctx->pdu->response] == (uint64_t)ctx->di->call_id + 1 &&
           ctx->sent && !(ctx->sent[WIRE_CO_FLAGS] & WIRE_CO_FIRST_FRAGMENT);
}

bool call_is_muddled(const cmrp_context *context)
{
    const unsigned mine = context->pdu->response ? CMRP_RESPONSE_MUDDLED : CMRP_REQUEST_MUDDLED;

    if (context->call == NULL)
        return false;
    if (!context->pinfo->fd->visited && find_muddled(context))
        context->call->flags |= mine;
    return (context->call->flags & mine) != 0;
}
