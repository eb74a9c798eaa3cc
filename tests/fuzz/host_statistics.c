/* host_statistics.c
 * Who listens to the plugin's statistics while a fuzzer runs?
 *
 * Tables, trees and response times belong to the user interfaces, which libwireshark does not hold. These
 * listeners stand for them: they read every cell of the tables, and print nothing. How a tree looks is Wireshark's own,
 * so it is only counted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "host_statistics.h"

#include "base/wireshark_compat.h"
#include "statistics/wireshark_sequence.h"

#include <epan/srt_table.h>
#include <epan/stat_tap_ui.h>
#include <epan/stats_tree_priv.h>
#include <epan/tap.h>

/* What sequence_analysis.h says, which is not installed. */
typedef struct _register_analysis register_analysis_t;
WS_DLL_PUBLIC register_analysis_t *sequence_analysis_find_by_name(const char *name);
WS_DLL_PUBLIC const char *sequence_analysis_get_tap_listener_name(register_analysis_t *analysis);
WS_DLL_PUBLIC tap_packet_cb sequence_analysis_get_packet_func(register_analysis_t *analysis);
WS_DLL_PUBLIC seq_analysis_info_t *sequence_analysis_info_new(void);
WS_DLL_PUBLIC void sequence_analysis_list_free(seq_analysis_info_t *graph);

static void listen(const char *tap, void *data, unsigned flags, tap_reset_cb reset,
                   tap_packet_cb packet, tap_draw_cb draw)
{
    if (register_tap_listener(tap, data, NULL, flags, reset, packet, draw, NULL))
        g_error("Nobody can listen to the tap %s.", tap);
}

/* ---------------------------------------------------------------- tables */

static void reset_table(void *data)
{
    reset_stat_table(((stat_data_t *)data)->stat_tap_data);
}

static void draw_table(void *data)
{
    const GArray *tables = ((const stat_data_t *)data)->stat_tap_data->tables;

    for (unsigned t = 0; t < tables->len; t++) {
        const stat_tap_table *table = g_array_index(tables, stat_tap_table *, t);

        for (unsigned row = 0; row < table->num_elements; row++) {
            for (unsigned column = 0; column < table->num_fields; column++) {
                const stat_tap_table_item_type *cell = stat_tap_get_field_data(table, row, column);

                if (cell->type == TABLE_ITEM_STRING)
                    g_free(g_strdup(cell->value.string_value));
            }
        }
    }
}

static gboolean listen_table(const void *key _U_, void *value, void *user _U_)
{
    stat_tap_table_ui *ui = (stat_tap_table_ui *)value;
    stat_data_t *data;

    if (!g_str_has_prefix(ui->cli_string, "cmrp,"))
        return FALSE;
    data = g_new0(stat_data_t, 1);
    data->stat_tap_data = ui;
    ui->stat_tap_init_cb(ui);
    listen(ui->tap_name, data, 0, reset_table, ui->packet_func, draw_table);
    return FALSE;
}

/* ---------------------------------------------------------------- the tree, response times */

static void listen_tree(void)
{
    stats_tree_cfg *cfg = stats_tree_get_cfg_by_abbr("cmrp");
    stats_tree *tree;

    if (cfg == NULL)
        g_error("There is no statistics tree.");
    tree = stats_tree_new(cfg, NULL, NULL);
    listen(cfg->tapname, tree, cfg->flags, stats_tree_reset, stats_tree_packet, NULL);
    if (cfg->init)
        cfg->init(tree);
}

static void reset_srt(void *data)
{
    reset_srt_table(((srt_data_t *)data)->srt_array);
}

static void listen_srt(void)
{
    register_srt_t *srt = get_srt_table_by_name("cmrp");
    srt_data_t *data = g_new0(srt_data_t, 1);

    if (srt == NULL)
        g_error("There are no response times.");
    data->srt_array = g_array_new(FALSE, TRUE, sizeof(srt_stat_table *));
    srt_table_dissector_init(srt, data->srt_array);
    listen(get_srt_tap_listener_name(srt), data, 0, reset_srt, get_srt_packet_func(srt), NULL);
}

/* ---------------------------------------------------------------- the flow graph */

static void reset_flow(void *data)
{
    sequence_analysis_list_free((seq_analysis_info_t *)data);
}

static void listen_flow(void)
{
    register_analysis_t *analysis = sequence_analysis_find_by_name("cmrp");

    if (analysis == NULL)
        g_error("There is no flow graph.");
    listen(sequence_analysis_get_tap_listener_name(analysis), sequence_analysis_info_new(), 0,
           reset_flow, sequence_analysis_get_packet_func(analysis), NULL);
}

/* ---------------------------------------------------------------- all of them */

void host_statistics_listen(void)
{
    stat_tap_iterate_tables(listen_table, NULL);
    listen_tree();
    listen_srt();
    listen_flow();
}

void host_statistics_end(void)
{
    draw_tap_listeners(TRUE);
    reset_tap_listeners();
}
