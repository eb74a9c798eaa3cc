/* rule.h
 * Which rules of MS-CMRP does the plugin check?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_RULE_H
#define CMRP_RULE_H

#include "base/wireshark_compat.h"

typedef enum {
    CMRP_MUST,
    CMRP_SHOULD,
    CMRP_SUSPICION, /**< hints at a breach, proves none */
    CMRP_CHAT,      /**< worth knowing, no finding */
    CMRP_UNREADABLE /**< the PDU cannot be read to its end: a broken MUST that costs data */
} cmrp_level;

/** One row a rule; the order is that of cmrp_rules. */
typedef enum {
    CMRP_RULE_NDR_TRUNCATED,
    CMRP_RULE_NDR_COUNT_EXCEEDS_DATA,
    CMRP_RULE_NDR_OFFSET_NOT_ZERO,
    CMRP_RULE_NDR_ACTUAL_EXCEEDS_MAXIMUM,
    CMRP_RULE_NDR_STRING_NOT_TERMINATED,
    CMRP_RULE_NDR_COUNT_MISMATCH,
    CMRP_RULE_NDR_TRAILING_BYTES,
    CMRP_RULE_CONTROL_PROPERTY_LIST_MALFORMED,
    CMRP_RULE_CONTROL_PROPERTY_SYNTAX,
    CMRP_RULE_REGISTRY_BATCH_MALFORMED,
    CMRP_RULE_CUT_SHORT,
    CMRP_RULE_DECRYPTION_DOUBTFUL,
    CMRP_RULES
} cmrp_rule_id;

typedef struct {
    const char *id;           /**< "open-success-without-handle"; its family stands first */
    const char *requirements; /**< ids of the catalogue that it implements */
    const char *section;      /**< of MS-CMRP unless another document is named */
    const char *party;        /**< who is bound: client, server or both */
    cmrp_level level;
    const char *text; /**< one sentence */
} cmrp_rule;

extern const cmrp_rule cmrp_rules[CMRP_RULES];

/** The section of a rule that stands on the page of each method that it concerns. */
#define CMRP_SECTION_OF_METHOD "page of the method"

/** "MUST", "SHOULD", "suspicion"; NULL for a fact. */
const char *rule_level_name(cmrp_level level);

#endif
