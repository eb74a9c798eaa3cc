/* postdissector.c
 * What do frames say that dcerpc does not hand on? Association groups, faults, ends of connections.
 *
 * dcerpc calls a sub-dissector for requests and responses only. What else matters is read from the
 * frame's own bytes by a post-dissector: it sees every frame, with a tree and without one, however
 * dcerpc was found (heuristics, endpoint mapper, Decode As). It asks for no fields, because that would
 * make Wireshark build a tree for every packet. A heuristic dissector of the plugin's own would not
 * do: the one that matched last is asked first, and then ours never again.
 *
 * Why this is right and cheap: a bind, its answer and a fault end their frame, as nothing is sent
 * after them before the other side replies. So the PDU is where a DCE/RPC header promises exactly the
 * bytes up to the end of the frame, or of what TCP reassembled in it: Kerberos makes binds longer than
 * a segment. Only frames that dcerpc saw but did not hand to the plugin are searched, once, on the
 * first visit.
 *
 * The ends of connections, FIN and RST, are read from the TCP header. Wireshark does not say where in
 * the frame that stands, but it says both ports, which stand at its beginning. (The tap of TCP would
 * tell, but the first of two passes runs without taps.)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "postdissector.h"

#include "base/protocol.h"
#include "rpc/association.h"
#include "rpc/binds.h"
#include "rpc/in_flight.h"
#include "rpc/loss.h"
#include "rpc/wire.h"
#include "rules/frame_findings.h"
#include "rules/judge.h"
#include "show/info_column.h"
#include "statistics/tap.h"

/* The TCP header (RFC 9293 3.1). */
#define TCP_HEADER 20
#define TCP_DATA_OFFSET 12
#define TCP_FLAGS 13
#define TCP_FIN 0x01
#define TCP_RST 0x04

static int proto_dcerpc = -1;
static uint32_t handed_frame;  /* last frame of which the plugin was handed a PDU */
static bool handed_empty_stub; /* and one of them had a stub of no bytes */

void postdissector_reset(void)
{
    handed_frame = 0;
    handed_empty_stub = false;
}

void postdissector_handed(const packet_info *pinfo, uint32_t stub_length)
{
    handed_frame = pinfo->num;
    handed_empty_stub |= stub_length == 0;
}

/* ---------------------------------------------------------------- binds */

static bool has_dcerpc(const packet_info *pinfo)
{
    const wmem_list_frame_t *layer = wmem_list_tail(pinfo->layers);

    for (; layer; layer = wmem_list_frame_prev(layer)) {
        if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto_dcerpc)
            return true;
    }
    return false;
}

/** True if a PDU of a connection that tells something begins here and ends with the frame. */
static bool is_telling_pdu(const uint8_t *pdu, uint32_t left)
{
    switch (pdu[2]) {
    case WIRE_FAULT:
    case WIRE_BIND:
    case WIRE_BIND_ACK:
    case WIRE_ALTER_CONTEXT:
    case WIRE_ALTER_CONTEXT_RESP:
        return pdu[0] == WIRE_CO_VERSION && pdu[1] <= 1 &&
               wire_number(pdu, WIRE_CO_FRAGMENT_LENGTH, 2) == left;
    default:
        return false;
    }
}

/** The PDU that ends the bytes, or NULL. */
static const uint8_t *find_last_pdu(const uint8_t *bytes, uint32_t length, uint32_t *pdu_length)
{
    const uint8_t *at = bytes;
    const uint8_t *last = bytes + length - WIRE_CO_HEADER;

    if (length < WIRE_CO_HEADER)
        return NULL;
    while (at <= last &&
           (at = (const uint8_t *)memchr(at, WIRE_CO_VERSION, (size_t)(last - at + 1)))) {
        *pdu_length = (uint32_t)(bytes + length - at);
        if (is_telling_pdu(at, *pdu_length))
            return at;
        at++;
    }
    return NULL;
}

static void learn_from_bind(packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    cmrp_context context = { .pinfo = pinfo };
    cmrp_bind bind;

    if (!bind_read(pinfo->pool, pdu, length, &bind))
        return;
    if (bind.answer) {
        association_bind_ack(pinfo, bind.group);
        context.connection = association_connection_of_frame(pinfo);
    } else if (bind.ours) {
        context.connection =
            association_bind(pinfo, bind.group, bind.protected ? &bind.security : NULL);
    }
    if (context.connection == NULL || !context.connection->names_interface)
        return;
    judge_bind(&context, &bind);
    context.connection->offer = bind.offer;
}

/* ---------------------------------------------------------------- faults */

static void learn_fault(packet_info *pinfo, uint32_t number, const e_guid_t *activity,
                        uint32_t status)
{
    cmrp_context context = { .pinfo = pinfo, .connection = association_connection_of_frame(pinfo) };
    struct cmrp_in_flight pending;

    if (context.connection == NULL ||
        !in_flight_faulted(context.connection, number, activity, &pending))
        return;
    context.association = pending.association;
    context.call = pending.call;
    context.call->flags |= CMRP_FAULTED;
    tap_fault(pinfo, pending.method, pending.association, pending.call, pending.frame, status);
    judge_fault(&context, pending.method, pending.frame, status);
    call_forget(context.call);
}

