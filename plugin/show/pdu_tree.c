/* pdu_tree.c
 * What does the tree show of every request and response?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/pdu_tree.h"

#include "base/protocol.h"
#include "base/referenced.h"
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
    static int *const fields[] = { &hf_cmrp_version };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };

    if (version == 2) {
        proto_item_set_generated(proto_tree_add_uint(tree, hf_cmrp_version, tvb, 0, 0, version));
    } else if (referenced_in_list(tree, &wanted)) {
        /* Nearly all there is. */
        proto_item_set_hidden(proto_tree_add_uint(tree, hf_cmrp_version, tvb, 0, 0, version));
    }
}

/** For lists: the operation is a number there. */
static void show_method(proto_tree *tree, tvbuff_t *tvb, const cmrp_method *method)
{
    static int *const fields[] = { &hf_cmrp_method };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };

    if (referenced_in_list(tree, &wanted))
        proto_item_set_hidden(proto_tree_add_string(tree, hf_cmrp_method, tvb, 0, 0, method->name));
}

static void show_builtin(proto_tree *tree, tvbuff_t *tvb, const cmrp_method *method)
{
    static int *const fields[] = { &hf_clusapi, &hf_clusapi_opnum };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };

    if (hf_clusapi <= 0 || hf_clusapi_opnum <= 0 || !referenced_by_name(tree, &wanted))
        return;
    proto_item_set_hidden(proto_tree_add_item(tree, hf_clusapi, tvb, 0, 0, ENC_NA));
    if (method)
        proto_item_set_hidden(
            proto_tree_add_uint(tree, hf_clusapi_opnum, tvb, 0, 0, method->opnum));
}

void pdu_tree_show_outcome(proto_tree *tree, tvbuff_t *tvb, cmrp_outcome outcome)
{
    static int *const fields[] = { &hf_cmrp_outcome };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };

    /* For speed: the status says it as well. */
    if (tree && referenced_in_list(tree, &wanted))
        proto_item_set_hidden(
            proto_tree_add_string(tree, hf_cmrp_outcome, tvb, 0, 0, outcome_word(outcome)));
}

/** For filters only: dcerpc shows it as well. */
static void show_response_time(const packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb,
                               const nstime_t *asked)
{
    static int *const fields[] = { &hf_cmrp_response_time };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };
    nstime_t elapsed;

    if (!referenced_in_list(tree, &wanted))
        return;
    nstime_delta(&elapsed, &pinfo->abs_ts, asked);
    proto_item_set_hidden(proto_tree_add_time(tree, hf_cmrp_response_time, tvb, 0, 0, &elapsed));
}

void pdu_tree_show_call(const packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, unsigned version,
                        const cmrp_method *method, const nstime_t *asked)
{
    show_version(tree, tvb, version);
    if (method)
        show_method(tree, tvb, method);
    if (asked)
        show_response_time(pinfo, tree, tvb, asked);
}

void pdu_tree_show(const packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, unsigned version,
                   const cmrp_method *method, const nstime_t *asked)
{
    pdu_tree_show_call(pinfo, tree, tvb, version, method, asked);
    /* Version 2.0 is a protocol of its own. */
    if (version == 2)
        proto_item_set_hidden(proto_tree_add_item(tree, proto_cmrp, tvb, 0, 0, ENC_NA));
    show_builtin(tree, tvb, method);
}
