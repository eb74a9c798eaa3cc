/* columns.c
 * How does a column of the packet list get another text than dcerpc gave it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/columns.h"

static void set(packet_info *pinfo, proto_tree *tree, int column, const char *field,
                const char *text)
{
    col_clear_fence(pinfo->cinfo, column);
    col_add_str(pinfo->cinfo, column, text);
    cmrp_set_column_field(tree, field, text);
}

void columns_set_info(packet_info *pinfo, proto_tree *tree, const char *text)
{
    set(pinfo, tree, COL_INFO, "_ws.col.info", text);
}

void columns_set_protocol(packet_info *pinfo, proto_tree *tree, unsigned version)
{
    set(pinfo, tree, COL_PROTOCOL, "_ws.col.protocol", version == 2 ? "CMRPv2" : "CMRP");
}
