/* unbound_tree.c
 * How is a call shown whose bind the capture does not hold?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/unbound_tree.h"

#include "interface/fields.h"
#include "ndr/pdu.h"
#include "rpc/dcerpc_tree.h"
#include "rpc/unbound.h"
#include "rpc/wire.h"

static void add(proto_tree *tree, tvbuff_t *tvb, const cmrp_link *link)
{
    char text[LINK_TEXT];

    link_write(link, text);
    proto_item_set_generated(proto_tree_add_string(tree, hf_cmrp_unbound, tvb, 0, 0, text));
}

void unbound_tree_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_unbound_call *call = tree ? unbound_calls(pinfo->num) : NULL;

    for (; call; call = call->next) {
        /* Its version may come out later: every visit shows the same. */
        cmrp_link link = call->of->link;

        link.version = 3;
        add(dcerpc_tree(tree), tvb, &link);
    }
}

void unbound_tree_show_unread(const cmrp_context *context, proto_tree *tree)
{
    cmrp_link link;

    if (tree == NULL || !context->guessed || context->sent == NULL)
        return;
    link = link_of_frame(context->pinfo, context->pdu->response);
    link.context = (uint16_t)wire_number(context->sent, WIRE_CO_CONTEXT, 2);
    link.version = context->pdu->method->version;
    add(tree, context->pdu->tvb, &link);
}
