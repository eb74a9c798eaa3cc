/* plan.c
 * What can be said of a method before any PDU of it is seen?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "interface/plan.h"

#include "cmrp_tables.h"
#include "interface/contents.h"

/** Versions of the interface are below this. */
#define VERSIONS 4

static cmrp_plan *plans[VERSIONS]; /* by version and opnum; kept until Wireshark ends */
static unsigned count;

static bool is_number(const cmrp_type *type)
{
    while (type->kind == CMRP_POINTER)
        type = type->of;
    return type->kind <= CMRP_ENUM16;
}

/** True if a check of the response may ask for this number of the request, or for one of its siblings. */
static bool is_asked_again(const cmrp_member *param)
{
    if ((param->directions & CMRP_IN) &&
        (param->role == CMRP_ROLE_ACCESS ||
         (param->role == CMRP_ROLE_NONE && is_number(param->type))))
        return true;
    return (param->directions & CMRP_OUT) && param->size_is != CMRP_NO_SIBLING;
}

static void note(int8_t by_role[CMRP_ROLE_TOLD], const cmrp_member *param, int8_t index)
{
    if (param->role < CMRP_ROLE_TOLD && by_role[param->role] == CMRP_NO_SIBLING)
        by_role[param->role] = index;
}

static void make(cmrp_plan *plan, const cmrp_method *method)
{
    unsigned in = 0, out = 0;

    memset(plan->request, CMRP_NO_SIBLING, sizeof(plan->request));
    memset(plan->response, CMRP_NO_SIBLING, sizeof(plan->response));
    plan->control_code = CMRP_NO_SIBLING;
    for (int8_t i = 0; i < method->param_count; i++) {
        const cmrp_member *param = &method->params[i];

        if (param->directions & CMRP_IN) {
            note(plan->request, param, i);
            plan->in[in++] = i;
        }
        if (param->directions & CMRP_OUT) {
            note(plan->response, param, i);
            plan->out[out++] = i;
        }
        if (param->format && param->format->kind == CMRP_FORMAT_CONTROL_CODE)
            plan->control_code = i;
        plan->has_counts |=
            param->size_is != CMRP_NO_SIBLING || param->length_is != CMRP_NO_SIBLING;
        plan->has_formats |= param->format != NULL;
        plan->keeps_numbers |= is_asked_again(param);
    }
    plan->in[in] = plan->out[out] = CMRP_NO_SIBLING;
}

void plan_start(void)
{
    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        const cmrp_interface *interface = &cmrp_interfaces[i];
        cmrp_plan *of_version = g_new0(cmrp_plan, interface->count);

        for (unsigned opnum = 0; opnum < interface->count; opnum++) {
            of_version[opnum].number = (uint16_t)count++;
            make(&of_version[opnum], &interface->methods[opnum]);
        }
        plans[interface->version % VERSIONS] = of_version;
    }
}

unsigned plan_count(void)
{
    return count;
}

const cmrp_plan *plan_of(const cmrp_method *method)
{
    return &plans[method->version % VERSIONS][method->opnum];
}
