/* catalogue.c
 * Which families of rules are there?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

#include "rules/rules_problem.h"

#define ROW(name) { #name, rules_##name },
const cmrp_family cmrp_catalogue[] = { CMRP_FAMILIES(ROW){ NULL, NULL } };

static const cmrp_rule *const *all_rules(void)
{
    GPtrArray *rules = g_ptr_array_new();

    for (const cmrp_family *family = cmrp_catalogue; family->name; family++) {
        for (const cmrp_rule *rule = family->rules; rule->id; rule++)
            g_ptr_array_add(rules, (void *)rule);
    }
    g_ptr_array_add(rules, NULL);
    return (const cmrp_rule *const *)(void *)g_ptr_array_free(rules, FALSE);
}

const cmrp_rule *const *catalogue_rules(void)
{
    static const cmrp_rule *const *rules;

    if (rules == NULL)
        rules = all_rules();
    return rules;
}

void catalogue_check(void)
{
    char *problem = rules_problem(catalogue_rules());

    if (problem)
        g_error("%s", problem);
}
