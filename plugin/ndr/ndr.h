/* ndr.h
 * How is a stub read? The NDR reader: walks a PDU by its method's descriptor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NDR_H
#define CMRP_NDR_H

#include "ndr/pdu.h"

/**
 * Reads one stub (C706 chapter 14; MS-RPCE 2.2.4, 2.2.5): every parameter of the PDU's direction, in
 * wire order, the returned value last.
 *
 * The caller has set method, response, syntax, big_endian, tvb and data; `length` bytes of data are
 * there. Everything else in *pdu is overwritten. With a tree, every value gets an item in it; without
 * one nothing is built.
 *
 * Never throws for lack of bytes and never allocates by a count from the wire. Where reading cannot
 * go on, pdu->error says why and what was read so far stays valid.
 */
void ndr_read_pdu(cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree);

#endif
