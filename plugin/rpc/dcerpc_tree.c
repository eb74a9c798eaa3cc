/* dcerpc_tree.c
 * Where in the tree of a frame stands DCE/RPC?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/dcerpc_tree.h"

proto_tree *dcerpc_tree(proto_tree *tree)
{
    static int dcerpc = -1;
    proto_tree *last = tree;

    if (dcerpc < 0)
        dcerpc = proto_get_id_by_filter_name("dcerpc");
    for (proto_tree *layer = tree->first_child; layer; layer = layer->next) {
        if (cmrp_field_of(layer) == dcerpc)
            last = layer;
    }
    return last;
}
