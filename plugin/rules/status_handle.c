/* status_handle.c
 * Does the server judge the handles of a request rightly?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static cmrp_verdict accepted_closed(cmrp_case *c, unsigned place)
{
    if (c->verdicts[place] != CMRP_UNFIT_CLOSED)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->closed_in;
    return check_broken(c, CMRP_NO_SIBLING, "%s was closed in frame %u, and the call succeeds.",
                        c->method->params[c->method->handle_params[place]].name,
                        c->in[place]->closed_in);
}

/** The request was read whole: no life stands for a handle only if it was NULL. */
static cmrp_verdict accepted_null(cmrp_case *c, unsigned place)
{
    const int param = c->method->handle_params[place];

    if (param == CMRP_NO_SIBLING || c->in[place] != NULL)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "%s was NULL, and the call succeeds.",
                        c->method->params[param].name);
}

static cmrp_verdict accepted_wrong_type(cmrp_case *c, unsigned place)
{
    if (c->verdicts[place] != CMRP_UNFIT_TYPE)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, CMRP_NO_SIBLING, "%s was a %s, and the call succeeds.",
                        c->method->params[c->method->handle_params[place]].name,
                        handle_type_name((cmrp_handle_type)c->in[place]->type));
}

static cmrp_verdict accepted_never_given(cmrp_case *c, unsigned place)
{
    if (c->verdicts[place] != CMRP_UNFIT_NEVER_OBTAINED)
        return CMRP_KEPT;
    c->evidence[0] = c->context->association->began_in;
    c->evidence[1] = c->request_frame;
    return check_broken(
        c, CMRP_NO_SIBLING,
        "no answer gave %s since its association began in frame %u, and the call succeeds.",
        c->method->params[c->method->handle_params[place]].name, c->evidence[0]);
}

static cmrp_verdict accepted_foreign(cmrp_case *c, unsigned place)
{
    if (c->verdicts[place] != CMRP_UNFIT_FOREIGN)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(
        c, CMRP_NO_SIBLING,
        "%s was given to another client or association in frame %u, and the call succeeds.",
        c->method->params[c->method->handle_params[place]].name, c->in[place]->opened_in);
}

static cmrp_verdict accepted_other_interface(cmrp_case *c, unsigned place)
{
    const cmrp_life *life = c->in[place];

    if (life == NULL || !check_is_certain(life) || life->version == c->method->version)
        return CMRP_KEPT;
    c->evidence[0] = life->opened_in;
    return check_broken(c, CMRP_NO_SIBLING, "%s was made by version %u.0, and the call succeeds.",
                        c->method->params[c->method->handle_params[place]].name, life->version);
}

static bool lists_invalid_handle(const cmrp_method *method)
{
    return method->handle_params[0] != CMRP_NO_SIBLING &&
           check_lists_status(method, CMRP_ERROR_INVALID_HANDLE);
}

static cmrp_verdict refused_alive(cmrp_case *c)
{
    if (c->status != CMRP_ERROR_INVALID_HANDLE)
        return CMRP_KEPT;
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        const int param = c->method->handle_params[place];

        /* A handle that stands for any type is judged with the rest of the request. */
        if (param != CMRP_NO_SIBLING &&
            (c->verdicts[place] != CMRP_FIT || check_may_be_invalid(c, place) ||
             method_handle_type(c->method, param) == CMRP_HGENERIC))
            return CMRP_UNDECIDED;
    }
    if (check_takes_port(c->method) && check_port_version(c) == CMRP_BROKEN)
        return CMRP_UNDECIDED;
    c->evidence[0] = c->in[0]->opened_in;
    c->evidence[1] = c->in[1] ? c->in[1]->opened_in : 0;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "every handle of the request was open and of its type.");
}

const cmrp_rule rules_status_handle[] = {
    {
        .id = "status-success-on-handle-of-other-interface",
        .requirements = "C-07",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a handle that a method of another interface made.",
        .on = CMRP_ON_SUCCESS,
        .concerns = check_is_of_version_3,
        .check_handle = accepted_other_interface,
    },
    {
        .id = "status-success-on-handle-of-other-interface-in-version-2",
        .requirements = "C-07",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .note = "Windows NT 4.0 and 2000 do not: product note 57",
        .text = "Server must refuse a handle that a method of another interface made.",
        .on = CMRP_ON_SUCCESS,
        .concerns = check_is_of_version_2,
        .check_handle = accepted_other_interface,
    },
    {
        .id = "status-success-on-closed-handle",
        .requirements = "RG-03, C-04, N1-10, N1-25",
        .section = "3",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a handle that was closed.",
        .on = CMRP_ON_SUCCESS,
        .check_handle = accepted_closed,
    },
    {
        .id = "status-success-on-null-handle",
        .requirements = "RG-03, C-06",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse the NULL handle with ERROR_INVALID_HANDLE.",
        .on = CMRP_ON_SUCCESS,
        .concerns = lists_invalid_handle,
        .check_handle = accepted_null,
    },
    /* A hint only, for the reason of handle-never-obtained. */
    {
        .id = "status-success-on-never-given-handle",
        .requirements = "RG-03, C-03, C-06, N1-10",
        .section = "3",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must refuse a handle that no method returned.",
        .on = CMRP_ON_SUCCESS,
        .check_handle = accepted_never_given,
    },
    {
        .id = "status-success-on-wrong-type",
        .requirements = "RG-03, C-03, N1-10",
        .section = "3",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a handle of another type.",
        .on = CMRP_ON_SUCCESS,
        .check_handle = accepted_wrong_type,
    },
    {
        .id = "status-success-on-foreign-handle",
        .requirements = "T-16, C-24",
        .section = "MS-RPCE 3.3.1.4.1",
        .party = "server",
        .level = CMRP_SHOULD,
        .text = "Server should refuse a handle of another association.",
        .on = CMRP_ON_SUCCESS,
        .check_handle = accepted_foreign,
    },
    {
        .id = "status-invalid-handle-on-live-handles",
        .requirements = "RG-03, N1-10",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return ERROR_INVALID_HANDLE only for a handle that is not valid.",
        .on = CMRP_ON_FAILURE,
        .concerns = lists_invalid_handle,
        .check = refused_alive,
    },
    CMRP_RULES_END,
};
