/* capture.c
 * Does the capture itself keep a PDU from being read?
 *
 * No one breaks a rule by that: these are facts, and their names are older than the families.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

const cmrp_rule rules_capture[] = {
    {
        .id = "cut-short",
        .requirements = "",
        .section = "",
        .party = "",
        .level = CMRP_CHAT,
        .text = "The capture does not hold the whole PDU.",
        .defect = CMRP_DEFECT_CUT_SHORT,
    },
    {
        .id = "decryption-doubtful",
        .requirements = "",
        .section = "",
        .party = "",
        .level = CMRP_CHAT,
        .text = "The sealed stub makes no sense: Wireshark may have decrypted it wrongly.",
        .defect = CMRP_DEFECT_DECRYPTION_DOUBTFUL,
    },
    {
        .id = "decryption-key-missing",
        .requirements = "",
        .section = "",
        .party = "",
        .level = CMRP_CHAT,
        .text = "Sealed, and no key was given that opens it.",
        .defect = CMRP_DEFECT_KEY_MISSING,
    },
    CMRP_RULES_END,
};