static void learn_from_pdu(packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    if (pdu[2] != WIRE_FAULT)
        learn_from_bind(pinfo, pdu, length);
    else if (length >= WIRE_CO_FAULT_STATUS + 4)
        learn_fault(pinfo, wire_number(pdu, WIRE_CO_CALL, 4), NULL,
                    wire_number(pdu, WIRE_CO_FAULT_STATUS, 4));
}

/** A fault or a reject in a datagram. The interface's UUID tells where its header stands. */
static void learn_from_datagram(tvbuff_t *tvb, packet_info *pinfo)
{
    const int start = wire_find_interface(tvb) - WIRE_DG_INTERFACE;
    const uint8_t *pdu;
    e_guid_t activity;

    if (start < 0 || tvb_captured_length_remaining(tvb, start) < WIRE_DG_HEADER + 4)
        return;
    pdu = tvb_get_ptr(tvb, start, WIRE_DG_HEADER + 4);
    if (pdu[0] != WIRE_DG_VERSION || (pdu[1] != WIRE_FAULT && pdu[1] != WIRE_REJECT))
        return;
    tvb_get_guid(tvb, start + WIRE_DG_ACTIVITY, &activity,
                 wire_is_little(pdu) ? ENC_LITTLE_ENDIAN : ENC_BIG_ENDIAN);
    learn_fault(pinfo, wire_number(pdu, WIRE_DG_SEQUENCE, 4), &activity,
                wire_number(pdu, WIRE_DG_HEADER, 4));
}

/** Looks into the frame, and into what was reassembled in it. */
static void learn_from_connection(packet_info *pinfo)
{
    for (const GSList *source = pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        const uint32_t length = tvb_captured_length(tvb);
        const uint8_t *pdu = NULL;
        uint32_t pdu_length;

        if (length > 0)
            pdu = find_last_pdu(tvb_get_ptr(tvb, 0, (int)length), length, &pdu_length);
        if (pdu) {
            learn_from_pdu(pinfo, pdu, pdu_length);
            return;
        }
    }
}

/* ---------------------------------------------------------------- ends of connections */

/** True if a TCP header with these ports can begin here. */
static bool is_tcp_header(const uint8_t *at, uint32_t left, const uint8_t ports[4])
{
    return left >= TCP_HEADER && memcmp(at, ports, 4) == 0 &&
           (at[TCP_DATA_OFFSET] >> 4) * 4 >= TCP_HEADER;
}

/** The flags of the frame's TCP header; 0 if it is not found. */
static uint8_t tcp_flags(const packet_info *pinfo, const uint8_t *frame, uint32_t length)
{
    /* Where it stood last: in most captures it stands there in every frame. */
    static uint32_t usual = 34;
    const uint8_t ports[4] = { (uint8_t)(pinfo->srcport >> 8), (uint8_t)pinfo->srcport,
                               (uint8_t)(pinfo->destport >> 8), (uint8_t)pinfo->destport };
    const uint8_t *at;

    if (usual < length && is_tcp_header(frame + usual, length - usual, ports))
        return frame[usual + TCP_FLAGS];
    at = ws_memmem(frame, length, ports, sizeof(ports));
    if (at == NULL || !is_tcp_header(at, (uint32_t)(frame + length - at), ports))
        return 0;
    usual = (uint32_t)(at - frame);
    return at[TCP_FLAGS];
}

/* ---------------------------------------------------------------- the watch */

static void watch_tcp(tvbuff_t *tvb, packet_info *pinfo)
{
    const uint32_t length = tvb_captured_length(tvb);
    const cmrp_association *ended = NULL;
    uint8_t flags;

    if (length < TCP_HEADER)
        return;
    if (pinfo->num != handed_frame && has_dcerpc(pinfo))
        learn_from_connection(pinfo);
    flags = tcp_flags(pinfo, tvb_get_ptr(tvb, 0, (int)length), length);
    if (pinfo->num != handed_frame)
        loss_look(pinfo);
    if (flags & (TCP_FIN | TCP_RST))
        ended = association_connection_ended(pinfo, (flags & TCP_RST) != 0);
    if (ended)
        tap_association_ended(pinfo, ended);
}

static int watch_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    if (handed_empty_stub) {
        handed_empty_stub = false;
        info_clean(pinfo, tree);
    }
    if (!pinfo->fd->visited && pinfo->ptype == PT_TCP)
        watch_tcp(tvb, pinfo);
    else if (!pinfo->fd->visited && pinfo->ptype == PT_UDP && pinfo->num != handed_frame &&
             has_dcerpc(pinfo)) {
        loss_look_at_datagram(pinfo);
        learn_from_datagram(tvb, pinfo);
    }
    frame_findings_show(tvb, pinfo, tree);
    tap_frame_over(pinfo);
    return 0;
}

void postdissector_watch(int proto)
{
    proto_dcerpc = proto_get_id_by_filter_name("dcerpc");
    register_postdissector(create_dissector_handle(watch_frame, proto));
}
