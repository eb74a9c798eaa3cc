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
static const cmrp_rule *shown[CMRP_MAX_FINDINGS];
static unsigned shown_count;
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

static unsigned count(const cmrp_rule *const *rules)
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
    const unsigned many = count(rules);

    of_rule = g_new0(expert_field, many);
    rows = g_new0(ei_register_info, many);
    items = g_hash_table_new(NULL, NULL);
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

static void show_fields(proto_tree *tree, tvbuff_t *tvb, const cmrp_rule *rule, const char *level,
                        const char *section, const uint32_t evidence[2])
{
    proto_item *item = proto_tree_add_string(tree, hf_cmrp_finding, tvb, 0, 0, rule->id);
    proto_tree *below = proto_item_add_subtree(item, ett_cmrp_finding);

    proto_item_set_generated(item);
    proto_item_append_text(item, " (%s, %s)", level, section);
    proto_item_set_generated(proto_tree_add_string(below, hf_cmrp_finding_level, tvb, 0, 0, level));
    proto_item_set_generated(
        proto_tree_add_string(below, hf_cmrp_finding_section, tvb, 0, 0, section));
    for (unsigned i = 0; evidence && i < 2; i++) {
        if (evidence[i] != 0)
            proto_item_set_generated(
                proto_tree_add_uint(below, hf_cmrp_finding_evidence, tvb, 0, 0, evidence[i]));
    }
}

void findings_begin(bool again)
{
    hushed = again;
}

/** What is said of the finding: the rule, what was found, what Windows does. Packet scope. */
static const char *sentences_of(wmem_allocator_t *pool, const cmrp_rule *rule, const char *detail)
{
    const int without_stop = (int)strlen(rule->text) - 1;
    const char *said = rule->text;

    if (*detail)
        said = wmem_strdup_printf(pool, "%.*s; %s", without_stop, rule->text, detail);
    return rule->note ? wmem_strconcat(pool, said, " (", rule->note, ".)", NULL) : said;
}

static void note(const packet_info *pinfo, const cmrp_rule *rule)
{
    if (shown_in != pinfo->num)
        shown_count = 0;
    shown_in = pinfo->num;
    if (shown_count < CMRP_MAX_FINDINGS)
        shown[shown_count++] = rule;
}

void finding_show_rule(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                       const cmrp_rule *rule, const cmrp_method *method, const char *section,
                       const char *detail, const uint32_t evidence[2])
{
    const char *level = rule_level_name(rule->level);

    if (hushed || !is_wanted(rule->level))
        return;
    expert_add_info_format(pinfo, item ? item : proto_tree_get_parent(tree),
                           (expert_field *)g_hash_table_lookup(items, rule), "%s",
                           sentences_of(pinfo->pool, rule, detail));
    if (level)
        note(pinfo, rule);
    if (tree && level)
        show_fields(tree, tvb, rule, level,
                    section_of(pinfo->pool, section ? section : rule->section, method), evidence);
}

void finding_show(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                  cmrp_defect defect, const cmrp_method *method, const char *detail)
{
    finding_show_rule(pinfo, tree, item, tvb, rule_of_defect[defect], method, NULL, detail, NULL);
}

const cmrp_rule *finding_rule_of(cmrp_defect defect)
{
    return rule_of_defect[defect];
}

unsigned findings_take(const packet_info *pinfo, const cmrp_rule *taken[CMRP_MAX_FINDINGS])
{
    const unsigned many = shown_in == pinfo->num ? shown_count : 0;

    for (unsigned i = 0; i < many; i++)
        taken[i] = shown[i];
    shown_count = 0;
    return many;
}

void findings_forget(void)
{
    shown_count = 0;
}
