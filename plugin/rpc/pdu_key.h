/* pdu_key.h
 * Which PDU of the capture is it, at whichever visit?
 *
 * dcerpc's call and the frame do not tell: a frame may hold two PDUs of a call, such as answers that differ.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PDU_KEY_H
#define CMRP_PDU_KEY_H

#include "base/context.h"

/** For tables whose keys are these. */
typedef struct {
    uint32_t frame;
    uint32_t place;  /**< in the frame; 0 over UDP, where it holds one PDU */
    cmrp_call *call; /**< dcerpc's; NULL if it is known without */
} cmrp_pdu_key;

/** Of the PDU at hand: the same at each visit, and another one for each PDU of a frame. */
cmrp_pdu_key pdu_key_of(const cmrp_context *context, cmrp_call *call);

unsigned pdu_key_hash(const void *key);
gboolean pdu_key_equal(const void *a, const void *b);

#endif
