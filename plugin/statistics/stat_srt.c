/* stat_srt.c
 * How long did the server take? The statistics "cmrp,srt".
 *
 * A table for each version of the interface that was spoken: the same number is not the same method in
 * both. Wireshark's window hides the heading of a single table, and shows each of several tables twice.
 * So a table is made when its version is seen; only the first one is there from the start, without
 * rows, because tshark wants to print one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/statistics.h"

#include "cmrp_tables.h"
#include "statistics/tap.h"

#include <epan/srt_table.h>

#define COLUMN "Method"

static void begin(struct register_srt *srt _U_, GArray *tables)
{
    init_srt_table("ClusAPI", "", tables, 0, COLUMN, NULL, NULL);
}

static void give(srt_stat_table *table, const cmrp_interface *interface)
{
    const bool old = interface->version == 2;

    table->name = old ? "ClusAPI 2.0" : "ClusAPI 3.0";
    table->short_name = old ? "2.0" : "3.0";
    table->filter_string =
        g_strdup(old ? "cmrp.version == 2 && cmrp.opnum" : "cmrp.version == 3 && cmrp.opnum");
    table->table_specific_data = (void *)interface;
    /* The last row makes room for all. */
    for (int opnum = interface->count - 1; opnum >= 0; opnum--)
        init_srt_table_row(table, opnum, interface->methods[opnum].name);
}

static srt_stat_table *table_of(GArray *tables, const cmrp_interface *interface)
{
    srt_stat_table *table = NULL;

    for (unsigned i = 0; i < tables->len; i++) {
        table = g_array_index(tables, srt_stat_table *, i);
        if (table->table_specific_data == interface)
            return table;
    }
    if (table == NULL || table->table_specific_data)
        table = init_srt_table(NULL, NULL, tables, 0, COLUMN, NULL, NULL);
    give(table, interface);
    return table;
}

static tap_packet_status measure(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                 const void *tap, tap_flags_t flags _U_)
{
    const srt_data_t *srt = (const srt_data_t *)data;
    const cmrp_tap *t = (const cmrp_tap *)tap;

    if (t->method == NULL || !t->has_elapsed)
        return TAP_PACKET_DONT_REDRAW;
    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        if (cmrp_interfaces[i].version == t->method->version)
            add_srt_table_data(table_of(srt->srt_array, &cmrp_interfaces[i]), t->method->opnum,
                               &t->request_time, pinfo);
    }
    return TAP_PACKET_REDRAW;
}

void stat_srt_register(int proto)
{
    register_srt_table(proto, "cmrp", (int)cmrp_interface_count, measure, begin, NULL);
}
