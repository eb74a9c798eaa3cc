/* segment.c
 * Where in a frame does what TCP or UDP carry begin and end?
 *
 * Wireshark does not tell those who are called behind it. But it tells the addresses and the ports that it read, and
 * these stand in the headers: a place is right where an IP header with this source leads to a header with these
 * ports. IP says how long it is, so that what switches and taps put behind the packet is left out. IP fragments have
 * their TCP or UDP header at the beginning of what was put together of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/segment.h"

/* The headers of IP (RFC 791 3.1; RFC 8200 3, 4). */
#define IP4_HEADER 20
#define IP4_LENGTH 2
#define IP4_FRAGMENT 6
#define IP4_PROTOCOL 9
#define IP4_SOURCE 12
#define IP4_FRAGMENTED 0x3fff
#define IP6_HEADER 40
#define IP6_LENGTH 4
#define IP6_NEXT 6
#define IP6_SOURCE 8
#define IP6_EXTENSION 8
#define IP6_MAX_EXTENSIONS 8

/* Protocols of IP, and extension headers of IPv6. */
#define HOP_BY_HOP 0
#define TCP 6
#define UDP 17
#define ROUTING 43
#define FRAGMENT 44
#define AUTHENTICATION 51
#define DESTINATION 60

/* The headers of TCP (RFC 9293 3.1) and UDP (RFC 768). */
#define TCP_HEADER 20
#define TCP_SEQUENCE 4
#define TCP_ACKNOWLEDGED 8
#define TCP_DATA_OFFSET 12
#define TCP_FLAGS 13
#define UDP_HEADER 8
#define UDP_LENGTH 4

/** Bytes of a header and of all that follows it. */
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    bool whole; /**< the end is that of the packet, not only that of what was captured */
    uint32_t
        beyond; /**< bytes that follow in the packet and were not captured; 0: none, or nobody knows */
} span;

/* Where IP stood last: in most captures it stands there in every frame. */
static uint32_t usual;

/* For speed: what was found last, as a frame is asked for again and again on its first visit. */
static uint32_t last_frame;
static cmrp_segment last;

void segment_reset(void)
{
    usual = last_frame = 0;
}

const uint8_t *segment_source(const GSList *source, uint32_t *length)
{
    tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);

    *length = tvb_captured_length(tvb);
    return *length ? tvb_get_ptr(tvb, 0, (int)*length) : NULL;
}

unsigned segment_side(const packet_info *pinfo)
{
    const uint32_t from = pinfo->srcport;
    const uint32_t to = pinfo->destport;

    return from == to ? cmp_address(&pinfo->src, &pinfo->dst) > 0 : from > to;
}

/* ---------------------------------------------------------------- TCP and UDP */

static bool read_tcp(span header, cmrp_segment *segment)
{
    const ptrdiff_t left = header.end - header.at;
    unsigned size;

    if (left < TCP_HEADER)
        return false;
    size = (header.at[TCP_DATA_OFFSET] >> 4) * 4U;
    segment->empty = (header.whole || header.beyond) && left + header.beyond == size;
    if (size < TCP_HEADER || size > left)
        return false;
    *segment = (cmrp_segment){ .bytes = header.at + size,
                               .length = (uint32_t)(left - size),
                               .sequence = pntohu32(header.at + TCP_SEQUENCE),
                               .acknowledged = pntohu32(header.at + TCP_ACKNOWLEDGED),
                               .flags = header.at[TCP_FLAGS],
                               .whole = header.whole,
                               .empty = segment->empty };
    return true;
}

static bool read_udp(span header, cmrp_segment *segment)
{
    const ptrdiff_t left = header.end - header.at;
    uint32_t length;

    if (left < UDP_HEADER)
        return false;
    length = pntohu16(header.at + UDP_LENGTH);
    if (length < UDP_HEADER)
        return false;
    *segment = (cmrp_segment){ .bytes = header.at + UDP_HEADER,
                               .length = MIN(length, (uint32_t)left) - UDP_HEADER,
                               .whole = length <= (uint32_t)left };
    return true;
}

