/* findings.c
 * How does a broken rule appear? Expert items and the cmrp.finding fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/findings.h"

#include "interface/fields.h"
#include "rpc/auth.h"
#include "rules/judge.h"
#include "statistics/tap.h"

/** The expert items: those of cmrp_rules first, then those of the checks, family by family. */
static expert_field *ei;
static GHashTable *numbers; /* rule -> its expert_field */

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

void findings_for_each_rule(void (*visit)(const cmrp_rule *rule, unsigned number, void *data),
                            void *data)
{
    unsigned number = 0;

    for (; number < CMRP_RULES; number++)
        visit(&cmrp_rules[number], number, data);
    for (const cmrp_check *const *family = cmrp_families; *family; family++) {
        for (const cmrp_check *check = *family; check->rule.id; check++)
            visit(&check->rule, number++, data);
    }
}

static void count_rule(const cmrp_rule *rule _U_, unsigned number, void *data)
{
    *(unsigned *)data = number + 1;
}

static void make_row(const cmrp_rule *rule, unsigned number, void *data)
{
    ei_register_info *rows = (ei_register_info *)data;
    const expert_field_info info = { filter_name(rule->id),
                                     rule->level == CMRP_UNREADABLE ? PI_MALFORMED : PI_PROTOCOL,
                                     severity_of(rule->level), rule->text, EXPFILL };

    ei[number] = (expert_field)EI_INIT;
    rows[number] = (ei_register_info){ &ei[number], info };
    g_hash_table_insert(numbers, (void *)rule, &ei[number]);
}

