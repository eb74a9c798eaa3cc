/* columns.c
 * How are the columns of the packet list read and written? The only file that does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/columns.h"

bool columns_info_is_wanted(packet_info *pinfo)
{
    return col_get_writable(pinfo->cinfo, COL_INFO);
}

const char *columns_info(packet_info *pinfo)
{
    return col_get_text(pinfo->cinfo, COL_INFO);
}

void columns_append_info(packet_info *pinfo, const char *text)
{
    /* Not col_append_str(): it looks for the end of the column byte by byte. */
    col_append_lstr(pinfo->cinfo, COL_INFO, text, COL_ADD_LSTR_TERMINATOR);
}

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
