/* association.c
 * Who talks to whom? Servers, and the clients' associations with them.
 *
 * Model. A *connection* (TCP) hangs at Wireshark's conversation and knows its association as soon as
 * its bind_ack was seen (postdissector.c finds it). If the capture begins later, the connection stands for
 * itself: what it shares with others cannot be known. Over UDP there are no connections; the activity
 * id in the header of each PDU stands for the client.
 *
 * An association ends with its last connection (MS-RPCE 3.3.3.7.1): its handles are run down. The
 * connectionless run-down after 5 minutes of silence (MS-RPCE 3.2.3.1.6) is not followed: the
 * keep-alive calls that prevent it go to another interface, which this plugin never sees. But after
 * such a silence, or when a server started anew, nobody may rely on a handle any more.
 *
 * Only first visits change anything here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/association.h"

#include "base/bounds.h"
#include "base/protocol.h"
#include "rpc/datagram.h"

static wmem_map_t *servers;
static wmem_map_t *associations;
static uint8_t served_ports[(UINT16_MAX + 1) / 8]; /* bit i: calls go to TCP port i */

/* ---------------------------------------------------------------- tables */

static unsigned server_hash(const void *key)
{
    const cmrp_server *s = (const cmrp_server *)key;

    return wmem_strong_hash((const uint8_t *)s->addr.data, (size_t)s->addr.len) ^ s->port;
}

static gboolean server_equal(const void *a, const void *b)
{
    const cmrp_server *l = (const cmrp_server *)a;
    const cmrp_server *r = (const cmrp_server *)b;

    return l->port == r->port && l->udp == r->udp && addresses_equal(&l->addr, &r->addr);
}

static unsigned association_hash(const void *key)
{
    const cmrp_association *a = (const cmrp_association *)key;

    return wmem_strong_hash(a->id, sizeof(a->id)) ^ GPOINTER_TO_UINT(a->server);
}

static gboolean association_equal(const void *a, const void *b)
{
    const cmrp_association *l = (const cmrp_association *)a;
    const cmrp_association *r = (const cmrp_association *)b;

    return l->server == r->server && l->kind == r->kind && memcmp(l->id, r->id, sizeof(l->id)) == 0;
}

void association_reset(void)
{
    servers = wmem_map_new(wmem_file_scope(), server_hash, server_equal);
    associations = wmem_map_new(wmem_file_scope(), association_hash, association_equal);
    memset(served_ports, 0, sizeof(served_ports));
}

bool association_serves(uint32_t port)
{
    return port <= UINT16_MAX && (served_ports[port / 8] & 1 << port % 8);
}

static cmrp_server *known_server(const address *addr, uint16_t port, bool udp)
{
    const cmrp_server key = { .addr = *addr, .port = port, .udp = udp };

    return (cmrp_server *)wmem_map_lookup(servers, &key);
}

static cmrp_server *find_server(const address *addr, uint16_t port, bool udp)
{
    cmrp_server *server = known_server(addr, port, udp);

    if (server)
        return server;
    server = wmem_new0(wmem_file_scope(), cmrp_server);
    copy_address_wmem(wmem_file_scope(), &server->addr, addr);
    server->port = port;
    server->udp = udp;
    if (!udp)
        served_ports[port / 8] |= (uint8_t)(1 << port % 8);
    wmem_map_insert(servers, server, server);
    return server;
}

/** The association that goes on at the moment, or NULL: one that ended is gone, even if its number comes back. */
static cmrp_association *known_association(const cmrp_association *key)
{
    cmrp_association *association = (cmrp_association *)wmem_map_lookup(associations, key);

    return association && association->ended_in == 0 ? association : NULL;
}

static cmrp_association *new_association(const cmrp_association *key, const address *client,
                                         uint32_t frame)
{
    cmrp_association *association = wmem_new(wmem_file_scope(), cmrp_association);

    *association = *key;
    association->began_in = frame;
    copy_address_wmem(wmem_file_scope(), &association->client, client);
    wmem_map_insert(associations, association, association);
    return association;
}

