/* flags.c
 * Do flags and reserved parameters have values that their pages list?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

typedef enum {
    BITS,    /**< an OR of the bits of `allowed` */
    VALUE,   /**< 0 to `allowed` */
    RESERVED /**< 0 */
} kind;

/** What a parameter of version 3.0 may be. */
typedef struct {
    uint16_t opnum;
    const char *name;
    kind kind;
    uint32_t allowed;
    bool refused; /**< the server answers anything else with ERROR_INVALID_PARAMETER */
    bool in_2;    /**< the same holds for version 2.0 */
} limit;

static const limit limits[] = {
    { CMRP_OP_ApiCreateResource, "dwFlags", VALUE, 1, true, true },
    { CMRP_OP_ApiChangeCsvState, "dwState", VALUE, 1, false, false },
    { CMRP_OP_ApiPauseNodeEx, "dwPauseFlags", BITS, 0x01, false, false },
    { CMRP_OP_ApiPauseNodeWithDrainTarget, "dwPauseFlags", BITS, 0x01, false, false },
    { CMRP_OP_ApiResumeNodeEx, "dwResumeFailbackType", VALUE, 2, false, false },
    { CMRP_OP_ApiOnlineGroupEx, "dwOnlineFlags", BITS, 0x0f, true, false },
    { CMRP_OP_ApiOfflineGroupEx, "dwOfflineFlags", BITS, 0x01, false, false },
    { CMRP_OP_ApiMoveGroupEx, "dwMoveFlags", BITS, 0x3f, false, false },
    { CMRP_OP_ApiMoveGroupToNodeEx, "dwMoveFlags", BITS, 0x3f, false, false },
    { CMRP_OP_ApiCancelClusterGroupOperation, "dwCancelFlags", RESERVED, 0, true, false },
    { CMRP_OP_ApiOnlineResourceEx, "dwOnlineFlags", BITS, 0x2f, true, false },
    { CMRP_OP_ApiOfflineResourceEx, "dwOfflineFlags", BITS, 0x07, true, false },
    { CMRP_OP_ApiRestartResource, "dwFlags", RESERVED, 0, false, false },
    { CMRP_OP_ApiChangeCsvStateEx, "dwState", VALUE, 1, false, false },
    { CMRP_OP_ApiAddGroupToGroupSetEx, "Reserved", RESERVED, 0, false, false },
    { CMRP_OP_ApiChangeResourceGroupEx, "flags", VALUE, 1, true, false },
};

static const limit *limit_of(const cmrp_method *method)
{
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        if (limits[i].opnum == method->opnum && (method->version == 3 || limits[i].in_2))
            return &limits[i];
    }
    return NULL;
}

static bool is_allowed(const limit *l, uint64_t value)
{
    return l->kind == BITS ? (value & ~(uint64_t)l->allowed) == 0 : value <= l->allowed;
}

static bool limits_bits(const cmrp_method *method)
{
    const limit *l = limit_of(method);

    return l && l->kind == BITS;
}

static bool limits_value(const cmrp_method *method)
{
    const limit *l = limit_of(method);

    return l && l->kind == VALUE;
}

static bool reserves(const cmrp_method *method)
{
    const limit *l = limit_of(method);

    return l && l->kind == RESERVED;
}

static bool refuses(const cmrp_method *method)
{
    const limit *l = limit_of(method);

    return l && l->refused;
}

static cmrp_verdict beyond_limit(cmrp_case *c)
{
    const limit *l = limit_of(c->method);
    const int param = check_param_named(c->method, l->name);
    uint64_t value;

    if (!check_number(c, param, &value) || is_allowed(l, value))
        return CMRP_KEPT;
    return check_broken(c, param, "%s is 0x%08" PRIx64 ".", l->name, value);
}

static cmrp_verdict accepted(cmrp_case *c)
{
    const limit *l = limit_of(c->method);
    uint64_t value;

    if (!check_request_number(c, check_param_named(c->method, l->name), &value))
        return CMRP_UNDECIDED;
    if (!check_succeeded(c) || is_allowed(l, value))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_PARAM, "%s was 0x%08" PRIx64 ".", l->name, value);
}

