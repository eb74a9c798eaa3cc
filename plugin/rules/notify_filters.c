/* notify_filters.c
 * Does a client register for events that exist (3.1.4.2.58 to .65, .90, .91, .99, .100, .137, .144)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "notify/notify.h"

static bool registers(const cmrp_method *method)
{
    return method->port == CMRP_PORT_REGISTER;
}

static bool registers_1(const cmrp_method *method)
{
    return registers(method) && method->port_version != 2;
}

static bool registers_2(const cmrp_method *method)
{
    return registers(method) && method->port_version == 2;
}

/** dwFilter or Filter; in version 2 the filter, which is a structure in ApiAddNotifyV2. */
static int filter_param(const cmrp_method *method)
{
    if (method->port_version == 2)
        return method_param_named(method, "filter");
    return method->request[CMRP_ROLE_FILTER];
}

/* ---------------------------------------------------------------- version 1 */

/** Bits that a filter may have, by the type of the handle that it is for; 0 for other types. */
static uint32_t allowed_bits(cmrp_handle_type type)
{
    /* The subtree is asked for by WatchSubTree. */
    return object_type_of(object_type_of_handle(type))->changes &
           ~CMRP_CLUSTER_CHANGE_REGISTRY_SUBTREE;
}

static cmrp_handle_type object_type(const cmrp_method *method)
{
    const int param = method->handle_params[1];

    return param == CMRP_NO_SIBLING ? CMRP_HANDLE_NONE : method_handle_type(method, param);
}

static bool registers_object(const cmrp_method *method)
{
    return registers_1(method) && allowed_bits(object_type(method)) != 0;
}

static bool registers_cluster(const cmrp_method *method)
{
    return registers_1(method) && object_type(method) == CMRP_HCLUSTER;
}

static cmrp_verdict empty(cmrp_case *c)
{
    uint64_t filter;

    if (!check_number(c, filter_param(c->method), &filter) || filter != 0)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method), "this filter asks for none.");
}

static cmrp_verdict foreign_bits(cmrp_case *c)
{
    const uint32_t allowed = allowed_bits(object_type(c->method));
    uint64_t filter;

    if (!check_number(c, filter_param(c->method), &filter) || (filter & ~(uint64_t)allowed) == 0)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method), "this filter is 0x%08x, and they are 0x%08x.",
                        (uint32_t)filter & ~allowed, allowed);
}

static cmrp_verdict client_only_bits(cmrp_case *c)
{
    const uint32_t local = 0xa0080000; /* HANDLE_CLOSE, CLUSTER_STATE, CLUSTER_RECONNECT */
    uint64_t filter;

    if (!check_number(c, filter_param(c->method), &filter) || (filter & local) == 0)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method),
                        "this filter has 0x%08x, which only clients queue.",
                        (uint32_t)filter & local);
}

/* ---------------------------------------------------------------- version 2 */

/** The bits of the enumeration of an object type. */
static uint64_t specified_flags(const cmrp_change *filter)
{
    uint64_t flags = 0;

    for (uint32_t i = 0; filter->meaning && i < filter->meaning->flag_count; i++)
        flags |= filter->meaning->flags[i].mask;
    return flags;
}

static uint64_t local_flags(const cmrp_case *c, const cmrp_change *filter)
{
    return filter->flags & object_type_client_only(c->method->port_version, filter->object_type);
}

static cmrp_verdict client_only_flags(cmrp_case *c)
{
    const cmrp_asked asked = notify_asked(c->context);
    const uint64_t local = local_flags(c, &asked.filter);

    if (local == 0)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method),
                        "this filter has 0x%" PRIx64 ", which only clients queue.", local);
}

static cmrp_verdict foreign_flags(cmrp_case *c)
{
    const cmrp_asked asked = notify_asked(c->context);
    const uint64_t specified = specified_flags(&asked.filter);

    if (specified == 0)
        return CMRP_UNDECIDED;
    if ((asked.filter.flags & ~specified) == 0)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method),
                        "this filter is 0x%" PRIx64 ", and they are 0x%" PRIx64 ".",
                        asked.filter.flags & ~specified, specified);
}

static cmrp_verdict no_object_type(cmrp_case *c)
{
    const cmrp_asked asked = notify_asked(c->context);

    if (object_type_of(asked.filter.object_type)->name)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method), "%u is none.", asked.filter.object_type);
}

static cmrp_verdict no_version_2(cmrp_case *c)
{
    const cmrp_asked asked = notify_asked(c->context);

    if (asked.version == 2)
        return CMRP_KEPT;
    return check_broken(c, method_param_named(c->method, "dwVersion"), "it is %u.", asked.version);
}

