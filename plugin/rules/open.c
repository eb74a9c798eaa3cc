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
    if (!c->has_status || c->status != CMRP_SUCCESS || !check_handle_is_null(c, returned(c)))
        return CMRP_KEPT;
    return check_broken(c, returned(c), "The status is ERROR_SUCCESS and the handle NULL.");
}

static cmrp_verdict failure_with_handle(cmrp_case *c)
{
    if (!c->has_status || c->status == CMRP_SUCCESS || check_handle_is_null(c, returned(c)))
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

    if (!c->has_status || c->status != CMRP_SUCCESS || !check_handle_is_null(c, param))
        return CMRP_KEPT;
    return check_broken(c, param, "The status is ERROR_SUCCESS and the handle NULL.");
}

/** What an Open method answers when there is no object of the name. */
static uint32_t not_found(const cmrp_method *method)
{
    switch (method->opnum) {
    case 8:
    case 120:
        return 0x138f; /* ERROR_RESOURCE_NOT_FOUND */
    case 41:
    case 119:
        return 0x1395; /* ERROR_GROUP_NOT_FOUND */
    case 66:
    case 118:
        return 0x13b2; /* ERROR_CLUSTER_NODE_NOT_FOUND */
    case 81:
    case 121:
        return 0x13b5; /* ERROR_CLUSTER_NETWORK_NOT_FOUND */
    case 92:
    case 122:
        return 0x13b7; /* ERROR_CLUSTER_NETINTERFACE_NOT_FOUND */
    case 164:
        return 0x1768; /* ERROR_GROUPSET_NOT_FOUND */
    default:
        return 0;
    }
}

static bool opens_by_name(const cmrp_method *method)
{
    return not_found(method) != 0;
}

static cmrp_verdict other_not_found(cmrp_case *c)
{
    static const uint32_t all[] = { 0x138f, 0x1395, 0x13b2, 0x13b5, 0x13b7, 0x1768 };
    const uint32_t own = not_found(c->method);

    for (size_t i = 0; c->has_status && i < G_N_ELEMENTS(all); i++) {
        if (c->status == all[i] && c->status != own)
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
