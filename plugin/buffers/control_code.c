/* control_code.c
 * How do the parts of a control code appear? (3.1.4.3.1)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/control_code.h"

#include "buffers/buffer_fields.h"
#include "state/control.h"

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

void control_code_show(const cmrp_context *context, proto_tree *tree)
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
