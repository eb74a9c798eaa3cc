/* stat_tree.c
 * Which methods were called, and how did the calls end? The statistics "cmrp,tree".
 *
 *   Calls                      requests
 *     Version 3.0
 *       ApiOpenGroup
 *         Succeeded            its status is 0
 *         Continues            its status is none of a failure (idl/outcomes.tsv)
 *         Failed               its status is an error
 *         Fault                RPC failed before or in the method
 *         Unreadable           the response does not decode to its end, or may have been decrypted wrongly
 *         Sealed               the response is encrypted, and was not opened
 *         Unanswered           no response in the capture
 *   Outcomes                   the same for all methods; and responses to requests that were not seen
 *   Statuses                   of all responses, by name
 *   Faults                     by name
 *   Interface unknown          requests whose bind is not in the capture, by server: they may be calls, and if it turns
 *                              out that they are not they are taken back
 *
 * A call is unanswered until its answer comes, and nobody says when the capture is over. So each request
 * counts as unanswered, and its answer takes that back, which leaves rows of zeros. Wireshark's window asks when the
 * capture was read: then answers are known before they come, and there are none.
 *
 * Outcomes and calls stand above the other branches, and methods of which a call failed above the others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/statistics.h"

#include "interface/outcome.h"
#include "interface/status_names.h"
#include "statistics/tap.h"

#include <epan/stats_tree.h>
#include <epan/stats_tree_priv.h>

#define CALLS "Calls"
#define OUTCOMES "Outcomes"
#define STATUSES "Statuses"
#define FAULTS "Faults"
#define UNBOUND "Interface unknown"
#define UNANSWERED "Unanswered"

/** What is known of a call in one tree. */
enum {
    UNKNOWN,
    WAITS,    /**< and counts as unanswered */
    WILL_END, /**< its answer was seen at an earlier visit */
    ANSWERED  /**< kept over UDP only, where a response comes twice as well */
};

/* Each window and each -z has a tree of its own: tree -> (cmrp_call -> what is known of it). The keys of what nobody
 * knows stand among those of calls: both are addresses. */
static GHashTable *calls_of;

static void free_calls(void *calls)
{
    g_hash_table_destroy((GHashTable *)calls);
}

/** The node stands above its sisters, whatever they are sorted by. */
static void raise_node(stats_tree *tree, const char *name, int parent)
{
    stats_tree_manip_node_int(MN_SET_FLAGS, tree, name, parent, TRUE, ST_FLG_SORT_TOP);
}

static void begin(stats_tree *tree)
{
    if (calls_of == NULL)
        calls_of = g_hash_table_new_full(NULL, NULL, NULL, free_calls);
    g_hash_table_insert(calls_of, tree, g_hash_table_new(NULL, NULL));
    stats_tree_create_node(tree, CALLS, 0, STAT_DT_INT, TRUE);
    stats_tree_create_node(tree, OUTCOMES, 0, STAT_DT_INT, TRUE);
    stats_tree_create_node(tree, STATUSES, 0, STAT_DT_INT, TRUE);
    stats_tree_create_node(tree, FAULTS, 0, STAT_DT_INT, TRUE);
    raise_node(tree, CALLS, 0);
    raise_node(tree, OUTCOMES, 0);
}

static void end(stats_tree *tree)
{
    if (calls_of)
        g_hash_table_remove(calls_of, tree);
}

static int top(stats_tree *tree, const char *name)
{
    return stats_tree_parent_id_by_name(tree, name);
}

/** Adds to a node that may have others below it; its number, for those. */
static int add(stats_tree *tree, const char *name, int parent, int count)
{
    return stats_tree_manip_node_int(MN_INCREASE, tree, name, parent, TRUE, count);
}

/** Adds to a node that stands last in its branch. */
static void add_leaf(stats_tree *tree, const char *name, int parent, int count)
{
    stats_tree_manip_node_int(MN_INCREASE, tree, name, parent, FALSE, count);
}

/** The node of a version, to which `count` calls are added. */
static int version_node(stats_tree *tree, const cmrp_method *method, int count)
{
    return add(tree, method->version == 2 ? "Version 2.0" : "Version 3.0",
               add(tree, CALLS, 0, count), count);
}

static void count_named(stats_tree *tree, const char *branch, const char *name, uint32_t code)
{
    char number[16];

    if (name == NULL) {
        snprintf(number, sizeof(number), "0x%08x", code);
        name = number;
    }
    add(tree, branch, 0, 1);
    add_leaf(tree, name, top(tree, branch), 1);
}

/** Whether Wireshark shows the tree in a window, which it fills when all frames were visited. */
static bool is_window(const stats_tree *tree)
{
    return tree->cfg->setup_node_pr != NULL;
}

