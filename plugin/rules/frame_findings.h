/* frame_findings.h
 * Which findings does a frame have?
 *
 * A finding belongs to the PDU that commits the breach, in the frame that holds it. Binds, their answers and faults
 * break rules as well, but no function of the plugin is called for them: their findings are shown below the item of
 * DCE/RPC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FRAME_FINDINGS_H
#define CMRP_FRAME_FINDINGS_H

#include "interface/descriptors.h"
#include "rules/findings.h"
#include "state/call.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void frame_findings_reset(void);

/**
 * Keeps a finding of a PDU that no function is called for: a bind, its answer, a fault. The finding is copied, its copy of
 * file scope. To be called on the first visit.
 */
void frame_finding_keep(const packet_info *pinfo, const cmrp_finding *found);

/** Keeps one of the request or response at hand, whose call is known, likewise. */
void frame_finding_keep_of_pdu(const cmrp_context *context, const cmrp_finding *found);

/** The findings of the request or response at hand, at any visit; NULL if it has none. */
const cmrp_finding *frame_findings_of_pdu(const cmrp_context *context);

/** Shows those that belong to no request or response. `tree` may be NULL. */
void frame_findings_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
