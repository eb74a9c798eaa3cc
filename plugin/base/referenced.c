/* referenced.c
 * Will anybody look at what is put into the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/referenced.h"

#include "base/protocol.h"

#include <epan/expert.h>

proto_tree *referenced_tree(proto_tree *tree)
{
    /* What Wireshark makes of a finding are fields of its own, below an item of the plugin. */
    if (tree == NULL || proto_field_is_referenced(tree, proto_cmrp) ||
        proto_field_is_referenced(tree, proto_expert))
        return tree;
    return NULL;
}

static void look_up(cmrp_referenced *wanted)
{
    wanted->infos = g_new(const header_field_info *, wanted->count);
    for (size_t i = 0; i < wanted->count; i++)
        wanted->infos[i] = proto_registrar_get_nth((guint)*wanted->fields[i]);
}

static bool is_named(cmrp_referenced *wanted)
{
    if (wanted->infos == NULL)
        look_up(wanted);
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->infos[i]->ref_type != HF_REF_TYPE_NONE)
            return true;
    }
    return false;
}

bool referenced_any(proto_tree *tree, cmrp_referenced *wanted)
{
    return tree && (PTREE_DATA(tree)->visible || is_named(wanted));
}

bool referenced_by_name(proto_tree *tree, cmrp_referenced *wanted)
{
    if (tree == NULL)
        return false;
    return (PTREE_DATA(tree)->visible && prefs.display_hidden_proto_items) || is_named(wanted);
}

bool referenced_in_list(proto_tree *tree, cmrp_referenced *wanted)
{
    return CMRP_LISTS_ARE_ANNOUNCED ? referenced_by_name(tree, wanted)
                                    : referenced_any(tree, wanted);
}
