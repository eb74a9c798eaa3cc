/* datagram.h
 * What does the header of a connectionless PDU say (C706 12.5)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DATAGRAM_H
#define CMRP_DATAGRAM_H

#include "base/wireshark_compat.h"

typedef struct {
    e_guid_t activity;
    uint32_t boot; /**< when the server started; of a request: as far as the client knows */
    uint32_t sequence;
    uint32_t status; /**< of a fault or a reject; of others the first number of the stub */
    bool has_status; /**< there is room for one */
    uint8_t type;    /**< WIRE_FAULT and so on (rpc/wire.h) */
} cmrp_datagram;

/** Reads the datagram of this frame. False if it is no PDU of DCE/RPC. */
bool datagram_find(const packet_info *pinfo, cmrp_datagram *datagram);

/** The same for the stub that dcerpc handed on: of several fragments, this frame's. */
bool datagram_of_stub(const packet_info *pinfo, tvbuff_t *stub, cmrp_datagram *datagram);

#endif
