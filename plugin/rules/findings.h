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

/** What was found. */
typedef struct cmrp_finding {
    struct cmrp_finding *next; /**< of the same PDU, in the order they were made */
    const cmrp_rule *rule;     /**< one that findings_register() was given */
    const cmrp_method *method; /**< that was called; NULL in binds */
    const char *section;       /**< where the demand stands, if not where the rule says; or NULL */
    const char *detail;        /**< what was found, as the second half of a sentence; or "" */
    uint32_t evidence[2];      /**< frames that prove it; 0 if there are less */
    int param;                 /**< parameter that it is about, or CMRP_NO_SIBLING */
} cmrp_finding;

/** Registers an expert item for each rule under `proto`: cmrp.expert.RULE_ID, `-` become `_`. NULL ends `rules`. */
void findings_register(int proto, const cmrp_rule *const *rules);

/**
 * What is shown from now on belongs to another PDU, or to the frame. Of one that was seen before, `again`, nothing is
 * shown: a breach that is sent again is one breach.
 */
void findings_begin(bool again);

/**
 * Shows that the PDU breaks a rule. The expert item hangs at `item`, or at `tree` if that is NULL; the fields stand in
 * `tree`. Both may be NULL when no tree is built: the finding still counts for statistics and colouring. What the
 * finding points to lives as long as the dissection of the frame at least.
 */
void finding_show_found(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                        const cmrp_finding *found);

/** The same for what a reader found. */
void finding_show(packet_info *pinfo, proto_tree *tree, proto_item *item, tvbuff_t *tvb,
                  cmrp_defect defect, const cmrp_method *method, const char *detail);

/** The rule of what a reader may find: for who finds it without a PDU. */
const cmrp_rule *finding_rule_of(cmrp_defect defect);

/**
 * The findings that were shown in this frame since the last call, facts left out; `count` is how many. Their sections
 * are those of the version that was called. Packet scope; NULL if there are none.
 */
const cmrp_finding *findings_take(const packet_info *pinfo, unsigned *count);

/** What is said of a finding: the rule, what was found, what Windows does. Packet scope, or longer. */
const char *finding_sentence(wmem_allocator_t *pool, const cmrp_finding *found);

/** Forgets what findings_take() would tell. */
void findings_forget(void);

#endif
