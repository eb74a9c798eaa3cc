/* unbound.c
 * Which calls name an interface that nobody can know, because the capture begins after their bind, and may they be
 * ours?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/unbound.h"

#include "base/bounds.h"
#include "base/hash.h"
#include "rpc/contexts.h"
#include "rpc/named.h"
#include "rpc/unbound_stub.h"
#include "rpc/wire.h"

/** The endpoint mapper's port, and the one that RPC over HTTP has for it. */
#define PORT_OF_MAPPER 135
#define PORT_OF_HTTP_MAPPER 593

/** So many more PDUs that cannot be ours than such that can: it is settled, and no more are looked at. */
#define SETTLED 8

/** A context that is known. */
typedef struct {
    uint16_t id;
    uint8_t named; /**< by the user, as this version; 0: a bind offered it */
} known_context;

/** A connection, or a named pipe in one. File scope. */
typedef struct {
    const conversation_t *conversation;
    uint64_t pipe;
    known_context known[CMRP_MAX_CONTEXTS];
    unsigned known_count;
    bool full; /**< it has more: they count as known */
    cmrp_unbound *unbound;
    unsigned unbound_count;
} channel;

static wmem_map_t *channels;
static channel *last_channel; /* the one that was asked for last, for speed: calls come in rows */
static wmem_map_t *others;    /* cmrp_end, at which another service was bound */
static wmem_map_t *servers;   /* cmrp_end, of contexts that are not known */
static wmem_map_t *calls;     /* frame -> cmrp_unbound_call */
static cmrp_unbound *first, *last;
static cmrp_unbound_call *last_call;
static uint32_t last_call_in; /* frame */

/* ---------------------------------------------------------------- tables */

static unsigned channel_hash(const void *key)
{
    const channel *c = (const channel *)key;
    const uint64_t words[2] = { (uintptr_t)c->conversation, c->pipe };

    return hash_words(words, 4);
}

static gboolean channel_equal(const void *a, const void *b)
{
    const channel *l = (const channel *)a;
    const channel *r = (const channel *)b;

    return l->conversation == r->conversation && l->pipe == r->pipe;
}

void unbound_reset(void)
{
    channels = wmem_map_new(wmem_file_scope(), channel_hash, channel_equal);
    others = wmem_map_new(wmem_file_scope(), link_end_hash, link_end_equal);
    servers = wmem_map_new(wmem_file_scope(), link_end_hash, link_end_equal);
    calls = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    first = last = NULL;
    last_channel = NULL;
    last_call = NULL;
    last_call_in = 0;
}

/* ---------------------------------------------------------------- contexts that are known */

static known_context *find_known(channel *c, uint16_t id)
{
    for (unsigned i = 0; i < c->known_count; i++) {
        if (c->known[i].id == id)
            return &c->known[i];
    }
    return NULL;
}

static void know(channel *c, uint16_t id, uint8_t named)
{
    known_context *known = find_known(c, id);

    if (known == NULL && c->known_count < CMRP_MAX_CONTEXTS)
        known = &c->known[c->known_count++];
    if (known)
        *known = (known_context){ id, named };
    else
        c->full = true;
}

static void know_named(const cmrp_link *link, void *data)
{
    know((channel *)data, link->context, link->version);
}

static channel *find_channel(const packet_info *pinfo, const conversation_t *conversation,
                             uint64_t pipe)
{
    const channel key = { .conversation = conversation, .pipe = pipe };
    channel *c = last_channel;

    if (c && channel_equal(c, &key))
        return c;
    last_channel = c = (channel *)wmem_map_lookup(channels, &key);
    if (c)
        return c;
    last_channel = c = wmem_new0(wmem_file_scope(), channel);
    c->conversation = conversation;
    c->pipe = pipe;
    wmem_map_insert(channels, c, c);
    if (pipe == 0)
        named_of(conversation, pinfo, know_named, c);
    return c;
}

static channel *channel_of(packet_info *pinfo, const conversation_t *conversation)
{
    return conversation ? find_channel(pinfo, conversation, dcerpc_get_transport_salt(pinfo))
                        : NULL;
}

/* ---------------------------------------------------------------- binds */

/** Copies an end, with its address. */
static void keep_end(cmrp_end *kept, const cmrp_end *end)
{
    kept->port = end->port;
    copy_address_wmem(wmem_file_scope(), &kept->addr, &end->addr);
}

