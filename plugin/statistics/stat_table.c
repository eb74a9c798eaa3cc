/* stat_table.c
 * How does a table of statistics get its rows? What all tables (stat_*.c) share.
 *
 * Wireshark's own function for a new row copies the list of rows each time it grows by one. Here the
 * list doubles, so that a million rows cost what a million rows should.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/stat_table.h"

#define FIRST_ROOM 64
#define TEXT_BLOCK 4096

tap_param cmrp_stat_parameters[1] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };

/** tshark puts names and cells below each other without a look at how wide they are. */
static const char *padded(const stat_tap_table_item *column)
{
    const long width = labs(strtol(column->field_format + 1, NULL, 10));

    return column->align == TAP_ALIGN_RIGHT
               ? g_strdup_printf("%*s", (int)width, column->column_name)
               : g_strdup_printf("%-*s", (int)width, column->column_name);
}

void stat_table_register(cmrp_stat_table *t)
{
    /* Kept until Wireshark ends. */
    for (size_t i = 0; i < t->ui->nfields; i++)
        t->ui->fields[i].column_name = padded(&t->ui->fields[i]);
    register_stat_tap_table_ui(t->ui);
}

static void drop_texts(cmrp_stat_table *t)
{
    if (t->old_rows)
        g_ptr_array_free(t->old_rows, TRUE);
    if (t->texts)
        g_string_chunk_free(t->texts);
    t->old_rows = NULL;
    t->texts = NULL;
}

void stat_table_begin(cmrp_stat_table *t)
{
    /* A second window of the same kind: its tap is reset before rows come. */
    if (stat_tap_find_table(t->ui, t->heading))
        return;
    drop_texts(t);
    t->texts = g_string_chunk_new(TEXT_BLOCK);
    t->old_rows = g_ptr_array_new_with_free_func(g_free);
    t->table = stat_tap_init_table(t->heading, (int)t->ui->nfields, 0, NULL);
    t->room = 0;
    stat_tap_add_table(t->ui, t->table);
}

void stat_table_reset(cmrp_stat_table *t)
{
    const bool shown_elsewhere = t->ui->refcount > 1;

    for (unsigned i = 0; i < t->table->num_elements; i++) {
        if (shown_elsewhere)
            g_ptr_array_add(t->old_rows, t->table->elements[i]);
        else
            g_free(t->table->elements[i]);
    }
    t->table->num_elements = 0;
    if (shown_elsewhere)
        return;
    g_ptr_array_set_size(t->old_rows, 0);
    g_string_chunk_clear(t->texts);
}

void stat_table_freed(cmrp_stat_table *t, unsigned row, unsigned column)
{
    if (row == 0 && column == 0)
        drop_texts(t);
}

cmrp_cell *stat_table_add(cmrp_stat_table *t)
{
    const unsigned columns = (unsigned)t->ui->nfields;
    cmrp_cell *cells = g_new0(cmrp_cell, columns);

    if (t->table->num_elements == t->room) {
        t->room = t->room ? 2 * t->room : FIRST_ROOM;
        t->table->elements = g_renew(cmrp_cell *, t->table->elements, t->room);
    }
    for (unsigned i = 0; i < columns; i++) {
        cells[i].type = t->ui->fields[i].type;
        if (cells[i].type == TABLE_ITEM_STRING)
            cells[i].value.string_value = "";
    }
    t->table->elements[t->table->num_elements++] = cells;
    return cells;
}

const char *stat_table_text(cmrp_stat_table *t, const char *text)
{
    return g_string_chunk_insert_const(t->texts, text);
}
