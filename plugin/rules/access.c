/* access.c
 * Do access levels fit: those asked for, granted and demanded (3.1.1.11, 3.1.4.2)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

/** Each of these asks for All (3.1.4.2.116). */
#define ASKS_FOR_ALL                                                                               \
    (CMRP_CLUSAPI_CHANGE_ACCESS | CMRP_GENERIC_WRITE | CMRP_GENERIC_EXECUTE | CMRP_GENERIC_ALL)

static int desired(const cmrp_method *method)
{
    return method->request[CMRP_ROLE_ACCESS];
}

static int granted(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_ACCESS];
}

static bool asks_for_access(const cmrp_method *method)
{
    return desired(method) != CMRP_NO_SIBLING && granted(method) != CMRP_NO_SIBLING;
}

static cmrp_verdict granted_value(cmrp_case *c)
{
    uint64_t value;

    if (!check_number(c, granted(c->method), &value) || value == CMRP_GENERIC_READ ||
        value == CMRP_GENERIC_ALL)
        return CMRP_KEPT;
    return check_broken(c, granted(c->method), "this is 0x%08x.", (uint32_t)value);
}

static cmrp_verdict granted_less(cmrp_case *c)
{
    uint64_t wanted, value;

    if (!check_number(c, granted(c->method), &value) ||
        !check_request_number(c, desired(c->method), &wanted))
        return CMRP_UNDECIDED;
    /* Other bits ask for permissions of the cluster's security descriptor, not for a level. */
    if (value != CMRP_GENERIC_READ || (wanted & CMRP_MAXIMUM_ALLOWED) ||
        (wanted & ASKS_FOR_ALL) == 0)
        return CMRP_KEPT;
    return check_broken(c, granted(c->method), "0x%08x was asked for and Read granted.",
                        (uint32_t)wanted);
}

static cmrp_verdict change_without_read(cmrp_case *c)
{
    uint64_t wanted;

    if (!check_request_number(c, desired(c->method), &wanted))
        return CMRP_UNDECIDED;
    /* How generic rights are mapped before the check is not said, and another error may come first. */
    if (wanted != CMRP_CLUSAPI_CHANGE_ACCESS)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS], "this one was granted.");
}

static cmrp_verdict unknown_bits(cmrp_case *c)
{
    const uint64_t known = CMRP_CLUSAPI_READ_ACCESS | CMRP_CLUSAPI_CHANGE_ACCESS |
                           CMRP_GENERIC_READ | CMRP_GENERIC_WRITE | CMRP_GENERIC_EXECUTE |
                           CMRP_GENERIC_ALL | CMRP_MAXIMUM_ALLOWED;
    uint64_t wanted;

    if (!check_number(c, desired(c->method), &wanted) || (wanted & ~known) == 0)
        return CMRP_KEPT;
    return check_broken(c, desired(c->method), "this one has 0x%08x as well.",
                        (uint32_t)(wanted & ~known));
}

/* ---------------------------------------------------------------- levels that handles have */

static bool demands_of_handle(const cmrp_method *method)
{
    return method->version == 3 && method->demand_of != 0 &&
           (method->demand == CMRP_DEMANDS_ALL || method->demand == CMRP_DEMANDS_READ);
}

/** The bit of a control code that needs All. */
#define CLUSCTL_MODIFIES 0x00400000

/** True if the call needs All on its handles. Two codes do without the bit (3.1.4.3.1.36, 3.1.4.3.2.27). */
static bool needs_all(const cmrp_case *c)
{
    uint64_t code;

    if (c->method->demand != CMRP_DEMANDS_CONTROL)
        return c->method->demand == CMRP_DEMANDS_ALL;
    return check_request_number(c, method_param_named(c->method, "dwControlCode"), &code) &&
           ((code & CLUSCTL_MODIFIES) || code == CMRP_CLUSCTL_RESOURCE_NETNAME_RESET_VCO ||
            code == CMRP_CLUSCTL_RESOURCE_TYPE_STORAGE_REMAP_DRIVELETTER);
}

static bool may_need_all(const cmrp_method *method)
{
    return method->version == 3 && method->demand_of != 0 && method->demand_is_must &&
           (method->demand == CMRP_DEMANDS_ALL || method->demand == CMRP_DEMANDS_CONTROL);
}

