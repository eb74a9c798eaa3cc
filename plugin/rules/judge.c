/* judge.c
 * Does a PDU keep the rules of MS-CMRP? Checks of single calls against the rules.
 *
 * Which checks concern a method is found out when the method is first seen, so that a PDU meets only
 * the few that may say something about it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/judge.h"

#include "interface/plan.h"
#include "rules/case.h"
#include "rules/findings.h"
#include "rules/frame_findings.h"

const cmrp_check *const cmrp_families[] = {
    checks_ndr,    checks_open,   checks_close,  checks_handle,  checks_status,
    checks_access, checks_filter, checks_notify, checks_event,   checks_transport,
    checks_fault,  checks_state,  checks_enum,   checks_control, checks_registry,
    checks_batch,  checks_flags,  checks_node,   checks_name,    NULL,
};

/* ---------------------------------------------------------------- which checks concern a method */

/** The checks that concern a PDU; a NULL ends them. Made once, lives until the end. */
typedef const cmrp_check **check_list;

/** What decides, beside its method, which checks may say something about a PDU. */
typedef enum {
    REQUEST,
    NO_STATUS, /**< responses without a status */
    SUCCESS,
    FAILURE,
    SITUATIONS
} situation;

/** By whether handles are suspect, too: clean traffic, which is most, meets few checks. */
typedef struct {
    check_list lists[SITUATIONS][2];
} method_lists;

/** By number of the method's plan. */
static method_lists *methods;

static bool applies(const cmrp_check *check, situation in, bool suspect_handles)
{
    const uint16_t statuses = CMRP_IF_SUCCESS | CMRP_IF_FAILURE;

    if (!(check->on & (in == REQUEST ? CMRP_ON_REQUEST : CMRP_ON_RESPONSE)))
        return false;
    if ((check->on & CMRP_IF_SUSPECT_HANDLES) && !suspect_handles)
        return false;
    return in == REQUEST || !(check->on & statuses) ||
           ((check->on & CMRP_IF_SUCCESS) && in == SUCCESS) ||
           ((check->on & CMRP_IF_FAILURE) && in == FAILURE);
}

static check_list make_list(const cmrp_method *method, situation in, bool suspect_handles)
{
    GPtrArray *list = g_ptr_array_new();

    for (const cmrp_check *const *family = cmrp_families; *family; family++) {
        if (*family == checks_transport)
            continue;
        for (const cmrp_check *check = *family; check->rule.id; check++) {
            if (applies(check, in, suspect_handles) &&
                (check->concerns == NULL || check->concerns(method)))
                g_ptr_array_add(list, (void *)check);
        }
    }
    g_ptr_array_add(list, NULL);
    return (check_list)(void *)g_ptr_array_free(list, FALSE);
}

static check_list list_of(const cmrp_case *c)
{
    const situation in = !c->pdu->response                 ? REQUEST
                         : !c->has_status                  ? NO_STATUS
                         : c->status == CMRP_ERROR_SUCCESS ? SUCCESS
                                                           : FAILURE;
    check_list *list;

    if (methods == NULL)
        methods = g_new0(method_lists, plan_count());
    list = &methods[c->pdu->plan->number].lists[in][c->suspect_handles];
    if (*list == NULL)
        *list = make_list(c->method, in, c->suspect_handles);
    return *list;
}

/* ---------------------------------------------------------------- judging */

static void keep(const cmrp_case *c, const cmrp_check *check)
{
    cmrp_call_extra *extra = call_extra(c->context->call);
    cmrp_finding *finding = wmem_new0(wmem_file_scope(), cmrp_finding);
    cmrp_finding **end = &extra->findings;

    finding->check = check;
    finding->detail = string_intern(c->detail)->utf8;
    finding->param = (int16_t)c->param;
    finding->response = c->pdu->response;
    memcpy(finding->evidence, c->evidence, sizeof(finding->evidence));
    while (*end)
        end = &(*end)->next;
    *end = finding;
}

static cmrp_handle_verdict judge_handle(const cmrp_case *c, unsigned place)
{
    const cmrp_life *life = c->in[place];
    cmrp_handle_type wanted;

    if (life == NULL)
        return CMRP_FIT_UNKNOWN;
    if (check_is_foreign(c, life))
        return CMRP_UNFIT_FOREIGN;
    /* One that was never seen to begin may have been seen to end. */
    if (check_is_dead(c, life))
        return CMRP_UNFIT_CLOSED;
    if (!check_is_certain(life))
        return CMRP_FIT_UNKNOWN;
    wanted = method_handle_type(c->method, c->method->handle_params[place]);
    if (wanted != CMRP_HGENERIC && life->type != wanted)
        return CMRP_UNFIT_TYPE;
    return check_is_alive(c, life) ? CMRP_FIT : CMRP_FIT_UNKNOWN;
}

static cmrp_verdict run(cmrp_case *c, const cmrp_check *check)
{
    c->detail = "";
    c->param = CMRP_NO_PARAM;
    c->evidence[0] = c->evidence[1] = 0;
    return check->test(c);
}

