/* link.c
 * How is a connection written, so that a user can name it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/link.h"

#include <wsutil/inet_addr.h>
#include <wsutil/strtoi.h>

unsigned link_end_hash(const void *end)
{
    const cmrp_end *e = (const cmrp_end *)end;

    return wmem_strong_hash((const uint8_t *)e->addr.data, (size_t)e->addr.len) ^ e->port;
}

gboolean link_end_equal(const void *a, const void *b)
{
    const cmrp_end *l = (const cmrp_end *)a;
    const cmrp_end *r = (const cmrp_end *)b;

    return l->port == r->port && addresses_equal(&l->addr, &r->addr);
}

cmrp_link link_of_frame(const packet_info *pinfo, bool response)
{
    const cmrp_end source = { pinfo->src, (uint16_t)pinfo->srcport };
    const cmrp_end target = { pinfo->dst, (uint16_t)pinfo->destport };

    return (cmrp_link){ .client = response ? target : source,
                        .server = response ? source : target };
}

/* ---------------------------------------------------------------- writing */

void link_write_end(const cmrp_end *end, char text[LINK_END_TEXT])
{
    char addr[WS_INET6_ADDRSTRLEN] = "?";

    if (end->addr.type == AT_IPv6)
        ws_inet_ntop6(end->addr.data, addr, sizeof(addr));
    else if (end->addr.type == AT_IPv4)
        ws_inet_ntop4(end->addr.data, addr, sizeof(addr));
    snprintf(text, LINK_END_TEXT, end->addr.type == AT_IPv6 ? "[%s]:%u" : "%s:%u", addr, end->port);
}

void link_write(const cmrp_link *link, char text[LINK_TEXT])
{
    char client[LINK_END_TEXT], server[LINK_END_TEXT];

    link_write_end(&link->client, client);
    link_write_end(&link->server, server);
    snprintf(text, LINK_TEXT, link->version == 2 ? "%s-%s/%u/2" : "%s-%s/%u", client, server,
             link->context);
}

/* ---------------------------------------------------------------- reading */

/** Takes an address, without the brackets that one of IPv6 has. */
static bool read_address(const char *text, bool six, address *addr)
{
    ws_in6_addr of_six;
    ws_in4_addr of_four;

    if (six && ws_inet_pton6(text, &of_six))
        alloc_address_wmem(NULL, addr, AT_IPv6, sizeof(of_six), &of_six);
    else if (!six && ws_inet_pton4(text, &of_four))
        alloc_address_wmem(NULL, addr, AT_IPv4, sizeof(of_four), &of_four);
    else
        return false;
    return true;
}

static bool read_end(const char *text, cmrp_end *end)
{
    const char *colon = strrchr(text, ':');
    const bool bracketed = text[0] == '[' && colon > text && colon[-1] == ']';
    char addr[WS_INET6_ADDRSTRLEN];
    size_t length;

    if (colon == NULL || !ws_strtou16(colon + 1, NULL, &end->port))
        return false;
    text += bracketed;
    length = (size_t)(colon - text) - bracketed;
    if (length >= sizeof(addr))
        return false;
    memcpy(addr, text, length);
    addr[length] = '\0';
    return read_address(addr, bracketed, &end->addr);
}

/** Takes the two ends. */
static bool read_ends(const char *text, cmrp_link *link)
{
    char **ends = g_strsplit(text, "-", 3);
    const bool two = g_strv_length(ends) == 2;
    const bool right = two && read_end(ends[0], &link->client) && read_end(ends[1], &link->server);

    g_strfreev(ends);
    return right;
}

bool link_read(const char *text, cmrp_link *link)
{
    char **parts = g_strsplit(text, "/", 4);
    const unsigned count = g_strv_length(parts);
    bool right = false;

    *link = (cmrp_link){ .version = 3 };
    if (count == 2 || count == 3)
        right = ws_strtou16(parts[1], NULL, &link->context) && read_ends(parts[0], link);
    if (right && count == 3)
        right = ws_strtou8(parts[2], NULL, &link->version) &&
                (link->version == 2 || link->version == 3);
    g_strfreev(parts);
    if (!right)
        link_free(link);
    return right;
}

void link_free(cmrp_link *link)
{
    free_address(&link->client.addr);
    free_address(&link->server.addr);
}
