/* open.c
 * Does what an Open or Create method returns fit together?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "interface/status_names.h"

/** A method whose return value is a handle (section 3: live means success, NULL means failure). */
static bool returns_handle(const cmrp_method *method)
{
    return method->param_count > 0 &&
           method->params[method->param_count - 1].role == CMRP_ROLE_HANDLE_OPENED;
}

static int returned(const cmrp_case *c)
{
    return c->method->param_count - 1;
}

static cmrp_verdict success_without_handle(cmrp_case *c)
{
    if (!c->has_status || c->status != CMRP_ERROR_SUCCESS || !check_handle_is_null(c, returned(c)))
        return CMRP_KEPT;
    return check_broken(c, returned(c), "The status is ERROR_SUCCESS and the handle NULL.");
}

static cmrp_verdict failure_with_handle(cmrp_case *c)
{
    if (!c->has_status || c->status == CMRP_ERROR_SUCCESS || check_handle_is_null(c, returned(c)))
        return CMRP_KEPT;
    return check_broken(c, returned(c), "The status is %u and the handle not NULL.", c->status);
}

/** ApiCreateBatchPort gives its handle in an [out] parameter, beside a status. */
static bool gives_handle(const cmrp_method *method)
{
    return !returns_handle(method) && check_param(method, CMRP_ROLE_HANDLE_OPENED, CMRP_OUT) >= 0;
}

static cmrp_verdict success_without_out_handle(cmrp_case *c)
{
    const int param = check_param(c->method, CMRP_ROLE_HANDLE_OPENED, CMRP_OUT);

    if (!c->has_status || c->status != CMRP_ERROR_SUCCESS || !check_handle_is_null(c, param))
        return CMRP_KEPT;
    return check_broken(c, param, "The status is ERROR_SUCCESS and the handle NULL.");
}

/** What a method answers that finds no object of a type. */
static const uint32_t not_found[CMRP_HANDLE_TYPES] = {
    [CMRP_HRES] = CMRP_ERROR_RESOURCE_NOT_FOUND,
    [CMRP_HGROUP] = CMRP_ERROR_GROUP_NOT_FOUND,
    [CMRP_HNODE] = CMRP_ERROR_CLUSTER_NODE_NOT_FOUND,
    [CMRP_HNETWORK] = CMRP_ERROR_CLUSTER_NETWORK_NOT_FOUND,
    [CMRP_HNETINTERFACE] = CMRP_ERROR_CLUSTER_NETINTERFACE_NOT_FOUND,
    [CMRP_HGROUPSET] = CMRP_ERROR_GROUPSET_NOT_FOUND,
};

static cmrp_handle_type opened_type(const cmrp_method *method)
{
    return check_handle_type(method, method->param_count - 1);
}

/** An Open method lists that there is no object of the type that it opens; a Create method does not. */
static bool opens_by_name(const cmrp_method *method)
{
    const uint32_t own = returns_handle(method) ? not_found[opened_type(method)] : 0;

    return own != 0 && check_lists_status(method, own);
}

static cmrp_verdict other_not_found(cmrp_case *c)
{
    const cmrp_handle_type own = opened_type(c->method);

    for (size_t type = 0; c->has_status && type < CMRP_HANDLE_TYPES; type++) {
        if (type != own && not_found[type] != 0 && c->status == not_found[type])
            return check_broken(c, check_param(c->method, CMRP_ROLE_STATUS, CMRP_OUT),
                                "This is %s.", status_name(c->status));
    }
    return CMRP_KEPT;
}

static bool opens_group(const cmrp_method *method)
{
    return returns_handle(method) && check_param(method, CMRP_ROLE_NAME, CMRP_IN) >= 0 &&
           check_handle_type(method, method->param_count - 1) == CMRP_HGROUP;
}

static cmrp_verdict blank_name(cmrp_case *c)
{
    const int param = check_param(c->method, CMRP_ROLE_NAME, CMRP_IN);
    uint32_t index = 0;
    uint16_t unit;

    do {
        unit = check_unit(c, param, index++);
    } while (unit == ' ' || unit == '\t' || unit == '\r' || unit == '\n');
    return unit == 0 ? check_broken(c, param, "This one has none.") : CMRP_KEPT;
}

const cmrp_check checks_open[] = {
    { { "open-success-without-handle", "OG-01, OG-09, C-02, OX-05, OX-06, N1-01, N2-01", "3",
        "server", CMRP_MUST, "Success comes with a live handle." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      returns_handle,
      success_without_handle },
    { { "open-failure-with-handle", "OG-01, OG-09, C-02, OX-05, OX-06, N1-01, N2-01", "3", "server",
        CMRP_MUST, "Failure comes with the NULL handle." },
      CMRP_ON_RESPONSE | CMRP_IF_FAILURE,
      returns_handle,
      failure_with_handle },
    { { "open-success-without-batch-port", "OX-13", "3.1.4.2.113", "server", CMRP_MUST,
        "A batch port that was created has a live handle." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gives_handle,
      success_without_out_handle },
    { { "open-not-found-of-other-type", "OX-07", CMRP_SECTION_OF_METHOD, "server", CMRP_SUSPICION,
        "What is not found is what was to be opened." },
      CMRP_ON_RESPONSE | CMRP_IF_FAILURE,
      opens_by_name,
      other_not_found },
    { { "open-name-blank", "OG-07", "3.1.1.1.4", "client", CMRP_SUSPICION,
        "The name of a group has a character that is not white space." },
      CMRP_ON_REQUEST,
      opens_group,
      blank_name },
    { { NULL, NULL, NULL, NULL, CMRP_CHAT, NULL }, 0, NULL, NULL },
};
