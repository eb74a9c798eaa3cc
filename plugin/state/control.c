/* control.c
 * What does a control code ask for, and what is inside its buffers? (3.1.4.3)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/control.h"

#include "cmrp_tables.h"

/** The byte of a control code that tells the type of the object. */
#define OBJECT_MASK 0xff000000U

int control_code_param(const cmrp_method *method)
{
    return method->control_code;
}

const cmrp_control *control_find(const cmrp_method *method, uint32_t code)
{
    const int param = control_code_param(method);
    const cmrp_control *similar = NULL;

    if (param == CMRP_NO_SIBLING)
        return NULL;
    for (unsigned i = 0; i < cmrp_control_count; i++) {
        const cmrp_control *control = &cmrp_controls[i];

        if (control->object != method->params[param].meaning)
            continue;
        if (control->code == code)
            return control;
        /* MS-CMRP prints some codes with the byte of another object. No two codes of one object
         * differ in that byte alone. */
        if (((control->code ^ code) & ~OBJECT_MASK) == 0)
            similar = control;
    }
    return similar;
}

bool control_code(const cmrp_context *context, uint32_t *code)
{
    const int param = control_code_param(context->pdu->method);
    const cmrp_call *call = context->call;

    if (param == CMRP_NO_SIBLING)
        return false;
    if (!context->pdu->response) {
        *code = (uint32_t)context->pdu->values[param].number;
        return context->pdu->values[param].present;
    }
    if (call == NULL || call->extra == NULL || !(call->flags & CMRP_REQUEST_LEARNT))
        return false;
    *code = call->extra->control_code;
    return true;
}
