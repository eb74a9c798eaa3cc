/* stat_table.h
 * How does a table of statistics get its rows? What all tables (stat_*.c) share.
 *
 * A table is a stat_tap_table_ui of Wireshark: tshark prints it, the GUI shows it in a window, where it
 * can be sorted. Wireshark has one table for all windows of a kind. So rows that a second window resets
 * are kept while a first one may still show them.
 *
 * How to make a table: a static stat_tap_table_ui whose callbacks hand on to the functions below, a
 * static cmrp_stat_table around it, and a packet function that fills rows. statistics/stat_findings.c is the
 * shortest example.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_STAT_TABLE_H
#define CMRP_STAT_TABLE_H

#include "base/wireshark_compat.h"

#include <epan/stat_tap_ui.h>

typedef stat_tap_table_item_type cmrp_cell;

typedef struct {
    stat_tap_table_ui *ui;
    const char *heading; /**< what tshark prints between the columns' names and the rows */

    /* The rest belongs to statistics/stat_table.c. */
    stat_tap_table *table;
    unsigned room;       /**< rows for which there is a place */
    GStringChunk *texts; /**< every text of the rows, each once */
    GPtrArray *old_rows; /**< that were reset, but may still be in a window */
} cmrp_stat_table;

/** Parameters of every table: a display filter, which is optional. */
extern tap_param cmrp_stat_parameters[1];

/** Registers the table, and makes the names of its columns as wide as their formats say. */
void stat_table_register(cmrp_stat_table *table);

/** Makes the table ready for rows: for stat_tap_init_cb. */
void stat_table_begin(cmrp_stat_table *table);

/** Takes all rows away: for stat_tap_reset_table_cb. */
void stat_table_reset(cmrp_stat_table *table);

/** Wireshark frees the table, cell by cell: for stat_tap_free_table_item_cb. */
void stat_table_freed(cmrp_stat_table *table, unsigned row, unsigned column);

/** A new row. Its numbers are 0 and its texts empty. Valid until the table is reset or freed. */
cmrp_cell *stat_table_add(cmrp_stat_table *table);

/** A copy of a text that lives as long as the rows, for cmrp_cell.value.string_value. */
const char *stat_table_text(cmrp_stat_table *table, const char *text);

#endif