/** Adds an end to a table of them. */
static void note_end(wmem_map_t *ends, const cmrp_end *end)
{
    cmrp_end *kept;

    if (wmem_map_contains(ends, end))
        return;
    kept = wmem_new(wmem_file_scope(), cmrp_end);
    keep_end(kept, end);
    wmem_map_insert(ends, kept, kept);
}

void unbound_offered(packet_info *pinfo, const cmrp_bind *bind)
{
    channel *c = channel_of(pinfo, find_conversation_pinfo(pinfo, 0));

    if (c == NULL)
        return;
    for (unsigned i = 0; i < bind->context_count; i++)
        know(c, bind->contexts[i], 0);
    c->full |= bind->more_contexts;
    if (bind->names_other && pinfo->ptype == PT_TCP) {
        const cmrp_link link = link_of_frame(pinfo, false);

        note_end(others, &link.server);
    }
}

static void open_context(cmrp_connection *connection, const known_context *known)
{
    connection->guessed = true;
    contexts_open(connection, known->id, known->named);
}

static void meet(const packet_info *pinfo, cmrp_connection *connection,
                 const conversation_t *conversation, uint64_t pipe)
{
    channel *c;

    connection->met = true;
    /* Only such conversations are made before the first frame. */
    if (conversation->setup_frame != 0)
        return;
    c = find_channel(pinfo, conversation, pipe);
    for (unsigned i = 0; i < c->known_count; i++) {
        if (c->known[i].named)
            open_context(connection, &c->known[i]);
    }
}

void unbound_meet(const cmrp_context *context)
{
    if (!context->connection->met)
        meet(context->pinfo, context->connection, context->di->conv, context->di->transport_salt);
}

cmrp_connection *unbound_named(packet_info *pinfo)
{
    conversation_t *conversation = named_any() ? find_conversation_pinfo(pinfo, 0) : NULL;
    cmrp_connection *connection;

    if (conversation == NULL || conversation->setup_frame != 0 ||
        dcerpc_get_transport_salt(pinfo) != 0)
        return NULL;
    connection = association_connection(conversation, 0);
    if (!connection->met)
        meet(pinfo, connection, conversation, 0);
    return connection;
}

/* ---------------------------------------------------------------- contexts that are not */

static cmrp_unbound *new_unbound(const packet_info *pinfo, channel *c, uint16_t context,
                                 bool response)
{
    const cmrp_link link = link_of_frame(pinfo, response);
    cmrp_unbound *u = wmem_new0(wmem_file_scope(), cmrp_unbound);

    keep_end(&u->link.client, &link.client);
    keep_end(&u->link.server, &link.server);
    u->link.context = context;
    u->pipe = wire_is_pipe(pinfo);
    note_end(servers, &link.server);
    u->next_own = c->unbound;
    c->unbound = u;
    c->unbound_count++;
    if (last)
        last->next = u;
    else
        first = u;
    last = u;
    return u;
}

/** The last one of too many stands for all that follow. */
static cmrp_unbound *find_unbound(const packet_info *pinfo, channel *c, uint16_t context,
                                  bool response)
{
    for (cmrp_unbound *u = c->unbound; u; u = u->next_own) {
        if (u->link.context == context)
            return u;
    }
    return c->unbound_count < CMRP_MAX_CONTEXTS ? new_unbound(pinfo, c, context, response)
                                                : c->unbound;
}

static void note_call(const packet_info *pinfo, const cmrp_unbound *of, bool response)
{
    cmrp_unbound_call *call = wmem_new(wmem_file_scope(), cmrp_unbound_call);

    *call = (cmrp_unbound_call){ NULL, of, response };
    if (last_call && last_call_in == pinfo->num)
        last_call->next = call;
    else
        wmem_map_insert(calls, GUINT_TO_POINTER(pinfo->num), call);
    last_call = call;
    last_call_in = pinfo->num;
}

const cmrp_unbound_call *unbound_calls(uint32_t frame)
{
    /* For speed: this is asked of every frame, and few captures have any. */
    return last_call ? (const cmrp_unbound_call *)wmem_map_lookup(calls, GUINT_TO_POINTER(frame))
                     : NULL;
}

uint32_t unbound_last_in(void)
{
    return last_call ? last_call_in : 0;
}

/* ---------------------------------------------------------------- what the calls tell */

static bool is_settled(const cmrp_unbound *u)
{
    return u->misfits >= u->fits + SETTLED;
}

