/* judge.c
 * Does a PDU keep the rules of MS-CMRP?
 *
 * Which rules concern a method is found out when the method is first seen, so that a PDU meets only
 * the few that may say something about it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/judge.h"

#include "cmrp_tables.h"
#include "base/frame_order.h"
#include "rules/case.h"
#include "rules/findings.h"
#include "rules/frame_findings.h"
#include "rules/way.h"

/* ---------------------------------------------------------------- which rules are asked */

/** Rules; a NULL ends them. Made once, lives until the end. */
typedef const cmrp_rule **rule_list;

/** What decides, beside its method, which rules may say something about a PDU. */
typedef enum {
    REQUEST,
    NO_STATUS, /**< responses without a status */
    SUCCESS,
    FAILURE,
    SITUATIONS
} situation;

static const uint16_t on_of[SITUATIONS] = { CMRP_ON_REQUEST, CMRP_ON_NO_STATUS, CMRP_ON_SUCCESS,
                                            CMRP_ON_FAILURE };

/** By whether handles are suspect, too: clean traffic, which is most, meets few rules. */
typedef struct {
    rule_list lists[SITUATIONS][2];
} method_lists;

/** By number of the method. */
static method_lists *methods;

static bool is_asked(const cmrp_rule *rule, const cmrp_method *method, uint16_t on, bool suspects)
{
    if (!(rule->on & on) || !(rule->check || (rule->check_handle && suspects)))
        return false;
    return rule->concerns == NULL || rule->concerns(method);
}

static rule_list make_list(const cmrp_method *method, uint16_t on, bool suspects)
{
    GPtrArray *list = g_ptr_array_new();

    for (const cmrp_rule *const *rule = catalogue_rules(); *rule; rule++) {
        if (is_asked(*rule, method, on, suspects))
            g_ptr_array_add(list, (void *)*rule);
    }
    g_ptr_array_add(list, NULL);
    return (rule_list)(void *)g_ptr_array_free(list, FALSE);
}

static rule_list list_of(const cmrp_case *c)
{
    const situation in = !c->pdu->response                 ? REQUEST
                         : !c->has_status                  ? NO_STATUS
                         : c->status == CMRP_ERROR_SUCCESS ? SUCCESS
                                                           : FAILURE;
    rule_list *list;

    if (methods == NULL) {
        catalogue_check();
        methods = g_new0(method_lists, cmrp_method_count);
    }
    list = &methods[c->method->number].lists[in][c->suspects != 0];
    if (*list == NULL)
        *list = make_list(c->method, on_of[in], c->suspects != 0);
    return *list;
}

/* ---------------------------------------------------------------- the handles of a request */

/** False for connections whose bind was not captured: they may be of other associations of the client. */
static bool is_of_one_client(const cmrp_association *a, const cmrp_association *b)
{
    return a == b ||
           (a->kind == b->kind && a->kind != CMRP_BY_CONVERSATION && association_may_share(a, b));
}

/** True if the method takes a handle of the type of this one in its place. */
static bool has_wanted_type(const cmrp_case *c, unsigned place)
{
    const cmrp_handle_type wanted = method_handle_type(c->method, c->method->handle_params[place]);

    return wanted == CMRP_HGENERIC || c->in[place]->type == wanted;
}

