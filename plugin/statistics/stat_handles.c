/* stat_handles.c
 * How long did every context handle live, and what was done with it? The statistics "cmrp,handles".
 *
 * A row a life. The first column is what cmrp.handle.id is compared with, so that a row leads back to its
 * packets. A display filter chooses lives: every life that a PDU carries which the filter lets through. What the row then says is true of the whole capture, not of those PDUs alone. So beside the
 * filtered tap, which makes rows, there is a watcher that sees every PDU and keeps rows up to date: the
 * closing of a handle, or the end of its association, may not match the filter.
 *
 * Cost: a row and 32 bytes a life; nothing while nobody asks for these statistics.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/bounds.h"
#include "state/handles_label.h"
#include "statistics/stat_table.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"

#include <epan/to_str.h>

enum {
    COLUMN_ID,
    COLUMN_TYPE,
    COLUMN_NAME,
    COLUMN_OPENED_IN,
    COLUMN_ENDED_IN,
    COLUMN_END,
    COLUMN_USES,
    COLUMN_DURATION,
    COLUMN_SERVER,
    COLUMN_CLIENT
};

/** What a life's record does not say. */
typedef struct {
    cmrp_cell *cells;   /**< NULL: no row */
    uint32_t opened_in; /**< frames that the row says */
    uint32_t ended_in;
    double first; /**< time of the first PDU that carried it, in seconds since the capture began */
    double last;  /**< time of the last one, or of its end */
} span;

static tap_packet_status choose(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap, tap_flags_t flags);
static void start(void);
static void forget(void);

