/* registry.c
 * Do calls on the cluster registry fit together (3.1.4.2.29 to .41, .113 to .115)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static int param(const cmrp_case *c, const char *name)
{
    return method_param_named(c->method, name);
}

/* ---------------------------------------------------------------- values */

static bool sets_value(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiSetValue;
}

static cmrp_verdict value_type(cmrp_case *c)
{
    const int place = param(c, "dwType");
    uint64_t type;

    if (!check_number(c, place, &type))
        return CMRP_UNDECIDED;
    if (try_val_to_str((uint32_t)type, c->method->params[place].meaning->values) &&
        (c->method->version == 3 || type != CMRP_REG_QWORD))
        return CMRP_KEPT;
    return check_broken(c, place, "this one is of type %u.", (uint32_t)type);
}

static int returned_type(const cmrp_method *method)
{
    switch (method->opnum) {
    case CMRP_OP_ApiQueryValue:
        return method_param_named(method, "lpValueType");
    case CMRP_OP_ApiEnumValue:
        return method_param_named(method, "lpType");
    default:
        return CMRP_NO_SIBLING;
    }
}

static bool returns_type(const cmrp_method *method)
{
    return returned_type(method) != CMRP_NO_SIBLING;
}

static cmrp_verdict unknown_type_returned(cmrp_case *c)
{
    const int place = returned_type(c->method);
    uint64_t type;

    if (!check_number(c, place, &type) ||
        try_val_to_str((uint32_t)type, c->method->params[place].meaning->values))
        return CMRP_KEPT;
    return check_broken(c, place, "this one is of type %u.", (uint32_t)type);
}

/** A size that comes with success, or with ERROR_MORE_DATA, against the room that there was. */
static cmrp_verdict judge_size(cmrp_case *c, int place, uint64_t size, uint64_t room)
{
    c->evidence[0] = c->request_frame;
    if (check_succeeded(c) && size > room)
        return check_broken(
            c, place, "%" PRIu64 " bytes are said to be written, there was room for %" PRIu64 ".",
            size, room);
    if (c->has_status && c->status == CMRP_ERROR_MORE_DATA && size <= room)
        return check_broken(c, place,
                            "%" PRIu64 " bytes are required, and there was room for %" PRIu64 ".",
                            size, room);
    return CMRP_KEPT;
}

static bool queries_value(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiQueryValue;
}

static cmrp_verdict query_size(cmrp_case *c)
{
    uint64_t room, size;

    if (!check_request_number(c, param(c, "cbData"), &room) ||
        !check_number(c, param(c, "lpcbRequired"), &size))
        return CMRP_UNDECIDED;
    return judge_size(c, param(c, "lpcbRequired"), size, room);
}

static bool enumerates_values(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiEnumValue;
}

static cmrp_verdict enum_size(cmrp_case *c)
{
    const int total = param(c, "TotalSize");
    uint64_t room, written, size;

    if (!check_request_number(c, param(c, "lpcbData"), &room) ||
        !check_number(c, param(c, "lpcbData"), &written) || !check_number(c, total, &size))
        return CMRP_UNDECIDED;
    if (check_succeeded(c) && written != size)
        return check_broken(c, total, "lpcbData is %" PRIu64 " and TotalSize %" PRIu64 ".", written,
                            size);
    return judge_size(c, total, size, room);
}

/* ---------------------------------------------------------------- keys */

static bool creates_key(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiCreateKey;
}

/** ApiCreateKey, ApiOpenKey and ApiDeleteKey. */
static bool pdu_text_subkey(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiCreateKey || method->opnum == CMRP_OP_ApiOpenKey ||
           method->opnum == CMRP_OP_ApiDeleteKey;
}

static cmrp_verdict subkey(cmrp_case *c)
{
    if (check_unit(c, param(c, "lpSubKey"), 0) != '\\')
        return CMRP_KEPT;
    return check_broken(c, param(c, "lpSubKey"), "this one begins with one.");
}

static bool creates_key_without_options(const cmrp_method *method)
{
    return creates_key(method) && method->version == 2;
}

static cmrp_verdict options(cmrp_case *c)
{
    uint64_t value;

    if (!check_number(c, param(c, "dwOptions"), &value) || value == 0)
        return CMRP_KEPT;
    return check_broken(c, param(c, "dwOptions"), "they are 0x%08x.", (uint32_t)value);
}

static cmrp_verdict options_accepted(cmrp_case *c)
{
    uint64_t value;

    if (!check_request_number(c, param(c, "dwOptions"), &value))
        return CMRP_UNDECIDED;
    if (value == 0)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, CMRP_NO_SIBLING, "dwOptions was 0x%08x.", (uint32_t)value);
}

static cmrp_verdict disposition(cmrp_case *c)
{
    const int place = param(c, "lpdwDisposition");
    uint64_t value;

    if (!check_number(c, place, &value) ||
        try_val_to_str((uint32_t)value, c->method->params[place].meaning->values))
        return CMRP_KEPT;
    return check_broken(c, place, "this is %u.", (uint32_t)value);
}

const cmrp_rule rules_registry[] = {
    {
        .id = "registry-value-type",
        .requirements = "Y-01",
        .section = "3.1.4.2.33",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must write a value of a type that the cluster registry has.",
        .on = CMRP_ON_REQUEST,
        .concerns = sets_value,
        .check = value_type,
    },
    {
        .id = "registry-returned-type",
        .requirements = "Y-09",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return a value of a type that the cluster registry has.",
        .on = CMRP_ON_SUCCESS,
        .concerns = returns_type,
        .check = unknown_type_returned,
    },
    {
        .id = "registry-query-size",
        .requirements = "Y-02",
        .section = "3.1.4.2.35",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must tell a size that fits the buffer on success, and does not with "
                "ERROR_MORE_DATA.",
        .on = CMRP_ON_RESPONSE,
        .concerns = queries_value,
        .check = query_size,
    },
    {
        .id = "registry-enum-size",
        .requirements = "Y-03",
        .section = "3.1.4.2.37",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must tell two sizes that agree, fit the buffer on success, and do not with "
                "ERROR_MORE_DATA.",
        .on = CMRP_ON_RESPONSE,
        .concerns = enumerates_values,
        .check = enum_size,
    },
    {
        .id = "registry-subkey",
        .requirements = "OX-12, Y-10",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must not begin the name of a subkey with a backslash.",
        .on = CMRP_ON_REQUEST,
        .concerns = pdu_text_subkey,
        .check = subkey,
    },
    {
        .id = "registry-options",
        .requirements = "OX-12",
        .section = "3.1.4.2.30",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set the options of a new key to 0 in version 2.0.",
        .on = CMRP_ON_REQUEST,
        .concerns = creates_key_without_options,
        .check = options,
    },
    {
        .id = "registry-options-accepted",
        .requirements = "OX-12",
        .section = "3.1.4.2.30",
        .party = "server",
        .level = CMRP_MUST,
        .text =
            "Server must refuse options of a new key in version 2.0 with ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_SUCCESS,
        .concerns = creates_key_without_options,
        .check = options_accepted,
    },
    {
        .id = "registry-disposition",
        .requirements = "OX-12",
        .section = "3.1.4.2.30",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must say that a key was created (1) or opened (2).",
        .on = CMRP_ON_SUCCESS,
        .concerns = creates_key,
        .check = disposition,
    },
    CMRP_RULES_END,
};
