/* enum.c
 * Do lists of objects hold what was asked for, and is what was asked for possible?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

/** Those that stand alone. */
#define ALONE (CMRP_CLUSTER_ENUM_SHARED_VOLUME_RESOURCE | CMRP_CLUSTER_ENUM_INTERNAL_NETWORK)

/** Microsoft documents this type with its own library; MS-CMRP leaves it out, and so do the rules. */
#define SHARED_VOLUME_GROUP 0x20000000U

static int type_param(const cmrp_method *method)
{
    const int param = method_param_named(method, "dwType");

    if (param == CMRP_NO_SIBLING || method->params[param].meaning == NULL ||
        method->params[param].meaning->flags == NULL)
        return CMRP_NO_SIBLING;
    return param;
}

static int options_param(const cmrp_method *method)
{
    return type_param(method) == CMRP_NO_SIBLING ? CMRP_NO_SIBLING
                                                 : method_param_named(method, "dwOptions");
}

static bool asks_for_type(const cmrp_method *method)
{
    return type_param(method) != CMRP_NO_SIBLING;
}

static bool has_options(const cmrp_method *method)
{
    return options_param(method) != CMRP_NO_SIBLING;
}

/** The lists of a whole cluster; the other lists are those of one object. */
static bool lists_cluster(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiCreateEnum || method->opnum == CMRP_OP_ApiCreateEnumEx;
}

static uint32_t known_types(const cmrp_method *method)
{
    const cmrp_enumeration *types = method->params[type_param(method)].meaning;
    uint32_t known = 0;

    /* Version 2.0 has one type each for what a node and a resource type are related to. */
    if (method->version == 2 && (method->opnum == CMRP_OP_ApiCreateNodeEnum ||
                                 method->opnum == CMRP_OP_ApiCreateResTypeEnum))
        return 1;
    for (uint32_t i = 0; i < types->flag_count; i++)
        known |= types->flags[i].mask;
    if (method->version == 3 && lists_cluster(method))
        known |= SHARED_VOLUME_GROUP;
    return known;
}

/** Why a value of dwType is none; NULL if it is one. Packet scope. */
static const char *fault_of_type(const cmrp_case *c, uint32_t type)
{
    const uint32_t unknown = type & ~known_types(c->method);

    if (type == 0)
        return "this one asks for nothing.";
    if (unknown != 0)
        return wmem_strdup_printf(c->context->pinfo->pool, "0x%08x is no type.", unknown);
    if (lists_cluster(c->method) && (type & ALONE) && (type & (type - 1)))
        return wmem_strdup_printf(c->context->pinfo->pool,
                                  "0x%08x cannot be asked for with others.", type & ALONE);
    return NULL;
}

/* ---------------------------------------------------------------- the client */

static cmrp_verdict bad_type(cmrp_case *c)
{
    const int param = type_param(c->method);
    const char *fault;
    uint64_t type;

    if (!check_number(c, param, &type))
        return CMRP_UNDECIDED;
    fault = fault_of_type(c, (uint32_t)type);
    return fault ? check_broken(c, param, "%s", fault) : CMRP_KEPT;
}

static cmrp_verdict bad_options(cmrp_case *c)
{
    uint64_t options;

    if (!check_number(c, options_param(c->method), &options) || options == 0)
        return CMRP_KEPT;
    return check_broken(c, options_param(c->method), "this one is 0x%08x.", (uint32_t)options);
}

/* ---------------------------------------------------------------- the server */

/** ApiCreateResEnum and others ignore bits that they do not know. */
static bool refuses_types(const cmrp_method *method)
{
    return asks_for_type(method) && (lists_cluster(method) || has_options(method));
}

static cmrp_verdict bad_type_accepted(cmrp_case *c)
{
    uint64_t type, options;
    const char *fault;

    if (!check_request_number(c, type_param(c->method), &type))
        return CMRP_UNDECIDED;
    c->evidence[0] = c->request_frame;
    fault = fault_of_type(c, (uint32_t)type);
    if (fault)
        return check_broken(c, CMRP_NO_SIBLING, "%s", fault);
    if (check_request_number(c, options_param(c->method), &options) && options != 0)
        return check_broken(c, CMRP_NO_SIBLING, "dwOptions was 0x%08x.", (uint32_t)options);
    return CMRP_KEPT;
}

/** The types that entries may have if the client asked for `asked`. */
static uint32_t types_of_entries(const cmrp_method *method, uint32_t asked)
{
    if (lists_cluster(method) && (asked & CMRP_CLUSTER_ENUM_INTERNAL_NETWORK))
        asked |= CMRP_CLUSTER_ENUM_NETWORK;
    if (lists_cluster(method) && (asked & CMRP_CLUSTER_ENUM_SHARED_VOLUME_RESOURCE))
        asked |= CMRP_CLUSTER_ENUM_RESOURCE;
    if (lists_cluster(method) && (asked & SHARED_VOLUME_GROUP))
        asked |= CMRP_CLUSTER_ENUM_GROUP;
    return asked;
}

static bool is_named(const cmrp_record *record, const char *name)
{
    return strcmp(record->member->name, name) == 0;
}

