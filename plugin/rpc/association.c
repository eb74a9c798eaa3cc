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
#include "base/frame_order.h"
#include "base/protocol.h"
#include "rpc/datagram.h"
#include "rpc/wire.h"

static wmem_map_t *servers;
static wmem_map_t *associations;
static uint8_t served_ports[(UINT16_MAX + 1) / 8]; /* bit i: calls go to TCP port i */

/* For speed: the conversation that was asked for last, as answers follow their requests; NULL: none. */
static const conversation_t *last_conversation;
static cmrp_connection *last_connection;

/* ---------------------------------------------------------------- tables */

static unsigned server_hash(const void *key)
{
    return link_end_hash(&((const cmrp_server *)key)->end);
}

static gboolean server_equal(const void *a, const void *b)
{
    const cmrp_server *l = (const cmrp_server *)a;
    const cmrp_server *r = (const cmrp_server *)b;

    return l->udp == r->udp && link_end_equal(&l->end, &r->end);
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

    /* Servers give numbers of groups as they like, even the same to all: another client is another association. */
    return l->server == r->server && l->kind == r->kind &&
           memcmp(l->id, r->id, sizeof(l->id)) == 0 && addresses_equal(&l->client, &r->client);
}

void association_reset(void)
{
    servers = wmem_map_new(wmem_file_scope(), server_hash, server_equal);
    associations = wmem_map_new(wmem_file_scope(), association_hash, association_equal);
    memset(served_ports, 0, sizeof(served_ports));
    last_conversation = NULL;
}

bool association_serves(uint32_t port)
{
    return port <= UINT16_MAX && (served_ports[port / 8] & 1 << port % 8);
}

static cmrp_server *known_server(const address *addr, uint16_t port, bool udp)
{
    const cmrp_server key = { .end = { *addr, port }, .udp = udp };

    return (cmrp_server *)wmem_map_lookup(servers, &key);
}

unsigned association_spoken(const cmrp_end *server)
{
    const cmrp_server *known = known_server(&server->addr, server->port, false);

    return known ? known->spoken : 0;
}

void association_speaks(cmrp_server *server, unsigned version)
{
    /* There are no others (T-01), whatever a bind asks for. */
    if (version == 2 || version == 3)
        server->spoken |= (uint8_t)(1U << version);
}

static cmrp_server *find_server(const address *addr, uint16_t port, bool udp)
{
    cmrp_server *server = known_server(addr, port, udp);

    if (server)
        return server;
    server = wmem_new0(wmem_file_scope(), cmrp_server);
    copy_address_wmem(wmem_file_scope(), &server->end.addr, addr);
    server->end.port = port;
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
    cmrp_association key = { .server = server, .client = *client, .kind = (uint8_t)kind };
    cmrp_association *association;

    memcpy(key.id, id, id_size);
    association = known_association(&key);
    return association ? association : new_association(&key, client, frame);
}

/** True if one association ended before the other began: the number was given out anew. */
static bool is_over_before(const cmrp_association *a, const cmrp_association *b)
{
    return a->ended_in != 0 && a->ended_in < b->began_in;
}

/** True if both have the same number, which tells nothing if it was given out anew in between. */
static bool has_same_id(const cmrp_association *a, const cmrp_association *b)
{
    return a->server == b->server && a->kind == b->kind &&
           memcmp(a->id, b->id, sizeof(a->id)) == 0 && !is_over_before(a, b) &&
           !is_over_before(b, a);
}

bool association_is_alike(const cmrp_association *a, const cmrp_association *b)
{
    return a != b && a->kind != CMRP_BY_CONVERSATION && has_same_id(a, b);
}

bool association_may_share(const cmrp_association *a, const cmrp_association *b)
{
    if (a == b)
        return true;
    if (a->kind == CMRP_BY_GROUP && b->kind == CMRP_BY_GROUP)
        return false;
    return addresses_equal(&a->client, &b->client);
}

bool association_may_be(const cmrp_association *a, const cmrp_association *b)
{
    return association_may_share(a, b) || association_is_alike(a, b);
}

/* ---------------------------------------------------------------- TCP */

