/* frame_findings.c
 * Which findings belong to a frame and to no request or response in it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/frame_findings.h"

#include <epan/proto_data.h>

#include "base/protocol.h"
#include "rules/findings.h"

static uint32_t last_kept_in; /* frame */

typedef struct kept_finding {
    struct kept_finding *next;
    const cmrp_rule *rule;
    const cmrp_method *method;
    const char *detail;
    uint32_t evidence[2];
} kept_finding;

void frame_finding_keep(packet_info *pinfo, const cmrp_rule *rule, const cmrp_method *method,
                        const char *detail, const uint32_t evidence[2])
{
    kept_finding *first = (kept_finding *)p_get_proto_data(wmem_file_scope(), pinfo, proto_cmrp, 0);
    kept_finding *made = wmem_new0(wmem_file_scope(), kept_finding);

    last_kept_in = pinfo->num;
    made->rule = rule;
    made->method = method;
    made->detail = wmem_strdup(wmem_file_scope(), detail);
    memcpy(made->evidence, evidence, sizeof(made->evidence));
    if (first == NULL) {
        p_add_proto_data(wmem_file_scope(), pinfo, proto_cmrp, 0, made);
        return;
    }
    while (first->next)
        first = first->next;
    first->next = made;
}

/**
 * The item of DCE/RPC, whose PDU commits the breach; the whole tree if there is none. An item of the
 * protocol would not do: the filter cmrp is for requests and responses alone.
 */
static proto_tree *tree_of_dcerpc(proto_tree *tree)
{
    static int dcerpc = -1;
    proto_tree *last = tree;

    if (dcerpc < 0)
        dcerpc = proto_get_id_by_filter_name("dcerpc");
    for (proto_tree *layer = tree->first_child; layer; layer = layer->next) {
        if (PNODE_FINFO(layer) && PNODE_FINFO(layer)->hfinfo->id == dcerpc)
            last = layer;
    }
    return last;
}

void frame_findings_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const kept_finding *kept;
    proto_tree *below;

    /* For speed: this is asked of every frame, and few have any. */
    if (!pinfo->fd->visited && last_kept_in != pinfo->num)
        return;
    kept = (const kept_finding *)p_get_proto_data(wmem_file_scope(), pinfo, proto_cmrp, 0);
    if (kept == NULL)
        return;
    below = tree ? tree_of_dcerpc(tree) : NULL;
    for (; kept; kept = kept->next)
        finding_show_rule(pinfo, below, NULL, tvb, kept->rule, kept->method, kept->detail,
                          kept->evidence);
}
