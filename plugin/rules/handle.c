/* handle.c
 * Does a client use handles as section 3 demands, and does the server judge them rightly?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static bool takes_handle(const cmrp_method *method)
{
    return check_handle_param(method, 0) != CMRP_NO_PARAM;
}

/** Version 2 ports are made by another method than version 1 ports, but have the same type. */
static bool wants_port_version(const cmrp_method *method)
{
    return takes_handle(method) &&
           check_handle_type(method, check_handle_param(method, 0)) == CMRP_HNOTIFY &&
           check_param(method, CMRP_ROLE_HANDLE_CLOSED, CMRP_IN) == CMRP_NO_PARAM;
}

/** The first handle of the request that is not fit for the reason given; -1 if there is none. */
static int find_unfit(const cmrp_case *c, cmrp_handle_verdict reason)
{
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        if (c->verdicts[place] == reason)
            return (int)place;
    }
    return -1;
}

/* ---------------------------------------------------------------- the client */

static cmrp_verdict null_handle(cmrp_case *c)
{
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        const int param = check_handle_param(c->method, place);

        if (param != CMRP_NO_PARAM && c->in[place] == NULL &&
            c->method->params[param].role == CMRP_ROLE_HANDLE_USED &&
            check_handle_is_null(c, param))
            return check_broken(c, param, "%s is NULL.", c->method->params[param].name);
    }
    return CMRP_KEPT;
}

static cmrp_verdict used_after_close(cmrp_case *c)
{
    const int place = find_unfit(c, CMRP_UNFIT_CLOSED);

    if (place < 0)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    c->evidence[1] = c->in[place]->closed_in;
    return check_broken(c, check_handle_param(c->method, (unsigned)place),
                        "This one was closed in frame %u.", c->in[place]->closed_in);
}

static cmrp_verdict wrong_type(cmrp_case *c)
{
    const int place = find_unfit(c, CMRP_UNFIT_TYPE);
    int param;

    if (place < 0)
        return CMRP_KEPT;
    param = check_handle_param(c->method, (unsigned)place);
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, param, "%s takes %s, this one is %s.", c->method->params[param].name,
                        handle_type_name(check_handle_type(c->method, param)),
                        handle_type_name((cmrp_handle_type)c->in[place]->type));
}

static cmrp_verdict foreign(cmrp_case *c)
{
    const int place = find_unfit(c, CMRP_UNFIT_FOREIGN);

    if (place < 0)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, check_handle_param(c->method, (unsigned)place),
                        "This one was given to another client or association in frame %u.",
                        c->in[place]->opened_in);
}

static cmrp_verdict used_after_delete(cmrp_case *c)
{
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        if (c->verdicts[place] != CMRP_FIT || !c->in[place]->deleted)
            continue;
        c->evidence[0] = c->in[place]->opened_in;
        return check_broken(c, check_handle_param(c->method, place),
                            "The object of this one was deleted.");
    }
    return CMRP_KEPT;
}

static bool uses_handle(const cmrp_method *method)
{
    return takes_handle(method) &&
           check_param(method, CMRP_ROLE_HANDLE_CLOSED, CMRP_IN) == CMRP_NO_PARAM;
}

/** ApiCreateNotifyV2 (3.1.4.2.136) and the methods that take only its ports. */
static bool is_version_2(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiAddNotifyV2 || method->opnum == CMRP_OP_ApiGetNotifyV2 ||
           method->opnum == CMRP_OP_ApiAddNotifyResourceTypeV2;
}

static bool makes_version_2(uint16_t opnum)
{
    return opnum == CMRP_OP_ApiCreateNotifyV2;
}

/** ApiUnblockGetNotifyCall takes ports of both versions. */
static bool takes_any_port(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiUnblockGetNotifyCall;
}

static cmrp_verdict wrong_port_version(cmrp_case *c)
{
    const cmrp_life *port = c->in[0];

    if (port == NULL || !check_is_certain(port) || port->type != CMRP_HNOTIFY ||
        takes_any_port(c->method))
        return CMRP_UNDECIDED;
    if (makes_version_2(port->origin) == is_version_2(c->method))
        return CMRP_KEPT;
    c->evidence[0] = port->opened_in;
    return check_broken(c, check_handle_param(c->method, 0), "This port was made by %s.",
                        makes_version_2(port->origin) ? "ApiCreateNotifyV2" : "ApiCreateNotify");
}

/* ---------------------------------------------------------------- the server */

static cmrp_verdict accepted_closed(cmrp_case *c)
{
    const int place = find_unfit(c, CMRP_UNFIT_CLOSED);

    if (place < 0 || !c->has_status || c->status != CMRP_ERROR_SUCCESS)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->closed_in;
    return check_broken(c, CMRP_NO_PARAM, "%s was closed in frame %u.",
                        c->method->params[check_handle_param(c->method, (unsigned)place)].name,
                        c->in[place]->closed_in);
}

static cmrp_verdict accepted_wrong_type(cmrp_case *c)
{
    const int place = find_unfit(c, CMRP_UNFIT_TYPE);

    if (place < 0 || !c->has_status || c->status != CMRP_ERROR_SUCCESS)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, CMRP_NO_PARAM, "%s was a %s.",
                        c->method->params[check_handle_param(c->method, (unsigned)place)].name,
                        handle_type_name((cmrp_handle_type)c->in[place]->type));
}

