/* checks_open.c
 * Does what an Open or Create method returns fit together?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "checks.h"

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

static bool opens_group(const cmrp_method *method)
{
    return returns_handle(method) && check_param(method, CMRP_ROLE_NAME, CMRP_IN) >= 0 &&
           check_handle_type(method, method->param_count - 1) == CMRP_HGROUP;
}

static cmrp_verdict blank_name(cmrp_case *c)
{
    if (c->call->name == NULL || c->call->name[strspn(c->call->name, " \t\r\n")] != '\0')
        return CMRP_KEPT;
    return check_broken(c, check_param(c->method, CMRP_ROLE_NAME, CMRP_IN), "This one has none.");
}

const cmrp_check checks_open[] = {
    { { "open-success-without-handle", "OG-01, OG-09, C-02, OX-06, N2-01", "3", "server", CMRP_MUST,
        "Success comes with a live handle." },
      CMRP_ON_RESPONSE,
      returns_handle,
      success_without_handle },
    { { "open-failure-with-handle", "OG-01, OG-09, C-02, OX-06, N2-01", "3", "server", CMRP_MUST,
        "Failure comes with the NULL handle." },
      CMRP_ON_RESPONSE,
      returns_handle,
      failure_with_handle },
    { { "open-success-without-batch-port", "OX-13", "3.1.4.2.113", "server", CMRP_MUST,
        "A batch port that was created has a live handle." },
      CMRP_ON_RESPONSE,
      gives_handle,
      success_without_out_handle },
    { { "open-name-blank", "OG-07", "3.1.1.1.4", "client", CMRP_SUSPICION,
        "The name of a group has a character that is not white space." },
      CMRP_ON_REQUEST,
      opens_group,
      blank_name },
    { { NULL, NULL, NULL, NULL, CMRP_FACT, NULL }, 0, NULL, NULL },
};
