/* loss.c
 * Does the capture hold everything that an association said?
 *
 * Over TCP the segments are counted by Wireshark: where it says that one was lost, PDUs may have been in
 * it. (With its preference "Analyze TCP sequence numbers" off, nobody counts.) Over UDP the calls of an
 * activity are numbered (state/call.c). What is missed is missed for the whole association, because handles are
 * shared by its connections. Where the association is not known, it may be any.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/loss.h"

#include "base/protocol.h"
#include "rpc/wire.h"

#include <epan/dissectors/packet-tcp.h>

/* What Wireshark's TCP dissector says of a frame (TCP_A_* there). */
#define TCP_RETRANSMISSION 0x0001
#define TCP_LOST_PACKET 0x0002
#define TCP_ACK_LOST_PACKET 0x0004
#define TCP_FAST_RETRANSMISSION 0x0400
#define TCP_SPURIOUS_RETRANSMISSION 0x4000

#define FLAGS_OFFSET 3
#define LAST_FRAGMENT 0x02

static bool any_missed;
/* Last frame with a PDU of an association that is not known for certain: TCP, UDP. */
static uint32_t unknown_missed_in[2];
static int proto_tcp = -1;

void loss_reset(void)
{
    any_missed = false;
    unknown_missed_in[0] = unknown_missed_in[1] = 0;
    proto_tcp = proto_get_id_by_filter_name("tcp");
}

void loss_note(cmrp_association *association, uint32_t frame)
{
    any_missed = true;
    /* The activities of a client share its handles. */
    if (association->kind == CMRP_BY_GROUP)
        association->missed_in = frame;
    else
        unknown_missed_in[association->server->udp] = frame;
}

bool loss_none_in(const cmrp_association *association)
{
    return association->kind != CMRP_BY_CONVERSATION && !association->older &&
           association->missed_in == 0 &&
           unknown_missed_in[association->server->udp] < association->began_in;
}

bool loss_none_since(const cmrp_association *association, uint32_t frame)
{
    return association->missed_in <= frame && unknown_missed_in[association->server->udp] <= frame;
}

bool loss_none(void)
{
    return !any_missed;
}

void loss_look_at_datagram(const packet_info *pinfo)
{
    if (pinfo->fd->cap_len >= pinfo->fd->pkt_len)
        return;
    any_missed = true;
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

/** True if TCP missed a segment before this frame, of its sender or of its receiver. */
static bool has_gap(cmrp_connection *connection, const conversation_t *conv)
{
    return (tcp_says(connection, conv) & (TCP_LOST_PACKET | TCP_ACK_LOST_PACKET)) != 0;
}

/** True if the frame repeats a segment, which was seen before or left a gap. */
static bool is_copy(cmrp_connection *connection, const conversation_t *conv)
{
    return (tcp_says(connection, conv) &
            (TCP_RETRANSMISSION | TCP_FAST_RETRANSMISSION | TCP_SPURIOUS_RETRANSMISSION)) != 0;
}

/** True if the bytes end with a request, a response or the last fragment of one. */
static bool ends_with_call(const uint8_t *bytes, uint32_t length)
{
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + length;

    while (end - at >= WIRE_CO_HEADER &&
           (at = (const uint8_t *)memchr(at, WIRE_CO_VERSION,
                                         (size_t)(end - at) - WIRE_CO_HEADER + 1))) {
        if ((at[2] == WIRE_REQUEST || at[2] == WIRE_RESPONSE) &&
            (at[FLAGS_OFFSET] & LAST_FRAGMENT) &&
            wire_number(at, WIRE_CO_FRAGMENT_LENGTH, 2) == (uint32_t)(end - at))
            return true;
        at++;
    }
    return false;
}

static bool is_unread(packet_info *pinfo)
{
    for (const GSList *source = pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        const uint32_t length = tvb_captured_length(tvb);

        if (length > 0 && ends_with_call(tvb_get_ptr(tvb, 0, (int)length), length))
            return true;
    }
    return false;
}

/** True if the capture holds less of the frame than was sent: whatever follows was missed. */
static bool is_cut(const packet_info *pinfo)
{
    return pinfo->fd->cap_len < pinfo->fd->pkt_len;
}

void loss_look_handed(const cmrp_context *context)
{
    const bool tcp = context->pinfo->ptype == PT_TCP;

    if (is_cut(context->pinfo) || (tcp && has_gap(context->connection, context->di->conv)))
        loss_note(context->association, context->pinfo->num);
}

void loss_look(packet_info *pinfo)
{
    conversation_t *conv = NULL;
    cmrp_connection *connection = NULL;

    if (association_serves(pinfo->srcport) || association_serves(pinfo->destport))
        conv = find_conversation_pinfo(pinfo, 0);
    if (conv)
        connection = (cmrp_connection *)conversation_get_proto_data(conv, proto_cmrp);
    if (connection && connection->association &&
        (has_gap(connection, conv) ||
         (!is_copy(connection, conv) && (is_cut(pinfo) || is_unread(pinfo)))))
        loss_note(connection->association, pinfo->num);
}
