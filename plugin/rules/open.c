/* open.c
 * Does what an Open or Create method returns fit together?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "base/bounds.h"
#include "interface/status_names.h"
#include "rpc/loss.h"
#include "state/object_types.h"

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
    if (!check_handle_is_null(c, returned(c)))
        return CMRP_KEPT;
    return check_broken(c, returned(c), "the status is ERROR_SUCCESS and the handle NULL.");
}

static cmrp_verdict failure_with_handle(cmrp_case *c)
{
    if (check_handle_is_null(c, returned(c)))
        return CMRP_KEPT;
    return check_broken(c, returned(c), "the status is %u and the handle not NULL.", c->status);
}

/** ApiCreateBatchPort gives its handle in an [out] parameter, beside a status. */
static bool gives_handle(const cmrp_method *method)
{
    return !returns_handle(method) && method->response[CMRP_ROLE_HANDLE_OPENED] >= 0;
}

static cmrp_verdict success_without_out_handle(cmrp_case *c)
{
    const int param = c->method->response[CMRP_ROLE_HANDLE_OPENED];

    if (!check_handle_is_null(c, param))
        return CMRP_KEPT;
    return check_broken(c, param, "the status is ERROR_SUCCESS and the handle NULL.");
}

static cmrp_handle_type opened_type(const cmrp_method *method)
{
    return method_handle_type(method, method->param_count - 1);
}

/** An Open method lists that there is no object of the type that it opens; a Create method does not. */
static bool opens_by_name(const cmrp_method *method)
{
    const uint32_t own = returns_handle(method) ? object_type_not_found(opened_type(method)) : 0;

    return own != 0 && check_lists_status(method, own);
}

static cmrp_verdict other_not_found(cmrp_case *c)
{
    const cmrp_handle_type own = opened_type(c->method);

    for (unsigned type = 0; type < CMRP_HANDLE_TYPES; type++) {
        const uint32_t not_found = object_type_not_found((cmrp_handle_type)type);

        if (type != own && not_found != 0 && c->status == not_found)
            return check_broken(c, c->method->response[CMRP_ROLE_STATUS], "this is %s.",
                                status_name(c->status));
    }
    return CMRP_KEPT;
}

static bool opens_group(const cmrp_method *method)
{
    return returns_handle(method) && method->request[CMRP_ROLE_NAME] >= 0 &&
           method_handle_type(method, method->param_count - 1) == CMRP_HGROUP;
}

static cmrp_verdict blank_name(cmrp_case *c)
{
    const int param = c->method->request[CMRP_ROLE_NAME];
    uint32_t index = 0;
    uint16_t unit;

    do {
        unit = check_unit(c, param, index++);
    } while (unit == ' ' || unit == '\t' || unit == '\r' || unit == '\n');
    return unit == 0 ? check_broken(c, param, "this one has none.") : CMRP_KEPT;
}

/** Of objects that handles of the method mean, or that it opens. */
static bool tells_presence(const cmrp_method *method)
{
    return method->handle_params[0] != CMRP_NO_SIBLING || opens_by_name(method);
}

static cmrp_verdict was_absent(cmrp_case *c)
{
    const cmrp_call_extra *extra = c->call->extra;

    if (extra == NULL || extra->absence.absent_in == 0)
        return CMRP_KEPT;
    c->evidence[0] = extra->absence.seen_in;
    c->evidence[1] = extra->absence.absent_in;
    return check_broken(
        c, CMRP_NO_SIBLING,
        "its own was there in frame %u, was not found in frame %u, and is there now.",
        c->evidence[0], c->evidence[1]);
}

static cmrp_verdict listed_before_it(cmrp_case *c)
{
    const cmrp_call_extra *extra = c->call->extra;

    if (extra == NULL || extra->listed_in == 0)
        return CMRP_KEPT;
    c->evidence[0] = extra->listed_in;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "this one is in the list of frame %u.", extra->listed_in);
}

/** The life that ended because the response gives its bytes out again; NULL if none did. */
static const cmrp_life *replaced(const cmrp_case *c)
{
    const cmrp_life *life = c->out ? c->out->earlier : NULL;

    for (unsigned steps = 0; life && steps < CMRP_MAX_SEARCH; life = life->earlier, steps++) {
        if (life->end == CMRP_REPLACED && life->closed_in == c->context->pinfo->num &&
            life->association == c->context->association)
            return life;
    }
    return NULL;
}

static cmrp_verdict given_twice(cmrp_case *c)
{
    const cmrp_life *life = replaced(c);

    /* Its Close may be what was missed, or may be on its way. */
    if (life == NULL || life->closing || life->opened_in == 0 ||
        life->opened_in >= c->request_frame || life->opened_in <= life->association->run_down_in ||
        !loss_none_in(life->association) || life->association->shared)
        return CMRP_KEPT;
    c->evidence[0] = life->opened_in;
    return check_broken(c, c->method->response[CMRP_ROLE_HANDLE_OPENED],
                        "the one of frame %u, which nobody closed, has the same bytes.",
                        life->opened_in);
}

static bool opens(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_HANDLE_OPENED] != CMRP_NO_SIBLING;
}

const cmrp_rule rules_open[] = {
    {
        .id = "open-success-without-handle",
        .requirements = "OG-01, OG-09, C-02, OX-05, OX-06, N1-01, N2-01",
        .section = "3",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return a live handle with success.",
        .on = CMRP_ON_SUCCESS,
        .concerns = returns_handle,
        .check = success_without_handle,
    },
    {
        .id = "open-failure-with-handle",
        .requirements = "OG-01, OG-09, C-02, OX-05, OX-06, N1-01, N2-01",
        .section = "3",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return the NULL handle with a failure.",
        .on = CMRP_ON_FAILURE,
        .concerns = returns_handle,
        .check = failure_with_handle,
    },
    {
        .id = "open-success-without-batch-port",
        .requirements = "OX-13",
        .section = "3.1.4.2.113",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return a live handle for a batch port that it created.",
        .on = CMRP_ON_SUCCESS,
        .concerns = gives_handle,
        .check = success_without_out_handle,
    },
    {
        .id = "open-not-found-of-other-type",
        .requirements = "OX-07",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_SUSPICION,
        .text =
            "Server must say of what was to be opened, and of nothing else, that it was not found.",
        .on = CMRP_ON_FAILURE,
        .concerns = opens_by_name,
        .check = other_not_found,
    },
    {
        .id = "open-not-found-meanwhile",
        .requirements = "OG-02, OX-07",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must find an object by its name unless it was renamed or deleted.",
        .on = CMRP_ON_SUCCESS,
        .concerns = tells_presence,
        .check = was_absent,
    },
    {
        .id = "open-not-found-though-listed",
        .requirements = "OG-02, OX-07",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must find the objects that it lists.",
        .on = CMRP_ON_FAILURE,
        .concerns = opens_by_name,
        .check = listed_before_it,
    },
    {
        .id = "open-handle-given-twice",
        .requirements = "C-02",
        .section = "MS-RPCE 2.2.1.1.4",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must give out a handle of its own each time while others are open.",
        .on = CMRP_ON_RESPONSE,
        .concerns = opens,
        .check = given_twice,
    },
    {
        .id = "open-name-blank",
        .requirements = "OG-07",
        .section = "3.1.1.1.4",
        .party = "client",
        .level = CMRP_SUSPICION,
        .text = "Client must give a group a name with a character that is not white space.",
        .on = CMRP_ON_REQUEST,
        .concerns = opens_group,
        .check = blank_name,
    },
    CMRP_RULES_END,
};
