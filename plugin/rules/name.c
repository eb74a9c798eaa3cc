/* name.c
 * Are names and dependency expressions of the form that the specification gives them?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "rules/expression.h"

/* ---------------------------------------------------------------- lengths */

/** Bytes of the name of a cluster or a node, its terminator included (3.1.4.1, 3.1.4.2). */
static uint32_t longest(const cmrp_method *method)
{
    return method->version == 2 ? 32 : 128;
}

/** Parameters with the name of a cluster or a node, in methods where that is what they are. */
static const char *const limited[] = { "NewClusterName", "ClusterName", "NodeName",
                                       "lpszNodeName" };

static bool names_cluster_or_node(const cmrp_method *method)
{
    for (size_t i = 0; i < G_N_ELEMENTS(limited); i++) {
        if (method_param_named(method, limited[i]) != CMRP_NO_SIBLING)
            return true;
    }
    return false;
}

static cmrp_verdict too_long(cmrp_case *c)
{
    /* What an answer of failure holds means nothing. */
    if (c->pdu->response && !check_succeeded(c))
        return CMRP_KEPT;
    for (size_t i = 0; i < G_N_ELEMENTS(limited); i++) {
        const int param = method_param_named(c->method, limited[i]);
        const uint32_t bytes = param == CMRP_NO_SIBLING ? 0 : c->pdu->values[param].length + 2;

        if (param != CMRP_NO_SIBLING && c->pdu->values[param].present && bytes > longest(c->method))
            return check_broken(c, param, "this one has %u bytes.", bytes);
    }
    return CMRP_KEPT;
}

static bool renames_cluster(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiSetClusterName;
}

static cmrp_verdict too_long_accepted(cmrp_case *c)
{
    const int param = method_param_named(c->method, "NewClusterName");
    uint32_t bytes;

    if (!c->pdu->response) {
        bytes = c->pdu->values[param].length + 2;
        if (bytes > longest(c->method))
            check_leave(c, bytes);
        return CMRP_KEPT;
    }
    if (!check_left(c, &bytes))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "this one had %u bytes, and was accepted.", bytes);
}

/* ---------------------------------------------------------------- group sets */

static bool creates_group_set(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiCreateGroupSet;
}

static cmrp_verdict empty_accepted(cmrp_case *c)
{
    if (c->call->name == NULL || *c->call->name->utf8 != '\0' || !c->has_status ||
        c->status != CMRP_ERROR_SUCCESS)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "this name was empty, and was accepted.");
}

/* ---------------------------------------------------------------- dependencies */

static int expression_param(const cmrp_method *method)
{
    return method_param_named(method, "lpszDependencyExpression");
}

static bool sets_dependency(const cmrp_method *method)
{
    const int param = expression_param(method);

    return param != CMRP_NO_SIBLING && (method->params[param].directions & CMRP_IN);
}

static expression_kind kind_of(const cmrp_method *method)
{
    switch (method->opnum) {
    case CMRP_OP_ApiSetGroupDependencyExpression:
        return EXPRESSION_OF_GROUPS;
    case CMRP_OP_ApiSetGroupSetDependencyExpression:
        return EXPRESSION_OF_GROUP_SETS;
    default:
        return EXPRESSION_OF_RESOURCES;
    }
}

static cmrp_verdict expression(cmrp_case *c)
{
    const int param = expression_param(c->method);
    const cmrp_value *value = &c->pdu->values[param];
    char *text;

    if (!value->present || value->length == 0)
        return CMRP_KEPT;
    text = (char *)tvb_get_string_enc(
        c->context->pinfo->pool, c->pdu->tvb, (int)value->offset, (int)value->length,
        ENC_UTF_16 | (c->pdu->big_endian ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN));
    return expression_is_valid(kind_of(c->method), text)
               ? CMRP_KEPT
               : check_broken(c, param, "this one does not follow it.");
}

/** ApiSetResourceDependencyExpression of version 3.0: its page alone says what the server makes of others. */
static bool refuses_expressions(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiSetResourceDependencyExpression;
}

static cmrp_verdict expression_accepted(cmrp_case *c)
{
    uint32_t malformed;

    if (!c->pdu->response) {
        if (expression(c) == CMRP_BROKEN)
            check_leave(c, true);
        return CMRP_KEPT;
    }
    if (!check_left(c, &malformed))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS], "this one was accepted.");
}

/* ---------------------------------------------------------------- names that must be there */

/** What a page says that the server writes on success: at least an empty string, never NULL. */
static bool owes_name(const cmrp_method *method)
{
    return method->given != CMRP_NO_SIBLING;
}

static cmrp_verdict missing(cmrp_case *c)
{
    const int param = c->method->given;

    if (!check_succeeded(c) || c->pdu->values[param].present)
        return CMRP_KEPT;
    return check_broken(c, param, "%s is NULL.", c->method->params[param].name);
}

const cmrp_rule rules_name[] = {
    {
        .id = "name-too-long",
        .requirements = "C-15",
        .section = "3.1.4.2",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must keep names of clusters and nodes within 32 bytes in version 2.0 and "
                "128 in version 3.0.",
        .on = CMRP_ON_REQUEST | CMRP_ON_RESPONSE,
        .concerns = names_cluster_or_node,
        .check = too_long,
    },
    {
        .id = "name-too-long-accepted",
        .requirements = "F-14",
        .section = "3.1.4.2.3",
        .party = "server",
        .level = CMRP_MUST,
        .text =
            "Server must refuse a name that is too long for a cluster with RPC_S_STRING_TOO_LONG.",
        .on = CMRP_ON_REQUEST | CMRP_ON_SUCCESS,
        .concerns = renames_cluster,
        .check = too_long_accepted,
    },
    {
        .id = "name-empty-accepted",
        .requirements = "OX-14",
        .section = "3.1.4.2.146",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a group set without a name with ERROR_INVALID_NAME.",
        .on = CMRP_ON_RESPONSE,
        .concerns = creates_group_set,
        .check = empty_accepted,
    },
    {
        .id = "name-dependency-expression",
        .requirements = "F-16",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must write a dependency expression by the grammar of its page.",
        .on = CMRP_ON_REQUEST,
        .concerns = sets_dependency,
        .check = expression,
    },
    {
        .id = "name-dependency-expression-accepted",
        .requirements = "F-20",
        .section = "3.1.4.2.109",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a dependency expression against the grammar with "
                "ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_REQUEST | CMRP_ON_SUCCESS,
        .concerns = refuses_expressions,
        .check = expression_accepted,
    },
    {
        .id = "name-missing",
        .requirements = "S-08",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must write a name on success, be it empty.",
        .on = CMRP_ON_RESPONSE,
        .concerns = owes_name,
        .check = missing,
    },
    CMRP_RULES_END,
};