void findings_register(int proto)
{
    ei_register_info *rows;
    unsigned count = 0;

    /* All this is kept until Wireshark ends. */
    findings_for_each_rule(count_rule, &count);
    ei = g_new0(expert_field, count);
    rows = g_new0(ei_register_info, count);
    numbers = g_hash_table_new(NULL, NULL);
    findings_for_each_rule(make_row, rows);
    expert_register_field_array(expert_register_protocol(proto), rows, (int)count);
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

/** The section, of the version of the interface that was called. Packet scope. */
static const char *section_of(wmem_allocator_t *pool, const cmrp_rule *rule,
                              const cmrp_method *method)
{
    static const char version_3[] = "3.1.4.2";
    const size_t length = sizeof(version_3) - 1;

    if (method == NULL)
        return rule->section;
    if (strcmp(rule->section, CMRP_SECTION_OF_METHOD) == 0)
        return method->section;
    /* The pages of a method have the same number within both: 3.1.4.1.42 and 3.1.4.2.42. */
    if (method->version == 2 && strncmp(rule->section, version_3, length) == 0 &&
        (rule->section[length] == '\0' || rule->section[length] == '.'))
        return wmem_strconcat(pool, "3.1.4.1", rule->section + length, NULL);
    return rule->section;
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

void finding_show_rule(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                       const cmrp_rule *rule, const cmrp_method *method, const char *detail,
                       const uint32_t evidence[2])
{
    const char *level = rule_level_name(rule->level);

    if (!is_wanted(rule->level))
        return;
    expert_add_info_format(pinfo, item ? item : proto_tree_get_parent(tree),
                           (expert_field *)g_hash_table_lookup(numbers, rule), "%s%s%s", rule->text,
                           *detail ? " " : "", detail);
    if (level)
        tap_finding(pinfo, rule);
    if (tree && level)
        show_fields(tree, tvb, rule, level, section_of(pinfo->pool, rule, method), evidence);
}

void finding_show(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                  cmrp_rule_id rule, const char *detail)
{
    finding_show_rule(pinfo, tree, item, tvb, &cmrp_rules[rule], NULL, detail, NULL);
}

/* ---------------------------------------------------------------- what the reader found */

static cmrp_rule_id rule_of_breach(cmrp_breach_kind kind)
{
    switch (kind) {
    case CMRP_BREACH_OFFSET:
        return CMRP_RULE_NDR_OFFSET_NOT_ZERO;
    case CMRP_BREACH_ACTUAL:
        return CMRP_RULE_NDR_ACTUAL_EXCEEDS_MAXIMUM;
    case CMRP_BREACH_TERMINATOR:
        return CMRP_RULE_NDR_STRING_NOT_TERMINATED;
    default:
        return CMRP_RULE_NDR_COUNT_MISMATCH;
    }
}

static cmrp_rule_id rule_of_error(cmrp_read_error error)
{
    /* No other error can happen: the interface has no union, and no type that nests too deep. */
    return error == CMRP_READ_COUNT ? CMRP_RULE_NDR_COUNT_EXCEEDS_DATA : CMRP_RULE_NDR_TRUNCATED;
}

static const char *describe_breach(wmem_allocator_t *pool, const cmrp_breach *breach)
{
    switch (breach->kind) {
    case CMRP_BREACH_OFFSET:
        return wmem_strdup_printf(pool, "That of %s is %" PRIu64 ".", breach->name, breach->found);
    case CMRP_BREACH_ACTUAL:
    case CMRP_BREACH_COUNT:
        return wmem_strdup_printf(pool, "That of %s is %" PRIu64 ", not %" PRIu64 ".", breach->name,
                                  breach->found, breach->expected);
    default:
        return wmem_strdup_printf(pool, "Not so %s.", breach->name);
    }
}

/**
 * A stub that was not captured whole, or a fragment, shows less than was sent: no one has broken a rule.
 * That the frame was cut says nothing: a PDU that stands before the cut is whole.
 */
bool findings_is_cut(const cmrp_pdu *pdu, const packet_info *pinfo)
{
    const bool short_of_bytes = pdu->error == CMRP_READ_TRUNCATED || pdu->error == CMRP_READ_COUNT;

    return short_of_bytes &&
           (pinfo->fragmented || tvb_captured_length(pdu->tvb) < tvb_reported_length(pdu->tvb));
}

static void show_unread(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_rule_id rule =
        findings_is_cut(pdu, pinfo) ? CMRP_RULE_CUT_SHORT : rule_of_error(pdu->error);
    const char *detail = wmem_strdup_printf(
        pinfo->pool, "Reading %s at offset %" PRIu64 " of %u needs %" PRIu64 " %s.",
        pdu->error_name, pdu->error_offset, length, pdu->error_needs,
        pdu->error == CMRP_READ_COUNT ? "elements" : "bytes");
    proto_item *item = NULL;

    if (tree && pdu->end < length)
        item = proto_tree_add_item(tree, hf_cmrp_ndr_unread, pdu->tvb, (int)pdu->end,
                                   (int)(length - pdu->end), ENC_NA);
    finding_show_rule(pinfo, tree, item, pdu->tvb, &cmrp_rules[rule], pdu->method, detail, NULL);
}

/**
 * True if a verification trailer follows the stub (MS-RPCE 2.2.2.13): it is aligned to 4 bytes, so
 * that up to 3 bytes of padding stand before it. dcerpc cuts the trailer off before it calls us. Or if
 * the stub of a datagram is aligned to 8 bytes, for the security trailer (MS-RPCE 2.2.3.4).
 */
static bool is_padding(const cmrp_pdu *pdu, uint32_t length, const packet_info *pinfo)
{
    static const uint8_t signature[8] = { 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71 };
    tvbuff_t *source = tvb_get_ds_tvb(pdu->tvb);
    const int after = tvb_raw_offset(pdu->tvb) + (int)length;

    if (length - pdu->end < 8 && auth_pads_datagram(pinfo, pdu->tvb))
        return true;
    return length - pdu->end < 4 && source != NULL &&
           tvb_bytes_exist(source, after, (int)sizeof(signature)) &&
           tvb_memeql(source, after, signature, sizeof(signature)) == 0;
}

static void show_trailing(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo,
                          proto_tree *tree)
{
    const uint32_t bytes = length - (uint32_t)pdu->end;
    proto_item *item = NULL;

    if (tree)
        item = proto_tree_add_item(tree, hf_cmrp_ndr_trailing, pdu->tvb, (int)pdu->end, (int)bytes,
                                   ENC_NA);
    if (!is_padding(pdu, length, pinfo))
        finding_show_rule(pinfo, tree, item, pdu->tvb, &cmrp_rules[CMRP_RULE_NDR_TRAILING_BYTES],
                          pdu->method,
                          wmem_strdup_printf(pinfo->pool, "There are %u more bytes.", bytes), NULL);
}

void findings_show_ndr(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree)
{
    for (unsigned i = 0; i < pdu->breach_count; i++) {
        const cmrp_breach *breach = &pdu->breaches[i];

        finding_show_rule(pinfo, tree, breach->item, pdu->tvb,
                          &cmrp_rules[rule_of_breach(breach->kind)], pdu->method,
                          describe_breach(pinfo->pool, breach), NULL);
    }
    if (!pdu_whole(pdu))
        show_unread(pdu, length, pinfo, tree);
    else if (pdu->end < length)
        show_trailing(pdu, length, pinfo, tree);
}