static cmrp_association *find_association(cmrp_server *server, const address *client,
                                          cmrp_association_kind kind, const void *id,
                                          size_t id_size, uint32_t frame)
{
    cmrp_association key = { .server = server, .kind = (uint8_t)kind };
    cmrp_association *association;

    memcpy(key.id, id, id_size);
    association = known_association(&key);
    return association ? association : new_association(&key, client, frame);
}

bool association_may_be(const cmrp_association *a, const cmrp_association *b)
{
    if (a == b)
        return true;
    /* Activities of one client share its address space; a connection without a bind may be of any
     * association of its client. Only the address tells them apart. */
    if (a->kind == CMRP_BY_GROUP && b->kind == CMRP_BY_GROUP)
        return false;
    return addresses_equal(&a->client, &b->client);
}

/* ---------------------------------------------------------------- TCP */

cmrp_connection *association_connection(conversation_t *conv)
{
    cmrp_connection *c = (cmrp_connection *)conversation_get_proto_data(conv, proto_cmrp);

    if (c)
        return c;
    c = wmem_new0(wmem_file_scope(), cmrp_connection);
    conversation_add_proto_data(conv, proto_cmrp, c);
    return c;
}

cmrp_connection *association_connection_of_frame(packet_info *pinfo)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);

    return conv ? (cmrp_connection *)conversation_get_proto_data(conv, proto_cmrp) : NULL;
}

static void join(cmrp_connection *c, cmrp_association *association)
{
    c->association = association;
    association->connections++;
}

static cmrp_association *tcp_association(packet_info *pinfo, const conversation_t *conv,
                                         cmrp_connection *c, bool request)
{
    cmrp_server *server;

    if (c->association)
        return c->association;
    server = find_server(request ? &pinfo->dst : &pinfo->src,
                         (uint16_t)(request ? pinfo->destport : pinfo->srcport), false);
    join(c, find_association(server, request ? &pinfo->src : &pinfo->dst, CMRP_BY_CONVERSATION,
                             &conv->conv_index, sizeof(conv->conv_index), pinfo->num));
    c->association->older = true;
    return c->association;
}

/* MS-RPCE 2.2.1.1.7 and 2.2.1.1.8. */
#define RPC_C_AUTHN_GSS_NEGOTIATE 9
#define RPC_C_AUTHN_LEVEL_PKT_PRIVACY 6

cmrp_connection *association_bind(packet_info *pinfo)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);

    return conv ? association_connection(conv) : NULL;
}

static bool seals_by_ntlm(const cmrp_connection *c)
{
    return c->security.ntlm && c->security.auth_level == RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
}

bool association_is_doubtful(const cmrp_connection *c, uint32_t frame)
{
    return seals_by_ntlm(c) && (c->security.auth_type == RPC_C_AUTHN_GSS_NEGOTIATE ||
                                (c->key_stream_lost_in != 0 && c->key_stream_lost_in <= frame));
}

void association_opened_copy(cmrp_connection *c, uint32_t frame)
{
    if (c->key_stream_lost_in == 0 && seals_by_ntlm(c))
        c->key_stream_lost_in = frame;
}

/** A connection for another interface keeps an association alive that is known already. */
static void join_known(packet_info *pinfo, conversation_t *conv, uint32_t group)
{
    cmrp_association key = { .kind = CMRP_BY_GROUP };
    cmrp_association *association;

    key.server = known_server(&pinfo->src, (uint16_t)pinfo->srcport, false);
    if (key.server == NULL)
        return;
    memcpy(key.id, &group, sizeof(group));
    association = known_association(&key);
    if (association)
        join(association_connection(conv), association);
}

/** True if the connection has its association: not one that stands for it because a call came before the answer. */
static bool is_joined(const cmrp_connection *c, const cmrp_offer *answered)
{
    if (c == NULL || c->association == NULL)
        return false;
    return c->association->kind == CMRP_BY_GROUP || answered == NULL || answered->alters ||
           c->association->began_in < answered->frame;
}