static cmrp_verdict accepted_foreign(cmrp_case *c)
{
    const int place = find_unfit(c, CMRP_UNFIT_FOREIGN);

    if (place < 0 || !c->has_status || c->status != CMRP_ERROR_SUCCESS)
        return CMRP_KEPT;
    c->evidence[0] = c->in[place]->opened_in;
    return check_broken(c, CMRP_NO_PARAM,
                        "%s was given to another client or association in frame %u.",
                        c->method->params[check_handle_param(c->method, (unsigned)place)].name,
                        c->in[place]->opened_in);
}

static cmrp_verdict accepted_other_interface(cmrp_case *c)
{
    for (unsigned place = 0; check_succeeded(c) && place < CMRP_MAX_HANDLES; place++) {
        if (c->in[place] == NULL || !check_is_certain(c->in[place]) ||
            c->in[place]->version == c->method->version)
            continue;
        c->evidence[0] = c->in[place]->opened_in;
        return check_broken(c, CMRP_NO_PARAM, "%s was made by version %u.0.",
                            c->method->params[check_handle_param(c->method, place)].name,
                            c->in[place]->version);
    }
    return CMRP_KEPT;
}

static bool lists_invalid_handle(const cmrp_method *method)
{
    return takes_handle(method) && check_lists_status(method, CMRP_ERROR_INVALID_HANDLE);
}

static cmrp_verdict refused_alive(cmrp_case *c)
{
    if (!c->has_status || c->status != CMRP_ERROR_INVALID_HANDLE)
        return CMRP_KEPT;
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        const int param = check_handle_param(c->method, place);

        /* A handle that stands for any type is judged with the rest of the request. */
        if (param != CMRP_NO_PARAM && (c->verdicts[place] != CMRP_FIT ||
                                       check_handle_type(c->method, param) == CMRP_HGENERIC))
            return CMRP_UNDECIDED;
    }
    if (wants_port_version(c->method) && wrong_port_version(c) == CMRP_BROKEN)
        return CMRP_UNDECIDED;
    c->evidence[0] = c->in[0]->opened_in;
    c->evidence[1] = c->in[1] ? c->in[1]->opened_in : 0;
    return check_broken(c, check_param(c->method, CMRP_ROLE_STATUS, CMRP_OUT),
                        "Every handle of the request was open and of its type.");
}

const cmrp_check checks_handle[] = {
    { { "handle-null", "C-03", "3", "client", CMRP_MUST, "A handle that is used is not NULL." },
      CMRP_ON_REQUEST | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      null_handle },
    { { "handle-used-after-close", "C-04, RG-01, RG-02", "3", "client", CMRP_MUST,
        "A handle is not used after its Close succeeded." },
      CMRP_ON_REQUEST | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      used_after_close },
    { { "handle-of-wrong-type", "C-03, RG-01, RG-02, N2-04", "3", "client", CMRP_MUST,
        "A handle comes from the method that makes its type." },
      CMRP_ON_REQUEST | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      wrong_type },
    { { "handle-port-version", "RG-01, N2-02", "3.1.4.2.136", "client", CMRP_MUST,
        "Ports of version 1 and version 2 go with methods of their own version." },
      CMRP_ON_REQUEST,
      wants_port_version,
      wrong_port_version },
    { { "handle-foreign", "T-16, C-24", "MS-RPCE 3.3.1.4.1", "client", CMRP_SUSPICION,
        "A handle belongs to the association that it was given to." },
      CMRP_ON_REQUEST | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      foreign },
    { { "handle-used-after-delete", "OX-15", "3.1.4.2.44", "client", CMRP_SHOULD,
        "After an object was deleted its handle is closed at once." },
      CMRP_ON_REQUEST | CMRP_IF_SUSPECT_HANDLES,
      uses_handle,
      used_after_delete },
    { { "status-success-on-handle-of-other-interface", "C-07", "3.1.4.2", "server", CMRP_MUST,
        "A handle that a method of another interface made is refused." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      accepted_other_interface },
    { { "status-success-on-closed-handle", "RG-03, C-04, N1-10", "3", "server", CMRP_MUST,
        "A handle that was closed is refused." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      accepted_closed },
    { { "status-success-on-wrong-type", "RG-03, C-03, N1-10", "3", "server", CMRP_MUST,
        "A handle of another type is refused." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      accepted_wrong_type },
    { { "status-success-on-foreign-handle", "T-16, C-24", "MS-RPCE 3.3.1.4.1", "server",
        CMRP_SHOULD, "A handle of another association is refused." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS | CMRP_IF_SUSPECT_HANDLES,
      takes_handle,
      accepted_foreign },
    { { "status-invalid-handle-on-live-handles", "RG-03, N1-10", CMRP_SECTION_OF_METHOD, "server",
        CMRP_MUST, "ERROR_INVALID_HANDLE is for a handle that is not valid." },
      CMRP_ON_RESPONSE | CMRP_IF_FAILURE,
      lists_invalid_handle,
      refused_alive },
    { { NULL, NULL, NULL, NULL, CMRP_CHAT, NULL }, 0, NULL, NULL },
};
