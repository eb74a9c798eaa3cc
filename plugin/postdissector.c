/* postdissector.c
 * What do frames say that dcerpc does not hand on? Association groups, faults, sealed calls, ends of connections.
 *
 * dcerpc calls a sub-dissector for requests and responses only. What else matters is read from the
 * frame's own bytes by a post-dissector: it sees every frame, with a tree and without one, however
 * dcerpc was found (heuristics, endpoint mapper, Decode As). It asks for no fields, because that would
 * make Wireshark build a tree for every packet. A heuristic dissector of the plugin's own would not
 * do: the one that matched last is asked first, and then ours never again.
 *
 * Why this is right and cheap: PDUs are read where TCP and UDP say that they stand, all of them
 * (rpc/pdus.h), once, on the first visit. Frames that dcerpc did not see and that go to no server of
 * this interface are left alone.
 *
 * The ends of connections, FIN and RST, are read from the TCP header. (The tap of TCP would tell, but
 * the first of two passes runs without taps.)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "postdissector.h"

#include "base/frame_order.h"
#include "rpc/association.h"
#include "rpc/auth.h"
#include "rpc/binds.h"
#include "rpc/builtin.h"
#include "rpc/contexts.h"
#include "rpc/copies.h"
#include "rpc/datagram.h"
#include "rpc/decryption.h"
#include "rpc/fragments.h"
#include "rpc/in_flight.h"
#include "rpc/keys.h"
#include "rpc/loss.h"
#include "rpc/pdus.h"
#include "rpc/segment.h"
#include "rpc/unbound.h"
#include "rpc/wire.h"
#include "rules/findings.h"
#include "rules/frame_findings.h"
#include "rules/judge.h"
#include "show/fault_show.h"
#include "show/info_column.h"
#include "show/unbound_tree.h"
#include "show/untold_show.h"
#include "state/faults.h"
#include "state/untold.h"
#include "statistics/tap.h"

static int proto_dcerpc = -1;
static int proto_tcp = -1;
static int proto_udp = -1;

/** A request or response of a call. */
typedef struct {
    uint32_t number;
    bool response;
} handed_call;

/* What the plugin was handed of a frame. */
static uint32_t handed_frame;              /* the last one of which it was handed a PDU */
static unsigned handed_count;              /* how many */
static GArray *handed_calls;               /* and which: handed_call; for speed only ever grown */
static cmrp_connection *handed_connection; /* their connection */
static bool handed_empty_stub;             /* one of them had a stub of no bytes */
static const uint8_t *handed_bare;         /* the last one, if it travelled bare */

/* The last frame whose binds were learnt from. */
static uint32_t bound_frame;

void postdissector_reset(void)
{
    handed_frame = bound_frame = 0;
    handed_count = 0;
    handed_bare = NULL;
    handed_empty_stub = false;
}

/* ---------------------------------------------------------------- binds */

/** True if the last that TCP or UDP carried in the frame is DCE/RPC. Below that there is no need to look. */
static bool has_dcerpc(const packet_info *pinfo)
{
    const wmem_list_frame_t *layer = wmem_list_tail(pinfo->layers);

    for (; layer; layer = wmem_list_frame_prev(layer)) {
        const int proto = GPOINTER_TO_INT(wmem_list_frame_data(layer));

        if (proto == proto_dcerpc)
            return true;
        if (proto == proto_tcp || proto == proto_udp)
            return false;
    }
    return false;
}

static bool is_bind(const uint8_t *pdu)
{
    return pdu[2] == WIRE_BIND || pdu[2] == WIRE_BIND_ACK || pdu[2] == WIRE_ALTER_CONTEXT ||
           pdu[2] == WIRE_ALTER_CONTEXT_RESP;
}

static void learn_from_offer(cmrp_context *context, cmrp_bind *bind)
{
    if (bind->offer.ours == 0)
        return;
    context->connection = association_bind(context->pinfo);
    if (context->connection == NULL)
        return;
    bind->offer.frame = context->pinfo->num;
    contexts_offered(context->connection, &bind->offer);
    loss_look(context->pinfo, context->connection, false);
    judge_bind(context, bind);
}

