/* stat_srt.c
 * How long did the server take? The statistics "cmrp,srt".
 *
 * A table for each version of the interface: the same number is not the same method in both.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics.h"

#include "cmrp_tables.h"
#include "tap.h"

#include <epan/srt_table.h>

static void begin(struct register_srt *srt _U_, GArray *tables)
{
    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        const cmrp_interface *interface = &cmrp_interfaces[i];
        const bool old = interface->version == 2;
        srt_stat_table *table = init_srt_table(
            old ? "ClusAPI 2.0" : "ClusAPI 3.0", old ? "2.0" : "3.0", tables, interface->count,
            "Method", old ? "cmrp.version == 2 && cmrp.opnum" : "cmrp.version == 3 && cmrp.opnum",
            NULL);

        for (int opnum = 0; opnum < interface->count; opnum++)
            init_srt_table_row(table, opnum, interface->methods[opnum].name);
    }
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
            add_srt_table_data(g_array_index(srt->srt_array, srt_stat_table *, i), t->method->opnum,
                               &t->request_time, pinfo);
    }
    return TAP_PACKET_REDRAW;
}

void stat_srt_register(int proto)
{
    register_srt_table(proto, "cmrp", (int)cmrp_interface_count, measure, begin, NULL);
}
