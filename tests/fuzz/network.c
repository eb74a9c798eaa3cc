/* network.c
 * How do PDUs become frames? Connections and datagrams between a few hosts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "network.h"

#include <string.h>

#define MICROSECONDS_A_FRAME 1000
#define ETHERNET 14
#define IP_HEADER 20
#define TCP_HEADER 20
#define UDP_HEADER 8
#define TCP 6
#define UDP 17
#define CLIENT_PORTS 50000
#define SERVER_PORT 49200
/* What the length in an IP header can say. */
#define MAX_PAYLOAD 65000

void network_put(GByteArray *to, uint64_t number, unsigned bytes, bool big_endian)
{
    for (unsigned i = 0; i < bytes; i++) {
        const unsigned shift = 8 * (big_endian ? bytes - 1 - i : i);
        const uint8_t byte = (uint8_t)(number >> shift);

        g_byte_array_append(to, &byte, 1);
    }
}

/** Two clients with four connections each; the last connection leads to another server. */
static uint32_t address_of(const network *n, unsigned connection, bool server)
{
    const uint32_t net = 0x0a000000 | (uint32_t)n->number << 8;

    if (server)
        return net | (connection == NETWORK_CONNECTIONS - 1 ? 0x0b : 0x0a);
    return net | (1 + connection / 4);
}

static uint16_t port_of(unsigned connection, bool server)
{
    return (uint16_t)(server ? SERVER_PORT : CLIENT_PORTS + connection);
}

static void put_ethernet_and_ip(GByteArray *frame, const network *n, unsigned connection,
                                bool server, uint8_t protocol, size_t length)
{
    network_put(frame, 0x020000000000 | address_of(n, connection, !server), 6, true);
    network_put(frame, 0x020000000000 | address_of(n, connection, server), 6, true);
    network_put(frame, 0x0800, 2, true);
    network_put(frame, 0x4500, 2, true);
    network_put(frame, IP_HEADER + length, 2, true);
    network_put(frame, 0x00004000, 4, true);
    network_put(frame, 0x4000U | protocol, 2, true);
    network_put(frame, 0, 2, true);
    network_put(frame, address_of(n, connection, server), 4, true);
    network_put(frame, address_of(n, connection, !server), 4, true);
    network_put(frame, port_of(connection, server), 2, true);
    network_put(frame, port_of(connection, !server), 2, true);
}

static void put_data(GByteArray *frame, network *n, const uint8_t *data, size_t length)
{
    g_byte_array_append(frame, data, (unsigned)length);
    g_byte_array_append(frame, n->trailer, (unsigned)n->trailer_length);
    n->trailer_length = 0;
}

static void deliver(network *n, GByteArray *frame)
{
    const size_t captured = n->cut != 0 && n->cut < frame->len ? n->cut : frame->len;

    session_add(n->capture, frame->data, captured, frame->len, n->time);
    n->time += MICROSECONDS_A_FRAME;
    n->cut = 0;
    if (n->last != frame && n->last)
        g_byte_array_free(n->last, TRUE);
    n->last = frame;
}

void network_segment(network *n, unsigned connection, bool server, uint8_t flags,
                     const uint8_t *data, size_t length)
{
    GByteArray *frame = g_byte_array_new();
    uint32_t *sequence = &n->sequence[connection][server];

    length = MIN(length, MAX_PAYLOAD);
    put_ethernet_and_ip(frame, n, connection, server, TCP, TCP_HEADER + length);
    network_put(frame, *sequence, 4, true);
    network_put(frame, flags & NETWORK_ACK ? n->sequence[connection][!server] : 0, 4, true);
    network_put(frame, 0x5000U | flags, 2, true);
    network_put(frame, 0xffff, 2, true);
    network_put(frame, 0, 4, true);
    put_data(frame, n, data, length);
    *sequence += (uint32_t)length + (flags & (NETWORK_FIN | NETWORK_SYN) ? 1 : 0);
    deliver(n, frame);
}

void network_datagram(network *n, unsigned connection, bool server, const uint8_t *data,
                      size_t length)
{
    GByteArray *frame = g_byte_array_new();

    length = MIN(length, MAX_PAYLOAD);
    put_ethernet_and_ip(frame, n, connection, server, UDP, UDP_HEADER + length);
    network_put(frame, UDP_HEADER + length, 2, true);
    network_put(frame, 0, 2, true);
    put_data(frame, n, data, length);
    deliver(n, frame);
}

void network_again(network *n)
{
    if (n->last)
        deliver(n, n->last);
}

void network_free(network *n)
{
    if (n->last)
        g_byte_array_free(n->last, TRUE);
}