static void learn_from_answer(cmrp_context *context, cmrp_bind *bind)
{
    bool known, accepts;

    context->connection = association_connection_of_frame(context->pinfo);
    known = context->connection &&
            contexts_answered(context->connection, bind->call, &bind->results, &bind->offer);
    accepts = known && (bind->offer.ours & bind->results.accepted) != 0;
    association_bind_ack(context->pinfo, bind->group, accepts ? &bind->offer : NULL);
    if (known)
        judge_bind(context, bind);
}

/** What is agreed on is for the whole connection, whichever interface the bind names. */
static void learn_key_stream(packet_info *pinfo, const cmrp_bind *bind)
{
    cmrp_connection *connection = NULL;

    if (bind->ntlm && !bind->answer)
        connection = association_bind(pinfo);
    if (connection)
        decryption_agreed(connection, bind->auth_context);
    if (bind->ntlm_signs && (connection = association_connection_of_frame(pinfo)))
        decryption_signed(connection, bind->answer);
}

static void learn_key(packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    cmrp_connection *connection = association_connection_of_frame(pinfo);

    if (connection)
        keys_learn(connection, pinfo->pool, pdu, length);
}

static void learn_from_bind(packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    cmrp_context context = { .pinfo = pinfo };
    cmrp_bind bind;

    if (!bind_read(pinfo->pool, pdu, length, &bind))
        return;
    if (!bind.answer)
        unbound_offered(pinfo, &bind);
    learn_key_stream(pinfo, &bind);
    if (bind.answer)
        learn_from_answer(&context, &bind);
    else
        learn_from_offer(&context, &bind);
    learn_key(pinfo, pdu, length);
}

static void learn_bind_of(packet_info *pinfo, const uint8_t *pdu, uint32_t length, void *unused _U_)
{
    if (is_bind(pdu))
        learn_from_bind(pinfo, pdu, length);
}

void postdissector_handed(const cmrp_context *context, uint32_t stub_length)
{
    packet_info *pinfo = context->pinfo;
    cmrp_connection *connection = context->connection;

    if (handed_frame != pinfo->num)
        handed_count = 0;
    handed_frame = pinfo->num;
    if (handed_count == handed_calls->len)
        g_array_set_size(handed_calls, handed_count + 1);
    g_array_index(handed_calls, handed_call, handed_count++) =
        (handed_call){ context->di->call_id, context->pdu->response };
    handed_connection = connection;
    handed_bare = context->bare ? context->sent : NULL;
    handed_empty_stub |= stub_length == 0;
    if (pinfo->fd->visited || pinfo->ptype != PT_TCP || bound_frame == pinfo->num ||
        (connection->association && !contexts_wait(connection)))
        return;
    pdus_visit(pinfo, NULL, learn_bind_of, NULL);
    bound_frame = pinfo->num;
}

/* ---------------------------------------------------------------- faults */

/** False if nobody knows the call. */
static bool learn_fault(packet_info *pinfo, cmrp_connection *connection, uint32_t number,
                        const e_guid_t *activity, uint32_t status)
{
    cmrp_context context = { .pinfo = pinfo, .connection = connection };
    struct cmrp_in_flight pending;

    if (!in_flight_take(connection, number, activity, &pending))
        return false;
    frame_order_note(pinfo);
    context.association = pending.association;
    context.call = pending.call;
    call_faulted(context.call, pending.method, pinfo->num);
    faults_learn(pinfo, &pending, status);
    judge_fault(&context, pending.method, pending.frame, status);
    call_forget(context.call);
    return true;
}