/* What is asked first stands first: Wireshark's window shows as much of a row as it has room for. */
static stat_tap_table_item columns[] = {
    [COLUMN_ID] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "cmrp.handle.id", "%14u" },
    [COLUMN_TYPE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Type", "%-17s" },
    [COLUMN_NAME] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Name", "%-24s" },
    [COLUMN_OPENED_IN] = { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Opened in", "%9s" },
    [COLUMN_ENDED_IN] = { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Closed in", "%9s" },
    [COLUMN_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "End", "%-8s" },
    [COLUMN_USES] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Uses", "%6u" },
    [COLUMN_DURATION] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Duration (s)", "%12.6f" },
    [COLUMN_SERVER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%-21s" },
    [COLUMN_CLIENT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client", "%-15s" },
};

static cmrp_stat_table table = {
    .title = "ClusAPI Context Handles",
    .cli_string = "cmrp,handles",
    .heading = "Lives",
    .columns = columns,
    .column_count = G_N_ELEMENTS(columns),
    .packet = choose,
    .start = start,
    .forget = forget,
};

static GArray *spans; /* of span, by the life's id */
static GHashTable
    *of_association; /* association -> GArray of the ids of its lives that have a row */

/* ---------------------------------------------------------------- the table's own life */

static void free_ids(void *ids)
{
    g_array_free((GArray *)ids, TRUE);
}

static void watch(packet_info *pinfo, const cmrp_tap *t);

static void forget(void)
{
    tap_unwatch(watch);
    if (spans)
        g_array_free(spans, TRUE);
    if (of_association)
        g_hash_table_destroy(of_association);
    spans = NULL;
    of_association = NULL;
}

static void start(void)
{
    if (spans)
        return;
    spans = g_array_new(FALSE, TRUE, sizeof(span));
    of_association = g_hash_table_new_full(NULL, NULL, NULL, free_ids);
    tap_watch(watch);
}

/* ---------------------------------------------------------------- one row */

static span *span_of(const cmrp_life *life)
{
    if (life->id >= spans->len)
        g_array_set_size(spans, life->id + 1);
    return &g_array_index(spans, span, life->id);
}

static const char *end_of(const cmrp_life *life)
{
    if (life->end == CMRP_CLOSED)
        return "closed";
    if (life->end == CMRP_REPLACED)
        return "replaced";
    return life->association->ended_in != 0 ? "run down" : "open";
}

/** Writes a frame unless the row says it already: that is asked of every PDU. */
static void write_frame(cmrp_cell *cell, uint32_t *said, uint32_t frame)
{
    if (*said == frame)
        return;
    *said = frame;
    cell->value.string_value = stat_table_frame(&table, frame);
}

static void refresh(const cmrp_life *life)
{
    span *s = span_of(life);
    cmrp_cell *cells = s->cells;

    if (cells == NULL)
        return;
    write_frame(&cells[COLUMN_OPENED_IN], &s->opened_in, life->opened_in);
    write_frame(&cells[COLUMN_ENDED_IN], &s->ended_in, handles_ended_in(life));
    cells[COLUMN_USES].value.uint_value = life->uses;
    cells[COLUMN_DURATION].value.float_value = s->last - s->first;
    cells[COLUMN_END].value.string_value = end_of(life);
}

static const char *server_text(wmem_allocator_t *pool, const cmrp_server *server)
{
    const char *host = address_to_str(pool, &server->end.addr);

    return wmem_strdup_printf(pool, server->end.addr.type == AT_IPv6 ? "[%s]:%u" : "%s:%u", host,
                              server->end.port);
}

static void remember_association(const cmrp_life *life)
{
    GArray *ids = (GArray *)g_hash_table_lookup(of_association, life->association);

    if (ids == NULL) {
        ids = g_array_new(FALSE, FALSE, sizeof(life->id));
        g_hash_table_insert(of_association, life->association, ids);
    }
    g_array_append_val(ids, life->id);
}

/** A life whose name nobody knew gets the one that was learnt since. */
static void name_row(const cmrp_life *life, const cmrp_tap *t)
{
    cmrp_cell *cells = span_of(life)->cells;
    const char *name = life->name ? life->name->utf8 : handles_name_at(life, &t->when);

    if (cells && name && strcmp(name, cells[COLUMN_NAME].value.string_value) != 0)
        cells[COLUMN_NAME].value.string_value = stat_table_text(&table, name);
}

static void add_row(const cmrp_life *life, const packet_info *pinfo, const cmrp_tap *t)
{
    const cmrp_association *association = life->association;
    cmrp_cell *cells = stat_table_add(&table);

    span_of(life)->cells = cells;
    cells[COLUMN_ID].value.uint_value = life->id;
    cells[COLUMN_TYPE].value.string_value = handle_type_name((cmrp_handle_type)life->type);
    cells[COLUMN_SERVER].value.string_value =
        stat_table_text(&table, server_text(pinfo->pool, association->server));
    cells[COLUMN_CLIENT].value.string_value =
        stat_table_text(&table, address_to_str(pinfo->pool, &association->client));
    name_row(life, t);
    if (association->ended_in == 0 || association->ended_in > pinfo->num)
        remember_association(life);
    refresh(life);
}

/* ---------------------------------------------------------------- what comes in */

static double seconds(const packet_info *pinfo)
{
    return nstime_to_sec(&pinfo->rel_ts);
}

/** The life that ended where this one began: others with the same bytes may stand between them. */
static void refresh_replaced(const cmrp_life *life)
{
    const cmrp_life *earlier = life->earlier;

    for (unsigned steps = 0; earlier && steps < CMRP_MAX_SEARCH; steps++) {
        if (earlier->end == CMRP_REPLACED && earlier->closed_in == life->opened_in)
            refresh(earlier);
        earlier = earlier->earlier;
    }
}

/** A PDU carries the life. */
static void note(packet_info *pinfo, const cmrp_tap *t, const cmrp_life *life)
{
    const uint32_t ended = handles_ended_in(life);
    span *s = span_of(life);

    if (life->first_seen == pinfo->num)
        s->first = seconds(pinfo);
    /* Clients use handles after their end as well. */
    if (ended == 0 || pinfo->num <= ended)
        s->last = seconds(pinfo);
    refresh(life);
    name_row(life, t);
    if (life->opened_in == pinfo->num)
        refresh_replaced(life);
}

static void end_association(packet_info *pinfo, const cmrp_association *association)
{
    const GArray *ids = (const GArray *)g_hash_table_lookup(of_association, association);

    for (unsigned i = 0; ids && i < ids->len; i++) {
        const cmrp_life *life = handles_by_id(g_array_index(ids, uint32_t, i));

        if (life->end != CMRP_OPEN)
            continue;
        span_of(life)->last = seconds(pinfo);
        refresh(life);
    }
    g_hash_table_remove(of_association, association);
}

static void watch(packet_info *pinfo, const cmrp_tap *t)
{
    if (t->ended)
        end_association(pinfo, t->association);
    for (unsigned i = 0; i < t->life_count; i++)
        note(pinfo, t, t->lives[i]);
}

static tap_packet_status choose(void *data _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                const void *tap, tap_flags_t flags _U_)
{
    const cmrp_tap *t = (const cmrp_tap *)tap;

    start();
    for (unsigned i = 0; i < t->life_count; i++) {
        if (span_of(t->lives[i])->cells == NULL)
            add_row(t->lives[i], pinfo, t);
    }
    return t->life_count || t->ended ? TAP_PACKET_REDRAW : TAP_PACKET_DONT_REDRAW;
}

void stat_handles_register(void)
{
    stat_table_register(&table);
    /* Ids begin anew with each capture file. */
    register_init_routine(forget);
}
