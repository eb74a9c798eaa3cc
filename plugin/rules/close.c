/* close.c
 * Does what a Close method returns fit together?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static bool closes(const cmrp_method *method)
{
    return check_param(method, CMRP_ROLE_HANDLE_CLOSED, CMRP_OUT) >= 0;
}

static cmrp_verdict success_with_handle(cmrp_case *c)
{
    const int param = check_param(c->method, CMRP_ROLE_HANDLE_CLOSED, CMRP_OUT);

    if (!c->has_status || c->status != CMRP_ERROR_SUCCESS || check_handle_is_null(c, param))
        return CMRP_KEPT;
    return check_broken(c, param, "The status is ERROR_SUCCESS and the handle not NULL.");
}

static cmrp_verdict closed_twice(cmrp_case *c)
{
    if (!c->has_status || c->status != CMRP_ERROR_SUCCESS || c->in[0] == NULL ||
        !check_is_dead(c, c->in[0]))
        return CMRP_KEPT;
    c->evidence[0] = c->in[0]->closed_in;
    return check_broken(c, check_param(c->method, CMRP_ROLE_HANDLE_CLOSED, CMRP_OUT),
                        "This one was closed in frame %u already.", c->in[0]->closed_in);
}

const cmrp_check checks_close[] = {
    { { "close-success-with-handle", "C-05", "3", "server", CMRP_MUST,
        "A Close that succeeds returns the NULL handle." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      closes,
      success_with_handle },
    { { "close-of-closed-succeeds", "C-06", "3", "server", CMRP_MUST,
        "A Close of what is no valid handle fails with ERROR_INVALID_HANDLE or a fault." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      closes,
      closed_twice },
    { { NULL, NULL, NULL, NULL, CMRP_CHAT, NULL }, 0, NULL, NULL },
};
