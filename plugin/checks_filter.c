/* checks_filter.c
 * Does a client register for events that exist (3.1.4.2.58 to .65, .90, .91, .99, .100)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "checks.h"

/** Bits that a filter may have, by the type of the object that it is for; 0 for other types. */
static uint32_t allowed_bits(cmrp_handle_type type)
{
    switch (type) {
    case CMRP_HNODE:
        return 0x0000000f;
    case CMRP_HKEY:
        return 0x000000f0;
    case CMRP_HRES:
        return 0x00000f00;
    case CMRP_HGROUP:
        return 0x0000f000;
    case CMRP_HNETWORK:
        return 0x00f00000;
    case CMRP_HNETINTERFACE:
        return 0x0f000000;
    default:
        return 0;
    }
}

static cmrp_handle_type object_type(const cmrp_method *method)
{
    const int param = check_handle_param(method, 1);

    return param == CMRP_NO_PARAM ? CMRP_HANDLE_NONE : check_handle_type(method, param);
}

static int filter_param(const cmrp_method *method)
{
    return check_param(method, CMRP_ROLE_FILTER, CMRP_IN);
}

static bool registers(const cmrp_method *method)
{
    return filter_param(method) != CMRP_NO_PARAM && object_type(method) != CMRP_HANDLE_NONE;
}

static bool registers_for_object(const cmrp_method *method)
{
    return registers(method) && allowed_bits(object_type(method)) != 0;
}

static cmrp_verdict empty(cmrp_case *c)
{
    uint64_t filter;

    if (!check_number(c, filter_param(c->method), &filter) || filter != 0)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method), "This one asks for none.");
}

static cmrp_verdict foreign_bits(cmrp_case *c)
{
    const uint32_t allowed = allowed_bits(object_type(c->method));
    uint64_t filter;

    if (!check_number(c, filter_param(c->method), &filter) || (filter & ~(uint64_t)allowed) == 0)
        return CMRP_KEPT;
    return check_broken(c, filter_param(c->method), "0x%08x is outside 0x%08x.",
                        (uint32_t)filter & ~allowed, allowed);
}

const cmrp_check checks_filter[] = {
    { { "notify-filter-empty", "RG-05", "3.1.4.2.64", "client", CMRP_MUST,
        "A filter asks for at least one event." },
      CMRP_ON_REQUEST,
      registers,
      empty },
    { { "notify-filter-foreign-bits", "RG-05", "3.1.4.2.64", "client", CMRP_MUST,
        "A filter asks only for events of its object." },
      CMRP_ON_REQUEST,
      registers_for_object,
      foreign_bits },
    { { NULL, NULL, NULL, NULL, CMRP_FACT, NULL }, 0, NULL, NULL },
};