static bool takes_object(const cmrp_method *method)
{
    return registers_2(method) && method->handle_params[1] != CMRP_NO_SIBLING;
}

/** The type of handle that ApiAddNotifyV2 wants; CMRP_HANDLE_NONE if it is not said. */
static cmrp_handle_type wanted_handle(const cmrp_asked *asked)
{
    return asked->targeted ? (cmrp_handle_type)object_type_of(asked->filter.object_type)->handle
                           : CMRP_HCLUSTER;
}

static cmrp_verdict wrong_object(cmrp_case *c)
{
    const cmrp_asked asked = notify_asked(c->context);
    const cmrp_handle_type wanted = wanted_handle(&asked);
    const cmrp_life *object = c->in[1];

    /* Only what was seen opened has a type for certain. */
    if (object == NULL || !check_is_certain(object) || wanted == CMRP_HANDLE_NONE)
        return CMRP_UNDECIDED;
    if (object->type == wanted)
        return CMRP_KEPT;
    c->evidence[0] = object->opened_in;
    return check_broken(c, c->method->handle_params[1], "it takes %s, and this one is %s.",
                        handle_type_name(wanted), handle_type_name((cmrp_handle_type)object->type));
}

static cmrp_verdict bad_request_accepted(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);
    const int status = c->method->response[CMRP_ROLE_STATUS];
    const cmrp_asked *asked;

    if (call == NULL || call->registration == NULL || !c->has_status)
        return CMRP_UNDECIDED;
    if (c->status != CMRP_ERROR_SUCCESS)
        return CMRP_KEPT;
    asked = &call->registration->asked;
    c->evidence[0] = call->frame;
    if (asked->version != 2)
        return check_broken(c, status, "dwVersion was %u.", asked->version);
    if (object_type_of(asked->filter.object_type)->name == NULL)
        return check_broken(c, status, "dwObjectType was %u.", asked->filter.object_type);
    /* A newer server may know flags that are not specified, but not these. */
    if (local_flags(c, &asked->filter) != 0)
        return check_broken(c, status, "the filter had 0x%" PRIx64 ".",
                            local_flags(c, &asked->filter));
    return CMRP_KEPT;
}

const cmrp_rule rules_notify_filters[] = {
    {
        .id = "notify-filter-empty",
        .requirements = "RG-05, N1-03, N1-04, N1-05, N1-06, N1-07, N1-08, N1-09",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask for at least one event.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_1,
        .check = empty,
    },
    {
        .id = "notify-filter-foreign-bits",
        .requirements = "RG-05, N1-04, N1-05, N1-06, N1-07, N1-08, N1-09",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask only for events of the object that it registers.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_object,
        .check = foreign_bits,
    },
    {
        .id = "notify-filter-client-only",
        .requirements = "N1-03",
        .section = "3.1.4.2.58",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask only for events that servers queue.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_cluster,
        .check = client_only_bits,
    },
    {
        .id = "notify-v2-client-only-flags",
        .requirements = "N2-05",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask only for events that servers queue.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_2,
        .check = client_only_flags,
    },
    {
        .id = "notify-v2-foreign-flags",
        .requirements = "N2-05, N2-07",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must ask only for events of the object type that it registers.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_2,
        .check = foreign_flags,
    },
    {
        .id = "notify-v2-object-type",
        .requirements = "N2-06",
        .section = "3.1.4.2.137",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set dwObjectType to a CLUSTER_OBJECT_TYPE.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_2,
        .check = no_object_type,
    },
    {
        .id = "notify-v2-object-handle",
        .requirements = "N2-04",
        .section = "3.1.4.2.137",
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must send an hObject of the type that dwObjectType and isTargetedAtObject "
                "ask for.",
        .on = CMRP_ON_REQUEST,
        .concerns = takes_object,
        .check = wrong_object,
    },
    {
        .id = "notify-v2-version",
        .requirements = "N2-03",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_MUST,
        .text = "Client must set dwVersion to 2.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_2,
        .check = no_version_2,
    },
    {
        .id = "notify-v2-bad-request-accepted",
        .requirements = "N2-06",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must refuse a registration with invalid flags, object type or version with "
                "ERROR_INVALID_PARAMETER.",
        .on = CMRP_ON_SUCCESS,
        .concerns = registers_2,
        .check = bad_request_accepted,
    },
    CMRP_RULES_END,
};