/** The connection of a conversation without pipes, which all begins with; NULL if nothing is known of it. */
static cmrp_connection *known_connection(const conversation_t *conv)
{
    cmrp_connection *c;

    if (conv == last_conversation)
        return last_connection;
    c = (cmrp_connection *)conversation_get_proto_data(conv, proto_cmrp);
    if (c) {
        last_conversation = conv;
        last_connection = c;
    }
    return c;
}

static cmrp_connection *new_connection(conversation_t *conv)
{
    cmrp_connection *c = wmem_new0(wmem_file_scope(), cmrp_connection);

    conversation_add_proto_data(conv, proto_cmrp, c);
    return c;
}

/** A pipe by its number, behind the connection that it belongs to; NULL if it is not known. */
static cmrp_connection *known_pipe(cmrp_connection *first, uint64_t pipe)
{
    cmrp_connection *c = first;

    while (c && c->pipe != pipe)
        c = c->next_pipe;
    return c;
}

/** The last one of too many stands for all that follow. */
static cmrp_connection *new_pipe(cmrp_connection *first, uint64_t pipe)
{
    cmrp_connection *last = first;
    unsigned count = 0;

    for (; last->next_pipe; last = last->next_pipe)
        count++;
    if (count == CMRP_MAX_PIPES)
        return last;
    last->next_pipe = wmem_new0(wmem_file_scope(), cmrp_connection);
    last->next_pipe->pipe = pipe;
    return last->next_pipe;
}

cmrp_connection *association_connection(conversation_t *conv, uint64_t pipe)
{
    cmrp_connection *first = known_connection(conv);
    cmrp_connection *c;

    if (first == NULL)
        first = new_connection(conv);
    c = known_pipe(first, pipe);
    return c ? c : new_pipe(first, pipe);
}

cmrp_connection *association_connection_of_frame(packet_info *pinfo)
{
    return association_connection_in(find_conversation_pinfo(pinfo, 0), pinfo);
}

cmrp_connection *association_connection_in(conversation_t *conv, packet_info *pinfo)
{
    cmrp_connection *first = conv ? known_connection(conv) : NULL;

    if (first == NULL || first->next_pipe == NULL)
        return first;
    return known_pipe(first, dcerpc_get_transport_salt(pinfo));
}

static void join(cmrp_connection *c, cmrp_association *association, const packet_info *pinfo)
{
    association->shared |= association->joined;
    association->joined = true;
    c->association = association;
    association->connections++;
    /* Nobody can tell one pipe from another: Wireshark numbers those that it saw being opened. */
    if (c->pipe == 0 && wire_is_pipe(pinfo))
        association->missed_in = UINT32_MAX;
}

static cmrp_association *tcp_association(packet_info *pinfo, const conversation_t *conv,
                                         cmrp_connection *c, bool request)
{
    cmrp_server *server;

    if (c->association)
        return c->association;
    server = find_server(request ? &pinfo->dst : &pinfo->src,
                         (uint16_t)(request ? pinfo->destport : pinfo->srcport), false);
    join(c,
         find_association(server, request ? &pinfo->src : &pinfo->dst, CMRP_BY_CONVERSATION,
                          &conv->conv_index, sizeof(conv->conv_index), pinfo->num),
         pinfo);
    c->association->older = true;
    server->strangers = true;
    return c->association;
}

cmrp_connection *association_bind(packet_info *pinfo)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);

    return conv ? association_connection(conv, dcerpc_get_transport_salt(pinfo)) : NULL;
}

/** A connection for another interface keeps an association alive that is known already. */
static void join_known(packet_info *pinfo, conversation_t *conv, uint32_t group)
{
    cmrp_association key = { .client = pinfo->dst, .kind = CMRP_BY_GROUP };
    cmrp_association *association;

    key.server = known_server(&pinfo->src, (uint16_t)pinfo->srcport, false);
    if (key.server == NULL)
        return;
    memcpy(key.id, &group, sizeof(group));
    association = known_association(&key);
    if (association)
        join(association_connection(conv, dcerpc_get_transport_salt(pinfo)), association, pinfo);
}

