/* fragments.c
 * Is a stub that was put together of fragments the one that was sent?
 *
 * Fragments over a connection have no numbers: TCP keeps their order. So one that is missing from the capture, or came
 * late, shows only in what TCP missed while the fragments came. Over UDP they are numbered, and Wireshark waits for all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/fragments.h"

#include "ndr/pdu.h"
#include "rpc/loss.h"
#include "rpc/pdu_key.h"
#include "rpc/pdus.h"
#include "rpc/wire.h"

/** Nobody saw the first fragment. */
#define NEVER UINT32_MAX

/** The stubs that are not what was sent: by frame, place in it, number of the call, and direction. */
static wmem_tree_t *incomplete;

void fragments_reset(void)
{
    incomplete = wmem_tree_new(wmem_file_scope());
}

/** True of the first of several fragments. What came whole is the beginning of nothing. */
static bool begins(const uint8_t *pdu)
{
    return (pdu[WIRE_CO_FLAGS] & (WIRE_CO_FIRST_FRAGMENT | WIRE_CO_LAST_FRAGMENT)) ==
           WIRE_CO_FIRST_FRAGMENT;
}

void fragments_note(const packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu)
{
    const uint32_t call = wire_number(pdu, WIRE_CO_CALL, 4);
    cmrp_fragments *f = &connection->fragments[pdu[2] == WIRE_RESPONSE];

    if ((pdu[2] != WIRE_REQUEST && pdu[2] != WIRE_RESPONSE) || !begins(pdu))
        return;
    if (f->first_in != 0 && f->call == call)
        f->again_in = pinfo->num;
    else
        *f = (cmrp_fragments){ .call = call, .first_in = pinfo->num, .time = pinfo->abs_ts };
}

bool fragments_begun(cmrp_connection *connection, const uint8_t *pdu, uint32_t *frame,
                     nstime_t *time)
{
    cmrp_fragments *f = &connection->fragments[pdu[2] == WIRE_RESPONSE];
    const bool known = f->first_in != 0 && f->call == wire_number(pdu, WIRE_CO_CALL, 4);

    *frame = f->first_in;
    *time = f->time;
    f->first_in = 0;
    return known;
}

typedef struct {
    uint32_t call;
    uint8_t type;
    bool found;
} first_search;

static void note_first(packet_info *pinfo _U_, const uint8_t *pdu, uint32_t length _U_, void *data)
{
    first_search *search = (first_search *)data;

    if (pdu[2] == search->type && begins(pdu) && wire_number(pdu, WIRE_CO_CALL, 4) == search->call)
        search->found = true;
}

/** True if the first fragment ends in this frame. */
static bool begins_here(const cmrp_context *context)
{
    first_search search = { .call = context->di->call_id,
                            .type = context->pdu->response ? WIRE_RESPONSE : WIRE_REQUEST };

    pdus_visit(context->pinfo, NULL, note_first, &search);
    return search.found;
}

/**
 * The frame behind which nothing may have been missed; NEVER if the first fragment was. It is lost, or dcerpc did not take
 * it: TCP thought it a copy, as it does with an answer that was acknowledged before it was captured, or it came before
 * its request.
 */
static uint32_t begins_in(const cmrp_context *context)
{
    const cmrp_fragments *f = &context->connection->fragments[context->pdu->response];
    const dcerpc_call_value *call = context->di->call_data;
    const uint32_t begun = context->pdu->response ? call->rep_frame : call->req_frame;

    if (begun == context->pinfo->num)
        return begins_here(context) ? begun - 1 : NEVER;
    if (f->first_in == 0 || f->call != context->di->call_id)
        return NEVER;
    /* An answer that comes again began where the first one did. */
    return begun == f->first_in || begun == f->again_in || context->again ? begun : NEVER;
}

static bool is_incomplete(const cmrp_context *context)
{
    cmrp_fragments *f = &context->connection->fragments[context->pdu->response];
    const uint32_t since = begins_in(context);
    const bool missing = since == NEVER || !loss_none_since(context->association, since);

    f->first_in = 0;
    return missing;
}

/** True if something is missing of a stub that was put together of fragments. */
static bool find_missing(const cmrp_context *context)
{
    const cmrp_pdu_key pdu = pdu_key_of(context, NULL);
    uint32_t place[] = { pdu.frame, pdu.place, context->di->call_id, context->pdu->response };
    wmem_tree_key_t key[] = { { G_N_ELEMENTS(place), place }, { 0, NULL } };

    if (!context->pinfo->fd->visited && is_incomplete(context))
        wmem_tree_insert32_array(incomplete, key, (void *)context->connection);
    return wmem_tree_lookup32_array(incomplete, key) != NULL;
}

bool fragments_are_missing(const cmrp_context *context)
{
    return !context->bare && context->pinfo->ptype != PT_UDP &&
           cmrp_data_source(context->pinfo, "Reassembled DCE/RPC") != NULL && find_missing(context);
}