static cmrp_handle_verdict judge_handle(const cmrp_case *c, unsigned place)
{
    const cmrp_life *life = c->in[place];
    /* On a connection of the association that nobody saw it may have ended, and its bytes been given out again. */
    const bool may_come_again =
        c->context->association->kind == CMRP_BY_GROUP && c->context->association->older;

    if (life == NULL)
        return CMRP_FIT_UNKNOWN;
    /* For speed: of one that goes on, as nearly all do, nothing else is left to ask. */
    if (check_is_alive(c, life) && has_wanted_type(c, place))
        return CMRP_FIT;
    if (check_is_foreign(c, life))
        return CMRP_UNFIT_FOREIGN;
    /* Another client, as far as is known: it may have got the same bytes. */
    if (!is_of_one_client(life->association, c->context->association))
        return CMRP_FIT_UNKNOWN;
    /* One that was never seen to begin may have been seen to end. */
    if (check_is_dead(c, life))
        return CMRP_UNFIT_CLOSED;
    if (check_is_never_obtained(c, life))
        return CMRP_UNFIT_NEVER_OBTAINED;
    if (!check_is_certain(life))
        return CMRP_FIT_UNKNOWN;
    if (!has_wanted_type(c, place))
        return may_come_again ? CMRP_FIT_UNKNOWN : CMRP_UNFIT_TYPE;
    return CMRP_FIT_UNKNOWN;
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

    for (unsigned i = 0; i < CMRP_MAX_HANDLES && params[i] != CMRP_NO_SIBLING; i++) {
        c->in[i] = handles_by_id(c->call->in[i]);
        c->verdicts[i] = judge_handle(c, i);
        if (is_suspect(c, i))
            c->suspects |= (uint8_t)(1U << i);
    }
    c->out = handles_by_id(c->call->out);
}

/* ---------------------------------------------------------------- one rule */

/** Keeps a finding of a request or response. */
static void keep(const cmrp_context *context, const cmrp_finding *found)
{
    context->call->flags |= CMRP_FOUND;
    frame_finding_keep_of_pdu(context, found);
}

static cmrp_finding finding_of(const cmrp_case *c)
{
    return (cmrp_finding){ .rule = c->rule,
                           .method = c->method,
                           .section = c->section,
                           .detail = c->detail,
                           .evidence = { c->evidence[0], c->evidence[1] },
                           .param = c->param };
}

static void keep_case(const cmrp_case *c)
{
    const cmrp_finding found = finding_of(c);

    keep(c->context, &found);
}

/** True unless the time stamps speak against the order in which the capture shows what proves the breach. */
static bool is_in_order(const cmrp_case *c)
{
    return frame_order_is_certain(c->evidence[0], c->context->pinfo) &&
           frame_order_is_certain(c->evidence[1], c->context->pinfo);
}

