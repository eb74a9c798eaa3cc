/* flags_node.c
 * Are nodes paused, and groups bound to them, as their pages say?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

/* ---------------------------------------------------------------- draining a node */

static bool drains(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiPauseNodeEx;
}

static cmrp_verdict not_pending(cmrp_case *c)
{
    uint64_t drain;

    if (!check_request_number(c, method_param_named(c->method, "bDrainNode"), &drain))
        return CMRP_UNDECIDED;
    if (drain == 0)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS], "bDrainNode was %u.",
                        (uint32_t)drain);
}

static bool drains_to_node(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiPauseNodeWithDrainTarget;
}

/** True if both handles of the request certainly stand for one node. */
static bool is_same_node(const cmrp_case *c)
{
    if (c->in[0] == NULL || c->in[1] == NULL)
        return false;
    if (c->in[0] == c->in[1])
        return true;
    return c->verdicts[0] == CMRP_FIT && c->verdicts[1] == CMRP_FIT && c->in[0]->name &&
           c->in[1]->name && *c->in[0]->name->utf8 &&
           string_fold_id(c->in[0]->name) == string_fold_id(c->in[1]->name);
}

static cmrp_verdict same_node(cmrp_case *c)
{
    if (!is_same_node(c))
        return CMRP_KEPT;
    c->evidence[0] = c->in[0]->opened_in;
    c->evidence[1] = c->in[1]->opened_in;
    return check_broken(c, c->method->handle_params[1], "both handles stand for one node.");
}

static cmrp_verdict same_node_accepted(cmrp_case *c)
{
    if (!is_same_node(c) || !c->has_status ||
        (c->status != CMRP_ERROR_SUCCESS && c->status != CMRP_ERROR_IO_PENDING))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS],
                        "both handles stood for one node.");
}

/* ---------------------------------------------------------------- the nodes of a group */

static int list_param(const cmrp_method *method)
{
    return method_param_named(method, method->version == 3 ? "multiSzNodeList" : "lpNodeList");
}

static bool sets_nodes(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiSetGroupNodeList;
}

static bool is_nul(const cmrp_case *c, const cmrp_value *list, uint32_t units, uint32_t from_end)
{
    const uint8_t *unit = c->pdu->data + list->offset + (size_t)2 * (units - from_end);

    return unit[0] == 0 && unit[1] == 0;
}

/** True if the list ends otherwise than its page demands (3.1.4.1.55, 3.1.4.2.55). */
static bool is_malformed(const cmrp_case *c)
{
    const cmrp_value *list = &c->pdu->values[list_param(c->method)];
    uint32_t units;

    /* Version 3.0 takes what is not there, or one character, for an empty list. */
    if (!list->present || c->pdu->breach_count > 0)
        return c->method->version == 2 && !list->present;
    if (c->method->version == 2) {
        units = list->length / 2;
        return list->length % 2 != 0 || units == 0 || !is_nul(c, list, units, 1) ||
               (units > 1 && !is_nul(c, list, units, 2));
    }
    units = (uint32_t)list->number;
    return units > 1 && !is_nul(c, list, units, 1);
}

static cmrp_verdict list_accepted(cmrp_case *c)
{
    uint32_t malformed;

    if (!c->pdu->response) {
        if (is_malformed(c))
            check_leave(c, true);
        return CMRP_KEPT;
    }
    if (!check_left(c, &malformed))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS], "this one was accepted.");
}

const cmrp_rule rules_flags_node[] = {
    {
        .id = "flags-drain-not-pending",
        .requirements = "F-02",
        .section = "3.1.4.2.125",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return ERROR_IO_PENDING if it pauses a node that is to be drained.",
        .on = CMRP_ON_SUCCESS,
        .concerns = drains,
        .check = not_pending,
    },
    {
        .id = "flags-drain-target-same",
        .requirements = "F-03",
        .section = "3.1.4.2.126",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must not drain a node to itself.",
        .on = CMRP_ON_REQUEST,
        .concerns = drains_to_node,
        .check = same_node,
    },
    {
        .id = "flags-drain-target-accepted",
        .requirements = "F-03",
        .section = "3.1.4.2.126",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse to drain a node to itself with ERROR_INVALID_TARGET_HANDLE.",
        .on = CMRP_ON_RESPONSE,
        .concerns = drains_to_node,
        .check = same_node_accepted,
    },
    {
        .id = "flags-node-list-accepted",
        .requirements = "F-17",
        .section = "3.1.4.2.55",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a list of nodes that does not end in NUL with "
                "ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_REQUEST | CMRP_ON_SUCCESS,
        .concerns = sets_nodes,
        .check = list_accepted,
    },
    CMRP_RULES_END,
};