/** The header with the frame's ports, if it is one. */
static bool read_transport(const packet_info *pinfo, span header, cmrp_segment *segment)
{
    if (header.end - header.at < 4 || pntohu16(header.at) != pinfo->srcport ||
        pntohu16(header.at + 2) != pinfo->destport)
        return false;
    return pinfo->ptype == PT_TCP ? read_tcp(header, segment) : read_udp(header, segment);
}

/* ---------------------------------------------------------------- IP */

/** Cuts off what does not belong to a packet of `length` bytes. Where the sender's network card was to cut it into
 * pieces, the length is 0. */
static void cut(span *packet, uint32_t length)
{
    const ptrdiff_t left = packet->end - packet->at;

    if (length > left)
        packet->beyond = length - (uint32_t)left;
    if (length == 0 || left < (ptrdiff_t)length)
        return;
    packet->end = packet->at + length;
    packet->whole = true;
}

static bool skip_ip4(span *packet, uint8_t *protocol)
{
    const unsigned header = (packet->at[0] & 0x0f) * 4U;

    cut(packet, pntohu16(packet->at + IP4_LENGTH));
    *protocol = packet->at[IP4_PROTOCOL];
    if (packet->at[0] >> 4 != 4 || header < IP4_HEADER ||
        packet->end - packet->at < (ptrdiff_t)header ||
        (pntohu16(packet->at + IP4_FRAGMENT) & IP4_FRAGMENTED))
        return false;
    packet->at += header;
    return true;
}

/** Skips an extension header. False if what follows cannot be read, as it is a fragment. */
static bool skip_extension(span *packet, uint8_t *protocol)
{
    const uint8_t *at = packet->at;
    unsigned length;

    if (packet->end - at < IP6_EXTENSION)
        return false;
    length = *protocol == AUTHENTICATION ? (at[1] + 2U) * 4 : (at[1] + 1U) * 8;
    if (*protocol == FRAGMENT) {
        if (pntohu16(at + 2) & ~6U)
            return false;
        length = IP6_EXTENSION;
    }
    if (packet->end - at < (ptrdiff_t)length)
        return false;
    *protocol = at[0];
    packet->at += length;
    return true;
}

static bool skip_ip6(span *packet, uint8_t *protocol)
{
    const uint32_t length = pntohu16(packet->at + IP6_LENGTH);

    *protocol = packet->at[IP6_NEXT];
    if (packet->at[0] >> 4 != 6)
        return false;
    packet->at += IP6_HEADER;
    cut(packet, length);
    for (unsigned i = 0; i < IP6_MAX_EXTENSIONS; i++) {
        switch (*protocol) {
        case HOP_BY_HOP:
        case ROUTING:
        case FRAGMENT:
        case AUTHENTICATION:
        case DESTINATION:
            if (!skip_extension(packet, protocol))
                return false;
            break;
        default:
            return true;
        }
    }
    return false;
}

/** True if an address of IP stands here: of 4 bytes or of 16. */
static bool is_address(const uint8_t *at, const address *ip)
{
    /* For speed, each with a length that the compiler knows. */
    return ip->len == 4 ? memcmp(at, ip->data, 4) == 0 : memcmp(at, ip->data, 16) == 0;
}

/** True if an IP header begins here that comes from the frame's sender and leads to the frame's ports. */
static bool read_packet(const packet_info *pinfo, span packet, cmrp_segment *segment)
{
    const bool ip4 = pinfo->net_src.type == AT_IPv4;
    const unsigned source = ip4 ? IP4_SOURCE : IP6_SOURCE;
    uint8_t protocol;

    if (packet.end - packet.at < (ip4 ? IP4_HEADER : IP6_HEADER) ||
        !is_address(packet.at + source, &pinfo->net_src) ||
        !(ip4 ? skip_ip4(&packet, &protocol) : skip_ip6(&packet, &protocol)))
        return false;
    return protocol == (pinfo->ptype == PT_TCP ? TCP : UDP) &&
           read_transport(pinfo, packet, segment);
}

