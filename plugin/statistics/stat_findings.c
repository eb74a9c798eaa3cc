/* stat_findings.c
 * Which rules were broken, how often, and where first? The statistics "cmrp,findings".
 *
 * The first column is what cmrp.finding is compared with, so that a row leads back to its packets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/stat_table.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"

/** Frames that a row names. */
#define FIRST_FRAMES 5

enum {
    COLUMN_RULE,
    COLUMN_LEVEL,
    COLUMN_COUNT,
    COLUMN_TEXT,
    COLUMN_FRAMES,
    COLUMN_SECTION
};

/** What is known of one broken rule. */
typedef struct {
    cmrp_cell *cells;
    uint32_t frames[FIRST_FRAMES];
    unsigned frame_count;
} breach;

static tap_packet_status count(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tap,
                               tap_flags_t flags);
static void start(void);
static void forget(void);

static stat_tap_table_item columns[] = {
    [COLUMN_RULE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "cmrp.finding", "%-40s" },
    [COLUMN_LEVEL] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Level", "%-9s" },
    [COLUMN_COUNT] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Count", "%5u" },
    [COLUMN_TEXT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "What the rule says", "%-100s" },
    [COLUMN_FRAMES] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "First frames", "%-24s" },
    [COLUMN_SECTION] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Section", "%s" },
};

static cmrp_stat_table table = {
    .title = "ClusAPI Findings",
    .cli_string = "cmrp,findings",
    .heading = "Broken rules",
    .columns = columns,
    .column_count = G_N_ELEMENTS(columns),
    .packet = count,
    .start = start,
    .forget = forget,
};

static GHashTable *breaches; /* rule -> breach */

static void forget(void)
{
    if (breaches)
        g_hash_table_destroy(breaches);
    breaches = NULL;
}

static void start(void)
{
    if (breaches == NULL)
        breaches = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

static breach *breach_of(const cmrp_rule *rule)
{
    breach *b = (breach *)g_hash_table_lookup(breaches, rule);

    if (b)
        return b;
    b = g_new0(breach, 1);
    b->cells = stat_table_add(&table);
    b->cells[COLUMN_RULE].value.string_value = rule->id;
    b->cells[COLUMN_LEVEL].value.string_value = rule_level_name(rule->level);
    b->cells[COLUMN_SECTION].value.string_value = rule->section;
    b->cells[COLUMN_TEXT].value.string_value = rule->text;
    g_hash_table_insert(breaches, (void *)rule, b);
    return b;
}

static void add_frame(breach *b, uint32_t frame)
{
    GString *text;

    if (b->frame_count == FIRST_FRAMES ||
        (b->frame_count && b->frames[b->frame_count - 1] == frame))
        return;
    b->frames[b->frame_count++] = frame;
    text = g_string_new(NULL);
    for (unsigned i = 0; i < b->frame_count; i++)
        g_string_append_printf(text, "%s%u", i ? " " : "", b->frames[i]);
    b->cells[COLUMN_FRAMES].value.string_value = stat_table_text(&table, text->str);
    g_string_free(text, TRUE);
}

static tap_packet_status count(void *data _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                               const void *tap, tap_flags_t flags _U_)
{
    const cmrp_tap *t = (const cmrp_tap *)tap;

    start();
    for (unsigned i = 0; i < t->finding_count; i++) {
        breach *b = breach_of(t->findings[i].rule);

        b->cells[COLUMN_COUNT].value.uint_value++;
        add_frame(b, pinfo->num);
    }
    return t->finding_count ? TAP_PACKET_REDRAW : TAP_PACKET_DONT_REDRAW;
}

void stat_findings_register(void)
{
    stat_table_register(&table);
}
