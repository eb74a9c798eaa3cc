/* stat_table.h
 * How does a table of statistics get its rows? What all tables (stat_*.c) share.
 *
 * A table is a stat_tap_table_ui of Wireshark: tshark prints it, the GUI shows it in a window, where it
 * can be sorted. Wireshark has one table for all windows of a kind. So rows that a second window resets
 * are kept while a first one may still show them.
 *
 * How to make a table: a static cmrp_stat_table with its columns, and a packet function that fills rows.
 * statistics/stat_findings.c is the shortest example.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_STAT_TABLE_H
#define CMRP_STAT_TABLE_H

#include "base/wireshark_compat.h"

#include <epan/stat_tap_ui.h>

typedef stat_tap_table_item_type cmrp_cell;

typedef struct cmrp_stat_table {
    const char *title;      /**< of the window */
    const char *cli_string; /**< "cmrp,findings" */
    const char *
        heading; /**< what tshark prints between the columns' names and the rows; no other table has it */
    stat_tap_table_item *columns;
    size_t column_count;
    tap_packet_cb packet;
    void (*start)(void);  /**< rows may come: makes what is kept beside them unless it is there */
    void (*forget)(void); /**< the rows are gone: drops what was kept beside them */

    /* The rest belongs to statistics/stat_table.c. */
    stat_tap_table_ui ui;
    struct cmrp_stat_table *next; /**< that was registered before */
    stat_tap_table *table;
    unsigned room;       /**< rows for which there is a place */
    GStringChunk *texts; /**< every text of the rows, each once */
    GPtrArray *old_rows; /**< that were reset, but may still be in a window */
    bool padded;         /**< names of columns are as wide as their formats say */
} cmrp_stat_table;

/** Registers the table, which has an optional display filter. */
void stat_table_register(cmrp_stat_table *table);

/** A new row. Its numbers are 0 and its texts empty. Valid until the table is reset or freed. */
cmrp_cell *stat_table_add(cmrp_stat_table *table);

/** A copy of a text that lives as long as the rows, for cmrp_cell.value.string_value. */
const char *stat_table_text(cmrp_stat_table *table, const char *text);

/**
 * The number of a frame for a cell of texts, as long as the rows live; no text for frame 0, which is none. Spaces before
 * it make texts stand in the order of their numbers, for Wireshark's window sorts texts.
 */
const char *stat_table_frame(cmrp_stat_table *table, uint32_t frame);

#endif
