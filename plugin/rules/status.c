/* status.c
 * May a response carry this status?
 *
 * For any condition that its page does not list, a server returns any value that the page does not
 * list (3.1.4.1, 3.1.4.2). So an unlisted status is a fact worth knowing, never a breach.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "interface/status_names.h"

static int status_param(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_STATUS];
}

static bool has_status(const cmrp_method *method)
{
    return status_param(method) != CMRP_NO_SIBLING && method->kind == CMRP_METHOD_NORMAL;
}

/** What a control code returns may be the own number of a resource or of its driver. */
static bool has_own_status(const cmrp_method *method)
{
    return has_status(method) && method_param_named(method, "dwControlCode") == CMRP_NO_SIBLING;
}

/** Win32 errors end below 16,000 (MS-ERREF 2.2); which of them exist grows with each Windows, but not by blocks beyond. */
#define WIN32_ERRORS 0x3fff

/** A failure as an HRESULT (MS-ERREF 2.1): its second bit is set only if an NTSTATUS was mapped to it. */
static bool is_hresult(uint32_t status)
{
    const uint32_t failure = 0x80000000, reserved = 0x40000000, mapped = 0x10000000;

    return (status & failure) && (!(status & reserved) || (status & mapped));
}

static cmrp_verdict no_win32_error(cmrp_case *c)
{
    if (c->status <= WIN32_ERRORS || is_hresult(c->status))
        return CMRP_KEPT;
    return check_broken(c, status_param(c->method), "this is 0x%08x.", c->status);
}

static bool lists_statuses(const cmrp_method *method)
{
    return has_status(method) && method->status_count > 0;
}

static cmrp_verdict unlisted(cmrp_case *c)
{
    const char *name;

    if (check_lists_status(c->method, c->status))
        return CMRP_KEPT;
    name = status_name(c->status);
    return check_broken(c, status_param(c->method), "%s (0x%08x) is not listed.",
                        name ? name : "the status", c->status);
}

static bool is_shutdown_version(const cmrp_method *method)
{
    return has_status(method) && method->version == 3;
}

static cmrp_verdict shutdown_of_version_2(cmrp_case *c)
{
    if (c->status != CMRP_ERROR_SHUTDOWN_IN_PROGRESS &&
        c->status != CMRP_ERROR_SERVER_SHUTDOWN_IN_PROGRESS)
        return CMRP_KEPT;
    return check_broken(c, status_param(c->method), "%s belongs to version 2.0.",
                        status_name(c->status));
}

/** Statuses that any method of version 3.0 may return (3.1.4.2). */
static bool may_come_first(uint32_t status)
{
    return status == CMRP_ERROR_ACCESS_DENIED || status == CMRP_ERROR_SHARING_PAUSED ||
           status == CMRP_ERROR_CLUSTER_NODE_NOT_READY ||
           status == CMRP_ERROR_CLUSTER_NODE_SHUTTING_DOWN;
}

/** What a method answers that is never carried out: the one status that it lists. Otherwise success. */
static uint32_t only_answer(const cmrp_method *method)
{
    return method->status_count == 1 ? method->statuses[0] : CMRP_ERROR_SUCCESS;
}

static bool has_only_answer(const cmrp_method *method)
{
    return only_answer(method) != CMRP_ERROR_SUCCESS;
}

static cmrp_verdict other_answer(cmrp_case *c)
{
    const uint32_t expected = only_answer(c->method);

    /* A server may have to say first that the client may not ask, or that it cannot answer. */
    if (!c->has_status || c->status == expected || may_come_first(c->status))
        return CMRP_KEPT;
    return check_broken(c, status_param(c->method), "%s returns %s, not %u.", c->method->name,
                        status_name(expected), c->status);
}

static bool has_rpc_status(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_RPC_STATUS] != CMRP_NO_SIBLING;
}

