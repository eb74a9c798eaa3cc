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
#include "rpc/wire.h"

/** The stubs that are not what was sent: by frame, number of the call, and direction. */
static wmem_tree_t *incomplete;

void fragments_reset(void)
{
    incomplete = wmem_tree_new(wmem_file_scope());
}

void fragments_note(const packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu)
{
    const uint8_t pieces = pdu[WIRE_CO_FLAGS] & (WIRE_CO_FIRST_FRAGMENT | WIRE_CO_LAST_FRAGMENT);
    const uint32_t call = wire_number(pdu, WIRE_CO_CALL, 4);
    cmrp_fragments *f = &connection->fragments[pdu[2] == WIRE_RESPONSE];

    if ((pdu[2] != WIRE_REQUEST && pdu[2] != WIRE_RESPONSE) || (pieces & WIRE_CO_LAST_FRAGMENT) ||
        (f->first_in != 0 && f->call == call))
        return;
    *f = (cmrp_fragments){ .call = call,
                           .first_in = pinfo->num,
                           .headless = (pieces & WIRE_CO_FIRST_FRAGMENT) == 0 };
}

/** The frame behind which nothing may have been missed. */
static uint32_t begins_in(const cmrp_context *context)
{
    const cmrp_fragments *f = &context->connection->fragments[context->pdu->response];

    if (f->first_in == 0 || f->call != context->di->call_id)
        return context->pinfo->num - 1; /* all of them are in this frame, or the first was missed */
    return f->headless ? 0 : f->first_in;
}

static bool is_incomplete(const cmrp_context *context)
{
    cmrp_fragments *f = &context->connection->fragments[context->pdu->response];
    const bool missing = !loss_none_since(context->association, begins_in(context));

    f->first_in = 0;
    return missing;
}

bool fragments_are_missing(const cmrp_context *context)
{
    uint32_t place[] = { context->pinfo->num, context->di->call_id, context->pdu->response };
    wmem_tree_key_t key[] = { { G_N_ELEMENTS(place), place }, { 0, NULL } };

    if (context->pinfo->ptype == PT_UDP ||
        cmrp_data_source(context->pinfo, "Reassembled DCE/RPC") == NULL)
        return false;
    if (!context->pinfo->fd->visited && is_incomplete(context))
        wmem_tree_insert32_array(incomplete, key, (void *)context->connection);
    return wmem_tree_lookup32_array(incomplete, key) != NULL;
}
