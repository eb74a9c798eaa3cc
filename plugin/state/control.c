/* control.c
 * What does a control code ask for, and what is inside its buffers? (3.1.4.3)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/control.h"

#include "buffers/buffer_fields.h"
#include "cmrp_tables.h"
#include "interface/plan.h"

/** The byte of a control code that tells the type of the object. */
#define OBJECT_MASK 0xff000000U

int control_code_param(const cmrp_method *method)
{
    return plan_of(method)->control_code;
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

static void show_parts(proto_item *item, tvbuff_t *tvb, int at, int bytes, uint32_t code)
{
    static int *const parts[] = {
        &hf_cmrp_control_object, &hf_cmrp_control_global,   &hf_cmrp_control_modify,
        &hf_cmrp_control_user,   &hf_cmrp_control_internal, &hf_cmrp_control_function,
        &hf_cmrp_control_access,
    };
    proto_tree *tree = proto_item_add_subtree(item, ett_cmrp_control);

    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        const header_field_info *info = proto_registrar_get_nth((unsigned)*parts[i]);
        proto_item *part = info->type == FT_BOOLEAN
                               ? proto_tree_add_boolean(tree, *parts[i], tvb, at, bytes, code)
                               : proto_tree_add_uint(tree, *parts[i], tvb, at, bytes, code);

        if (bytes == 0)
            proto_item_set_generated(part);
    }
}

void control_show_code(const cmrp_context *context, proto_tree *tree)
{
    const cmrp_pdu *pdu = context->pdu;
    const int param = control_code_param(pdu->method);
    proto_item *item;
    uint32_t code;

    if (tree == NULL || !control_code(context, &code))
        return;
    if (!pdu->response) {
        if (pdu->values[param].item)
            show_parts(pdu->values[param].item, pdu->tvb, (int)pdu->values[param].offset, 4, code);
        return;
    }
    item = proto_tree_add_uint(tree, *pdu->method->params[param].hf, pdu->tvb, 0, 0, code);
    proto_item_set_generated(item);
    show_parts(item, pdu->tvb, 0, 0, code);
}
