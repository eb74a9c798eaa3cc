/* findings.h
 * How does a broken rule appear? Expert items and the cmrp.finding fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FINDINGS_H
#define CMRP_FINDINGS_H

#include "rules/rule.h"

/** Which classes of findings are shown: the user's preferences. */
typedef struct {
    cmrp_boolean must;
    cmrp_boolean should;
    cmrp_boolean suspicions;
    cmrp_boolean facts; /**< statuses that a method does not list, captures cut short */
} cmrp_findings_preferences;

extern cmrp_findings_preferences findings_preferences;

/** Findings of one PDU that findings_take() tells of. */
#define CMRP_MAX_FINDINGS 32

/** Registers an expert item for each rule under `proto`: cmrp.expert.RULE_ID, `-` become `_`. NULL ends `rules`. */
void findings_register(int proto, const cmrp_rule *const *rules);

/**
 * What is shown from now on belongs to another PDU, or to the frame. Of one that was seen before, `again`, nothing is
 * shown: a breach that is sent again is one breach.
 */
void findings_begin(bool again);

/**
 * Shows that the PDU breaks a rule, one that findings_register() was given. The expert item hangs at `item`, or
 * at `tree` if that is NULL; the fields stand in `tree`. `detail` says what was found, as the second half of a sentence; it is copied. Both may be
 * NULL when no tree is built: the finding still counts for statistics and colouring. `method` is the one that was
 * called, NULL if none was; `section` is NULL if the rule's own is meant. `evidence` are frames that prove it, 0 if there are less; may be NULL.
 */
void finding_show_rule(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                       const cmrp_rule *rule, const cmrp_method *method, const char *section,
                       const char *detail, const uint32_t evidence[2]);

/** The same for what a reader found. */
void finding_show(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                  cmrp_defect defect, const cmrp_method *method, const char *detail);

/** The rule of what a reader may find: for who finds it without a PDU. */
const cmrp_rule *finding_rule_of(cmrp_defect defect);

/**
 * The rules of the findings that were shown in this frame since the last call, facts left out, the first CMRP_MAX_FINDINGS of
 * them; returns how many.
 */
unsigned findings_take(const packet_info *pinfo, const cmrp_rule *taken[CMRP_MAX_FINDINGS]);

/** Forgets what findings_take() would tell. */
void findings_forget(void);

#endif