static bool is_broken(cmrp_case *c, const cmrp_rule *rule)
{
    c->rule = rule;
    c->section = NULL;
    c->detail = "";
    c->param = CMRP_NO_SIBLING;
    c->evidence[0] = c->evidence[1] = 0;
    if (rule->check)
        return rule->check(c) == CMRP_BROKEN && is_in_order(c);
    for (unsigned place = 0; place < CMRP_MAX_HANDLES; place++) {
        if ((c->suspects & 1U << place) && rule->check_handle(c, place) == CMRP_BROKEN &&
            is_in_order(c))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- calls */

static cmrp_case case_of(const cmrp_context *context)
{
    return (cmrp_case){ .context = context,
                        .method = context->pdu->method,
                        .pdu = context->pdu,
                        .call = context->call,
                        .request_frame = context->request_frame };
}

static void judge_list(cmrp_case *c, rule_list list)
{
    for (; *list; list++) {
        if (is_broken(c, *list))
            keep_case(c);
    }
}

/** Answers to broken requests are few: there is no list of what to ask of them. */
static void judge_answer_to_broken(cmrp_case *c)
{
    for (const cmrp_rule *const *rule = catalogue_rules(); *rule; rule++) {
        if (is_asked(*rule, c->method, CMRP_ON_BROKEN, false) && is_broken(c, *rule))
            keep_case(c);
    }
}

void judge_pdu(const cmrp_context *context)
{
    cmrp_case c = case_of(context);

    note_handles(&c);
    c.has_status = call_status(context->pdu, &c.status);
    if (context->pdu->response && (c.call->flags & CMRP_REQUEST_BROKEN))
        judge_answer_to_broken(&c);
    judge_list(&c, list_of(&c));
}

void judge_unread(const cmrp_context *context)
{
    cmrp_case c = case_of(context);

    if (context->pdu->response && (c.call->flags & CMRP_REQUEST_BROKEN))
        judge_answer_to_broken(&c);
}

void judge_fault(const cmrp_context *context, const cmrp_method *method, uint32_t request_frame,
                 uint32_t status)
{
    cmrp_case c = { .context = context,
                    .method = method,
                    .call = context->call,
                    .fault = status,
                    .request_frame = request_frame };

    note_handles(&c);
    for (const cmrp_rule *const *rule = catalogue_rules(); *rule; rule++) {
        if (is_asked(*rule, method, CMRP_ON_FAULT, false) && is_broken(&c, *rule)) {
            const cmrp_finding found = finding_of(&c);

            frame_finding_keep(context->pinfo, &found);
        }
    }
}

/* ---------------------------------------------------------------- connections */

/**
 * Calls `found` for each rule on connections that the PDU is the first to break. A connection has a bit for
 * each of these rules: it was found broken, or needs no more asking.
 */
static void judge_connection(const cmrp_context *context, cmrp_way *way, uint16_t on,
                             void (*found)(const cmrp_context *context, const cmrp_rule *rule,
                                           const char *detail))
{
    uint32_t *judged = &context->connection->judged;
    uint32_t mine = 1;

    for (const cmrp_rule *const *rule = catalogue_rules(); *rule; rule++) {
        cmrp_verdict verdict;

        if ((*rule)->check_way == NULL)
            continue;
        if (((*rule)->on & on) && !(*judged & mine)) {
            verdict = (*rule)->check_way(way);
            if (verdict == CMRP_BROKEN || (verdict == CMRP_KEPT && (*rule)->first_decides))
                *judged |= mine;
            if (verdict == CMRP_BROKEN)
                found(context, *rule, way->detail);
        }
        mine <<= 1;
    }
}

static void keep_way(const cmrp_context *context, const cmrp_rule *rule, const char *detail)
{
    const cmrp_finding found = {
        .rule = rule, .method = context->pdu->method, .detail = detail, .param = CMRP_NO_SIBLING
    };

    keep(context, &found);
}

void judge_way(const cmrp_context *context)
{
    const bool response = context->pdu->response;
    const uint32_t key = way_key(context);
    cmrp_way way;

    if (context->call == NULL)
        return;
    /* For speed: nearly all PDUs travel like the last one, and the rules would say what they said of it. */
    if (key == context->connection->ways[response])
        return;
    context->connection->ways[response] = key;
    way = way_of_pdu(context);
    judge_connection(context, &way, response ? CMRP_ON_RESPONSE : CMRP_ON_REQUEST, keep_way);
}

static void keep_bind(const cmrp_context *context, const cmrp_rule *rule, const char *detail)
{
    const cmrp_finding found = { .rule = rule, .detail = detail, .param = CMRP_NO_SIBLING };

    frame_finding_keep(context->pinfo, &found);
}

void judge_bind(const cmrp_context *context, const cmrp_bind *bind)
{
    cmrp_way way = way_of_bind(context, bind);

    judge_connection(context, &way, bind->answer ? CMRP_ON_BIND_ACK : CMRP_ON_BIND, keep_bind);
}

/* ---------------------------------------------------------------- showing */

/** `values` of its parameters, or NULL. */
static void show(const cmrp_context *context, proto_tree *tree, const cmrp_value *values)
{
    /* For speed: few calls have any. */
    if (context->call == NULL || !(context->call->flags & CMRP_FOUND))
        return;
    for (const cmrp_finding *f = frame_findings_of_pdu(context); f; f = f->next)
        finding_show_found(context->pinfo, tree,
                           values && f->param != CMRP_NO_SIBLING ? values[f->param].item : NULL,
                           context->pdu->tvb, f);
}

void judge_show(const cmrp_context *context, proto_tree *tree)
{
    show(context, tree, context->pdu->values);
}

void judge_show_unread(const cmrp_context *context, proto_tree *tree)
{
    show(context, tree, NULL);
}