/** A fault or a reject in a datagram. */
static void learn_from_datagram(packet_info *pinfo)
{
    cmrp_connection *connection = association_connection_of_frame(pinfo);
    cmrp_datagram datagram;
    const cmrp_seen *seen;
    cmrp_print print;

    if (connection == NULL || !datagram_find(pinfo, &datagram) ||
        (datagram.type != WIRE_FAULT && datagram.type != WIRE_REJECT) || !datagram.has_status)
        return;
    print = (cmrp_print){ .number = datagram.sequence,
                          .contents = copies_hash((const uint8_t *)&datagram.activity,
                                                  sizeof(datagram.activity)) ^
                                      datagram.status,
                          .type = datagram.type | COPIES_UNTOLD };
    if (learn_fault(pinfo, connection, datagram.sequence, &datagram.activity, datagram.status))
        copies_note(connection, pinfo, &print, NULL);
    else if ((seen = copies_find(connection, &print, NULL)) != NULL)
        faults_repeat(pinfo, seen->frame, datagram.sequence);
}

/* ---------------------------------------------------------------- the watch */

/** What is being found out of a frame of a connection. */
typedef struct {
    tvbuff_t *tvb;
    conversation_t *conversation; /**< NULL: nobody looked, or it has none */
    cmrp_connection *connection;  /**< NULL: nothing is known of it */
    unsigned handed;              /**< calls that dcerpc handed on */
    unsigned calls;               /**< and those that it should have */
    unsigned items;               /**< that dcerpc made for calls of the interface so far */
} watch;

static bool is_of_call(const uint8_t *pdu)
{
    return pdu[2] == WIRE_REQUEST || pdu[2] == WIRE_RESPONSE;
}

/** True if it is a sealed request without a parameter, which dcerpc does not hand on: its answer tells of it. */
static bool is_empty(const uint8_t *pdu, uint32_t length)
{
    cmrp_auth auth;

    return pdu[2] == WIRE_REQUEST && auth_read_pdu(pdu, length, &auth) &&
           auth.auth_level == CMRP_LEVEL_PRIVACY && auth.stub_length == 0;
}

/** True if dcerpc handed on the same call before. TCP shows copies to nobody, and knows not all of them for copies. */
static bool was_handed(const packet_info *pinfo, const cmrp_connection *connection,
                       const uint8_t *pdu, uint32_t length)
{
    cmrp_print print;

    if (connection == NULL || connection->copies == NULL)
        return false;
    print = copies_print(pinfo, pdu, length);
    return copies_find(connection, &print, NULL) != NULL;
}

/** Requests and responses end with their last fragment. */
static void count_call(packet_info *pinfo, const uint8_t *pdu, uint32_t length, void *data)
{
    watch *w = (watch *)data;

    if (is_of_call(pdu) && (pdu[WIRE_CO_FLAGS] & WIRE_CO_LAST_FRAGMENT) && !is_empty(pdu, length) &&
        (w->handed > 0 || !was_handed(pinfo, w->connection, pdu, length)))
        w->calls++;
}

/** The frame in which a PDU that dcerpc does not hand on was seen before; 0 if it is new. */
static uint32_t seen_in(packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu,
                        uint32_t length)
{
    cmrp_print print = copies_print(pinfo, pdu, length);
    const cmrp_seen *seen;

    print.position = copies_position(pinfo, pdu);
    print.type |= COPIES_UNTOLD;
    seen = copies_find(connection, &print, NULL);
    if (seen)
        return seen->frame;
    copies_note(connection, pinfo, &print, NULL);
    return 0;
}

/**
 * A fragment that is not the last one. dcerpc puts copies into the stub as well, but for the first one of a request,
 * which begins a call anew.
 */
static void watch_fragment(packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu,
                           uint32_t length)
{
    const bool request = pdu[2] == WIRE_REQUEST;

    if (seen_in(pinfo, connection, pdu, length) &&
        !(request && (pdu[WIRE_CO_FLAGS] & WIRE_CO_FIRST_FRAGMENT)))
        connection->muddled[!request] = (uint64_t)wire_number(pdu, WIRE_CO_CALL, 4) + 1;
}

