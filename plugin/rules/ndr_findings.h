/* ndr_findings.h
 * What do the notes of the NDR reader say of a PDU?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NDR_FINDINGS_H
#define CMRP_NDR_FINDINGS_H

#include "ndr/pdu.h"

/** True if the PDU could not be read because the capture does not hold all of it. */
bool ndr_findings_is_cut(const cmrp_pdu *pdu, const packet_info *pinfo);

/**
 * Shows what the NDR reader found: breaches of consistency, a PDU that could not be read to its end,
 * bytes after its end. `length` is that of the stub.
 */
void ndr_findings_show(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree);

#endif
