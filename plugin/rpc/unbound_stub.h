/* unbound_stub.h
 * May a PDU be one of ClusAPI, as far as its own bytes tell?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_UNBOUND_STUB_H
#define CMRP_UNBOUND_STUB_H

#include "base/context.h"

typedef enum {
    CMRP_FIT_OPEN,  /**< it is sealed, or a fragment: nothing tells */
    CMRP_FIT_READS, /**< its stub reads from the first to the last byte */
    CMRP_FIT_NOT    /**< no sender of ours means it so */
} cmrp_fit;

/** Of a request, `length` bytes as they were sent, at least WIRE_CO_STUB. */
cmrp_fit unbound_stub_request(packet_info *pinfo, const uint8_t *pdu, uint32_t length);

/**
 * Of the response to a request with this opnum; likewise. One that reads in version 2.0 only adds to reads[0], in version 3.0
 * only to reads[1].
 */
cmrp_fit unbound_stub_response(packet_info *pinfo, const uint8_t *pdu, uint32_t length,
                               uint16_t opnum, uint32_t reads[2]);

/** True if a method of ours has the opnum of the request. */
bool unbound_stub_has_opnum(const uint8_t *pdu);

/** True if the stub is sealed. */
bool unbound_stub_is_sealed(const uint8_t *pdu, uint32_t length);

#endif
