/* untold_show.c
 * How do requests and responses look that dcerpc does not hand on?
 *
 * dcerpc makes an item of the plugin's protocol for each PDU that came in one piece, with the operation and the bytes in
 * it. There the rest is added. What came in fragments has no such item, and gets one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/untold_show.h"

#include "base/protocol.h"
#include "interface/fields.h"
#include "show/columns.h"
#include "show/pdu_tree.h"

static int proto_cmrp_2 = -1;

void untold_show_start(int proto)
{
    proto_cmrp_2 = proto;
}

/* ---------------------------------------------------------------- the tree */

static bool has_version(const proto_tree *tree)
{
    for (const proto_node *node = tree->first_child; node; node = node->next) {
        if (cmrp_field_of(node) == hf_cmrp_version)
            return true;
    }
    return false;
}

/** The item of dcerpc that stands behind `place` others; NULL if there is none, or it is another PDU's. */
static proto_tree *find_item(proto_tree *tree, unsigned place)
{
    for (proto_node *node = tree->first_child; node; node = node->next) {
        const int id = cmrp_field_of(node);

        if ((id == proto_cmrp || id == proto_cmrp_2) && place-- == 0)
            return has_version(node) ? NULL : node;
    }
    return NULL;
}

static proto_tree *make_item(proto_tree *tree, tvbuff_t *tvb, const cmrp_untold *u)
{
    proto_item *item =
        proto_tree_add_item(tree, u->version == 2 ? proto_cmrp_2 : proto_cmrp, tvb, 0, 0, ENC_NA);
    proto_tree *below = proto_item_add_subtree(item, ett_cmrp);

    if (u->method == NULL)
        return below;
    proto_item_append_text(item, ", %s", u->method->name);
    proto_item_set_generated(proto_tree_add_uint_format_value(below, hf_cmrp_opnum, tvb, 0, 0,
                                                              u->method->opnum, "%s (%u)",
                                                              u->method->name, u->method->opnum));
    return below;
}

static void show_tree(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo, const cmrp_untold *u)
{
    proto_tree *below = u->pieces ? NULL : find_item(tree, u->place);

    if (below == NULL)
        below = make_item(tree, tvb, u);
    pdu_tree_show(pinfo, below, tvb, u->version, u->method,
                  u->request_frame ? &u->request_time : NULL);
    if (u->sealed)
        proto_item_set_generated(proto_tree_add_boolean(below, hf_cmrp_sealed, tvb, 0, 0, 1));
}

/* ---------------------------------------------------------------- the columns */

/** "ApiOpenGroup request", as dcerpc writes it. Packet scope. */
static const char *phrase(const packet_info *pinfo, const cmrp_untold *u)
{
    const char *kind = u->response ? "response" : "request";

    return u->method ? wmem_strconcat(pinfo->pool, u->method->name, " ", kind, NULL) : kind;
}

/** What dcerpc says of the last fragment of the PDU, if the column says nothing behind it; else NULL. */
static const char *find_piece(const char *left, const packet_info *pinfo, const cmrp_untold *u)
{
    const char *words = wmem_strdup_printf(pinfo->pool, "%s: call_id: %u, Fragment: Last",
                                           u->response ? "Response" : "Request", u->number);
    const char *found = strstr(left, words);

    return found && !strstr(found, " request") && !strstr(found, " response") ? found : NULL;
}

/**
 * Writes what the column says up to the PDU, and that it is sealed. What is left of the column; NULL if it says nothing of
 * the PDU: of several in a frame Wireshark may name the last one alone.
 */
static const char *mark(wmem_strbuf_t *made, const char *left, const packet_info *pinfo,
                        const cmrp_untold *u)
{
    const char *words = phrase(pinfo, u);
    const char *found = u->pieces ? find_piece(left, pinfo, u) : strstr(left, words);

    if (found == NULL)
        return NULL;
    wmem_strbuf_append_len(made, left, (size_t)(found - left));
    wmem_strbuf_append_printf(made, "%s (sealed)", words);
    return u->pieces ? "" : found + strlen(words);
}

/** What the column is to say. Packet scope. */
static const char *column_of(const packet_info *pinfo, const char *text, const cmrp_untold *last)
{
    wmem_strbuf_t *made = wmem_strbuf_new(pinfo->pool, "");
    const cmrp_untold *u = last;
    const cmrp_untold *sealed = NULL;
    const char *left = text;

    do {
        const char *rest;

        u = u->next;
        rest = u->sealed ? mark(made, left, pinfo, u) : NULL;
        left = rest ? rest : left;
        sealed = u->sealed ? u : sealed;
    } while (u != last);
    wmem_strbuf_append(made, left);
    if (left == text && sealed)
        wmem_strbuf_append_printf(made, "%s%s (sealed)", *text ? ", " : "", phrase(pinfo, sealed));
    return wmem_strbuf_get_str(made);
}

static void show_columns(packet_info *pinfo, proto_tree *tree, const cmrp_untold *last)
{
    const char *text = columns_info(pinfo);

    if (text == NULL)
        return;
    if (last->sealed && last->pieces)
        columns_set_protocol(pinfo, tree, last->version);
    columns_set_info(pinfo, tree, column_of(pinfo, text, last));
}

void untold_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_untold *last = untold_of(pinfo);
    const cmrp_untold *u = last;

    if (last == NULL)
        return;
    if (columns_info_is_wanted(pinfo))
        show_columns(pinfo, tree, last);
    do {
        u = u->next;
        if (tree)
            show_tree(tree, tvb, pinfo, u);
    } while (u != last);
}