static cmrp_verdict entry_not_asked(cmrp_case *c)
{
    uint64_t asked;

    if (!check_request_number(c, type_param(c->method), &asked) ||
        fault_of_type(c, (uint32_t)asked))
        return CMRP_UNDECIDED;
    for (unsigned i = 0; i < c->pdu->record_count; i++) {
        const cmrp_record *record = &c->pdu->records[i];
        const uint32_t type = (uint32_t)record->value.number;

        if (!is_named(record, "Type") ||
            (type != 0 && (type & (type - 1)) == 0 &&
             (type & ~types_of_entries(c->method, (uint32_t)asked)) == 0))
            continue;
        c->evidence[0] = c->request_frame;
        return check_broken(c, CMRP_NO_SIBLING,
                            "entry %" PRId64 " has type 0x%08x, and 0x%08x was asked for.",
                            record->element, type, (uint32_t)asked);
    }
    return CMRP_KEPT;
}

static bool lists_interfaces(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiCreateNetInterfaceEnum;
}

static cmrp_verdict no_interface(cmrp_case *c)
{
    for (unsigned i = 0; i < c->pdu->record_count; i++) {
        const cmrp_record *record = &c->pdu->records[i];

        if (is_named(record, "Type") && record->value.number != CMRP_CLUSTER_ENUM_NETINTERFACE)
            return check_broken(c, CMRP_NO_SIBLING, "entry %" PRId64 " has type 0x%08x.",
                                record->element, (uint32_t)record->value.number);
    }
    return CMRP_KEPT;
}

/* ---------------------------------------------------------------- lists of IDs and names */

/** Where the records of the second list begin; the count of records if there is none. */
static unsigned second_list(const cmrp_pdu *pdu)
{
    for (unsigned i = 1; i < pdu->record_count; i++) {
        if (is_named(&pdu->records[i], "EntryCount"))
            return i;
    }
    return pdu->record_count;
}

/** The next type at or after `from`, before `end`; NULL if there is none. */
static const cmrp_record *next_type(const cmrp_pdu *pdu, unsigned *from, unsigned end)
{
    while (*from < end) {
        const cmrp_record *record = &pdu->records[(*from)++];

        if (is_named(record, "Type"))
            return record;
    }
    return NULL;
}

static cmrp_verdict lists_differ(cmrp_case *c)
{
    const unsigned second = second_list(c->pdu);
    unsigned id = 0, name = second;

    if (second == c->pdu->record_count)
        return CMRP_KEPT;
    for (;;) {
        const cmrp_record *of_id = next_type(c->pdu, &id, second);
        const cmrp_record *of_name = next_type(c->pdu, &name, c->pdu->record_count);

        if (of_id == NULL && of_name == NULL)
            return CMRP_KEPT;
        if (of_id == NULL || of_name == NULL)
            return check_broken(c, CMRP_NO_SIBLING, "one list is longer than the other.");
        if (of_id->value.number != of_name->value.number)
            return check_broken(c, CMRP_NO_SIBLING,
                                "their entries %" PRId64 " are of different types.",
                                of_id->element);
    }
}

static bool lists_resource_types(const cmrp_method *method)
{
    return has_options(method) && lists_cluster(method);
}

static cmrp_verdict type_with_id(cmrp_case *c)
{
    const unsigned second = second_list(c->pdu);
    unsigned at = 0;
    const cmrp_record *type = next_type(c->pdu, &at, second);

    if (second == c->pdu->record_count)
        return CMRP_KEPT;
    /* Entries and the names behind them stand in the same order. */
    for (unsigned i = 0; i < second; i++) {
        const cmrp_record *name = &c->pdu->records[i];

        if (!is_named(name, "Name"))
            continue;
        while (type && type->element < name->element)
            type = next_type(c->pdu, &at, second);
        if (type && type->element == name->element &&
            type->value.number == CMRP_CLUSTER_ENUM_RESTYPE && name->value.length > 0)
            return check_broken(c, CMRP_NO_SIBLING, "entry %" PRId64 " has one.", name->element);
    }
    return CMRP_KEPT;
}

const cmrp_rule rules_enum[] = {
    {
        .id = "enum-type-not-listed",
        .requirements = "E-01, E-05",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask for a list by one or more of the types that its page gives.",
        .on = CMRP_ON_REQUEST,
        .concerns = asks_for_type,
        .check = bad_type,
    },
    {
        .id = "enum-options",
        .requirements = "E-03",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set dwOptions to 0.",
        .on = CMRP_ON_REQUEST,
        .concerns = has_options,
        .check = bad_options,
    },
    {
        .id = "enum-bad-request-accepted",
        .requirements = "E-01, E-03",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a list that cannot be asked for with ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_SUCCESS,
        .concerns = refuses_types,
        .check = bad_type_accepted,
    },
    {
        .id = "enum-entry-not-asked",
        .requirements = "E-02",
        .section = "2.2.3.4",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return entries of the types that were asked for.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_type,
        .check = entry_not_asked,
    },
    {
        .id = "enum-no-interface",
        .requirements = "E-06",
        .section = "2.2.3.4",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return network interfaces in a list of network interfaces.",
        .on = CMRP_ON_SUCCESS,
        .concerns = lists_interfaces,
        .check = no_interface,
    },
    {
        .id = "enum-lists-differ",
        .requirements = "E-04",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_SHOULD,
        .text = "Server should return the lists of IDs and of names side by side.",
        .on = CMRP_ON_SUCCESS,
        .concerns = has_options,
        .check = lists_differ,
    },
    {
        .id = "enum-resource-type-with-id",
        .requirements = "E-04",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must return resource types without an ID.",
        .on = CMRP_ON_SUCCESS,
        .concerns = lists_resource_types,
        .check = type_with_id,
    },
    CMRP_RULES_END,
};
