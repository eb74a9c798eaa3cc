/* dcerpc_tree.c
 * Where in the tree of a frame stands DCE/RPC?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/dcerpc_tree.h"

#include "rpc/wire.h"

static bool is_dcerpc(const proto_node *layer)
{
    static int dcerpc = -1;

    if (dcerpc < 0)
        dcerpc = proto_get_id_by_filter_name("dcerpc");
    return cmrp_field_of(layer) == dcerpc;
}

proto_tree *dcerpc_tree(proto_tree *tree)
{
    proto_tree *last = tree;

    for (proto_tree *layer = tree->first_child; layer; layer = layer->next) {
        if (is_dcerpc(layer))
            last = layer;
    }
    return last;
}

/** The header that an item shows, or NULL. */
static const uint8_t *header_of(const proto_node *layer)
{
    const field_info *info = PNODE_FINFO(layer);

    if (info == NULL || info->ds_tvb == NULL ||
        tvb_captured_length_remaining(info->ds_tvb, info->start) < WIRE_CO_HEADER)
        return NULL;
    return tvb_get_ptr(info->ds_tvb, info->start, WIRE_CO_HEADER);
}

static bool is_of(const proto_node *layer, uint8_t type, uint32_t call)
{
    const uint8_t *header = is_dcerpc(layer) ? header_of(layer) : NULL;

    return header && wire_is_co_header(header) && header[2] == type &&
           wire_number(header, WIRE_CO_CALL, 4) == call;
}

proto_tree *dcerpc_tree_of(proto_node **layer, uint8_t type, uint32_t call)
{
    proto_node *found = *layer;

    while (found && !is_of(found, type, call))
        found = found->next;
    *layer = found ? found->next : NULL;
    return found;
}