/* ---------------------------------------------------------------- flags that exclude each other */

static bool moves(const cmrp_method *method)
{
    return check_param_named(method, "dwMoveFlags") != CMRP_NO_PARAM;
}

static bool is_conflict(uint64_t value)
{
    return (value & CMRP_CLUSAPI_GROUP_MOVE_IGNORE_RESOURCE_STATUS) &&
           (value & CMRP_CLUSAPI_GROUP_MOVE_QUEUE_ENABLED);
}

static cmrp_verdict conflict(cmrp_case *c)
{
    const int param = check_param_named(c->method, "dwMoveFlags");
    uint64_t value;

    if (!check_number(c, param, &value) || !is_conflict(value))
        return CMRP_KEPT;
    return check_broken(c, param, "This is 0x%08" PRIx64 ".", value);
}

static cmrp_verdict conflict_accepted(cmrp_case *c)
{
    uint64_t value;

    if (!check_request_number(c, check_param_named(c->method, "dwMoveFlags"), &value))
        return CMRP_UNDECIDED;
    /* A move that goes on in the background was accepted as well. */
    if (!is_conflict(value) || !(check_succeeded(c) || c->status == CMRP_ERROR_IO_PENDING))
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_PARAM, "dwMoveFlags was 0x%08" PRIx64 ".", value);
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
    return check_param_named(method, "pGroupInfo") != CMRP_NO_PARAM;
}

static cmrp_verdict info_version(cmrp_case *c)
{
    uint32_t version;

    if (!told(c, "dwVersion", &version) || version == 1)
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This is %u.", version);
}

static cmrp_verdict reserved_type(cmrp_case *c)
{
    uint32_t type;

    if (!told(c, "dwGroupType", &type) || (type != 1 && type != 2 && type != 4 && type != 5))
        return CMRP_KEPT;
    return check_broken(c, CMRP_NO_PARAM, "This is %u.", type);
}

static bool tells_versions(const cmrp_method *method)
{
    return check_param_named(method, "ppClusterOpVerInfo") != CMRP_NO_PARAM;
}

static cmrp_verdict operational_version(cmrp_case *c)
{
    uint32_t size, flags, reserved;

    if (!check_succeeded(c) || !told(c, "dwSize", &size) || !told(c, "dwFlags", &flags) ||
        !told(c, "dwReserved", &reserved))
        return CMRP_UNDECIDED;
    if (reserved != 0)
        return check_broken(c, CMRP_NO_PARAM, "dwReserved is 0x%08x.", reserved);
    if (flags > 1)
        return check_broken(c, CMRP_NO_PARAM, "dwFlags is 0x%08x.", flags);
    if (size != 20)
        return check_broken(c, CMRP_NO_PARAM, "dwSize is %u.", size);
    return CMRP_KEPT;
}

const cmrp_rule rules_flags[] = {
    {
        .id = "flags-unknown-bits",
        .requirements = "F-01, F-05, F-06, F-07, F-08",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Flags have only bits that their page lists.",
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
        .text = "A parameter has one of the values that its page lists.",
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
        .text = "A reserved parameter is 0.",
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
        .text = "A value that the page does not list is refused with ERROR_INVALID_PARAMETER.",
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
        .text = "CLUSAPI_GROUP_MOVE_IGNORE_RESOURCE_STATUS and CLUSAPI_GROUP_MOVE_QUEUE_ENABLED "
                "exclude each other.",
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
        .text = "Flags that exclude each other are refused with ERROR_INVALID_PARAMETER.",
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
        .text = "The version of a new group's information is 1.",
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
        .text = "The types 1, 2, 4 and 5 of groups are reserved for local use.",
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
        .text =
            "The operational version has 20 bytes, flags of 0 or 1, and a reserved member of 0.",
        .on = CMRP_ON_RESPONSE,
        .concerns = tells_versions,
        .check = operational_version,
    },
    CMRP_RULES_END,
};