void association_bind_ack(packet_info *pinfo, uint32_t group, const cmrp_offer *answered)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);
    cmrp_connection *c = association_connection_of_frame(pinfo);
    bool joins;

    if (c)
        c->names_interface |= answered != NULL;
    /* A server that gives no number leaves open what its connections share. */
    if (conv == NULL || group == 0 || is_joined(c, answered))
        return;
    if (c == NULL || answered == NULL) {
        join_known(pinfo, conv, group);
        return;
    }
    join(c, find_association(find_server(&pinfo->src, (uint16_t)pinfo->srcport, false), &pinfo->dst,
                             CMRP_BY_GROUP, &group, sizeof(group), pinfo->num));
    joins = answered->group == group;
    if ((joins || answered->alters) && c->association->connections == 1)
        c->association->older = true;
    /* A number that is in use is given to a newcomer by a server that started anew. */
    if (!joins && !answered->alters && c->association->connections > 1)
        c->association->run_down_in = pinfo->num;
}

const cmrp_association *association_connection_ended(packet_info *pinfo, bool reset)
{
    cmrp_connection *c = association_connection_of_frame(pinfo);

    if (c == NULL || c->association == NULL || c->ended)
        return NULL;
    if (!c->ending && !reset) {
        c->ending = true;
        copy_address_wmem(wmem_file_scope(), &c->first_end, &pinfo->src);
        c->first_end_port = pinfo->srcport;
        return NULL;
    }
    /* A FIN that was sent again is not the other side's. */
    if (!reset && c->first_end_port == pinfo->srcport &&
        addresses_equal(&c->first_end, &pinfo->src))
        return NULL;
    c->ended = true;
    if (--c->association->connections == 0 && !c->association->older) {
        c->association->ended_in = pinfo->num;
        return c->association;
    }
    return NULL;
}

/* ---------------------------------------------------------------- UDP */

/** Notes whether the server may have run down the handles of the client: it started anew, or all was silent. */
static void watch_run_down(const packet_info *pinfo, cmrp_association *activity, bool request,
                           uint32_t boot)
{
    nstime_t silence;

    nstime_delta(&silence, &pinfo->abs_ts, &activity->last_seen);
    if (!nstime_is_zero(&activity->last_seen) && nstime_to_sec(&silence) > CMRP_RUN_DOWN)
        activity->run_down_in = pinfo->num;
    activity->last_seen = pinfo->abs_ts;
    if (request || boot == 0)
        return;
    if (activity->boot != 0 && activity->boot != boot)
        activity->run_down_in = pinfo->num;
    activity->boot = boot;
}

static cmrp_association *udp_association(packet_info *pinfo, dcerpc_info *di, tvbuff_t *stub,
                                         bool request)
{
    cmrp_server *server = find_server(request ? &pinfo->dst : &pinfo->src,
                                      (uint16_t)(request ? pinfo->destport : pinfo->srcport), true);
    const address *client = request ? &pinfo->src : &pinfo->dst;
    cmrp_association *activity;
    cmrp_datagram d;

    if (!datagram_of_stub(pinfo, stub, &d))
        return find_association(server, client, CMRP_BY_CONVERSATION, &di->conv->conv_index,
                                sizeof(di->conv->conv_index), pinfo->num);
    activity = find_association(server, client, CMRP_BY_ACTIVITY, &d.activity, sizeof(d.activity),
                                pinfo->num);
    if (!pinfo->fd->visited)
        watch_run_down(pinfo, activity, request, d.boot);
    return activity;
}

cmrp_association *association_of(packet_info *pinfo, dcerpc_info *di, tvbuff_t *stub, bool request,
                                 cmrp_connection *connection)
{
    if (pinfo->ptype == PT_UDP)
        return udp_association(pinfo, di, stub, request);
    return tcp_association(pinfo, di->conv, connection, request);
}