/** Searches the bytes for the sender's address, and there for IP. */
static bool search_packet(const packet_info *pinfo, span bytes, cmrp_segment *segment, uint32_t *at)
{
    const unsigned before = pinfo->net_src.type == AT_IPv4 ? IP4_SOURCE : IP6_SOURCE;
    const uint8_t *from = bytes.at + before;
    const uint8_t *found;

    while (from < bytes.end &&
           (found = (const uint8_t *)ws_memmem(from, (size_t)(bytes.end - from),
                                               pinfo->net_src.data, (size_t)pinfo->net_src.len))) {
        if (read_packet(pinfo, (span){ found - before, bytes.end, false, 0 }, segment)) {
            *at = (uint32_t)(found - before - bytes.at);
            return true;
        }
        from = found + 1;
    }
    return false;
}

static bool is_ip(const address *sender)
{
    return (sender->type == AT_IPv4 && sender->len == 4) ||
           (sender->type == AT_IPv6 && sender->len == 16);
}

static bool find_in(const packet_info *pinfo, const uint8_t *bytes, uint32_t length,
                    cmrp_segment *segment)
{
    const span all = { bytes, bytes + length, false, 0 };
    uint32_t at;

    if (usual < length && read_packet(pinfo, (span){ bytes + usual, all.end, false, 0 }, segment))
        return true;
    if (!search_packet(pinfo, all, segment, &at))
        return false;
    usual = at;
    return true;
}

static bool find_packet(const packet_info *pinfo, cmrp_segment *segment)
{
    for (const GSList *source = pinfo->data_src; source; source = source->next) {
        uint32_t length;
        const uint8_t *bytes = segment_source(source, &length);

        if (bytes && find_in(pinfo, bytes, length, segment))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- without IP */

/** What was put together of IP fragments begins with the header. */
static bool find_reassembled(const packet_info *pinfo, cmrp_segment *segment)
{
    const GSList *source = pinfo->data_src ? pinfo->data_src->next : NULL;

    for (; source; source = source->next) {
        uint32_t length;
        const uint8_t *bytes = segment_source(source, &length);

        if (bytes && read_transport(pinfo, (span){ bytes, bytes + length, true, 0 }, segment))
            return true;
    }
    return false;
}

/** TCP over anything else, or the first of IP fragments that were not put together: the ports tell where. */
static bool search_ports(const packet_info *pinfo, cmrp_segment *segment)
{
    const uint8_t ports[4] = { (uint8_t)(pinfo->srcport >> 8), (uint8_t)pinfo->srcport,
                               (uint8_t)(pinfo->destport >> 8), (uint8_t)pinfo->destport };
    uint32_t length;
    const uint8_t *bytes = segment_source(pinfo->data_src, &length);
    const uint8_t *found = bytes ? (const uint8_t *)ws_memmem(bytes, length, ports, 4) : NULL;

    return found && read_transport(pinfo, (span){ found, bytes + length, false, 0 }, segment);
}

static bool find(const packet_info *pinfo, cmrp_segment *segment)
{
    if (is_ip(&pinfo->net_src) && find_packet(pinfo, segment))
        return true;
    return find_reassembled(pinfo, segment) || search_ports(pinfo, segment);
}

const cmrp_segment *segment_find(const packet_info *pinfo)
{
    if (!pinfo->fd->visited && last_frame == pinfo->num)
        return last.bytes ? &last : NULL;
    last_frame = 0;
    if ((pinfo->ptype != PT_TCP && pinfo->ptype != PT_UDP) || pinfo->data_src == NULL)
        return NULL;
    last = (cmrp_segment){ 0 };
    if (!find(pinfo, &last))
        return NULL;
    last_frame = pinfo->fd->visited ? 0 : pinfo->num;
    return &last;
}

bool segment_is_empty(const packet_info *pinfo)
{
    cmrp_segment segment = { 0 };

    if (pinfo->ptype != PT_TCP || pinfo->data_src == NULL || !is_ip(&pinfo->net_src))
        return false;
    /* It says so even if its header was not captured whole, and nothing else is found. */
    find_packet(pinfo, &segment);
    return segment.empty;
}
