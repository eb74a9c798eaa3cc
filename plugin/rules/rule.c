/* rule.c
 * Which rules of MS-CMRP does the plugin check?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/rule.h"

const cmrp_rule cmrp_rules[CMRP_RULES] = {
    [CMRP_RULE_NDR_TRUNCATED] = { "ndr-truncated", "T-15, C-23, F-18", "3.1.4.2", "both",
                                  CMRP_UNREADABLE,
                                  "The stub ends before the last parameter does." },
    [CMRP_RULE_NDR_COUNT_EXCEEDS_DATA] = { "ndr-count-exceeds-data", "T-15", "3.1.4.2", "both",
                                           CMRP_UNREADABLE,
                                           "A count promises more elements than the stub can "
                                           "hold." },
    [CMRP_RULE_NDR_OFFSET_NOT_ZERO] = { "ndr-offset-not-zero", "T-15, OG-07", "3.1.4.2", "both",
                                        CMRP_MUST,
                                        "The offset of a varying array or string is 0." },
    [CMRP_RULE_NDR_ACTUAL_EXCEEDS_MAXIMUM] = { "ndr-actual-exceeds-maximum", "T-15", "3.1.4.2",
                                               "both", CMRP_MUST,
                                               "An actual count is at most the maximum count." },
    [CMRP_RULE_NDR_STRING_NOT_TERMINATED] = { "ndr-string-not-terminated", "T-12, T-15, OG-07",
                                              "3.1.4.2", "both", CMRP_MUST,
                                              "A string ends in a NUL that its count includes." },
    [CMRP_RULE_NDR_COUNT_MISMATCH] = { "ndr-count-mismatch", "T-15", "3.1.4.2", "both", CMRP_MUST,
                                       "The count of an array equals the parameter that gives "
                                       "it." },
    [CMRP_RULE_NDR_TRAILING_BYTES] = { "ndr-trailing-bytes", "T-15, C-23, F-18", "3.1.4.2", "both",
                                       CMRP_MUST, "Nothing follows the last parameter." },
    [CMRP_RULE_CONTROL_PROPERTY_LIST_MALFORMED] = { "control-property-list-malformed", "K-07",
                                                    "2.2.3.10", "both", CMRP_MUST,
                                                    "A property list is a count and, for each "
                                                    "property, a name, one or more values and an "
                                                    "end mark." },
    [CMRP_RULE_CONTROL_PROPERTY_SYNTAX] = { "control-property-syntax", "K-08", "2.2.2.3", "both",
                                            CMRP_MUST,
                                            "A property value has a syntax of the specification, "
                                            "and a size that goes with it." },
    [CMRP_RULE_REGISTRY_BATCH_MALFORMED] = { "registry-batch-malformed", "Y-05", "2.2.3.17", "both",
                                             CMRP_MUST,
                                             "A registry batch is version 1 and commands, each "
                                             "with its type, name and data." },
    [CMRP_RULE_CUT_SHORT] = { "cut-short", "", "", "", CMRP_CHAT,
                              "The capture does not hold the whole PDU." },
    [CMRP_RULE_DECRYPTION_DOUBTFUL] = { "decryption-doubtful", "", "", "", CMRP_CHAT,
                                        "The sealed stub makes no sense: Wireshark may have "
                                        "decrypted "
                                        "it wrongly." },
};

const char *rule_level_name(cmrp_level level)
{
    switch (level) {
    case CMRP_MUST:
    case CMRP_UNREADABLE:
        return "MUST";
    case CMRP_SHOULD:
        return "SHOULD";
    case CMRP_SUSPICION:
        return "suspicion";
    default:
        return NULL;
    }
}
