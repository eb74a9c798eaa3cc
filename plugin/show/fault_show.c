/* fault_show.c
 * How does a fault look that answers a call?
 *
 *   ApiMoveGroupToNode fault, HGROUP #2 "SQL", nca_s_fault_access_denied
 *
 * dcerpc shows faults by itself, as it knows no more of them than a number. What the plugin knows stands below dcerpc's item of the
 * PDU, and in the place of dcerpc's words in the Info column. There is no item of the protocol: the filter cmrp is for
 * requests and responses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/fault_show.h"

#include "base/referenced.h"
#include "interface/fields.h"
#include "interface/outcome.h"
#include "interface/status_names.h"
#include "rpc/dcerpc_tree.h"
#include "rpc/wire.h"
#include "show/columns.h"
#include "show/conversation_filters.h"
#include "show/handles_tree.h"
#include "show/info_column.h"
#include "show/pdu_tree.h"
#include "show/status_show.h"

/** The answer of a call as those see it who show answers: one without a parameter. `pdu` gets what it needs. */
static cmrp_context context_of(packet_info *pinfo, tvbuff_t *tvb, const cmrp_fault *fault,
                               cmrp_pdu *pdu)
{
    *pdu = (cmrp_pdu){ .method = fault->request.method, .response = true, .tvb = tvb };
    return (cmrp_context){ .pinfo = pinfo,
                           .pdu = pdu,
                           .call = fault->request.call,
                           .association = fault->request.association };
}

/* ---------------------------------------------------------------- the tree */

/** dcerpc shows it of faults over a connection only. */
static void show_request_link(proto_tree *tree, const packet_info *pinfo, tvbuff_t *tvb,
                              uint32_t frame)
{
    static int request_in = -1;

    if (pinfo->ptype != PT_UDP || frame == 0)
        return;
    if (request_in < 0)
        request_in = proto_registrar_get_id_byname("dcerpc.request_in");
    if (request_in > 0)
        proto_item_set_generated(proto_tree_add_uint(tree, request_in, tvb, 0, 0, frame));
}

static void show_below(proto_tree *tree, const cmrp_context *context, const cmrp_fault *fault)
{
    const struct cmrp_in_flight *request = &fault->request;
    tvbuff_t *tvb = context->pdu->tvb;

    proto_item_set_hidden(
        proto_tree_add_uint(tree, hf_cmrp_opnum, tvb, 0, 0, request->method->opnum));
    pdu_tree_show_call(context->pinfo, tree, tvb, request->method->version, request->method,
                       request->frame ? &request->time : NULL);
    pdu_tree_show_outcome(tree, tvb, CMRP_OUTCOME_FAULT);
    status_show_name(tree, tvb, status_fault_name, fault->status);
    show_request_link(tree, context->pinfo, tvb, request->frame);
    handles_tree_show(context, tree);
    conversation_filters_note(context, tree);
}

static void show_in(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, const cmrp_fault *fault)
{
    const char *name = status_fault_name(fault->status);
    cmrp_pdu pdu;
    const cmrp_context context = context_of(pinfo, tvb, fault, &pdu);
    proto_item *item = proto_tree_add_uint_format(
        tree, hf_cmrp_fault, tvb, 0, 0, fault->status, "%s fault: %s (0x%08x)",
        fault->request.method->name, name ? name : "Unknown", fault->status);

    status_show_words(item, fault->status);
    proto_item_set_generated(item);
    show_below(proto_item_add_subtree(item, ett_cmrp), &context, fault);
}

static void show_tree(proto_tree *tree, packet_info *pinfo, tvbuff_t *tvb, const cmrp_fault *last)
{
    proto_node *layer = tree->first_child;
    const cmrp_fault *fault = last;

    do {
        proto_tree *own;

        fault = fault->next;
        own = dcerpc_tree_of(&layer, WIRE_FAULT, fault->request.number);
        show_in(own ? own : dcerpc_tree(tree), pinfo, tvb, fault);
    } while (fault != last);
}

/* ---------------------------------------------------------------- the Info column */

/** The words of dcerpc for a fault, if they stand in `left`; else NULL. They end behind the name of the status. */
static const char *find_words(const char *left, const packet_info *pinfo, const cmrp_fault *fault,
                              const char **end)
{
    const char *words = wmem_strdup_printf(
        pinfo->pool, pinfo->ptype == PT_UDP ? ": seq: %u" : "Fault: call_id: %u,",
        fault->request.number);
    const char *found = strstr(left, words);
    const char *status = found ? strstr(found, "status: ") : NULL;

    if (status == NULL)
        return NULL;
    *end = status + strcspn(status, ",;#");
    while (*end > status && (*end)[-1] == ' ')
        (*end)--;
    /* A datagram is all that its frame holds, be it a fault or a reject. */
    return pinfo->ptype == PT_UDP ? left : found;
}

/** Writes what the column says up to the fault, and of the fault. What is left of the column; NULL if it does not name it. */
static const char *replace(wmem_strbuf_t *made, const char *left, const packet_info *pinfo,
                           const cmrp_fault *fault, const char *sentence)
{
    const char *end;
    const char *found = find_words(left, pinfo, fault, &end);

    if (found == NULL)
        return NULL;
    wmem_strbuf_append_len(made, left, (size_t)(found - left));
    wmem_strbuf_append(made, sentence);
    return end;
}

static const char *sentence_of(packet_info *pinfo, tvbuff_t *tvb, const cmrp_fault *fault)
{
    cmrp_pdu pdu;
    const cmrp_context context = context_of(pinfo, tvb, fault, &pdu);

    return info_of_fault(&context, fault->status);
}

/** What the column is to say. Of several PDUs in a frame Wireshark may name the last one alone: the others follow. */
static const char *column_of(packet_info *pinfo, tvbuff_t *tvb, const char *text,
                             const cmrp_fault *last)
{
    wmem_strbuf_t *made = wmem_strbuf_new(pinfo->pool, "");
    wmem_strbuf_t *others = wmem_strbuf_new(pinfo->pool, "");
    const cmrp_fault *fault = last;
    const char *left = text;

    do {
        const char *sentence, *rest;

        fault = fault->next;
        sentence = sentence_of(pinfo, tvb, fault);
        rest = replace(made, left, pinfo, fault, sentence);
        if (rest == NULL)
            wmem_strbuf_append_printf(others, " # %s", sentence);
        left = rest ? rest : left;
    } while (fault != last && wmem_strbuf_get_len(others) < COL_MAX_INFO_LEN);
    wmem_strbuf_append(made, left);
    wmem_strbuf_append(made, wmem_strbuf_get_str(others));
    return wmem_strbuf_get_str(made);
}

static void show_columns(packet_info *pinfo, tvbuff_t *tvb, proto_tree *tree,
                         const cmrp_fault *last)
{
    const char *text = columns_info(pinfo);

    if (text == NULL)
        return;
    columns_set_protocol(pinfo, tree, last->request.method->version);
    columns_set_info(pinfo, tree, column_of(pinfo, tvb, text, last));
}

void fault_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_fault *last = faults_of(pinfo);
    proto_tree *asked;

    if (last == NULL)
        return;
    if (columns_info_is_wanted(pinfo))
        show_columns(pinfo, tvb, tree, last);
    asked = referenced_tree(tree);
    if (asked)
        show_tree(asked, pinfo, tvb, last);
}
