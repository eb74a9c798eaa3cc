/* method.c
 * Is a method that is reserved left alone?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static bool is_local(const cmrp_method *method)
{
    return method->kind == CMRP_METHOD_LOCAL;
}

static bool is_future(const cmrp_method *method)
{
    return method->kind == CMRP_METHOD_FUTURE;
}

static cmrp_verdict always(cmrp_case *c)
{
    return check_broken(c, CMRP_NO_SIBLING, "this is opnum %u.", c->method->opnum);
}

const cmrp_rule rules_method[] = {
    {
        .id = "method-reserved-for-local-use",
        .requirements = "C-16",
        .section = "3.1.4.2",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must not call a method that is reserved for local use.",
        .on = CMRP_ON_REQUEST,
        .concerns = is_local,
        .check = always,
    },
    {
        .id = "method-reserved-for-future-use",
        .requirements = "C-17",
        .section = "3.1.4.2",
        .party = "client",
        .level = CMRP_SHOULD,
        .text = "Client should not call a method that is reserved for future use.",
        .on = CMRP_ON_REQUEST,
        .concerns = is_future,
        .check = always,
    },
    {
        .id = "method-reserved-answered",
        .requirements = "C-18",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must answer a method that is reserved for future use by a fault.",
        .on = CMRP_ON_RESPONSE,
        .concerns = is_future,
        .check = always,
    },
    CMRP_RULES_END,
};