static cmrp_verdict level_ignored(cmrp_case *c)
{
    if (!needs_all(c))
        return CMRP_KEPT;
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        const int param = c->method->handle_params[place];

        if (param == CMRP_NO_SIBLING || !(c->method->demand_of & (1U << param)) ||
            c->in[place] == NULL || c->in[place]->access != CMRP_ACCESS_READ ||
            !check_is_alive(c, c->in[place]))
            continue;
        c->evidence[0] = c->in[place]->opened_in;
        return check_broken(c, CMRP_NO_SIBLING,
                            "%s was opened with Read in frame %u, and the call succeeds.",
                            c->method->params[param].name, c->in[place]->opened_in);
    }
    return CMRP_KEPT;
}

/* ---------------------------------------------------------------- levels that clients have */

static bool demands_all_of_client(const cmrp_method *method)
{
    return method->version == 3 && method->demand == CMRP_DEMANDS_ALL && method->demand_is_must &&
           method->demand_of_client;
}

static cmrp_verdict reader_served(cmrp_case *c)
{
    const cmrp_connection *connection = c->context->connection;

    if (!connection->read_only || connection->read_only_in >= c->request_frame)
        return CMRP_KEPT;
    /* Whoever was granted All since is another one than was refused it: said once, of the grant itself. */
    if (connection->all_granted_in != 0 && connection->all_granted_in < c->context->pinfo->num)
        return CMRP_KEPT;
    c->evidence[0] = connection->read_only_in;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "frame %u refused it All, and this call succeeds.",
                        connection->read_only_in);
}

static bool checks_level_only(const cmrp_method *method)
{
    return demands_of_handle(method) && !method->demand_of_client;
}

static cmrp_verdict denied_in_spite_of_level(cmrp_case *c)
{
    if (c->status != CMRP_ERROR_ACCESS_DENIED)
        return CMRP_KEPT;
    if (check_lists_status(c->method, CMRP_ERROR_ACCESS_DENIED))
        return CMRP_UNDECIDED;
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        const int param = c->method->handle_params[place];

        if (param == CMRP_NO_SIBLING)
            break;
        /* Keys and ports have rights of their own, which are not followed. */
        if (!(c->method->demand_of & (1U << param)) && c->in[place] &&
            c->in[place]->type != CMRP_HNOTIFY)
            return CMRP_UNDECIDED;
        if (c->in[place] == NULL || !check_is_alive(c, c->in[place]) ||
            (c->method->demand == CMRP_DEMANDS_ALL && c->in[place]->access != CMRP_ACCESS_ALL))
            return CMRP_UNDECIDED;
    }
    c->evidence[0] = c->in[0]->opened_in;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "the level of every handle suffices.");
}

const cmrp_rule rules_access[] = {
    {
        .id = "access-granted-value",
        .requirements = "OX-03, C-13",
        .section = "3.1.4.2.116",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must grant GENERIC_READ or GENERIC_ALL.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_access,
        .check = granted_value,
    },
    {
        .id = "access-granted-less",
        .requirements = "OX-04",
        .section = "3.1.4.2.116",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must grant All, or refuse, if more than Read is asked for.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_access,
        .check = granted_less,
    },
    {
        .id = "access-change-without-read",
        .requirements = "OX-01",
        .section = "3.1.4.2.116",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse CLUSAPI_CHANGE_ACCESS without CLUSAPI_READ_ACCESS with "
                "ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_access,
        .check = change_without_read,
    },
    {
        .id = "access-unknown-bits",
        .requirements = "OX-02",
        .section = "3.1.4.2.116",
        .party = "client",
        .level = CMRP_SHOULD,
        .text = "Client should ask only for access that means something.",
        .on = CMRP_ON_REQUEST,
        .concerns = asks_for_access,
        .check = unknown_bits,
    },
    {
        .id = "access-level-ignored",
        .requirements = "C-12, K-02",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a call that needs All on a handle that was opened with Read.",
        .on = CMRP_ON_SUCCESS,
        .concerns = may_need_all,
        .check = level_ignored,
    },
    {
        .id = "access-granted-to-reader",
        .requirements = "OG-04, C-12",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must refuse what needs All to a client that is entitled to Read alone.",
        .on = CMRP_ON_SUCCESS,
        .concerns = demands_all_of_client,
        .check = reader_served,
    },
    {
        .id = "access-denied-in-spite-of-level",
        .requirements = "OG-05, RG-09",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must not return ERROR_ACCESS_DENIED for live handles with the level that "
                "the method needs.",
        .on = CMRP_ON_FAILURE,
        .concerns = checks_level_only,
        .check = denied_in_spite_of_level,
    },
    CMRP_RULES_END,
};
