/* flags.c
 * Do flags and reserved parameters have values that their pages list?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static bool is_allowed(const cmrp_limit *limit, uint64_t value)
{
    return limit->kind == CMRP_LIMIT_BITS ? (value & ~(uint64_t)limit->value) == 0
                                          : value <= limit->value;
}

static bool has_limit(const cmrp_method *method, cmrp_limit_kind kind)
{
    return method->limit.param != CMRP_NO_SIBLING && method->limit.kind == kind;
}

static bool limits_bits(const cmrp_method *method)
{
    return has_limit(method, CMRP_LIMIT_BITS);
}

static bool limits_value(const cmrp_method *method)
{
    return has_limit(method, CMRP_LIMIT_MOST);
}

static bool reserves(const cmrp_method *method)
{
    return has_limit(method, CMRP_LIMIT_ZERO);
}

static bool refuses(const cmrp_method *method)
{
    return method->limit.refused;
}

static cmrp_verdict beyond_limit(cmrp_case *c)
{
    const int param = c->method->limit.param;
    uint64_t value;

    if (!check_number(c, param, &value) || is_allowed(&c->method->limit, value))
        return CMRP_KEPT;
    return check_broken(c, param, "%s is 0x%08" PRIx64 ".", c->method->params[param].name, value);
}

static cmrp_verdict accepted(cmrp_case *c)
{
    const int param = c->method->limit.param;
    uint64_t value;

    if (!check_request_number(c, param, &value))
        return CMRP_UNDECIDED;
    if (!check_succeeded(c) || is_allowed(&c->method->limit, value))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "%s was 0x%08" PRIx64 ".",
                        c->method->params[param].name, value);
}

/* ---------------------------------------------------------------- flags that exclude each other */

static bool moves(const cmrp_method *method)
{
    return method_param_named(method, "dwMoveFlags") != CMRP_NO_SIBLING;
}

static bool is_conflict(uint64_t value)
{
    return (value & CMRP_CLUSAPI_GROUP_MOVE_IGNORE_RESOURCE_STATUS) &&
           (value & CMRP_CLUSAPI_GROUP_MOVE_QUEUE_ENABLED);
}

static cmrp_verdict conflict(cmrp_case *c)
{
    const int param = method_param_named(c->method, "dwMoveFlags");
    uint64_t value;

    if (!check_number(c, param, &value) || !is_conflict(value))
        return CMRP_KEPT;
    return check_broken(c, param, "dwMoveFlags is 0x%08" PRIx64 ".", value);
}

static cmrp_verdict conflict_accepted(cmrp_case *c)
{
    uint64_t value;

    if (!check_request_number(c, method_param_named(c->method, "dwMoveFlags"), &value))
        return CMRP_UNDECIDED;
    /* A move that goes on in the background was accepted as well. */
    if (!is_conflict(value) || !(check_succeeded(c) || c->status == CMRP_ERROR_IO_PENDING))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "dwMoveFlags was 0x%08" PRIx64 ".", value);
}

/* ---------------------------------------------------------------- structures */

/** A member that was told of; false if the structure was not there. */
static bool told(const cmrp_case *c, const char *name, uint32_t *value)
{
    for (unsigned i = 0; i < c->pdu->record_count; i++) {
        if (strcmp(c->pdu->records[i].member->name, name) == 0) {
            *value = (uint32_t)c->pdu->records[i].value.number;
            return true;
        }
    }
    return false;
}

static bool has_group_info(const cmrp_method *method)
{
    return method_param_named(method, "pGroupInfo") != CMRP_NO_SIBLING;
}

static cmrp_verdict info_version(cmrp_case *c)
{
    uint32_t version;

    if (!told(c, "dwVersion", &version) || version == 1)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_SIBLING, "this one is %u.", version);
}

static cmrp_verdict reserved_type(cmrp_case *c)
{
    uint32_t type;

    if (!told(c, "dwGroupType", &type) || (type != 1 && type != 2 && type != 4 && type != 5))
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_SIBLING, "this group is of type %u.", type);
}

static bool tells_versions(const cmrp_method *method)
{
    return method_param_named(method, "ppClusterOpVerInfo") != CMRP_NO_SIBLING;
}

static cmrp_verdict operational_version(cmrp_case *c)
{
    uint32_t size, flags, reserved;

    if (!check_succeeded(c) || !told(c, "dwSize", &size) || !told(c, "dwFlags", &flags) ||
        !told(c, "dwReserved", &reserved))
        return CMRP_UNDECIDED;
    if (reserved != 0)
        return check_broken(c, CMRP_NO_SIBLING, "dwReserved is 0x%08x.", reserved);
    if (flags > 1)
        return check_broken(c, CMRP_NO_SIBLING, "dwFlags is 0x%08x.", flags);
    if (size != 20)
        return check_broken(c, CMRP_NO_SIBLING, "dwSize is %u.", size);
    return CMRP_KEPT;
}

const cmrp_rule rules_flags[] = {
    {
        .id = "flags-unknown-bits",
        .requirements = "F-01, F-05, F-06, F-07, F-08",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set only flags that the page of the method lists.",
        .on = CMRP_ON_REQUEST,
        .concerns = limits_bits,
        .check = beyond_limit,
    },
    {
        .id = "flags-unknown-value",
        .requirements = "F-04, F-11, F-13, OX-11",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must send one of the values that the page of the method lists.",
        .on = CMRP_ON_REQUEST,
        .concerns = limits_value,
        .check = beyond_limit,
    },
    {
        .id = "flags-reserved-used",
        .requirements = "F-09, F-10, F-12",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set a reserved parameter to 0.",
        .on = CMRP_ON_REQUEST,
        .concerns = reserves,
        .check = beyond_limit,
    },
    {
        .id = "flags-accepted",
        .requirements = "F-05, F-07, F-08, F-09, F-11, OX-11",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text =
            "Server must refuse a value that the page does not list with ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_RESPONSE,
        .concerns = refuses,
        .check = accepted,
    },
    {
        .id = "flags-move-conflict",
        .requirements = "F-06",
        .section = "3.1.4.2.131",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must not set both CLUSAPI_GROUP_MOVE_IGNORE_RESOURCE_STATUS and "
                "CLUSAPI_GROUP_MOVE_QUEUE_ENABLED.",
        .on = CMRP_ON_REQUEST,
        .concerns = moves,
        .check = conflict,
    },
    {
        .id = "flags-move-conflict-accepted",
        .requirements = "F-06",
        .section = "3.1.4.2.131",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse flags that exclude each other with ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_RESPONSE,
        .concerns = moves,
        .check = conflict_accepted,
    },
    {
        .id = "flags-group-info-version",
        .requirements = "OX-10",
        .section = "3.1.4.2.128",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set the version of a new group's information to 1.",
        .on = CMRP_ON_REQUEST,
        .concerns = has_group_info,
        .check = info_version,
    },
    {
        .id = "flags-group-type-reserved",
        .requirements = "OX-10",
        .section = "3.1.4.2.128",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must not use the types 1, 2, 4 and 5 of groups, which are reserved for "
                "local use.",
        .on = CMRP_ON_REQUEST,
        .concerns = has_group_info,
        .check = reserved_type,
    },
    {
        .id = "flags-operational-version",
        .requirements = "F-15",
        .section = "2.2.3.3",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return an operational version of 20 bytes, with flags of 0 or 1 and a "
                "reserved member of 0.",
        .on = CMRP_ON_RESPONSE,
        .concerns = tells_versions,
        .check = operational_version,
    },
    CMRP_RULES_END,
};
