/* conformance.c
 * Does a PDU keep the rules of MS-CMRP? Checks of single calls against the rules.
 *
 * Which checks concern a method is found out when the method is first seen, so that a PDU meets only
 * the few that may say something about it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "conformance.h"

#include "checks.h"
#include "findings.h"

const cmrp_check *const cmrp_families[] = {
    checks_open, checks_close, checks_handle, checks_status, checks_access, checks_filter, NULL,
};

/* ---------------------------------------------------------------- which checks concern a method */

/** The checks of one method and direction; a NULL ends them. Made once, lives until the end. */
typedef const cmrp_check **check_list;

/** By method: requests first, then responses. */
static GHashTable *lists;

static check_list make_list(const cmrp_method *method, unsigned direction)
{
    GPtrArray *list = g_ptr_array_new();

    for (const cmrp_check *const *family = cmrp_families; *family; family++) {
        for (const cmrp_check *check = *family; check->rule.id; check++) {
            if ((check->on & direction) && check->concerns(method))
                g_ptr_array_add(list, (void *)check);
        }
    }
    g_ptr_array_add(list, NULL);
    return (check_list)(void *)g_ptr_array_free(list, FALSE);
}

static check_list list_of(const cmrp_method *method, bool response)
{
    check_list *both;

    if (lists == NULL)
        lists = g_hash_table_new(NULL, NULL);
    both = (check_list *)g_hash_table_lookup(lists, method);
    if (both == NULL) {
        both = g_new(check_list, 2);
        both[0] = make_list(method, CMRP_ON_REQUEST);
        both[1] = make_list(method, CMRP_ON_RESPONSE);
        g_hash_table_insert(lists, (void *)method, both);
    }
    return both[response];
}

/* ---------------------------------------------------------------- judging */

static void keep(const cmrp_case *c, const cmrp_check *check)
{
    cmrp_call_extra *extra = call_extra(c->moment->call);
    cmrp_finding *finding = wmem_new0(wmem_file_scope(), cmrp_finding);
    cmrp_finding **end = &extra->findings;

    finding->check = check;
    finding->detail = handles_keep_name(c->detail);
    finding->param = (int16_t)c->param;
    finding->response = c->pdu->response;
    memcpy(finding->evidence, c->evidence, sizeof(finding->evidence));
    while (*end)
        end = &(*end)->next;
    *end = finding;
}

void conformance_check(const cmrp_moment *moment)
{
    const cmrp_call *call = moment->call;
    cmrp_case c = { .moment = moment,
                    .method = moment->pdu->method,
                    .pdu = moment->pdu,
                    .call = call,
                    .out = handles_by_id(call->out) };

    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++)
        c.in[i] = handles_by_id(call->in[i]);
    c.has_status = call_status(moment->pdu, &c.status);
    for (check_list check = list_of(c.method, c.pdu->response); *check; check++) {
        c.detail = "";
        c.param = CMRP_NO_PARAM;
        c.evidence[0] = c.evidence[1] = 0;
        if ((*check)->test(&c) == CMRP_BROKEN)
            keep(&c, *check);
    }
}

void conformance_show(const cmrp_moment *moment, proto_tree *tree)
{
    const cmrp_pdu *pdu = moment->pdu;

    if (moment->call == NULL || moment->call->extra == NULL)
        return;
    for (const cmrp_finding *f = moment->call->extra->findings; f; f = f->next) {
        if (f->response != pdu->response)
            continue;
        finding_show_rule(moment->pinfo, tree,
                          f->param == CMRP_NO_PARAM ? NULL : pdu->values[f->param].item, pdu->tvb,
                          &f->check->rule, f->detail, f->evidence);
    }
}
