/* association.c
 * Who talks to whom? Servers, and the clients' associations with them.
 *
 * Model. A *connection* (TCP) hangs at Wireshark's conversation and knows its association as soon as
 * its bind_ack was seen (frames.c finds it). If the capture begins later, the connection stands for
 * itself: what it shares with others cannot be known. Over UDP there are no connections; the activity
 * id in the header of each PDU stands for the client.
 *
 * An association ends with its last connection (MS-RPCE 3.3.3.7.1): its handles are run down. The
 * connectionless run-down after 5 minutes of silence (MS-RPCE 3.2.3.1.6) is not followed: the
 * keep-alive calls that prevent it go to another interface, which this plugin never sees.
 *
 * Only first visits change anything here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "association.h"

#include "protocol.h"

/** What the plugin knows of one TCP connection. File scope. */
typedef struct {
    cmrp_association *association; /**< NULL until a bind_ack or a call was seen */
    bool wanted;                   /**< its bind named the interface */
    bool joins;                    /**< and asked for an association group that exists */
    cmrp_security security;        /**< of the bind */
    bool ending;                   /**< one side sent its FIN */
    bool ended;                    /**< both did, or one sent RST */
    address first_end;             /**< sender of the first FIN: address and port */
    uint32_t first_end_port;
} connection;

static wmem_map_t *servers;
static wmem_map_t *associations;

/* ---------------------------------------------------------------- tables */

static unsigned server_hash(const void *key)
{
    const cmrp_server *s = (const cmrp_server *)key;

    return wmem_strong_hash((const uint8_t *)s->addr.data, (size_t)s->addr.len) ^ s->port;
}

static cmrp_boolean server_equal(const void *a, const void *b)
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

static cmrp_boolean association_equal(const void *a, const void *b)
{
    const cmrp_association *l = (const cmrp_association *)a;
    const cmrp_association *r = (const cmrp_association *)b;

    return l->server == r->server && l->kind == r->kind && memcmp(l->id, r->id, sizeof(l->id)) == 0;
}

void association_reset(void)
{
    servers = wmem_map_new(wmem_file_scope(), server_hash, server_equal);
    associations = wmem_map_new(wmem_file_scope(), association_hash, association_equal);
}

static const cmrp_server *find_server(const address *addr, uint16_t port, bool udp)
{
    const cmrp_server key = { .addr = *addr, .port = port, .udp = udp };
    cmrp_server *server = (cmrp_server *)wmem_map_lookup(servers, &key);

    if (server)
        return server;
    server = wmem_new0(wmem_file_scope(), cmrp_server);
    copy_address_wmem(wmem_file_scope(), &server->addr, addr);
    server->port = port;
    server->udp = udp;
    wmem_map_insert(servers, server, server);
    return server;
}

static cmrp_association *find_association(const cmrp_server *server, const address *client,
                                          cmrp_association_kind kind, const void *id, size_t id_size)
{
    cmrp_association key = { .server = server, .kind = (uint8_t)kind };
    cmrp_association *association;

    memcpy(key.id, id, id_size);
    association = (cmrp_association *)wmem_map_lookup(associations, &key);
    /* An association that ended is gone, even if its number comes back. */
    if (association && association->ended_in == 0)
        return association;
    association = wmem_new(wmem_file_scope(), cmrp_association);
    *association = key;
    copy_address_wmem(wmem_file_scope(), &association->client, client);
    wmem_map_insert(associations, association, association);
    return association;
}

/* ---------------------------------------------------------------- TCP */

static connection *connection_of(conversation_t *conv)
{
    connection *c = (connection *)conversation_get_proto_data(conv, proto_cmrp);

    if (c)
        return c;
    c = wmem_new0(wmem_file_scope(), connection);
    conversation_add_proto_data(conv, proto_cmrp, c);
    return c;
}

static void join(connection *c, cmrp_association *association)
{
    c->association = association;
    association->connections++;
}

static cmrp_association *tcp_association(packet_info *pinfo, conversation_t *conv, bool request)
{
    connection *c = connection_of(conv);
    const cmrp_server *server;

    if (c->association)
        return c->association;
    server = find_server(request ? &pinfo->dst : &pinfo->src,
                         (uint16_t)(request ? pinfo->destport : pinfo->srcport), false);
    join(c, find_association(server, request ? &pinfo->src : &pinfo->dst, CMRP_BY_CONVERSATION,
                             &conv->conv_index, sizeof(conv->conv_index)));
    c->association->older = true;
    return c->association;
}

