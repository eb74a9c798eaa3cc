/* frame_findings.h
 * Which findings belong to a frame and to no request or response in it?
 *
 * Binds, their answers and faults break rules as well, but no function of the plugin is called for
 * them. Their findings are kept with the frame and shown below an item of their own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FRAME_FINDINGS_H
#define CMRP_FRAME_FINDINGS_H

#include "interface/descriptors.h"
#include "rules/rule.h"

/** Keeps a finding for this frame. To be called on the first visit. `method` may be NULL. */
void frame_finding_keep(packet_info *pinfo, const cmrp_rule *rule, const cmrp_method *method,
                        const char *detail, const uint32_t evidence[2]);

/** Shows what is kept for this frame. `tree` may be NULL. */
void frame_findings_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
