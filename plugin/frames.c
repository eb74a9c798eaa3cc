/* frames.c
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
 * bytes up to the end of the frame. Only frames that dcerpc saw but did not hand to the plugin are
 * searched, once, on the first visit. A bind_ack that TCP split over frames is missed: its connection
 * then stands for itself (association.c).
 *
 * The ends of connections, FIN and RST, are read from the TCP header. Wireshark does not say where in
 * the frame that stands, but it says both ports, which stand at its beginning. (The tap of TCP would
 * tell, but the first of two passes runs without taps.)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frames.h"

#include "association.h"
#include "protocol.h"

/* Connection-oriented PDUs (C706 12.6): header, and where things stand in it. */
#define CO_VERSION 5
#define CO_HEADER 16
#define CO_FRAGMENT_LENGTH 8
#define CO_AUTH_LENGTH 10
#define CO_ASSOCIATION_GROUP 20

enum {
    CO_BIND = 11,
    CO_BIND_ACK = 12,
    CO_ALTER_CONTEXT = 14,
    CO_ALTER_CONTEXT_RESP = 15
};

/* The interface's UUID as it stands in a PDU, by data representation. */
static const uint8_t uuid_little[16] = { 0xb2, 0xb8, 0x7d, 0xb9, 0x63, 0x4c, 0xcf, 0x11,
                                         0xbf, 0xf6, 0x08, 0x00, 0x2b, 0xe2, 0x3f, 0x2f };
static const uint8_t uuid_big[16] = { 0xb9, 0x7d, 0xb8, 0xb2, 0x4c, 0x63, 0x11, 0xcf,
                                      0xbf, 0xf6, 0x08, 0x00, 0x2b, 0xe2, 0x3f, 0x2f };

/* The TCP header (RFC 9293 3.1). */
#define TCP_HEADER 20
#define TCP_DATA_OFFSET 12
#define TCP_FLAGS 13
#define TCP_FIN 0x01
#define TCP_RST 0x04

static int proto_dcerpc = -1;
static uint32_t handed_frame;

void frames_reset(void)
{
    handed_frame = 0;
}

void frames_handed(packet_info *pinfo)
{
    handed_frame = pinfo->num;
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

static uint32_t read_number(const uint8_t *pdu, unsigned offset, unsigned bytes)
{
    const bool big_endian = (pdu[4] & DREP_LITTLE_ENDIAN) == 0;

    if (bytes == 2)
        return big_endian ? pntohu16(pdu + offset) : pletohu16(pdu + offset);
    return big_endian ? pntohu32(pdu + offset) : pletohu32(pdu + offset);
}

static bool is_telling_type(uint8_t type)
{
    return type == CO_BIND || type == CO_BIND_ACK || type == CO_ALTER_CONTEXT ||
           type == CO_ALTER_CONTEXT_RESP;
}

/** True if a connection-oriented PDU that tells something begins here and ends with the frame. */
static bool is_telling_pdu(const uint8_t *pdu, uint32_t left)
{
    return pdu[0] == CO_VERSION && pdu[1] <= 1 && is_telling_type(pdu[2]) &&
           read_number(pdu, CO_FRAGMENT_LENGTH, 2) == left && left >= CO_ASSOCIATION_GROUP + 4;
}

/** The PDU that ends the frame, or NULL. */
static const uint8_t *find_last_pdu(const uint8_t *frame, uint32_t length, uint32_t *pdu_length)
{
    const uint8_t *at = frame;
    const uint8_t *last = frame + length - CO_HEADER;

    while (at <= last && (at = (const uint8_t *)memchr(at, CO_VERSION, (size_t)(last - at + 1)))) {
        *pdu_length = (uint32_t)(frame + length - at);
        if (is_telling_pdu(at, *pdu_length))
            return at;
        at++;
    }
    return NULL;
}

static bool names_interface(const uint8_t *pdu, uint32_t length)
{
    const uint8_t *uuid = pdu[4] & DREP_LITTLE_ENDIAN ? uuid_little : uuid_big;

    return ws_memmem(pdu, length, uuid, sizeof(uuid_little)) != NULL;
}

/** The security trailer at the end of a PDU (MS-RPCE 2.2.2.11): 8 bytes, then the token. */
static cmrp_security read_security(const uint8_t *pdu, uint32_t length)
{
    static const uint8_t ntlm[] = "NTLMSSP";
    const uint32_t token = read_number(pdu, CO_AUTH_LENGTH, 2);
    cmrp_security security = { 0 };
    const uint8_t *trailer;

    if (token == 0 || token + 8 > length - CO_HEADER)
        return security;
    trailer = pdu + length - token - 8;
    security.auth_type = trailer[0];
    security.auth_level = trailer[1];
    security.ntlm = ws_memmem(trailer, token + 8, ntlm, sizeof(ntlm)) != NULL;
    return security;
}

static void learn_from_pdu(packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    const uint32_t group = read_number(pdu, CO_ASSOCIATION_GROUP, 4);
    const cmrp_security security = read_security(pdu, length);

    if (pdu[2] == CO_BIND_ACK || pdu[2] == CO_ALTER_CONTEXT_RESP)
        association_bound(pinfo, group);
    else if (names_interface(pdu, length))
        association_wanted(pinfo, group, &security);
}

/* ---------------------------------------------------------------- ends of connections */

/** The flags of the frame's TCP header; 0 if it is not found. */
static uint8_t tcp_flags(const packet_info *pinfo, const uint8_t *frame, uint32_t length)
{
    const uint8_t ports[4] = { (uint8_t)(pinfo->srcport >> 8), (uint8_t)pinfo->srcport,
                               (uint8_t)(pinfo->destport >> 8), (uint8_t)pinfo->destport };
    const uint8_t *at = ws_memmem(frame, length, ports, sizeof(ports));

    if (at == NULL || frame + length - at < TCP_HEADER ||
        (at[TCP_DATA_OFFSET] >> 4) * 4 < TCP_HEADER)
        return 0;
    return at[TCP_FLAGS];
}

/* ---------------------------------------------------------------- the watch */

static int watch_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree _U_, void *data _U_)
{
    const uint32_t length = tvb_captured_length(tvb);
    const uint8_t *frame, *pdu;
    uint32_t pdu_length;
    uint8_t flags;

    if (pinfo->fd->visited || pinfo->ptype != PT_TCP || length < TCP_HEADER)
        return 0;
    frame = tvb_get_ptr(tvb, 0, (int)length);
    if (pinfo->num != handed_frame && has_dcerpc(pinfo) &&
        (pdu = find_last_pdu(frame, length, &pdu_length)) != NULL)
        learn_from_pdu(pinfo, pdu, pdu_length);
    flags = tcp_flags(pinfo, frame, length);
    if (flags & (TCP_FIN | TCP_RST))
        association_connection_ended(pinfo, (flags & TCP_RST) != 0);
    return 0;
}

void frames_watch(void)
{
    proto_dcerpc = proto_get_id_by_filter_name("dcerpc");
    register_postdissector(create_dissector_handle(watch_frame, proto_cmrp));
}
