/* info_column.h
 * What does the Info column say of a PDU?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_INFO_COLUMN_H
#define CMRP_INFO_COLUMN_H

#include "state/call.h"

/**
 * Appends to the Info column, which holds "ApiOpenGroup request" or "ApiOpenGroup response" already,
 * what the PDU says: handles, names, filters, states, and the status if it is a failure.
 */
void info_column_append(const cmrp_context *context);

/**
 * `ApiMoveGroupToNode fault, HGROUP #2 "SQL", nca_s_fault_access_denied`: the sentence for a fault that answers the call of
 * the context. Packet scope.
 */
const char *info_of_fault(const cmrp_context *context, uint32_t status);

/**
 * Takes back what dcerpc appended to the Info column of this frame although the plugin was called:
 * for dcerpc, a stub of no bytes is one that no dissector took. To be called at the end of a frame, with
 * its tree or NULL.
 */
void info_clean(packet_info *pinfo, proto_tree *tree);

#endif
