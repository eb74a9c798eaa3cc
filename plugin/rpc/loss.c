/* loss.c
 * Does the capture hold everything that an association said?
 *
 * Over TCP the segments are counted by Wireshark, or if that is switched off by gaps.c: where one was lost, PDUs may
 * have been in it, of any named pipe of the connection. Over UDP the calls of an activity are numbered
 * (state/call_find.c). What is missed is missed for the whole association, because handles are shared by its connections.
 * Where the association is not known, it may be any.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/loss.h"

#include "base/frame_order.h"
#include "base/protocol.h"
#include "rpc/gaps.h"
#include "rpc/segment.h"

#include <epan/dissectors/packet-tcp.h>

/* What Wireshark's TCP dissector says of a frame (TCP_A_* there). */
#define TCP_RETRANSMISSION 0x0001
#define TCP_LOST_PACKET 0x0002
#define TCP_ACK_LOST_PACKET 0x0004
#define TCP_FAST_RETRANSMISSION 0x0400
#define TCP_SPURIOUS_RETRANSMISSION 0x4000

/* Last frame with a PDU of an association that is not known for certain: TCP, UDP. */
static uint32_t unknown_missed_in[2];
static uint32_t noted_in; /* last frame with one of any association */
static int proto_tcp = -1;

void loss_reset(void)
{
    unknown_missed_in[0] = unknown_missed_in[1] = noted_in = 0;
    proto_tcp = proto_get_id_by_filter_name("tcp");
}

void loss_note(cmrp_association *association, uint32_t frame)
{
    noted_in = frame;
    /* The activities of a client share its handles. */
    if (association->kind == CMRP_BY_GROUP)
        association->missed_in = MAX(association->missed_in, frame);
    else
        unknown_missed_in[association->server->udp] = frame;
}

bool loss_none_in(const cmrp_association *association)
{
    return association->kind != CMRP_BY_CONVERSATION && !association->older &&
           association->missed_in == 0 &&
           unknown_missed_in[association->server->udp] < association->began_in &&
           frame_order_is_kept_since(association->began_in);
}

bool loss_is_noted_since(uint32_t frame)
{
    return noted_in >= frame;
}

bool loss_is_noticed(const cmrp_connection *connection)
{
    return connection->tcp != NULL;
}

bool loss_none_since(const cmrp_association *association, uint32_t frame)
{
    return association->missed_in <= frame && unknown_missed_in[association->server->udp] <= frame;
}

/** True if the capture holds less of the frame's segment than was sent: whatever follows was missed. */
static bool is_cut(const packet_info *pinfo)
{
    const cmrp_segment *segment;

    if (pinfo->fd->cap_len >= pinfo->fd->pkt_len)
        return false;
    segment = segment_find(pinfo);
    return segment == NULL || !segment->whole;
}

void loss_look_at_datagram(const packet_info *pinfo)
{
    if (is_cut(pinfo))
        unknown_missed_in[1] = pinfo->num;
}

/* ---------------------------------------------------------------- TCP */

/** Wireshark makes its record of a connection once, at its first frame. */
static unsigned tcp_says(cmrp_connection *connection, const conversation_t *conv)
{
    if (connection->tcp == NULL)
        connection->tcp = (const struct tcp_analysis *)conversation_get_proto_data(conv, proto_tcp);
    return connection->tcp && connection->tcp->ta ? connection->tcp->ta->flags : 0;
}

/** True if the capture missed a segment before this frame, of its sender or of its receiver. */
static bool has_gap(const packet_info *pinfo, cmrp_connection *connection, conversation_t *conv)
{
    const unsigned said = tcp_says(connection, conv);

    if (connection->tcp && connection->tcp->flow1.tcp_analyze_seq_info == NULL)
        return gaps_look(pinfo, association_connection(conv, 0));
    return (said & (TCP_LOST_PACKET | TCP_ACK_LOST_PACKET)) != 0;
}

/** What was missed may be of any pipe. */
static void note_gap(conversation_t *conv, uint32_t frame)
{
    cmrp_connection *c = association_connection(conv, 0);

    for (; c; c = c->next_pipe) {
        c->gap_in = frame;
        if (c->association)
            loss_note(c->association, frame);
    }
}

/** True if the frame repeats a segment, which was seen before or left a gap. */
static bool is_copy(cmrp_connection *connection, const conversation_t *conv)
{
    return (tcp_says(connection, conv) &
            (TCP_RETRANSMISSION | TCP_FAST_RETRANSMISSION | TCP_SPURIOUS_RETRANSMISSION)) != 0;
}

void loss_look_handed(const cmrp_context *context)
{
    const packet_info *pinfo = context->pinfo;

    if (pinfo->ptype == PT_TCP && has_gap(pinfo, context->connection, context->di->conv))
        note_gap(context->di->conv, pinfo->num);
    if (is_cut(pinfo) || context->connection->gap_in == pinfo->num)
        loss_note(context->association, pinfo->num);
}

bool loss_is_before(packet_info *pinfo, cmrp_connection *connection)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);

    return conv && has_gap(pinfo, connection, conv);
}

void loss_look(packet_info *pinfo, cmrp_connection *connection, bool unread)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);

    if (conv == NULL)
        return;
    if (has_gap(pinfo, connection, conv))
        note_gap(conv, pinfo->num);
    if (connection->association == NULL)
        return;
    if (connection->gap_in == pinfo->num ||
        (!is_copy(connection, conv) && (unread || is_cut(pinfo))))
        loss_note(connection->association, pinfo->num);
}
