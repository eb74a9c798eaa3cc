/* wanted.c
 * Will anybody look at what is put into the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wanted.h"

#include "protocol.h"

#include <epan/expert.h>

proto_tree *wanted_tree(proto_tree *tree)
{
    /* What Wireshark makes of a finding are fields of its own, below an item of the plugin. */
    if (tree == NULL || proto_field_is_referenced(tree, proto_cmrp) ||
        proto_field_is_referenced(tree, proto_expert))
        return tree;
    return NULL;
}

bool wanted_any(proto_tree *tree, int *const fields[], size_t count)
{
    if (tree == NULL || proto_field_is_referenced(tree, proto_expert))
        return tree != NULL;
    for (size_t i = 0; i < count; i++) {
        if (proto_field_is_referenced(tree, *fields[i]))
            return true;
    }
    return false;
}
