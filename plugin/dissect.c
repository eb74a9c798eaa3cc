/* dissect.c
 * Which way does a PDU take through the plugin?
 *
 * 1. dcerpc hands on the stub; the method follows from version and opnum.
 * 2. The connection, the association and the record of the call are found.
 * 3. The NDR reader reads the whole stub by the method's descriptor.
 * 4. On the first visit, and only from PDUs that were read whole, the layers learn, from left to right.
 * 5. The tree, the Info column and the tap show what is kept; later visits do nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dissect.h"

#include "base/frame_order.h"
#include "base/referenced.h"
#include "buffers/buffers.h"
#include "cmrp_constants.h"
#include "cmrp_tables.h"
#include "interface/fields.h"
#include "interface/methods.h"
#include "ndr/ndr.h"
#include "notify/notify.h"
#include "notify/notify_lessons.h"
#include "notify/notify_show.h"
#include "postdissector.h"
#include "rpc/association.h"
#include "rpc/auth.h"
#include "rpc/decryption.h"
#include "rpc/fragments.h"
#include "rpc/in_flight.h"
#include "rpc/keys.h"
#include "rpc/loss.h"
#include "rpc/pdus.h"
#include "rpc/unbound.h"
#include "rules/findings.h"
#include "rules/judge.h"
#include "rules/ndr_findings.h"
#include "show/conversation_filters.h"
#include "show/handles_tree.h"
#include "show/info_column.h"
#include "show/pdu_tree.h"
#include "show/status_show.h"
#include "show/unbound_tree.h"
#include "state/call.h"
#include "state/call_find.h"
#include "state/call_syntax.h"
#include "state/lessons.h"
#include "state/service.h"
#include "statistics/tap.h"

/** The fields that every PDU has. */
static void show_common(const cmrp_context *ctx, proto_tree *tree)
{
    const bool timed = ctx->pdu->response && ctx->request_frame != 0;

    pdu_tree_show(ctx->pinfo, tree, ctx->pdu->tvb, ctx->pdu->method->version, ctx->pdu->method,
                  timed ? &ctx->request_time : NULL);
}

/** How the call ended; nobody knows that of a response that was not read whole. */
static void show_outcome(const cmrp_context *ctx, proto_tree *tree)
{
    uint32_t status = CMRP_ERROR_SUCCESS;

    if (tree == NULL || !ctx->pdu->response || !pdu_whole(ctx->pdu))
        return;
    call_status(ctx->pdu, &status);
    pdu_tree_show_outcome(tree, ctx->pdu->tvb, outcome_of(ctx->pdu->method, status));
}

/** Calls wait for their answer, and answers end that, whether they can be read or not. */
static void note_in_flight(const cmrp_context *ctx)
{
    if (ctx->call == NULL || ctx->again)
        return;
    if (ctx->pdu->response)
        in_flight_answered(ctx);
    else
        in_flight_asked(ctx);
}

/** A stub that nobody reads is shown as bytes, and nobody learns from it. */
static proto_item *show_unread(const cmrp_context *ctx, uint32_t length, proto_tree *tree,
                               cmrp_unread why)
{
    if (!ctx->pinfo->fd->visited) {
        loss_note(ctx->association, ctx->pinfo->num);
        note_in_flight(ctx);
        if (!ctx->pdu->response)
            call_unread(ctx->pdu->method);
    }
    /* How it travelled was judged all the same. */
    judge_show_unread(ctx, tree);
    tap_unread(ctx, why);
    return tree ? proto_tree_add_item(tree, hf_cmrp_ndr_unread, ctx->pdu->tvb, 0, (int)length,
                                      ENC_NA)
                : NULL;
}

/** True if the stub may have been decrypted wrongly. The first visit decides, and its answer is kept. */
static bool is_doubtful(const cmrp_context *ctx, uint32_t length)
{
    const unsigned mine = ctx->pdu->response ? CMRP_RESPONSE_DOUBTED : CMRP_REQUEST_DOUBTED;

    if (auth_is_sealed_datagram(ctx))
        return true;
    if (!decryption_may_fail(ctx))
        return false;
    if (ctx->again)
        return true;
    if (ctx->call == NULL) {
        ndr_read_pdu(ctx->pdu, length, ctx->pinfo, NULL);
        return !decryption_makes_sense(ctx, length);
    }
    if (!ctx->pinfo->fd->visited) {
        ndr_read_pdu(ctx->pdu, length, ctx->pinfo, NULL);
        if (!decryption_is_trusted(ctx, length))
            ctx->call->flags |= mine;
    }
    return (ctx->call->flags & mine) != 0;
}

/** A PDU of which the first visit knew nothing: it is read to whoever looks, and neither judged nor counted. */
static int show_new(const cmrp_context *ctx, uint32_t length, proto_tree *tree)
{
    if (tree)
        show_common(ctx, tree);
    ctx->pdu->syntax = ctx->di->call_data->flags & DCERPC_IS_NDR64 ? CMRP_NDR64 : CMRP_NDR;
    ndr_read_pdu(ctx->pdu, length, ctx->pinfo, referenced_tree(tree));
    return (int)length;
}

