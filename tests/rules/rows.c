/* rows.c
 * What is said of rows of rules that cannot work? Prints a sentence for each list below (test_rows.py).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/rules_problem.h"

#include "cmrp_constants.h"

#include <stdio.h>

/* Of fields.c, which the tables name. */
int hf_cmrp_handle, hf_cmrp_status, hf_cmrp_rpc_status;

static cmrp_verdict ask(struct cmrp_case *c _U_)
{
    return CMRP_UNDECIDED;
}

static cmrp_verdict ask_handle(struct cmrp_case *c _U_, unsigned place _U_)
{
    return CMRP_UNDECIDED;
}

static cmrp_verdict ask_way(struct cmrp_way *way _U_)
{
    return CMRP_UNDECIDED;
}

static bool opens_group(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiOpenGroup;
}

static bool none(const cmrp_method *method _U_)
{
    return false;
}

static bool has_no_status(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_STATUS] == CMRP_NO_SIBLING;
}

#define WORDS .requirements = "X-01", .section = "1", .party = "client", .text = "Says something."

static const struct {
    const char *what;
    cmrp_rule rule;
} rows[] = {
    { "good", { .id = "a-row", WORDS, .on = CMRP_ON_REQUEST, .check = ask } },
    { "wordless",
      { .id = "a-row", .text = "Says something.", .on = CMRP_ON_REQUEST, .check = ask } },
    { "nobody",
      { .id = "a-row",
        .text = "Says something.",
        .requirements = "",
        .section = "",
        .party = "",
        .on = CMRP_ON_REQUEST,
        .check = ask } },
    { "no function", { .id = "a-row", WORDS, .on = CMRP_ON_REQUEST } },
    { "two functions",
      { .id = "a-row", WORDS, .on = CMRP_ON_REQUEST, .check = ask, .check_way = ask_way } },
    { "first of a call",
      { .id = "a-row", WORDS, .on = CMRP_ON_REQUEST, .check = ask, .first_decides = true } },
    { "way of a method",
      { .id = "a-row",
        WORDS,
        .on = CMRP_ON_REQUEST,
        .concerns = opens_group,
        .check_way = ask_way } },
    { "defect on",
      { .id = "a-row", WORDS, .on = CMRP_ON_REQUEST, .defect = CMRP_DEFECT_CUT_SHORT } },
    { "on nothing", { .id = "a-row", WORDS, .check = ask } },
    { "way of a fault", { .id = "a-row", WORDS, .on = CMRP_ON_FAULT, .check_way = ask_way } },
    { "way on success", { .id = "a-row", WORDS, .on = CMRP_ON_SUCCESS, .check_way = ask_way } },
    { "handle of a fault",
      { .id = "a-row", WORDS, .on = CMRP_ON_FAULT, .check_handle = ask_handle } },
    { "call on bind", { .id = "a-row", WORDS, .on = CMRP_ON_BIND, .check = ask } },
    { "fault and request",
      { .id = "a-row", WORDS, .on = CMRP_ON_FAULT | CMRP_ON_REQUEST, .check = ask } },
    { "broken and response",
      { .id = "a-row", WORDS, .on = CMRP_ON_BROKEN | CMRP_ON_RESPONSE, .check = ask } },
    { "no method",
      { .id = "a-row", WORDS, .on = CMRP_ON_REQUEST, .concerns = none, .check = ask } },
    { "no status",
      { .id = "a-row", WORDS, .on = CMRP_ON_SUCCESS, .concerns = has_no_status, .check = ask } },
    { "no handle",
      { .id = "a-row",
        WORDS,
        .on = CMRP_ON_REQUEST,
        .concerns = opens_group,
        .check_handle = ask_handle } },
};

static void tell(const char *what, const cmrp_rule *const *rules)
{
    char *problem = rules_problem(rules);

    printf("%s\t%s\n", what, problem ? problem : "");
    g_free(problem);
}

/** A good rule for each defect; returns what comes after. */
static const cmrp_rule *fill_defects(cmrp_rule *rule, char (*ids)[16])
{
    for (int defect = CMRP_DEFECT_NONE + 1; defect < CMRP_DEFECTS; defect++, rule++, ids++) {
        snprintf(*ids, sizeof(*ids), "a-defect-%d", defect);
        *rule = (cmrp_rule){ .id = *ids, WORDS, .defect = (cmrp_defect)defect };
    }
    return rule;
}

static void tell_ways(const cmrp_rule **list, const cmrp_rule **end)
{
    static cmrp_rule ways[CMRP_MAX_WAY_RULES + 1];
    static char ids[CMRP_MAX_WAY_RULES + 1][16];

    for (unsigned i = 0; i < CMRP_MAX_WAY_RULES + 1; i++) {
        snprintf(ids[i], sizeof(ids[i]), "a-way-%u", i);
        ways[i] = (cmrp_rule){ .id = ids[i], WORDS, .on = CMRP_ON_BIND, .check_way = ask_way };
        *end++ = &ways[i];
    }
    tell("many ways", list);
    end[-1] = NULL;
    tell("as many as there is room for", list);
}

int main(void)
{
    static cmrp_rule defects[CMRP_DEFECTS];
    static char ids[CMRP_DEFECTS][16];
    static const cmrp_rule *list[CMRP_DEFECTS + CMRP_MAX_WAY_RULES + 2];
    const cmrp_rule **end = list;
    const cmrp_rule *filled;

    filled = fill_defects(defects, ids);
    for (const cmrp_rule *rule = defects; rule < filled; rule++)
        *end++ = rule;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        *end = &rows[i].rule;
        tell(rows[i].what, list);
    }
    *end = &defects[0];
    tell("twice", list);
    *end = NULL;
    tell("all", list);
    tell("a defect without a rule", list + 1);
    tell_ways(list, end);
    return 0;
}
