/* stat_rules.c
 * Which rules does the plugin know? The list "cmrp,rules", for tshark -q -z cmrp,rules.
 *
 * It tells of no capture but of the plugin itself, a line a rule and a tab between the columns: id,
 * level, who is bound, section, requirements, text, family. docs/rules.md is made from it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"
#include "statistics/statistics.h"

#include <stdio.h>

#include <epan/stat_tap_ui.h>

static void print_rule(const cmrp_rule *rule, const char *family)
{
    const char *level = rule_level_name(rule->level);

    printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", rule->id, level ? level : "fact", rule->party,
           rule->section, rule->requirements, rule->text, family, rule->note ? rule->note : "");
}

static cmrp_stat_started print_rules(const char *argument _U_, void *data _U_)
{
    for (const cmrp_family *family = cmrp_catalogue; family->name; family++) {
        for (const cmrp_rule *rule = family->rules; rule->id; rule++)
            print_rule(rule, family->name);
    }
    /* A value in some releases of Wireshark, nothing in others. */
    return CMRP_STAT_STARTED; /* NOLINT(readability-redundant-control-flow) */
}

void stat_rules_register(void)
{
    static stat_tap_ui ui = {
        REGISTER_STAT_GROUP_GENERIC, "ClusAPI Rules", "cmrp,rules", print_rules, 0, NULL
    };

    register_stat_tap_ui(&ui, NULL);
}
