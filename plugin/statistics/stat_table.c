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

static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };
static cmrp_stat_table *registered;

/**
 * tshark puts names and cells below each other without a look at how wide they are. A window does not, and a name that is
 * wider than its cells takes the room of others.
 */
static const char *padded(const stat_tap_table_item *column)
{
    const long width = labs(strtol(column->field_format + 1, NULL, 10));

    return column->align == TAP_ALIGN_RIGHT
               ? g_strdup_printf("%*s", (int)width, column->column_name)
               : g_strdup_printf("%-*s", (int)width, column->column_name);
}

static void pad_names(cmrp_stat_table *t)
{
    t->padded = true;
    /* Kept until Wireshark ends. */
    for (size_t i = 0; i < t->column_count; i++)
        t->columns[i].column_name = padded(&t->columns[i]);
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

static void begin(stat_tap_table_ui *ui)
{
    cmrp_stat_table *t = registered;

    while (&t->ui != ui)
        t = t->next;
    if (ui->refcount == 0 && !t->padded)
        pad_names(t);
    /* A second window of the same kind: its tap is reset before rows come. */
    if (stat_tap_find_table(ui, t->heading) == NULL) {
        drop_texts(t);
        t->texts = g_string_chunk_new(TEXT_BLOCK);
        t->old_rows = g_ptr_array_new_with_free_func(g_free);
        t->table = stat_tap_init_table(t->heading, (int)t->column_count, 0, NULL);
        t->room = 0;
        stat_tap_add_table(ui, t->table);
    }
    t->start();
}

/** Wireshark knows its own part of a table only. */
static cmrp_stat_table *ours(const stat_tap_table *table)
{
    cmrp_stat_table *t = registered;

    while (strcmp(t->heading, table->title) != 0)
        t = t->next;
    return t;
}

static void drop_rows(cmrp_stat_table *t)
{
    const bool shown_elsewhere = t->ui.refcount > 1;

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

static void reset(stat_tap_table *table)
{
    cmrp_stat_table *t = ours(table);

    drop_rows(t);
    t->forget();
    t->start();
}

/** Wireshark frees the table, cell by cell. */
static void freed(stat_tap_table *table, unsigned row, unsigned column, cmrp_cell *cell _U_)
{
    cmrp_stat_table *t = ours(table);

    if (row != 0 || column != 0)
        return;
    drop_texts(t);
    t->forget();
}

void stat_table_register(cmrp_stat_table *t)
{
    t->ui = (stat_tap_table_ui){ .group = REGISTER_STAT_GROUP_GENERIC,
                                 .title = t->title,
                                 .tap_name = "cmrp",
                                 .cli_string = t->cli_string,
                                 .stat_tap_init_cb = begin,
                                 .packet_func = t->packet,
                                 .stat_tap_reset_table_cb = reset,
                                 .stat_tap_free_table_item_cb = freed,
                                 .nfields = t->column_count,
                                 .fields = t->columns,
                                 .nparams = G_N_ELEMENTS(parameters),
                                 .params = parameters };
    t->next = registered;
    registered = t;
    register_stat_tap_table_ui(&t->ui);
}

cmrp_cell *stat_table_add(cmrp_stat_table *t)
{
    const unsigned columns = (unsigned)t->column_count;
    cmrp_cell *cells = g_new0(cmrp_cell, columns);

    if (t->table->num_elements == t->room) {
        t->room = t->room ? 2 * t->room : FIRST_ROOM;
        t->table->elements = g_renew(cmrp_cell *, t->table->elements, t->room);
    }
    for (unsigned i = 0; i < columns; i++) {
        cells[i].type = t->columns[i].type;
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

const char *stat_table_frame(cmrp_stat_table *t, uint32_t frame)
{
    char text[16];

    if (frame == 0)
        return "";
    snprintf(text, sizeof(text), "%10u", frame);
    return stat_table_text(t, text);
}
