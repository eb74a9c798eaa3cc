/* findings.c
 * How does a broken rule appear? Expert items and the cmrp.finding fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/findings.h"

#include "interface/fields.h"

static GHashTable *items; /* rule -> its expert_field */
static const cmrp_rule *rule_of_defect[CMRP_DEFECTS];

/* Findings of the PDU being dissected, or of the frame beside its PDUs, until findings_take(). */
static GArray *shown;     /* cmrp_finding */
static uint32_t shown_in; /* frame */

static bool hushed; /* the PDU is a copy */

cmrp_findings_preferences findings_preferences = { true, true, true, true };

/* ---------------------------------------------------------------- registration */

static int severity_of(cmrp_level level)
{
    switch (level) {
    case CMRP_MUST:
        return PI_WARN;
    case CMRP_UNREADABLE:
        return PI_ERROR;
    case CMRP_CHAT:
        return PI_CHAT;
    default:
        return PI_NOTE;
    }
}

static char *filter_name(const char *rule_id)
{
    char *name = g_strconcat("cmrp.expert.", rule_id, NULL);

    return g_strdelimit(name, "-", '_');
}

static unsigned rule_count(const cmrp_rule *const *rules)
{
    unsigned many = 0;

    while (rules[many])
        many++;
    return many;
}

static ei_register_info make_row(const cmrp_rule *rule, expert_field *item)
{
    const expert_field_info info = { filter_name(rule->id),
                                     rule->level == CMRP_UNREADABLE ? PI_MALFORMED : PI_PROTOCOL,
                                     severity_of(rule->level), rule->text, EXPFILL };

    *item = (expert_field)EI_INIT;
    g_hash_table_insert(items, (void *)rule, item);
    return (ei_register_info){ item, info };
}

void findings_register(int proto, const cmrp_rule *const *rules)
{
    /* All this is kept until Wireshark ends. */
    static expert_field *of_rule;
    static ei_register_info *rows;
    const unsigned many = rule_count(rules);

    of_rule = g_new0(expert_field, many);
    rows = g_new0(ei_register_info, many);
    items = g_hash_table_new(NULL, NULL);
    shown = g_array_new(FALSE, FALSE, sizeof(cmrp_finding));
    for (unsigned i = 0; i < many; i++) {
        rows[i] = make_row(rules[i], &of_rule[i]);
        rule_of_defect[rules[i]->defect] = rules[i];
    }
    expert_register_field_array(expert_register_protocol(proto), rows, (int)many);
}

/* ---------------------------------------------------------------- one finding */

static bool is_wanted(cmrp_level level)
{
    switch (level) {
    case CMRP_SHOULD:
        return findings_preferences.should;
    case CMRP_SUSPICION:
        return findings_preferences.suspicions;
    case CMRP_CHAT:
        return findings_preferences.facts;
    default:
        return findings_preferences.must;
    }
}

/** A section of a rule, of the version of the interface that was called. Packet scope. */
static const char *section_of(wmem_allocator_t *pool, const char *section,
                              const cmrp_method *method)
{
    static const char version_3[] = "3.1.4.2";
    const size_t length = sizeof(version_3) - 1;

    if (method == NULL)
        return section;
    if (strcmp(section, CMRP_SECTION_OF_METHOD) == 0)
        return method->section;
    /* The pages of a method have the same number within both: 3.1.4.1.42 and 3.1.4.2.42. */
    if (method->version == 2 && strncmp(section, version_3, length) == 0 &&
        (section[length] == '\0' || section[length] == '.'))
        return wmem_strconcat(pool, "3.1.4.1", section + length, NULL);
    return section;
}

static void show_fields(proto_tree *tree, tvbuff_t *tvb, const cmrp_finding *found)
{
    const char *level = rule_level_name(found->rule->level);
    proto_item *item = proto_tree_add_string(tree, hf_cmrp_finding, tvb, 0, 0, found->rule->id);
    proto_tree *below = proto_item_add_subtree(item, ett_cmrp_finding);

    proto_item_set_generated(item);
    proto_item_append_text(item, " (%s, %s)", level, found->section);
    proto_item_set_generated(proto_tree_add_string(below, hf_cmrp_finding_level, tvb, 0, 0, level));
    proto_item_set_generated(
        proto_tree_add_string(below, hf_cmrp_finding_section, tvb, 0, 0, found->section));
    for (unsigned i = 0; i < G_N_ELEMENTS(found->evidence); i++) {
        if (found->evidence[i] != 0)
            proto_item_set_generated(proto_tree_add_uint(below, hf_cmrp_finding_evidence, tvb, 0, 0,
                                                         found->evidence[i]));
    }
}

void findings_begin(bool again)
{
    hushed = again;
}

const char *finding_sentence(wmem_allocator_t *pool, const cmrp_finding *found)
{
    const cmrp_rule *rule = found->rule;
    const int without_stop = (int)strlen(rule->text) - 1;
    const char *said = rule->text;

    if (*found->detail)
        said = wmem_strdup_printf(pool, "%.*s; %s", without_stop, rule->text, found->detail);
    return rule->note ? wmem_strconcat(pool, said, " (", rule->note, ".)", NULL) : said;
}

/** Keeps it for findings_take(), with its section. Valid until the next one is kept. */
static const cmrp_finding *note(const packet_info *pinfo, const cmrp_finding *found)
{
    cmrp_finding made = *found;

    if (shown_in != pinfo->num)
        g_array_set_size(shown, 0);
    shown_in = pinfo->num;
    made.section = section_of(pinfo->pool, found->section ? found->section : found->rule->section,
                              found->method);
    g_array_append_val(shown, made);
    return &g_array_index(shown, cmrp_finding, shown->len - 1);
}

/** Wireshark writes who speaks beside each item: whoever was last called, which on a bind is another one. */
static void tell_expert(packet_info *pinfo, proto_item *item, const cmrp_finding *found)
{
    const char *speaker = pinfo->current_proto;

    pinfo->current_proto = "CMRP";
    expert_add_info_format(pinfo, item, (expert_field *)g_hash_table_lookup(items, found->rule),
                           "%s", finding_sentence(pinfo->pool, found));
    pinfo->current_proto = speaker;
}

void finding_show_found(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                        const cmrp_finding *found)
{
    const cmrp_finding *noted;

    if (hushed || !is_wanted(found->rule->level))
        return;
    tell_expert(pinfo, item ? item : proto_tree_get_parent(tree), found);
    if (rule_level_name(found->rule->level) == NULL)
        return;
    noted = note(pinfo, found);
    if (tree)
        show_fields(tree, tvb, noted);
}

void finding_show(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                  cmrp_defect defect, const cmrp_method *method, const char *detail)
{
    const cmrp_finding found = {
        .rule = rule_of_defect[defect], .method = method, .detail = detail, .param = CMRP_NO_SIBLING
    };

    finding_show_found(pinfo, tree, item, tvb, &found);
}

const cmrp_rule *finding_rule_of(cmrp_defect defect)
{
    return rule_of_defect[defect];
}

const cmrp_finding *findings_take(const packet_info *pinfo, unsigned *count)
{
    const cmrp_finding *taken = NULL;

    *count = shown_in == pinfo->num ? shown->len : 0;
    if (*count > 0)
        taken = (const cmrp_finding *)wmem_memdup(pinfo->pool, shown->data,
                                                  *count * sizeof(cmrp_finding));
    g_array_set_size(shown, 0);
    return taken;
}

void findings_forget(void)
{
    /* For speed: twice a PDU, and there is hardly ever any. */
    if (shown->len > 0)
        g_array_set_size(shown, 0);
}
