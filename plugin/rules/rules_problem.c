/* rules_problem.c
 * Can every row of the rules work?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/rules_problem.h"

#include "cmrp_tables.h"

/* ---------------------------------------------------------------- one row */

static bool is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

static const char *problem_of_words(const cmrp_rule *rule)
{
    if (is_empty(rule->text) || rule->section == NULL || rule->requirements == NULL ||
        rule->party == NULL)
        return "has no text, section, requirements or party";
    if (rule->level != CMRP_CHAT &&
        (is_empty(rule->section) || is_empty(rule->requirements) || is_empty(rule->party)))
        return "is a finding without section, requirements or party";
    return NULL;
}

static const char *problem_of_function(const cmrp_rule *rule)
{
    const unsigned functions = (rule->check != NULL) + (rule->check_handle != NULL) +
                               (rule->check_way != NULL) + (rule->defect != CMRP_DEFECT_NONE);

    if (functions != 1)
        return "needs exactly one of check, check_handle, check_way and defect";
    if (rule->first_decides && !rule->check_way)
        return "has first_decides, which is for check_way";
    if ((rule->check_way || rule->defect) && rule->concerns)
        return "has concerns, which is for check and check_handle";
    return NULL;
}

static const char *problem_of_on(const cmrp_rule *rule)
{
    const uint16_t calls = CMRP_ON_REQUEST | CMRP_ON_RESPONSE;
    const uint16_t binds = CMRP_ON_BIND | CMRP_ON_BIND_ACK;
    const uint16_t statuses = rule->on & CMRP_ON_RESPONSE;

    if (rule->defect)
        return rule->on ? "has a defect: those who read the PDU decide when, not .on" : NULL;
    if (rule->on == 0)
        return "is asked on no PDU";
    if (rule->check_way && (rule->on & ~(calls | binds)))
        return "has check_way, which knows requests, responses, binds and their answers only";
    if (rule->check_way && statuses != 0 && statuses != CMRP_ON_RESPONSE)
        return "has check_way, which is asked before the status is known";
    if (rule->check_handle && (rule->on & ~calls))
        return "has check_handle, which knows the handles of requests and responses only";
    if (rule->check && (rule->on & binds))
        return "has check, which knows no binds: they are for check_way";
    if ((rule->on & CMRP_ON_FAULT) && rule->on != CMRP_ON_FAULT)
        return "is asked on faults and on others, but a fault has no parameters";
    if ((rule->on & CMRP_ON_BROKEN) && rule->on != CMRP_ON_BROKEN)
        return "is asked on answers to broken requests and on others, but they may be unread";
    return NULL;
}

/** True if the rule is ever asked about the method. */
static bool is_asked(const cmrp_rule *rule, const cmrp_method *method)
{
    const bool has_status = method->response[CMRP_ROLE_STATUS] != CMRP_NO_SIBLING;
    const bool wants_status =
        (rule->on & CMRP_ON_RESPONSE) && !(rule->on & (CMRP_ON_NO_STATUS | CMRP_ON_REQUEST));

    return (rule->concerns == NULL || rule->concerns(method)) && (has_status || !wants_status) &&
           (rule->check_handle == NULL || method->handle_params[0] != CMRP_NO_SIBLING);
}

static const char *problem_of_methods(const cmrp_rule *rule)
{
    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        for (unsigned opnum = 0; opnum < cmrp_interfaces[i].count; opnum++) {
            if (is_asked(rule, &cmrp_interfaces[i].methods[opnum]))
                return NULL;
        }
    }
    return "concerns no method that has what it asks for, a status or a handle";
}

/** What is wrong with one row; NULL if nothing is. */
static const char *problem_of(const cmrp_rule *rule)
{
    const char *problem = problem_of_words(rule);

    if (problem == NULL)
        problem = problem_of_function(rule);
    if (problem == NULL)
        problem = problem_of_on(rule);
    if (problem == NULL && (rule->check || rule->check_handle))
        problem = problem_of_methods(rule);
    return problem;
}

/* ---------------------------------------------------------------- all rows together */

static unsigned count_defect(const cmrp_rule *const *rules, int defect)
{
    unsigned count = 0;

    for (; *rules; rules++)
        count += (int)(*rules)->defect == defect;
    return count;
}

static unsigned count_ways(const cmrp_rule *const *rules)
{
    unsigned count = 0;

    for (; *rules; rules++)
        count += (*rules)->check_way != NULL;
    return count;
}

/** Of the first row that has one. */
static char *problem_of_rows(const cmrp_rule *const *rules)
{
    GHashTable *ids = g_hash_table_new(g_str_hash, g_str_equal);
    char *told = NULL;

    for (; *rules && told == NULL; rules++) {
        const char *problem = problem_of(*rules);

        if (!g_hash_table_add(ids, (void *)(*rules)->id) && problem == NULL)
            problem = "stands there twice";
        if (problem)
            told = g_strdup_printf("The rule %s %s.", (*rules)->id, problem);
    }
    g_hash_table_destroy(ids);
    return told;
}

char *rules_problem(const cmrp_rule *const *rules)
{
    char *problem = problem_of_rows(rules);

    if (problem)
        return problem;
    for (int defect = CMRP_DEFECT_NONE + 1; defect < CMRP_DEFECTS; defect++) {
        if (count_defect(rules, defect) != 1)
            return g_strdup_printf("The defect number %d needs one rule and has %u.", defect,
                                   count_defect(rules, defect));
    }
    if (count_ways(rules) > CMRP_MAX_WAY_RULES)
        return g_strdup_printf("There are %u rules with check_way, and room for %u.",
                               count_ways(rules), CMRP_MAX_WAY_RULES);
    return NULL;
}
