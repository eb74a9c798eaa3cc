/* named.c
 * Which connections did the user name, whose bind the capture does not hold?
 *
 * What a bind agrees on, dcerpc keeps in a table, and only what stands there does it hand on. Decode As is a way into
 * that table, and open to plugins: dcerpc keeps a binding that it is given there, and puts it into the table whenever a
 * capture is opened, before the first frame. Functions that are called then are called in the reverse order in which
 * they were registered. So what the plugin's own one adds holds in the same run.
 *
 * dcerpc takes such a context for one in NDR. Which syntax it is written in, the stubs tell (state/call_syntax.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/named.h"

#include "base/bounds.h"
#include "rpc/builtin.h"

#include <epan/decode_as.h>

const char *named_connections = "";

static GArray *links; /* of cmrp_link */

/* ---------------------------------------------------------------- dcerpc's table */

static const decode_as_t *entry_of_dcerpc(void)
{
    for (const GList *at = decode_as_list; at; at = at->next) {
        const decode_as_t *entry = (const decode_as_t *)at->data;

        if (strcmp(entry->name, "dcerpc") == 0 && strcmp(entry->table_name, "dcerpc.uuid") == 0)
            return entry;
    }
    return NULL;
}

/** Borrows the addresses. */
static decode_dcerpc_bind_values_t binding_of(const cmrp_link *link)
{
    return (decode_dcerpc_bind_values_t){ .addr_a = link->client.addr,
                                          .addr_b = link->server.addr,
                                          .ptype = PT_TCP,
                                          .port_a = link->client.port,
                                          .port_b = link->server.port,
                                          .ctx_id = link->context };
}

static void bind(const decode_as_t *entry, const cmrp_link *link)
{
    const decode_dcerpc_bind_values_t binding = binding_of(link);
    const cmrp_key_place place = { .key = builtin_key(link->version) };

    entry->change_value("dcerpc", &binding, cmrp_decode_as_key(&place), "CMRP");
}

static void unbind(const decode_as_t *entry, const cmrp_link *link)
{
    const decode_dcerpc_bind_values_t binding = binding_of(link);

    entry->reset_value("dcerpc", &binding);
}

/* ---------------------------------------------------------------- the preference */

static void forget(const decode_as_t *entry)
{
    for (unsigned i = 0; links && i < links->len; i++) {
        cmrp_link *link = &g_array_index(links, cmrp_link, i);

        unbind(entry, link);
        link_free(link);
    }
    if (links)
        g_array_free(links, TRUE);
    links = NULL;
}

static void add(const decode_as_t *entry, const char *word)
{
    cmrp_link link;

    if (!link_read(word, &link)) {
        ws_warning("cmrp.unbound: \"%s\" is no CLIENT:PORT-SERVER:PORT/CONTEXT", word);
        return;
    }
    bind(entry, &link);
    g_array_append_val(links, link);
}

void named_take_up(void)
{
    const decode_as_t *entry = entry_of_dcerpc();
    char **words;

    if (entry == NULL)
        return;
    forget(entry);
    if (named_connections == NULL || *named_connections == '\0')
        return;
    links = g_array_new(FALSE, FALSE, sizeof(cmrp_link));
    words = g_strsplit(named_connections, " ", -1);
    for (unsigned i = 0; words[i] && links->len < CMRP_MAX_NAMED; i++) {
        if (*words[i])
            add(entry, words[i]);
    }
    g_strfreev(words);
}

/* ---------------------------------------------------------------- conversations */

bool named_any(void)
{
    return links && links->len > 0;
}

static bool is_end(const cmrp_end *end, const address *addr, uint32_t port)
{
    return end->port == port && addresses_equal(&end->addr, addr);
}

static bool is_of(const cmrp_link *link, const packet_info *pinfo)
{
    return (is_end(&link->client, &pinfo->src, pinfo->srcport) &&
            is_end(&link->server, &pinfo->dst, pinfo->destport)) ||
           (is_end(&link->server, &pinfo->src, pinfo->srcport) &&
            is_end(&link->client, &pinfo->dst, pinfo->destport));
}

void named_of(const conversation_t *conversation, const packet_info *pinfo, named_tell *tell,
              void *data)
{
    /* The same ports may be used again: those that were named are the first, which dcerpc made before any frame. */
    if (links == NULL || conversation->setup_frame != 0)
        return;
    for (unsigned i = 0; i < links->len; i++) {
        const cmrp_link *link = &g_array_index(links, cmrp_link, i);

        if (is_of(link, pinfo))
            tell(link, data);
    }
}