static bool is_answered(const cmrp_call *call)
{
    return call && call->flags & (CMRP_ANSWERED | CMRP_FAULTED);
}

static void add_unanswered(stats_tree *tree, int method, int count)
{
    add_leaf(tree, UNANSWERED, method, count);
    add_leaf(tree, UNANSWERED, top(tree, OUTCOMES), count);
}

static void count_request(stats_tree *tree, const cmrp_tap *t, GHashTable *calls)
{
    const bool ends = is_window(tree) && is_answered(t->call);
    int node;

    /* Over UDP a request is sent again and again until the answer comes: it is one call. */
    if (g_hash_table_contains(calls, t->call))
        return;
    g_hash_table_insert(calls, (void *)t->call, GUINT_TO_POINTER(ends ? WILL_END : WAITS));
    node = add(tree, t->method->name, version_node(tree, t->method, 1), 1);
    if (!ends)
        add_unanswered(tree, node, 1);
    add(tree, OUTCOMES, 0, 1);
}

static const char *outcome(const cmrp_tap *t)
{
    if (t->fault)
        return outcome_name(CMRP_OUTCOME_FAULT);
    if (t->sealed)
        return "Sealed";
    if (!t->whole)
        return "Unreadable";
    return outcome_name(t->has_status ? outcome_of(t->method, t->status) : CMRP_OUTCOME_SUCCEEDED);
}

static bool has_failed(const cmrp_tap *t)
{
    return t->fault ||
           (t->whole && t->has_status && outcome_of(t->method, t->status) == CMRP_OUTCOME_FAILED);
}

static void count_answer(stats_tree *tree, const cmrp_tap *t, bool waited)
{
    const int version = version_node(tree, t->method, 0);
    const int node = add(tree, t->method->name, version, 0);
    const char *ended = outcome(t);

    if (waited)
        add_unanswered(tree, node, -1);
    add_leaf(tree, ended, node, 1);
    add_leaf(tree, ended, top(tree, OUTCOMES), 1);
    if (has_failed(t))
        raise_node(tree, t->method->name, version);
}

static void count_response(stats_tree *tree, const cmrp_tap *t, GHashTable *calls)
{
    unsigned state;

    /* Of a request that nobody saw its answer tells. */
    if (t->call && (t->call->flags & CMRP_REQUEST_UNTOLD))
        count_request(tree, t, calls);
    state = GPOINTER_TO_UINT(g_hash_table_lookup(calls, t->call));
    if (state == ANSWERED)
        return;
    if (t->fault)
        count_named(tree, FAULTS, status_fault_name(t->fault_status), t->fault_status);
    else if (t->whole && t->has_status)
        count_named(tree, STATUSES, status_name(t->status), t->status);
    if (state == WAITS || state == WILL_END) {
        count_answer(tree, t, state == WAITS);
    } else {
        add(tree, OUTCOMES, 0, 1);
        add_leaf(tree, "Response without request", top(tree, OUTCOMES), 1);
    }
    if (t->association->server->udp)
        g_hash_table_insert(calls, (void *)t->call, GUINT_TO_POINTER(ANSWERED));
    else
        g_hash_table_remove(calls, t->call);
}

/** Counts a request whose interface is not known. `counts`: cmrp_unbound -> its requests that were counted. */
static void count_unbound(stats_tree *tree, const cmrp_unbound *unbound, GHashTable *counts)
{
    const int counted = GPOINTER_TO_INT(g_hash_table_lookup(counts, unbound));
    const int change = unbound_service(unbound) == CMRP_UNBOUND_OTHER ? -counted : 1;
    char server[LINK_END_TEXT];

    if (change == 0)
        return;
    link_write_end(&unbound->link.server, server);
    add_leaf(tree, server, add(tree, UNBOUND, 0, change), change);
    g_hash_table_insert(counts, (void *)unbound, GINT_TO_POINTER(counted + change));
}

static tap_packet_status count(stats_tree *tree, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
                               const void *tap, tap_flags_t flags _U_)
{
    const cmrp_tap *t = (const cmrp_tap *)tap;
    GHashTable *calls = (GHashTable *)g_hash_table_lookup(calls_of, tree);

    if (t->unbound)
        count_unbound(tree, t->unbound, calls);
    if (t->method == NULL)
        return t->unbound ? TAP_PACKET_REDRAW : TAP_PACKET_DONT_REDRAW;
    if (t->response)
        count_response(tree, t, calls);
    else
        count_request(tree, t, calls);
    return TAP_PACKET_REDRAW;
}

void stat_tree_register(void)
{
    stats_tree_register_plugin("cmrp", "cmrp", "ClusAPI Calls", 0, count, begin, end);
}