/** What the first visit to a PDU teaches, unless it is a copy. Later visits only read. */
static void learn(const cmrp_context *ctx)
{
    const bool broken = ctx->pdu->breach_count > 0 ||
                        (!pdu_whole(ctx->pdu) && !ndr_findings_is_cut(ctx->pdu, ctx->pinfo));

    if (ctx->call == NULL) {
        call_missed(ctx);
        return;
    }
    note_in_flight(ctx);
    if (ctx->auth && ctx->auth->auth_level == CMRP_LEVEL_PRIVACY)
        keys_opened(ctx->connection, ctx->auth);
    if (!ctx->pdu->response && broken)
        ctx->call->flags |= CMRP_REQUEST_BROKEN;
    if (call_learn(ctx)) {
        lessons_learn(ctx);
        service_learn(ctx);
        notify_lessons_learn(ctx);
        notify_learn(ctx);
        judge_pdu(ctx);
    } else {
        call_missed(ctx);
        judge_unread(ctx);
    }
    if (ctx->pdu->response)
        call_forget(ctx->call);
}

static int dissect_pdu(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, dcerpc_info *di,
                       const uint8_t *drep, bool response)
{
    const uint32_t length = tvb_captured_length(tvb);
    cmrp_pdu pdu;
    cmrp_auth auth;
    cmrp_context context = { .pinfo = pinfo, .di = di, .pdu = &pdu };

    pdu.response = response;
    pdu.big_endian = (drep[0] & DREP_LITTLE_ENDIAN) == 0;
    pdu.tvb = tvb;
    pdu.data = length ? tvb_get_ptr(tvb, 0, (int)length) : (const uint8_t *)"";
    context.connection =
        association_connection(di->conv, pinfo->ptype == PT_UDP ? 0 : di->transport_salt);
    if (pinfo->ptype != PT_UDP)
        pdus_find_sent(&context);
    if (!pinfo->fd->visited)
        unbound_meet(&context);
    context.guessed = call_is_guessed(&context);
    pdu.method = call_method(&context);
    if (pdu.method == NULL)
        return 0;

    postdissector_handed(&context, length);
    if (call_is_new(&context))
        return show_new(&context, length, tree);
    context.association = association_of(pinfo, di, tvb, !response, context.connection);
    context.auth = auth_read(&context, &auth) ? &auth : NULL;
    call_find(&context, length);
    findings_begin(context.again);
    if (!pinfo->fd->visited) {
        frame_order_note(pinfo);
        if (!context.guessed)
            association_speaks(context.association->server, pdu.method->version);
        loss_look_handed(&context);
    }
    if (!pinfo->fd->visited && !context.again)
        judge_way(&context);
    if (tree)
        show_common(&context, tree);
    tree = referenced_tree(tree);
    if (call_is_muddled(&context) || !call_settle_syntax(&context, length)) {
        show_unread(&context, length, tree, CMRP_UNREAD_UNSETTLED);
        unbound_tree_show_unread(&context, tree);
        return (int)length;
    }
    if (fragments_are_missing(&context)) {
        finding_show(pinfo, tree, show_unread(&context, length, tree, CMRP_UNREAD_CUT), tvb,
                     CMRP_DEFECT_CUT_SHORT, NULL, "between its fragments something is missing.");
        return (int)length;
    }
    if (is_doubtful(&context, length)) {
        finding_show(pinfo, tree, show_unread(&context, length, tree, CMRP_UNREAD_DOUBTFUL), tvb,
                     CMRP_DEFECT_DECRYPTION_DOUBTFUL, NULL, "");
        return (int)length;
    }
    ndr_read_pdu(&pdu, length, pinfo, tree);
    if (!pinfo->fd->visited && !context.again)
        learn(&context);
    show_outcome(&context, tree);
    status_show(&context, tree);
    if (tree) {
        handles_tree_show(&context, tree);
        notify_show(&context, tree);
    }
    buffers_show(&context, tree);
    ndr_findings_show(&pdu, length, pinfo, tree);
    judge_show(&context, tree);
    info_column_append(&context);
    conversation_filters_note(&context, tree);
    tap_pdu(&context);
    return (int)length;
}

static int dissect_request(tvbuff_t *tvb, int offset _U_, packet_info *pinfo, proto_tree *tree,
                           dcerpc_info *di, uint8_t *drep)
{
    return dissect_pdu(tvb, pinfo, tree, di, drep, false);
}

static int dissect_response(tvbuff_t *tvb, int offset _U_, packet_info *pinfo, proto_tree *tree,
                            dcerpc_info *di, uint8_t *drep)
{
    return dissect_pdu(tvb, pinfo, tree, di, drep, true);
}

/* ---------------------------------------------------------------- what dcerpc is handed */

static bool is_frequent(uint16_t opnum)
{
    /* Groups and ports: most of the traffic of a cluster that is being watched. */
    static const uint16_t frequent[] = { CMRP_OP_ApiOpenGroup,     CMRP_OP_ApiCloseGroup,
                                         CMRP_OP_ApiGetGroupState, CMRP_OP_ApiReAddNotifyGroup,
                                         CMRP_OP_ApiGetNotify,     CMRP_OP_ApiAddNotifyGroup };

    for (size_t i = 0; i < G_N_ELEMENTS(frequent); i++) {
        if (frequent[i] == opnum)
            return true;
    }
    return false;
}

dcerpc_sub_dissector *dissect_procedures(const cmrp_interface *interface)
{
    dcerpc_sub_dissector *rows = g_new0(dcerpc_sub_dissector, interface->count + 1);
    dcerpc_sub_dissector *row = rows;

    for (int frequent = 1; frequent >= 0; frequent--) {
        for (uint16_t i = 0; i < interface->count; i++) {
            if (is_frequent(i) == (frequent == 1))
                *row++ = (dcerpc_sub_dissector){ i, interface->methods[i].name, dissect_request,
                                                 dissect_response };
        }
    }
    return rows;
}
