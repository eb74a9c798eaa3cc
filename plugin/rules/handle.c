/* handle.c
 * Does a client use handles as section 3 demands, and does the server judge them rightly?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

/* ---------------------------------------------------------------- the client */

static cmrp_verdict null_handle(cmrp_case *c, unsigned place)
{
    const int param = c->method->handle_params[place];

    if (param == CMRP_NO_SIBLING || c->in[place] != NULL || !check_handle_is_null(c, param))
        return CMRP_KEPT;
    return check_broken(c, param, "%s is NULL.", c->method->params[param].name);
}

static cmrp_verdict used_after_close(cmrp_case *c, unsigned place)
{
    if (c->verdicts[place] != CMRP_UNFIT_CLOSED)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    c->evidence[1] = c->in[place]->closed_in;
    return check_broken(c, c->method->handle_params[place], "this one was closed in frame %u.",
                        c->in[place]->closed_in);
}

static cmrp_verdict wrong_type(cmrp_case *c, unsigned place)
{
    const int param = c->method->handle_params[place];

    if (c->verdicts[place] != CMRP_UNFIT_TYPE)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, param, "%s takes %s, this one is %s.", c->method->params[param].name,
                        handle_type_name(method_handle_type(c->method, param)),
                        handle_type_name((cmrp_handle_type)c->in[place]->type));
}

static cmrp_verdict never_obtained(cmrp_case *c, unsigned place)
{
    const int param = c->method->handle_params[place];

    if (c->verdicts[place] != CMRP_UNFIT_NEVER_OBTAINED)
        return CMRP_KEPT;
    c->evidence[0] = c->context->association->began_in;
    return check_broken(c, param, "no answer gave this %s since its association began in frame %u.",
                        handle_type_name(method_handle_type(c->method, param)), c->evidence[0]);
}

static cmrp_verdict foreign(cmrp_case *c, unsigned place)
{
    if (c->verdicts[place] != CMRP_UNFIT_FOREIGN)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, c->method->handle_params[place],
                        "this one was given to another client or association in frame %u.",
                        c->in[place]->opened_in);
}

static cmrp_verdict used_after_delete(cmrp_case *c, unsigned place)
{
    if (c->verdicts[place] != CMRP_FIT || !c->in[place]->deleted)
        return CMRP_KEPT;
    if (c->in[place]->type == CMRP_HRES)
        c->section = "3.1.4.2.11";
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, c->method->handle_params[place],
                        "the object of this one was deleted, and it is used on.");
}

static bool closes_none(const cmrp_method *method)
{
    return method->request[CMRP_ROLE_HANDLE_CLOSED] == CMRP_NO_SIBLING;
}

static cmrp_verdict wrong_port_version(cmrp_case *c)
{
    if (check_port_version(c) != CMRP_BROKEN)
        return CMRP_KEPT;
    c->evidence[0] = c->in[0]->opened_in;
    return check_broken(c, c->method->handle_params[0], "this port was made by %s.",
                        c->in[0]->port_version == 2 ? "ApiCreateNotifyV2" : "ApiCreateNotify");
}

const cmrp_rule rules_handle[] = {
    {
        .id = "handle-null",
        .requirements = "C-03",
        .section = "3",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must use and close handles that are not NULL.",
        .on = CMRP_ON_REQUEST,
        .check_handle = null_handle,
    },
    {
        .id = "handle-used-after-close",
        .requirements = "C-04, RG-01, RG-02",
        .section = "3",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must not use a handle after its Close succeeded.",
        .on = CMRP_ON_REQUEST,
        .check_handle = used_after_close,
    },
    {
        .id = "handle-of-wrong-type",
        .requirements = "C-03, RG-01, RG-02, N2-04",
        .section = "3",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must use a handle that a method of its type returned.",
        .on = CMRP_ON_REQUEST,
        .check_handle = wrong_type,
    },
    /* A hint only: an association that was older than the capture, and silent in it, may have been given the handle. */
    {
        .id = "handle-never-obtained",
        .requirements = "C-03, RG-01, RG-02",
        .section = "3",
        .party = "client",
        .level = CMRP_SUSPICION,
        .text = "Client must use a handle that a method returned.",
        .on = CMRP_ON_REQUEST,
        .check_handle = never_obtained,
    },
    {
        .id = "handle-port-version",
        .requirements = "RG-01, N2-02",
        .section = "3.1.4.2.136",
        .party = "client",
        .level = CMRP_MUST,
        .text =
            "Client must use ports of version 1 and version 2 with methods of their own version.",
        .on = CMRP_ON_REQUEST,
        .concerns = check_takes_port,
        .check = wrong_port_version,
    },
    {
        .id = "handle-foreign",
        .requirements = "T-16, C-24",
        .section = "MS-RPCE 3.3.1.4.1",
        .party = "client",
        .level = CMRP_SUSPICION,
        .text = "Client must use a handle in the association that it was given to.",
        .on = CMRP_ON_REQUEST,
        .check_handle = foreign,
    },
    {
        .id = "handle-used-after-delete",
        .requirements = "OX-15",
        .section = "3.1.4.2.44",
        .party = "client",
        .level = CMRP_SHOULD,
        .text = "Client should close a handle at once when it has deleted its object.",
        .on = CMRP_ON_REQUEST,
        .concerns = closes_none,
        .check_handle = used_after_delete,
    },
    CMRP_RULES_END,
};
