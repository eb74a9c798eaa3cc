/* stat_notify.c
 * What went on at every notification port? The statistics "cmrp,notify".
 *
 * A row a port. What goes on at it stands before who it is between, for a window shows what it has room for. A
 * display filter chooses ports: every port that a PDU carries which the filter lets through. The numbers are those of the whole capture: beside the filtered tap, which makes rows, a
 * watcher sees every PDU and keeps rows up to date.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify.h"
#include "statistics/stat_table.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"

#include <epan/to_str.h>

enum {
    COLUMN_ID,
    COLUMN_NAME,
    COLUMN_EVENTS,
    COLUMN_CALLS,
    COLUMN_WAITING,
    COLUMN_WAITED,
    COLUMN_REGISTRATIONS,
    COLUMN_VERSION,
    COLUMN_OPENED_IN,
    COLUMN_SERVER,
    COLUMN_CLIENT
};

static tap_packet_status choose(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                const void *tap, tap_flags_t flags);
static void start(void);
static void forget(void);

static stat_tap_table_item columns[] = {
    [COLUMN_ID] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "cmrp.handle.id", "%14u" },
    [COLUMN_NAME] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Name", "%-10s" },
    [COLUMN_EVENTS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Events", "%7u" },
    [COLUMN_CALLS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Calls", "%7u" },
    [COLUMN_WAITING] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Unanswered", "%10u" },
    [COLUMN_WAITED] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Waited (s)", "%12.6f" },
    [COLUMN_REGISTRATIONS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Registrations", "%13u" },
    [COLUMN_VERSION] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Version", "%-7s" },
    [COLUMN_OPENED_IN] = { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Opened in", "%9s" },
    [COLUMN_SERVER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%-15s" },
    [COLUMN_CLIENT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client", "%-15s" },
};

static cmrp_stat_table table = {
    .title = "ClusAPI Notification Ports",
    .cli_string = "cmrp,notify",
    .heading = "Ports",
    .columns = columns,
    .column_count = G_N_ELEMENTS(columns),
    .packet = choose,
    .start = start,
    .forget = forget,
};

static GHashTable *rows; /* cmrp_port -> cells */

/* ---------------------------------------------------------------- one row */

static const char *version_of(const cmrp_life *life)
{
    if (life->opened_in == 0)
        return "unknown";
    return life->port_version == 2 ? "2" : "1";
}

static void refresh(const cmrp_port *port)
{
    cmrp_cell *cells = (cmrp_cell *)g_hash_table_lookup(rows, port);

    if (cells == NULL)
        return;
    cells[COLUMN_REGISTRATIONS].value.uint_value = port->registrations;
    cells[COLUMN_EVENTS].value.uint_value = port->events;
    cells[COLUMN_CALLS].value.uint_value = port->gets;
    cells[COLUMN_WAITING].value.uint_value = port->gets - port->answers;
    cells[COLUMN_WAITED].value.float_value = nstime_to_sec(&port->waited);
}

static void add_row(const cmrp_port *port, wmem_allocator_t *pool)
{
    const cmrp_life *life = port->life;
    const cmrp_association *association = life->association;
    cmrp_cell *cells = stat_table_add(&table);

    g_hash_table_insert(rows, (void *)port, cells);
    cells[COLUMN_ID].value.uint_value = life->id;
    cells[COLUMN_VERSION].value.string_value = version_of(life);
    cells[COLUMN_SERVER].value.string_value =
        stat_table_text(&table, address_to_str(pool, &association->server->end.addr));
    cells[COLUMN_CLIENT].value.string_value =
        stat_table_text(&table, address_to_str(pool, &association->client));
    cells[COLUMN_OPENED_IN].value.string_value = stat_table_frame(&table, life->opened_in);
    if (life->name)
        cells[COLUMN_NAME].value.string_value = stat_table_text(&table, life->name->utf8);
    refresh(port);
}

static void watch(packet_info *pinfo _U_, const cmrp_tap *t)
{
    for (unsigned i = 0; i < t->life_count; i++) {
        const cmrp_port *port = port_find(t->lives[i]);

        if (port)
            refresh(port);
    }
}

/* ---------------------------------------------------------------- the table's own life */

static void forget(void)
{
    tap_unwatch(watch);
    if (rows)
        g_hash_table_destroy(rows);
    rows = NULL;
}

static void start(void)
{
    if (rows)
        return;
    rows = g_hash_table_new(NULL, NULL);
    tap_watch(watch);
}

/* ---------------------------------------------------------------- what comes in */

static tap_packet_status choose(void *data _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                const void *tap, tap_flags_t flags _U_)
{
    const cmrp_tap *t = (const cmrp_tap *)tap;
    bool any = false;

    start();
    for (unsigned i = 0; i < t->life_count; i++) {
        const cmrp_port *port = port_find(t->lives[i]);

        if (port && !g_hash_table_contains(rows, port))
            add_row(port, pinfo->pool);
        any |= port != NULL;
    }
    return any ? TAP_PACKET_REDRAW : TAP_PACKET_DONT_REDRAW;
}

void stat_notify_register(void)
{
    stat_table_register(&table);
    /* Ports go with the capture file. */
    register_init_routine(forget);
}
