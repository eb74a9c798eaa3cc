/* findings.h
 * How does a broken rule appear? Expert items and the cmrp.finding fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FINDINGS_H
#define CMRP_FINDINGS_H

#include "ndr/pdu.h"
#include "rules/rule.h"

/** Which classes of findings are shown: the user's preferences. */
typedef struct {
    cmrp_boolean must;
    cmrp_boolean should;
    cmrp_boolean suspicions;
    cmrp_boolean facts; /**< statuses that a method does not list, captures cut short */
} cmrp_findings_preferences;

extern cmrp_findings_preferences findings_preferences;

/** Registers an expert item for each rule under `proto`: cmrp.expert.RULE_ID, `-` become `_`. */
void findings_register(int proto);

/**
 * Shows that the PDU breaks a rule. The expert item hangs at `item`, or at `tree` if that is NULL;
 * the fields stand in `tree`. `detail` says what was found; it is copied. Both may be NULL when no
 * tree is built: the finding still counts for taps and colouring.
 */
void finding_show(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                  cmrp_rule_id rule, const char *detail);

/**
 * The same for any rule that findings_register() knows: one of cmrp_rules, or the rule of a check.
 * `method` is the one that was called, NULL if none was. `evidence` are frames that prove it, 0 if
 * there are less; may be NULL.
 */
void finding_show_rule(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                       const cmrp_rule *rule, const cmrp_method *method, const char *detail,
                       const uint32_t evidence[2]);

/** Calls `visit` for every rule that there is, with its number: 0, 1, … */
void findings_for_each_rule(void (*visit)(const cmrp_rule *rule, unsigned number, void *data),
                            void *data);

/** True if the PDU could not be read because the capture does not hold all of it. */
bool findings_is_cut(const cmrp_pdu *pdu, const packet_info *pinfo);

/**
 * Shows what the NDR reader found: breaches of consistency, a PDU that could not be read to its end,
 * bytes after its end. `length` is that of the stub.
 */
void findings_show_ndr(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree);

#endif