static cmrp_case case_of(const cmrp_context *context)
{
    return (cmrp_case){ .context = context,
                        .method = context->pdu->method,
                        .pdu = context->pdu,
                        .call = context->call,
                        .request_frame = context->di->call_data->req_frame };
}

static bool is_suspect(const cmrp_case *c, unsigned place)
{
    const cmrp_life *life = c->in[place];

    return life == NULL || c->verdicts[place] > CMRP_FIT || life->deleted ||
           (life->opened_in != 0 && life->version != c->method->version);
}

static void note_handles(cmrp_case *c)
{
    const int8_t *params = c->method->handle_params;

    c->suspect_handles = (c->call->flags & CMRP_REQUEST_BROKEN) != 0;
    for (unsigned i = 0; i < CMRP_MAX_HANDLES && params[i] != CMRP_NO_SIBLING; i++) {
        c->in[i] = handles_by_id(c->call->in[i]);
        c->verdicts[i] = judge_handle(c, i);
        c->suspect_handles |= is_suspect(c, i);
    }
    c->out = handles_by_id(c->call->out);
}

void judge_check(const cmrp_context *context)
{
    cmrp_case c = case_of(context);

    note_handles(&c);
    c.has_status = call_status(context->pdu, &c.status);
    for (check_list check = list_of(&c); *check; check++) {
        if (run(&c, *check) == CMRP_BROKEN)
            keep(&c, *check);
    }
}

/** Runs a check that holds for a connection, unless it has been answered. True if it is broken. */
static bool run_once(cmrp_case *c, const cmrp_check *check)
{
    cmrp_connection *connection = c->context->connection;
    const uint32_t mine = 1U << (check - checks_transport);
    cmrp_verdict verdict;

    if (connection->judged & mine)
        return false;
    verdict = run(c, check);
    if (verdict == CMRP_BROKEN || (verdict == CMRP_KEPT && (check->on & CMRP_FIRST)))
        connection->judged |= mine;
    return verdict == CMRP_BROKEN;
}

void judge_check_transport(const cmrp_context *context)
{
    const uint8_t on = context->pdu->response ? CMRP_ON_RESPONSE : CMRP_ON_REQUEST;
    uint32_t *last, way;
    cmrp_case c;

    if (context->call == NULL)
        return;
    last = &context->connection->ways[context->pdu->response];
    way = checks_way_of(context);
    /* All these checks would say what they said of the last PDU. For speed: that is nearly all of them. */
    if (way == *last)
        return;
    *last = way;
    c = case_of(context);
    for (const cmrp_check *check = checks_transport; check->rule.id; check++) {
        if ((check->on & on) && run_once(&c, check))
            keep(&c, check);
    }
}

void judge_check_unread(const cmrp_context *context)
{
    cmrp_case c = case_of(context);

    for (const cmrp_check *const *family = cmrp_families; *family; family++) {
        for (const cmrp_check *check = *family; check->rule.id; check++) {
            if ((check->on & CMRP_ON_UNREAD) &&
                (check->concerns == NULL || check->concerns(c.method)) &&
                run(&c, check) == CMRP_BROKEN)
                keep(&c, check);
        }
    }
}

static void check_frame(cmrp_case *c, uint8_t on)
{
    for (const cmrp_check *const *family = cmrp_families; *family; family++) {
        for (const cmrp_check *check = *family; check->rule.id; check++) {
            bool broken;

            if (!(check->on & on) || (c->method && check->concerns && !check->concerns(c->method)))
                continue;
            broken = check->on & (CMRP_ONCE | CMRP_FIRST) ? run_once(c, check)
                                                          : run(c, check) == CMRP_BROKEN;
            if (broken)
                frame_finding_keep(c->context->pinfo, &check->rule, c->method, c->detail,
                                   c->evidence);
        }
    }
}

void judge_check_fault(const cmrp_context *context, const cmrp_method *method,
                       uint32_t request_frame, uint32_t status)
{
    cmrp_case c = { .context = context,
                    .method = method,
                    .call = context->call,
                    .fault = status,
                    .request_frame = request_frame };

    note_handles(&c);
    check_frame(&c, CMRP_ON_FAULT);
}

void judge_check_bind(const cmrp_context *context, const cmrp_bind *bind)
{
    cmrp_case c = { .context = context, .bind = bind };

    check_frame(&c, bind->answer ? CMRP_ON_BIND_ACK : CMRP_ON_BIND);
}

void judge_show(const cmrp_context *context, proto_tree *tree)
{
    const cmrp_pdu *pdu = context->pdu;

    if (context->call == NULL || context->call->extra == NULL)
        return;
    for (const cmrp_finding *f = context->call->extra->findings; f; f = f->next) {
        if (f->response != pdu->response)
            continue;
        finding_show_rule(context->pinfo, tree,
                          f->param == CMRP_NO_PARAM ? NULL : pdu->values[f->param].item, pdu->tvb,
                          &f->check->rule, pdu->method, f->detail, f->evidence);
    }
}