static void weigh(cmrp_unbound *u, cmrp_fit fit)
{
    u->fits += fit == CMRP_FIT_READS;
    u->misfits += fit == CMRP_FIT_NOT;
}

static void look_at_request(packet_info *pinfo, cmrp_unbound *u, const uint8_t *pdu,
                            uint32_t length)
{
    const unsigned place = u->requests % UNBOUND_PENDING;

    u->pending[place].call = wire_number(pdu, WIRE_CO_CALL, 4);
    u->pending[place].opnum = (uint16_t)wire_number(pdu, WIRE_CO_OPNUM, 2);
    u->requests++;
    u->sealed += unbound_stub_is_sealed(pdu, length);
    if (!is_settled(u))
        weigh(u, unbound_stub_request(pinfo, pdu, length));
}

static void look_at_response(packet_info *pinfo, cmrp_unbound *u, const uint8_t *pdu,
                             uint32_t length)
{
    const uint32_t call = wire_number(pdu, WIRE_CO_CALL, 4);

    u->responses++;
    for (unsigned i = 0; i < MIN(u->requests, UNBOUND_PENDING) && !is_settled(u); i++) {
        if (u->pending[i].call == call) {
            weigh(u, unbound_stub_response(pinfo, pdu, length, u->pending[i].opnum, u->reads));
            return;
        }
    }
}

/** True if the context is known. That it was named holds only for what ClusAPI has: the rest nobody is handed. */
static bool is_known(channel *c, uint16_t context, const uint8_t *pdu)
{
    const known_context *known = find_known(c, context);

    return known && (known->named == 0 || pdu[2] != WIRE_REQUEST || unbound_stub_has_opnum(pdu));
}

void unbound_look(packet_info *pinfo, const conversation_t *conversation, const uint8_t *pdu,
                  uint32_t length)
{
    const bool response = pdu[2] == WIRE_RESPONSE;
    channel *c;
    cmrp_unbound *u;
    uint16_t context;

    /* It counts when it ends. */
    if (length < WIRE_CO_STUB || !(pdu[WIRE_CO_FLAGS] & WIRE_CO_LAST_FRAGMENT))
        return;
    c = channel_of(pinfo, conversation);
    context = (uint16_t)wire_number(pdu, WIRE_CO_CONTEXT, 2);
    if (c == NULL || c->full || is_known(c, context, pdu))
        return;
    u = find_unbound(pinfo, c, context, response);
    if (!is_settled(u))
        note_call(pinfo, u, response);
    if (response)
        look_at_response(pinfo, u, pdu, length);
    else
        look_at_request(pinfo, u, pdu, length);
}

/* ---------------------------------------------------------------- all together */

const cmrp_unbound *unbound_first(void)
{
    return first;
}

static bool is_mapper(uint16_t port)
{
    return port == PORT_OF_MAPPER || port == PORT_OF_HTTP_MAPPER;
}

bool unbound_serves(const cmrp_end *server)
{
    return wmem_map_contains(servers, server);
}

cmrp_unbound_service unbound_service(const cmrp_unbound *unbound)
{
    const cmrp_end *server = &unbound->link.server;

    /* A process may serve several interfaces at one port. */
    if (association_spoken(server))
        return unbound->misfits > unbound->fits ? CMRP_UNBOUND_OPEN : CMRP_UNBOUND_OURS;
    if (unbound->pipe || is_mapper(server->port) || unbound->misfits > unbound->fits ||
        wmem_map_contains(others, server))
        return CMRP_UNBOUND_OTHER;
    return CMRP_UNBOUND_OPEN;
}

const char *unbound_service_name(const cmrp_unbound *unbound)
{
    static const char *const names[] = { [CMRP_UNBOUND_OPEN] = "unknown",
                                         [CMRP_UNBOUND_OURS] = "clusapi",
                                         [CMRP_UNBOUND_OTHER] = "other" };

    return names[unbound_service(unbound)];
}

cmrp_link unbound_link(const cmrp_unbound *unbound)
{
    cmrp_link link = unbound->link;
    const unsigned spoken = association_spoken(&link.server);

    /* Answers tell; if they do not, what the server spoke, if it is one version. */
    link.version = 3;
    if (unbound->reads[0] != unbound->reads[1])
        link.version = unbound->reads[0] > unbound->reads[1] ? 2 : 3;
    else if (spoken == 1U << 2)
        link.version = 2;
    return link;
}
