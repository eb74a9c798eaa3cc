/* judge.h
 * Does a PDU keep the rules of MS-CMRP?
 *
 * Each rule that may say something about a PDU is asked once, on the first visit, and says kept, broken or
 * undecided. What cannot be decided from the capture is never a finding. Findings are kept with the call, or
 * with the frame where there is none, and shown at every visit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_JUDGE_H
#define CMRP_JUDGE_H

#include "rpc/binds.h"
#include "state/call.h"

/** Asks the rules about a PDU that was just learnt. */
void judge_pdu(const cmrp_context *context);

/** Asks the rules about how the PDU travelled. Its stub need not have been read. For first visits. */
void judge_way(const cmrp_context *context);

/** Asks the rules about a response that nobody learns from: it, or its request, was not read. For first visits. */
void judge_unread(const cmrp_context *context);

/** Asks the rules about a fault that answers the context's call. Findings go to the frame. */
void judge_fault(const cmrp_context *context, const cmrp_method *method, uint32_t request_frame,
                 uint32_t status);

/** Asks the rules about a bind or its answer. Findings go to the frame. */
void judge_bind(const cmrp_context *context, const cmrp_bind *bind);

/** Shows the findings that are kept for the PDU. `tree` may be NULL. */
void judge_show(const cmrp_context *context, proto_tree *tree);

/** The same of a PDU that was not read at this visit: nothing of it stands in the tree. */
void judge_show_unread(const cmrp_context *context, proto_tree *tree);

#endif
