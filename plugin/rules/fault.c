/* fault.c
 * Does a fault say what it may, and is it where it must be?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "interface/status_names.h"

/** Statuses of the runtime itself: nca_…, Win32 (RPC_S_, RPC_X_, EPT_S_) and NTSTATUS (RPC_NT_). */
static bool is_of_rpc(uint32_t status)
{
    switch (status) {
    case CMRP_ERROR_ACCESS_DENIED:
    case CMRP_RPC_X_SS_CONTEXT_MISMATCH:
    case CMRP_RPC_S_OUT_OF_MEMORY:
    case CMRP_RPC_S_SERVER_OUT_OF_MEMORY:
        return true;
    default:
        return status_is_win32_of_rpc(status) || (status >= 0x1c000000 && status <= 0x1c01ffff) ||
               (status >= 0xc0020000 && status <= 0xc003ffff);
    }
}

static cmrp_verdict exception(cmrp_case *c)
{
    if (c->fault == CMRP_ERROR_SUCCESS || is_of_rpc(c->fault))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "%s ends in 0x%08x.", c->method->name, c->fault);
}

static bool is_future(const cmrp_method *method)
{
    return method->kind == CMRP_METHOD_FUTURE;
}

/**
 * What the runtime says of a stub, which it reads only after it found the method. Any other fault may come
 * first: the client is not allowed to call, the server is busy or stops, the call was cancelled.
 */
static bool is_about_stub(uint32_t status)
{
    return status == CMRP_nca_s_fault_context_mismatch ||
           (status >= CMRP_RPC_X_SS_IN_NULL_CONTEXT && status <= CMRP_RPC_X_BAD_STUB_DATA);
}

static cmrp_verdict other_refusal(cmrp_case *c)
{
    if (!is_about_stub(c->fault))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "this fault says 0x%08x.", c->fault);
}

static bool takes_handle(const cmrp_method *method)
{
    return method->handle_params[0] != CMRP_NO_SIBLING;
}

static cmrp_verdict refused_alive(cmrp_case *c)
{
    if (c->fault != CMRP_nca_s_fault_context_mismatch)
        return CMRP_KEPT;
    if (!(c->call->flags & CMRP_REQUEST_LEARNT))
        return CMRP_UNDECIDED;
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        if (c->method->handle_params[place] != CMRP_NO_SIBLING &&
            (c->verdicts[place] != CMRP_FIT || check_may_be_invalid(c, place)))
            return CMRP_UNDECIDED;
    }
    c->evidence[0] = c->request_frame;
    c->evidence[1] = c->in[0]->opened_in;
    return check_broken(c, CMRP_NO_SIBLING,
                        "every handle of the request was open and of its type.");
}

static bool is_normal(const cmrp_method *method)
{
    return method->kind == CMRP_METHOD_NORMAL;
}

static cmrp_verdict method_missing(cmrp_case *c)
{
    if (c->fault != CMRP_nca_op_rng_error && c->fault != CMRP_RPC_S_PROCNUM_OUT_OF_RANGE)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_SIBLING, "this one has no %s.", c->method->name);
}

const cmrp_rule rules_fault[] = {
    {
        .id = "fault-not-of-rpc",
        .requirements = "C-08",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must throw no exceptions but those of RPC.",
        .on = CMRP_ON_FAULT,
        .check = exception,
    },
    {
        .id = "fault-reserved-method",
        .requirements = "C-18",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a method that is reserved for future use with "
                "RPC_S_PROCNUM_OUT_OF_RANGE.",
        .on = CMRP_ON_FAULT,
        .concerns = is_future,
        .check = other_refusal,
    },
    {
        .id = "fault-context-mismatch-on-live-handles",
        .requirements = "RG-04",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must refuse by a context mismatch only a handle that is not valid.",
        .on = CMRP_ON_FAULT,
        .concerns = takes_handle,
        .check = refused_alive,
    },
    {
        .id = "fault-method-missing",
        .requirements = "C-21",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_CHAT,
        .text = "Server may be older than the method.",
        .on = CMRP_ON_FAULT,
        .concerns = is_normal,
        .check = method_missing,
    },
    CMRP_RULES_END,
};
