/* state.c
 * Are the states that queries return among those that exist?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static int state_param(const cmrp_method *method)
{
    return method_param_named(method, "State");
}

static bool returns_state(const cmrp_method *method)
{
    const int param = state_param(method);

    return param != CMRP_NO_SIBLING && (method->params[param].directions & CMRP_OUT) &&
           method->params[param].meaning && method->params[param].meaning->values;
}

static cmrp_verdict unknown_value(cmrp_case *c)
{
    const int param = state_param(c->method);
    const cmrp_enumeration *states = c->method->params[param].meaning;
    uint64_t state;

    if (!check_number(c, param, &state) || try_val_to_str((uint32_t)state, states->values))
        return CMRP_KEPT;
    return check_broken(c, param, "%s has no value 0x%08x.", states->name, (uint32_t)state);
}

static bool returns_resource_state(const cmrp_method *method)
{
    return returns_state(method) && method_param_named(method, "GroupName") != CMRP_NO_SIBLING;
}

static cmrp_verdict name_missing(cmrp_case *c)
{
    static const char *const names[] = { "NodeName", "GroupName" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const int param = method_param_named(c->method, names[i]);

        if (!c->pdu->values[param].present)
            return check_broken(c, CMRP_NO_SIBLING, "%s is NULL.", names[i]);
    }
    return CMRP_KEPT;
}

const cmrp_rule rules_state[] = {
    {
        .id = "state-unknown-value",
        .requirements = "S-01, S-03, S-05, S-06",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return a state that the object can have.",
        .on = CMRP_ON_SUCCESS,
        .concerns = returns_state,
        .check = unknown_value,
    },
    {
        .id = "state-name-missing",
        .requirements = "S-01",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text =
            "Server must return the state of a resource with the names of its node and its group.",
        .on = CMRP_ON_SUCCESS,
        .concerns = returns_resource_state,
        .check = name_missing,
    },
    CMRP_RULES_END,
};
