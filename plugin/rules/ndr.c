/* ndr.c
 * Does the server refuse what the strict check of NDR must refuse (3.1.4.1, 3.1.4.2)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

/** Some parameters have a range in the IDL (6.1, 6.2). */
static bool has_range(const cmrp_method *method)
{
    return method->range.param != CMRP_NO_SIBLING;
}

static bool has_range_in_3(const cmrp_method *method)
{
    return has_range(method) && method->version == 3;
}

static bool has_range_in_2(const cmrp_method *method)
{
    return has_range(method) && method->version == 2;
}

static const char *ranged_name(const cmrp_case *c)
{
    return c->method->params[c->method->range.param].name;
}

static cmrp_verdict out_of_range(cmrp_case *c)
{
    const int param = c->method->range.param;
    uint64_t value;

    if (!check_number(c, param, &value) || value <= c->method->range.most)
        return CMRP_KEPT;
    return check_broken(c, param, "%s is %" PRIu64 ".", ranged_name(c), value);
}

static cmrp_verdict range_served(cmrp_case *c)
{
    uint64_t value;

    if (!check_request_number(c, c->method->range.param, &value))
        return CMRP_UNDECIDED;
    if (value <= c->method->range.most)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "%s was %" PRIu64 ", and was served.", ranged_name(c),
                        value);
}

static cmrp_verdict broken_served(cmrp_case *c)
{
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "that in frame %u was none, and was served.",
                        c->request_frame);
}

/** The parameter that says how long a buffer of the request is that may be NULL; or CMRP_NO_SIBLING. */
static int next_buffer(const cmrp_method *method, int from)
{
    for (int i = from; i < method->param_count; i++) {
        const cmrp_member *param = &method->params[i];

        if (param->directions == CMRP_IN && param->size_is != CMRP_NO_SIBLING &&
            param->type->kind == CMRP_POINTER && !(param->type->flags & CMRP_TYPE_REF))
            return i;
    }
    return CMRP_NO_SIBLING;
}

static bool takes_buffer(const cmrp_method *method)
{
    /* ApiSetGroupNodeList takes it for an empty list (3.1.4.2.55). */
    return method->version == 3 && method->opnum != CMRP_OP_ApiSetGroupNodeList &&
           next_buffer(method, 0) != CMRP_NO_SIBLING;
}

/** The first buffer of the request that is NULL and has a size; or CMRP_NO_SIBLING. */
static int null_with_size(const cmrp_case *c)
{
    for (int i = next_buffer(c->method, 0); i != CMRP_NO_SIBLING;
         i = next_buffer(c->method, i + 1)) {
        if (!c->pdu->values[i].present && c->pdu->values[c->method->params[i].size_is].number != 0)
            return i;
    }
    return CMRP_NO_SIBLING;
}

static cmrp_verdict null_served(cmrp_case *c)
{
    uint32_t param;

    if (!c->pdu->response) {
        if (null_with_size(c) != CMRP_NO_SIBLING)
            check_leave(c, (uint32_t)null_with_size(c));
        return CMRP_KEPT;
    }
    if (!check_left(c, &param))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "%s was NULL, and was served.",
                        c->method->params[param].name);
}

const cmrp_rule rules_ndr[] = {
    {
        .id = "ndr-truncated",
        .requirements = "T-15, C-23, F-18",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_UNREADABLE,
        .text = "Sender must send every parameter whole.",
        .defect = CMRP_DEFECT_NDR_TRUNCATED,
    },
    {
        .id = "ndr-count-exceeds-data",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_UNREADABLE,
        .text = "Sender must send as many elements as a count promises.",
        .defect = CMRP_DEFECT_NDR_COUNT_EXCEEDS_DATA,
    },
    {
        .id = "ndr-offset-not-zero",
        .requirements = "T-15, OG-07",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must begin a varying array or string at offset 0.",
        .defect = CMRP_DEFECT_NDR_OFFSET_NOT_ZERO,
    },
    {
        .id = "ndr-actual-exceeds-maximum",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must keep an actual count within the maximum count.",
        .defect = CMRP_DEFECT_NDR_ACTUAL_EXCEEDS_MAXIMUM,
    },
    {
        .id = "ndr-string-not-terminated",
        .requirements = "T-12, T-15, OG-07",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must end a string in a NUL that its count includes.",
        .defect = CMRP_DEFECT_NDR_STRING_NOT_TERMINATED,
    },
    {
        .id = "ndr-count-mismatch",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must give an array the count that its parameter says.",
        .defect = CMRP_DEFECT_NDR_COUNT_MISMATCH,
    },
    {
        .id = "ndr-trailing-bytes",
        .requirements = "T-15, C-23, F-18",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must end the stub with the last parameter.",
        .defect = CMRP_DEFECT_NDR_TRAILING_BYTES,
    },
    {
        .id = "ndr-out-of-range",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must keep a number in the range that the interface gives it.",
        .on = CMRP_ON_REQUEST,
        .concerns = has_range,
        .check = out_of_range,
    },
    {
        .id = "ndr-out-of-range-served",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a number out of its range by a fault.",
        .on = CMRP_ON_RESPONSE,
        .concerns = has_range_in_3,
        .check = range_served,
    },
    {
        .id = "ndr-out-of-range-served-in-version-2",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .note = "Windows NT 4.0 and 2000 do not check: product note 56",
        .text = "Server must refuse a number out of its range by a fault.",
        .on = CMRP_ON_RESPONSE,
        .concerns = has_range_in_2,
        .check = range_served,
    },
    {
        .id = "ndr-broken-request-served",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a request that is no consistent NDR by a fault.",
        .on = CMRP_ON_BROKEN,
        .concerns = check_is_of_version_3,
        .check = broken_served,
    },
    {
        .id = "ndr-broken-request-served-in-version-2",
        .requirements = "T-15",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_SUSPICION,
        .note = "Windows NT 4.0 and 2000 do not check: product note 56",
        .text = "Server must refuse a request that is no consistent NDR by a fault.",
        .on = CMRP_ON_BROKEN,
        .concerns = check_is_of_version_2,
        .check = broken_served,
    },
    {
        .id = "ndr-null-with-size-served",
        .requirements = "T-14",
        .section = "3.1.4.2",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a NULL buffer that has a size by a fault.",
        .on = CMRP_ON_REQUEST | CMRP_ON_RESPONSE,
        .concerns = takes_buffer,
        .check = null_served,
    },
    CMRP_RULES_END,
};