static void watch_fault(packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu,
                        uint32_t length)
{
    const uint32_t number = wire_number(pdu, WIRE_CO_CALL, 4);
    const uint32_t before = seen_in(pinfo, connection, pdu, length);

    if (before)
        faults_repeat(pinfo, before, number);
    else
        learn_fault(pinfo, connection, number, NULL, wire_number(pdu, WIRE_CO_FAULT_STATUS, 4));
}

/* ---------------------------------------------------------------- sealed calls */

static bool is_handed(const packet_info *pinfo, const uint8_t *pdu)
{
    const uint32_t number = wire_number(pdu, WIRE_CO_CALL, 4);

    for (unsigned i = 0; pinfo->num == handed_frame && i < handed_count; i++) {
        const handed_call *call = &g_array_index(handed_calls, handed_call, i);

        if (call->number == number && call->response == (pdu[2] == WIRE_RESPONSE))
            return true;
    }
    return false;
}

/** True if Wireshark put its fragments together, or would have done so had it seen all of them: it could open them. */
static bool is_opened_piece(packet_info *pinfo, const uint8_t *pdu)
{
    return !(pdu[WIRE_CO_FLAGS] & WIRE_CO_FIRST_FRAGMENT) &&
           cmrp_data_source(pinfo, "Decrypted stub data") != NULL;
}

/** Says once of each security context what it takes to open what it sealed. */
static void tell_key(packet_info *pinfo, cmrp_connection *connection, const cmrp_auth *auth)
{
    const char *wanted = keys_missed(connection, pinfo->pool, auth);
    const cmrp_finding found = { .rule = finding_rule_of(CMRP_DEFECT_KEY_MISSING),
                                 .detail = wanted,
                                 .param = CMRP_NO_SIBLING };

    if (wanted)
        frame_finding_keep(pinfo, &found);
}

/** The end of a request or response. */
static void watch_call(packet_info *pinfo, watch *w, const uint8_t *pdu, uint32_t length)
{
    const cmrp_untold *untold;
    uint16_t version;
    cmrp_auth auth;

    if (is_handed(pinfo, pdu)) {
        w->items++;
        return;
    }
    if (!auth_read_pdu(pdu, length, &auth) || auth.auth_level != CMRP_LEVEL_PRIVACY ||
        !builtin_is_replaced() || is_opened_piece(pinfo, pdu))
        return;
    version = contexts_version(w->connection, (uint16_t)wire_number(pdu, WIRE_CO_CONTEXT, 2));
    untold =
        version ? untold_learn(pinfo, w->connection, pdu, length, &auth, version, w->items) : NULL;
    if (untold == NULL)
        return;
    w->items += !untold->pieces;
    if (untold->sealed && !untold->again)
        tell_key(pinfo, w->connection, &auth);
}

/* ---------------------------------------------------------------- any frame */

static void learn_from_pdu(packet_info *pinfo, const uint8_t *pdu, uint32_t length, void *data)
{
    cmrp_connection *connection = ((watch *)data)->connection;

    count_call(pinfo, pdu, length, data);
    if (connection && !is_bind(pdu)) {
        fragments_note(pinfo, connection, pdu);
        decryption_follow(((watch *)data)->tvb, pinfo, connection, pdu, length);
    }
    if (is_of_call(pdu) && ((const watch *)data)->handed == 0)
        unbound_look(pinfo, ((const watch *)data)->conversation, pdu, length);
    if (is_bind(pdu) && bound_frame != pinfo->num)
        learn_from_bind(pinfo, pdu, length);
    else if (connection && pdu[2] == WIRE_AUTH3)
        learn_key(pinfo, pdu, length);
    else if (connection && pdu[2] == WIRE_FAULT && length >= WIRE_CO_FAULT_STATUS + 4)
        watch_fault(pinfo, connection, pdu, length);
    else if (connection && is_of_call(pdu) && !(pdu[WIRE_CO_FLAGS] & WIRE_CO_LAST_FRAGMENT))
        watch_fragment(pinfo, connection, pdu, length);
    else if (connection && is_of_call(pdu) && length >= WIRE_CO_STUB)
        watch_call(pinfo, (watch *)data, pdu, length);
}

