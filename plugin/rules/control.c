/* control.c
 * Are control codes those of the object, and do the sizes of an answer fit together?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

static int code_param(const cmrp_method *method)
{
    return method_param_named(method, "dwControlCode");
}

static bool controls(const cmrp_method *method)
{
    const int param = code_param(method);

    return param != CMRP_NO_SIBLING && method->params[param].meaning &&
           method->params[param].meaning->values && method->kind == CMRP_METHOD_NORMAL;
}

/** True if a code that the page lists begins with the same byte, which tells the object. */
static bool is_of_object(const cmrp_enumeration *codes, uint32_t code)
{
    for (const value_string *known = codes->values; known->strptr; known++) {
        if (known->value >> 24 == code >> 24)
            return true;
    }
    return false;
}

static cmrp_verdict other_object(cmrp_case *c)
{
    const int param = code_param(c->method);
    const cmrp_enumeration *codes = c->method->params[param].meaning;
    uint64_t code;

    if (!check_number(c, param, &code) || is_of_object(codes, (uint32_t)code))
        return CMRP_KEPT;
    return check_broken(c, param, "0x%08x is none of %s.", (uint32_t)code, codes->name);
}

static cmrp_verdict unlisted(cmrp_case *c)
{
    const int param = code_param(c->method);
    const cmrp_enumeration *codes = c->method->params[param].meaning;
    uint64_t code;

    if (!check_number(c, param, &code) || !is_of_object(codes, (uint32_t)code) ||
        try_val_to_str((uint32_t)code, codes->values))
        return CMRP_KEPT;
    return check_broken(c, param, "0x%08x is not among those of %s.", (uint32_t)code, codes->name);
}

/* ---------------------------------------------------------------- sizes */

static bool read_sizes(const cmrp_case *c, uint64_t *room, uint64_t *returned, uint64_t *required)
{
    return check_request_number(c, method_param_named(c->method, "nOutBufferSize"), room) &&
           check_number(c, method_param_named(c->method, "lpBytesReturned"), returned) &&
           check_number(c, method_param_named(c->method, "lpcbRequired"), required);
}

static cmrp_verdict more_data_without_size(cmrp_case *c)
{
    uint64_t room, returned, required;

    if (!c->has_status || c->status != CMRP_ERROR_MORE_DATA)
        return CMRP_KEPT;
    if (!read_sizes(c, &room, &returned, &required))
        return CMRP_UNDECIDED;
    if (required > room)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, method_param_named(c->method, "lpcbRequired"),
                        "there is room for %" PRIu64 " bytes, and %" PRIu64 " are required.", room,
                        required);
}

static cmrp_verdict required_without_data(cmrp_case *c)
{
    uint64_t room, returned, required;

    if (!read_sizes(c, &room, &returned, &required))
        return CMRP_UNDECIDED;
    if (returned != 0 || required == 0)
        return CMRP_KEPT;
    /* To a buffer of no bytes some codes answer ERROR_SUCCESS where others say ERROR_MORE_DATA
     * (3.1.4.3.1.2): what is required may be told all the same. */
    if (room == 0)
        return CMRP_UNDECIDED;
    return check_broken(c, method_param_named(c->method, "lpcbRequired"),
                        "this one requires %" PRIu64 ".", required);
}

static cmrp_verdict returned_beyond_room(cmrp_case *c)
{
    uint64_t room, returned, required;

    if (!read_sizes(c, &room, &returned, &required))
        return CMRP_UNDECIDED;
    if (returned <= room)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, method_param_named(c->method, "lpBytesReturned"),
                        "there was room for %" PRIu64 ".", room);
}

static cmrp_verdict stored_by_other_code(cmrp_case *c)
{
    /* CLUSCTL_RESOURCE_SET_COMMON_PROPERTIES, CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES and their
     * likes: the byte of the object aside. */
    const uint32_t set_common = 0x0040005e, set_private = 0x00400086;
    uint64_t code;

    if (!c->has_status || c->status != CMRP_ERROR_RESOURCE_PROPERTIES_STORED)
        return CMRP_KEPT;
    if (!check_request_number(c, code_param(c->method), &code))
        return CMRP_UNDECIDED;
    if ((code & 0xffffff) == set_common || (code & 0xffffff) == set_private)
        return CMRP_KEPT;
    c->evidence[0] = c->request_frame;
    return check_broken(c, c->method->response[CMRP_ROLE_STATUS], "this code was 0x%08x.",
                        (uint32_t)code);
}

const cmrp_rule rules_control[] = {
    {
        .id = "control-code-of-other-object",
        .requirements = "K-01",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must send a control code of the object that it goes to.",
        .on = CMRP_ON_REQUEST,
        .concerns = controls,
        .check = other_object,
    },
    {
        .id = "control-code-unlisted",
        .requirements = "K-01",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_SUSPICION,
        .text = "Client must send a control code that the page of the method lists.",
        .on = CMRP_ON_REQUEST,
        .concerns = controls,
        .check = unlisted,
    },
    {
        .id = "control-more-data-without-size",
        .requirements = "K-03",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must tell with ERROR_MORE_DATA a size that is larger than the buffer.",
        .on = CMRP_ON_RESPONSE,
        .concerns = controls,
        .check = more_data_without_size,
    },
    {
        .id = "control-required-without-data",
        .requirements = "K-04",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must require 0 bytes if it succeeds without data.",
        .on = CMRP_ON_SUCCESS,
        .concerns = controls,
        .check = required_without_data,
    },
    {
        .id = "control-returned-beyond-room",
        .requirements = "K-05",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return no more bytes than the buffer has room for.",
        .on = CMRP_ON_RESPONSE,
        .concerns = controls,
        .check = returned_beyond_room,
    },
    {
        .id = "control-stored-by-other-code",
        .requirements = "K-09",
        .section = "3.1.4.3.1.12",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must return ERROR_RESOURCE_PROPERTIES_STORED only for codes that set "
                "properties.",
        .on = CMRP_ON_RESPONSE,
        .concerns = controls,
        .check = stored_by_other_code,
    },
    {
        .id = "control-property-list-malformed",
        .requirements = "K-07",
        .section = "2.2.3.10",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must make a property list of a count and, for each property, a name, one "
                "or more values and an end mark.",
        .defect = CMRP_DEFECT_PROPERTY_LIST_MALFORMED,
    },
    {
        .id = "control-property-syntax",
        .requirements = "K-08",
        .section = "2.2.2.3",
        .party = "both",
        .level = CMRP_MUST,
        .text = "Sender must give a property value a syntax of the specification, and a size that "
                "goes with it.",
        .defect = CMRP_DEFECT_PROPERTY_SYNTAX,
    },
    CMRP_RULES_END,
};
