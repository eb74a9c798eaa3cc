/* doubt.h
 * Is a stub what the sender wrote, or was it decrypted wrongly?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DOUBT_H
#define CMRP_DOUBT_H

#include "pdu.h"

/**
 * True if a PDU that was read from a stub of `length` bytes can be what a sender meant. Random bytes
 * hardly ever can: counts, the attributes of handles and statuses give them away.
 */
bool doubt_is_plausible(const cmrp_pdu *pdu, uint32_t length);

#endif
