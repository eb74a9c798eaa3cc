/* rule.c
 * What is a rule of MS-CMRP that the plugin checks?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/rule.h"

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
