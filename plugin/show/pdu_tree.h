/* pdu_tree.h
 * What does the tree show of every request and response?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PDU_TREE_H
#define CMRP_PDU_TREE_H

#include "interface/outcome.h"

/** Looks for what Wireshark itself registers; to be called once, at hand-off. */
void pdu_tree_start(void);

/**
 * Adds to the tree of a PDU what all have, but for the operation. `version` is that of the interface; `method` is NULL
 * if it is not known. `asked`: when the request was that a response answers; NULL in requests, or if nobody knows.
 */
void pdu_tree_show(const packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, unsigned version,
                   const cmrp_method *method, const nstime_t *asked);

/** The same of what is no request or response: the filters cmrp and clusapi do not find it. */
void pdu_tree_show_call(const packet_info *pinfo, proto_tree *tree, tvbuff_t *tvb, unsigned version,
                        const cmrp_method *method, const nstime_t *asked);

/** Adds how the call ended to the tree of a response, which may be NULL: for filters only. */
void pdu_tree_show_outcome(proto_tree *tree, tvbuff_t *tvb, cmrp_outcome outcome);

#endif