/** The codes that RPC knows: C706 appendix E, its Win32 spellings, and access denied (MS-RPCE 3.3.3.5.1). */
static bool is_rpc_status(uint32_t status)
{
    return status == CMRP_ERROR_SUCCESS || status == CMRP_ERROR_ACCESS_DENIED ||
           status_is_win32_of_rpc(status) || status_is_rpc(status);
}

static cmrp_verdict no_rpc_status(cmrp_case *c)
{
    const int param = c->method->response[CMRP_ROLE_RPC_STATUS];
    uint64_t status;

    if (!check_number(c, param, &status) || is_rpc_status((uint32_t)status))
        return CMRP_KEPT;
    return check_broken(c, param, "this is 0x%08x.", (uint32_t)status);
}

static cmrp_verdict rpc_failure_arrived(cmrp_case *c)
{
    const int param = c->method->response[CMRP_ROLE_RPC_STATUS];
    uint64_t status;

    if (!check_number(c, param, &status) || status == CMRP_ERROR_SUCCESS ||
        !is_rpc_status((uint32_t)status))
        return CMRP_KEPT;
    return check_broken(c, param, "this is 0x%08x.", (uint32_t)status);
}

static bool needs_read_write(const cmrp_method *method)
{
    return has_status(method) && method->needs_read_write;
}

static cmrp_verdict paused_amid_service(cmrp_case *c)
{
    const cmrp_call_extra *extra = c->call->extra;

    if (extra == NULL || extra->pause.paused_in == 0)
        return CMRP_KEPT;
    c->evidence[0] = extra->pause.changed_in;
    c->evidence[1] = extra->pause.paused_in;
    return check_broken(
        c, CMRP_NO_SIBLING,
        "it did in frame %u, between this change that it carries out and that of frame %u.",
        c->evidence[1], c->evidence[0]);
}

const cmrp_rule rules_status[] = {
    {
        .id = "status-no-win32-error",
        .requirements = "OG-02, C-01",
        .section = "1.8",
        .party = "server",
        .level = CMRP_SHOULD,
        .text = "Server should return a Win32 error or an HRESULT.",
        .on = CMRP_ON_FAILURE,
        .concerns = has_own_status,
        .check = no_win32_error,
    },
    {
        .id = "status-unlisted",
        .requirements = "OG-02, S-02",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_CHAT,
        .text = "Server may return what the page does not list only for conditions that it does "
                "not name.",
        .on = CMRP_ON_FAILURE,
        .concerns = lists_statuses,
        .check = unlisted,
    },
    {
        .id = "status-shutdown-of-version-2",
        .requirements = "C-11",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must say that its node leaves by ERROR_CLUSTER_NODE_NOT_READY or "
                "ERROR_CLUSTER_NODE_SHUTTING_DOWN.",
        .on = CMRP_ON_FAILURE,
        .concerns = is_shutdown_version,
        .check = shutdown_of_version_2,
    },
    {
        .id = "status-paused-amid-service",
        .requirements = "OG-02, OG-03",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must return ERROR_SHARING_PAUSED only if its state does not allow what the "
                "method needs.",
        .on = CMRP_ON_SUCCESS,
        .concerns = needs_read_write,
        .check = paused_amid_service,
    },
    {
        .id = "status-method-not-implemented",
        .requirements = "C-19, C-20",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text =
            "Server must return the one status of a method that version 3.0 does not implement.",
        .on = CMRP_ON_RESPONSE,
        .concerns = has_only_answer,
        .check = other_answer,
    },
    {
        .id = "status-no-rpc-status",
        .requirements = "OG-06, RG-11, C-22",
        .section = "C706 appendix E",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must set rpc_status to 0 or a status of RPC.",
        .on = CMRP_ON_RESPONSE,
        .concerns = has_rpc_status,
        .check = no_rpc_status,
    },
    {
        .id = "status-rpc-failure-arrived",
        .requirements = "OG-06, C-22",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must set rpc_status to 0 if the response arrives.",
        .on = CMRP_ON_RESPONSE,
        .concerns = has_rpc_status,
        .check = rpc_failure_arrived,
    },
    CMRP_RULES_END,
};
