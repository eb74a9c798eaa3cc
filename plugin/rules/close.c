/* close.c
 * Does what a Close method returns fit together?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static bool closes(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_HANDLE_CLOSED] >= 0;
}

static cmrp_verdict success_with_handle(cmrp_case *c)
{
    const int param = c->method->response[CMRP_ROLE_HANDLE_CLOSED];

    if (check_handle_is_null(c, param))
        return CMRP_KEPT;
    return check_broken(c, param, "the status is ERROR_SUCCESS and the handle not NULL.");
}

static cmrp_verdict closed_twice(cmrp_case *c)
{
    if (c->in[0] == NULL || !check_is_dead(c, c->in[0]))
        return CMRP_KEPT;
    c->evidence[0] = c->in[0]->closed_in;
    return check_broken(c, c->method->response[CMRP_ROLE_HANDLE_CLOSED],
                        "this one was closed in frame %u already, and the Close succeeds.",
                        c->in[0]->closed_in);
}

const cmrp_rule rules_close[] = {
    {
        .id = "close-success-with-handle",
        .requirements = "C-05",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return the NULL handle from a Close that succeeds.",
        .on = CMRP_ON_SUCCESS,
        .concerns = closes,
        .check = success_with_handle,
    },
    {
        .id = "close-of-closed-succeeds",
        .requirements = "C-06",
        .section = "3",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse to close what is no valid handle, with ERROR_INVALID_HANDLE or "
                "by a fault.",
        .on = CMRP_ON_SUCCESS,
        .concerns = closes,
        .check = closed_twice,
    },
    CMRP_RULES_END,
};