/* MS-RPCE 2.2.1.1.7 and 2.2.1.1.8. */
#define RPC_C_AUTHN_GSS_NEGOTIATE 9
#define RPC_C_AUTHN_LEVEL_PKT_PRIVACY 6

void association_wanted(packet_info *pinfo, uint32_t group, const cmrp_security *security)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);
    connection *c;

    if (conv == NULL)
        return;
    c = connection_of(conv);
    c->wanted = true;
    c->joins = group != 0;
    c->security = *security;
}

bool association_is_doubtful(const conversation_t *conv)
{
    const connection *c = (const connection *)conversation_get_proto_data(conv, proto_cmrp);

    return c && c->security.auth_type == RPC_C_AUTHN_GSS_NEGOTIATE && c->security.ntlm &&
           c->security.auth_level == RPC_C_AUTHN_LEVEL_PKT_PRIVACY;
}

void association_bound(packet_info *pinfo, uint32_t group)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);
    connection *c = conv ? (connection *)conversation_get_proto_data(conv, proto_cmrp) : NULL;

    if (c == NULL || !c->wanted || c->association)
        return;
    join(c, find_association(find_server(&pinfo->src, (uint16_t)pinfo->srcport, false), &pinfo->dst,
                             CMRP_BY_GROUP, &group, sizeof(group)));
    if (c->joins && c->association->connections == 1)
        c->association->older = true;
}

void association_connection_ended(packet_info *pinfo, bool reset)
{
    conversation_t *conv = find_conversation_pinfo(pinfo, 0);
    connection *c = conv ? (connection *)conversation_get_proto_data(conv, proto_cmrp) : NULL;

    if (c == NULL || c->association == NULL || c->ended)
        return;
    if (!c->ending && !reset) {
        c->ending = true;
        copy_address_wmem(wmem_file_scope(), &c->first_end, &pinfo->src);
        c->first_end_port = pinfo->srcport;
        return;
    }
    /* A FIN that was sent again is not the other side's. */
    if (!reset && c->first_end_port == pinfo->srcport && addresses_equal(&c->first_end, &pinfo->src))
        return;
    c->ended = true;
    if (--c->association->connections == 0 && !c->association->older)
        c->association->ended_in = pinfo->num;
}

/* ---------------------------------------------------------------- UDP */

/** Size of the header of a connectionless PDU, and where the activity id stands in it (C706 12.5). */
#define DG_HEADER 80
#define DG_ACTIVITY 40

/**
 * The activity id of a connectionless PDU. dcerpc does not hand it on, but it stands in the header
 * right before the stub. A reassembled stub has no header: there the conversation has to do.
 */
static bool find_activity(tvbuff_t *stub, uint8_t activity[16])
{
    tvbuff_t *source = tvb_get_ds_tvb(stub);
    const int start = tvb_raw_offset(stub) - DG_HEADER;

    if (source == NULL || start < 0 || tvb_get_guint8(source, start) != 4)
        return false;
    tvb_memcpy(source, activity, start + DG_ACTIVITY, 16);
    return true;
}

static cmrp_association *udp_association(packet_info *pinfo, dcerpc_info *di, tvbuff_t *stub,
                                         bool request)
{
    const cmrp_server *server =
        find_server(request ? &pinfo->dst : &pinfo->src,
                    (uint16_t)(request ? pinfo->destport : pinfo->srcport), true);
    const address *client = request ? &pinfo->src : &pinfo->dst;
    uint8_t activity[16];

    if (find_activity(stub, activity))
        return find_association(server, client, CMRP_BY_ACTIVITY, activity, sizeof(activity));
    return find_association(server, client, CMRP_BY_CONVERSATION, &di->conv->conv_index,
                            sizeof(di->conv->conv_index));
}

cmrp_association *association_of(packet_info *pinfo, dcerpc_info *di, tvbuff_t *stub, bool request)
{
    if (pinfo->ptype == PT_UDP)
        return udp_association(pinfo, di, stub, request);
    return tcp_association(pinfo, di->conv, request);
}
