/* ndr.c
 * Does the server refuse what the strict check of NDR must refuse (3.1.4.1, 3.1.4.2)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

/** Parameters with a range in the IDL (6.1, 6.2). */
typedef struct {
    uint16_t opnum;
    const char *name;
    uint32_t most;
} range;

static const range ranges[] = {
    { CMRP_OP_ApiSetNetworkPriorityOrder, "NetworkCount", 1000 },
    { CMRP_OP_ApiSetServiceAccountPassword, "ReturnStatusBufferSize", 64 * 1024 },
    { CMRP_OP_ApiNodeGroupSetControl, "nOutBufferSize", 0x7fffffff },
    { CMRP_OP_ApiGroupSetControl, "nOutBufferSize", 0x7fffffff },
};

static const range *range_of(const cmrp_method *method)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++) {
        if (ranges[i].opnum == method->opnum)
            return &ranges[i];
    }
    return NULL;
}

static bool has_range(const cmrp_method *method)
{
    return range_of(method) != NULL;
}

static cmrp_verdict out_of_range(cmrp_case *c)
{
    const range *r = range_of(c->method);
    const int param = check_param_named(c->method, r->name);
    uint64_t value;

    if (!check_number(c, param, &value) || value <= r->most)
        return CMRP_KEPT;
    return check_broken(c, param, "%s is %" PRIu64 ".", r->name, value);
}

static cmrp_verdict range_served(cmrp_case *c)
{
    const range *r = range_of(c->method);
    uint64_t value;

    if (!check_request_number(c, check_param_named(c->method, r->name), &value))
        return CMRP_UNDECIDED;
    if (value <= r->most)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_PARAM, "%s was %" PRIu64 ".", r->name, value);
}

static cmrp_verdict broken_served(cmrp_case *c)
{
    if (!(c->call->flags & CMRP_REQUEST_BROKEN))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_PARAM, "The request in frame %u was none.", c->request_frame);
}

/** The parameter that says how long a buffer of the request is that may be NULL; or CMRP_NO_PARAM. */
static int next_buffer(const cmrp_method *method, int from)
{
    for (int i = from; i < method->param_count; i++) {
        const cmrp_member *param = &method->params[i];

        if (param->directions == CMRP_IN && param->size_is != CMRP_NO_SIBLING &&
            param->type->kind == CMRP_POINTER && !(param->type->flags & CMRP_TYPE_REF))
            return i;
    }
    return CMRP_NO_PARAM;
}

static bool takes_buffer(const cmrp_method *method)
{
    /* ApiSetGroupNodeList takes it for an empty list (3.1.4.2.55). */
    return method->version == 3 && method->opnum != CMRP_OP_ApiSetGroupNodeList &&
           next_buffer(method, 0) != CMRP_NO_PARAM;
}

/** The first buffer of the request that is NULL and has a size; or CMRP_NO_PARAM. */
static int null_with_size(const cmrp_case *c)
{
    for (int i = next_buffer(c->method, 0); i != CMRP_NO_PARAM; i = next_buffer(c->method, i + 1)) {
        if (!c->pdu->values[i].present && c->pdu->values[c->method->params[i].size_is].number != 0)
            return i;
    }
    return CMRP_NO_PARAM;
}

static cmrp_verdict null_served(cmrp_case *c)
{
    int param;

    if (!c->pdu->response) {
        param = null_with_size(c);
        if (param != CMRP_NO_PARAM)
            call_extra(c->context->call)->null_buffer = (uint8_t)(param + 1);
        return CMRP_KEPT;
    }
    if (c->call->extra == NULL || c->call->extra->null_buffer == 0)
        return CMRP_KEPT;
    param = c->call->extra->null_buffer - 1;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_PARAM, "%s was NULL.", c->method->params[param].name);
}

const cmrp_check checks_ndr[] = {
    { { "ndr-out-of-range", "T-15", "3.1.4.2", "client", CMRP_MUST,
        "A number is in the range that the interface gives it." },
      CMRP_ON_REQUEST,
      has_range,
      out_of_range },
    { { "ndr-out-of-range-served", "T-15", "3.1.4.2", "server", CMRP_MUST,
        "A number that is out of its range is refused by a fault." },
      CMRP_ON_RESPONSE,
      has_range,
      range_served },
    { { "ndr-broken-request-served", "T-15", "3.1.4.2", "server", CMRP_MUST,
        "A request that is no consistent NDR is refused by a fault." },
      CMRP_ON_RESPONSE | CMRP_ON_UNREAD | CMRP_IF_SUSPECT_HANDLES,
      NULL,
      broken_served },
    { { "ndr-null-with-size-served", "T-14", "3.1.4.2", "server", CMRP_MUST,
        "A buffer that is NULL and has a size is refused by a fault." },
      CMRP_ON_REQUEST | CMRP_ON_RESPONSE,
      takes_buffer,
      null_served },
    { { NULL, NULL, NULL, NULL, CMRP_CHAT, NULL }, 0, NULL, NULL },
};
