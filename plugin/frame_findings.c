/* frame_findings.c
 * Which findings belong to a frame and to no request or response in it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "frame_findings.h"

#include <epan/proto_data.h>

#include "fields.h"
#include "findings.h"
#include "protocol.h"

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

void frame_findings_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const kept_finding *kept =
        (const kept_finding *)p_get_proto_data(wmem_file_scope(), pinfo, proto_cmrp, 0);
    proto_tree *below = NULL;

    if (kept == NULL)
        return;
    if (tree)
        below = proto_item_add_subtree(proto_tree_add_item(tree, proto_cmrp, tvb, 0, 0, ENC_NA),
                                       ett_cmrp);
    for (; kept; kept = kept->next)
        finding_show_rule(pinfo, below, NULL, tvb, kept->rule, kept->method, kept->detail,
                          kept->evidence);
}