/** True if the connection has its association: not one that stands for it because a call came before the answer. */
static bool is_joined(const cmrp_connection *c, const cmrp_offer *answered)
{
    if (c == NULL || c->association == NULL)
        return false;
    return c->association->kind == CMRP_BY_GROUP || answered == NULL || answered->alters ||
           c->association->began_in < answered->frame;
}

static void note_spoken(cmrp_server *server, const cmrp_offer *answered)
{
    for (unsigned i = 0; i < CMRP_MAX_OFFERS; i++) {
        if (answered->ours & 1U << i)
            association_speaks(server, answered->majors[i]);
    }
}

/**
 * The association that a bind_ack gives the connection. A group that the client asked for and was given exists, even
 * if its last connection was seen to end: that FIN and the bind met on their way. A new group has nothing to do with
 * what bore its number before.
 */
static cmrp_association *joined_association(packet_info *pinfo, const cmrp_offer *answered,
                                            uint32_t group)
{
    cmrp_association key = { .client = pinfo->dst, .kind = CMRP_BY_GROUP };
    cmrp_association *association;

    key.server = find_server(&pinfo->src, (uint16_t)pinfo->srcport, false);
    note_spoken(key.server, answered);
    memcpy(key.id, &group, sizeof(group));
    association = (cmrp_association *)wmem_map_lookup(associations, &key);
    if (association && answered->group == group) {
        association->ended_in = 0;
        return association;
    }
    if (association && association->ended_in == 0) {
        /* It is in use: a server that started anew, or that has one number for all that a client opens. */
        if (!answered->alters)
            association->run_down_in = pinfo->num;
        return association;
    }
    association = new_association(&key, &pinfo->dst, pinfo->num);
    association->older = answered->group == group || answered->alters;
    association->server->strangers |= association->older;
    return association;
}

void association_bind_ack(packet_info *pinfo, uint32_t group, const cmrp_offer *answered)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);
    cmrp_connection *c = association_connection_of_frame(pinfo);

    /* A server that gives no number leaves open what its connections share. */
    if (conv == NULL || group == 0 || is_joined(c, answered))
        return;
    if (c == NULL || answered == NULL) {
        join_known(pinfo, conv, group);
        return;
    }
    join(c, joined_association(pinfo, answered, group), pinfo);
}

/** True if this frame ends the connection for good: the second FIN, or the first RST. */
static bool is_last_end(cmrp_connection *first, const packet_info *pinfo, bool reset)
{
    if (first->ending)
        /* A FIN that was sent again is not the other side's. */
        return reset || first->first_end_port != pinfo->srcport ||
               !addresses_equal(&first->first_end, &pinfo->src);
    first->ending = true;
    copy_address_wmem(wmem_file_scope(), &first->first_end, &pinfo->src);
    first->first_end_port = pinfo->srcport;
    return reset;
}

void association_connection_ended(packet_info *pinfo, bool reset, cmrp_association_ended *tell)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);
    cmrp_connection *first = conv ? known_connection(conv) : NULL;

    if (first == NULL || first->ended || !is_last_end(first, pinfo, reset))
        return;
    first->ended = true;
    for (const cmrp_connection *c = first; c; c = c->next_pipe) {
        if (c->association == NULL || --c->association->connections > 0 || c->association->older)
            continue;
        c->association->ended_in = pinfo->num;
        tell(pinfo, c->association);
    }
}

/* ---------------------------------------------------------------- UDP */

/** Notes whether the server may have run down the handles of the client: it started anew, or all was silent. */
static void watch_run_down(const packet_info *pinfo, cmrp_association *activity, bool request,
                           uint32_t boot)
{
    if (!nstime_is_zero(&activity->last_seen) &&
        frame_order_seconds_since(pinfo, &activity->last_seen) > CMRP_RUN_DOWN)
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

cmrp_association *association_of_frame(packet_info *pinfo, cmrp_connection *connection,
                                       bool request)
{
    /* There is one: the connection hangs at it. */
    return tcp_association(pinfo, find_conversation_pinfo(pinfo, 0), connection, request);
}
