/* pdu_tree.c
 * What does the tree show of every request and response?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/pdu_tree.h"

#include "base/protocol.h"
#include "interface/fields.h"

/* The fields of the built-in dissector, which people have in their profiles. */
static int hf_clusapi = -1;
static int hf_clusapi_opnum = -1;

void pdu_tree_start(void)
{
    hf_clusapi = proto_registrar_get_id_byname("clusapi");
    hf_clusapi_opnum = proto_registrar_get_id_byname("clusapi.opnum");
}

static void show_version(proto_tree *tree, tvbuff_t *tvb, unsigned version)
{
    proto_item *item = proto_tree_add_uint(tree, hf_cmrp_version, tvb, 0, 0, version);

    if (version == 2) {
        proto_item_set_generated(item);
        proto_item_set_hidden(proto_tree_add_item(tree, proto_cmrp, tvb, 0, 0, ENC_NA));
    } else {
        proto_item_set_hidden(item); /* nearly all there is */
    }
}

static void show_builtin(proto_tree *tree, tvbuff_t *tvb, const cmrp_method *method)
{
    if (hf_clusapi <= 0 || hf_clusapi_opnum <= 0 || !proto_field_is_referenced(tree, hf_clusapi))
        return;
    proto_item_set_hidden(proto_tree_add_item(tree, hf_clusapi, tvb, 0, 0, ENC_NA));
    if (method)
        proto_item_set_hidden(
            proto_tree_add_uint(tree, hf_clusapi_opnum, tvb, 0, 0, method->opnum));
}

void pdu_tree_show_outcome(proto_tree *tree, tvbuff_t *tvb, cmrp_outcome outcome)
{
    /* For speed: the status says it as well. */
    if (tree && proto_field_is_referenced(tree, hf_cmrp_outcome))
        proto_item_set_hidden(proto_tree_add_uint(tree, hf_cmrp_outcome, tvb, 0, 0, outcome));
}

void pdu_tree_show(packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, unsigned version,
                   const cmrp_method *method, const nstime_t *asked)
{
    nstime_t elapsed;

    show_version(tree, tvb, version);
    show_builtin(tree, tvb, method);
    if (asked == NULL)
        return;
    nstime_delta(&elapsed, &pinfo->abs_ts, asked);
    /* For filters only: dcerpc shows it as well. */
    proto_item_set_hidden(proto_tree_add_time(tree, hf_cmrp_response_time, tvb, 0, 0, &elapsed));
}