static void watch_end(packet_info *pinfo)
{
    const cmrp_segment *segment = segment_find(pinfo);

    if (segment && (segment->flags & (SEGMENT_FIN | SEGMENT_RST)))
        association_connection_ended(pinfo, (segment->flags & SEGMENT_RST) != 0,
                                     tap_association_ended);
}

/** For speed: most frames hold the one PDU that was handed on, which has nothing more to tell. */
static bool is_all_handed(const packet_info *pinfo, unsigned handed)
{
    return handed == 1 && handed_bare && pdus_is_all(pinfo, handed_connection, handed_bare);
}

/** Finds out whose frame it is. */
static void find_connection(packet_info *pinfo, watch *w)
{
    if (w->handed > 0) {
        w->connection = handed_connection;
        return;
    }
    w->conversation = find_conversation_pinfo(pinfo, 0);
    w->connection = association_connection_in(w->conversation, pinfo);
}

static void watch_tcp(tvbuff_t *tvb, packet_info *pinfo, bool of_dcerpc)
{
    watch w = { .tvb = tvb, .handed = pinfo->num == handed_frame ? handed_count : 0 };

    find_connection(pinfo, &w);
    if (of_dcerpc && w.connection == NULL)
        w.connection = unbound_named(pinfo);
    if (is_all_handed(pinfo, w.handed))
        w.calls = w.handed;
    else if (of_dcerpc || w.connection)
        pdus_visit(pinfo, w.connection, of_dcerpc ? learn_from_pdu : count_call, &w);
    if (w.connection == NULL)
        return;
    if (w.handed == 0 || w.calls > w.handed)
        loss_look(pinfo, w.connection, w.calls > w.handed);
    watch_end(pinfo);
}

/** Apart, so that what is called for every frame of a capture is short. */
static G_GNUC_NO_INLINE void watch_own(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                                       bool handed, bool of_dcerpc)
{
    /* For dcerpc, a stub of no bytes is one that no dissector took. Sealed ones it does not hand on at all. */
    if (handed_empty_stub || (of_dcerpc && !handed))
        info_clean(pinfo, tree);
    handed_empty_stub = false;
    if (!pinfo->fd->visited && pinfo->ptype == PT_TCP)
        watch_tcp(tvb, pinfo, of_dcerpc);
    else if (!pinfo->fd->visited && pinfo->ptype == PT_UDP && of_dcerpc && !handed) {
        loss_look_at_datagram(pinfo);
        learn_from_datagram(pinfo);
    }
    unbound_tree_show(tvb, pinfo, tree);
    untold_show(tvb, pinfo, tree);
    fault_show(tvb, pinfo, tree);
    frame_findings_show(tvb, pinfo, tree);
    tap_frame_over(pinfo);
    pdus_frame_over();
    handed_frame = 0;
}

/** True if the frame belongs neither to DCE/RPC nor to a server of this interface. */
static bool is_of_others(const packet_info *pinfo)
{
    return pinfo->ptype != PT_TCP ||
           (!association_serves(pinfo->srcport) && !association_serves(pinfo->destport));
}

static int watch_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    const bool handed = pinfo->num == handed_frame;
    const bool of_dcerpc = handed || has_dcerpc(pinfo);

    if (of_dcerpc || !is_of_others(pinfo))
        watch_own(tvb, pinfo, tree, handed, of_dcerpc);
    return 0;
}

void postdissector_watch(int proto)
{
    proto_dcerpc = proto_get_id_by_filter_name("dcerpc");
    proto_tcp = proto_get_id_by_filter_name("tcp");
    proto_udp = proto_get_id_by_filter_name("udp");
    handed_calls = g_array_new(FALSE, FALSE, sizeof(handed_call));
    register_postdissector(create_dissector_handle(watch_frame, proto));
}
