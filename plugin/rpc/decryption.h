/* decryption.h
 * Is a stub what the sender wrote, or was it decrypted wrongly?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DECRYPTION_H
#define CMRP_DECRYPTION_H

#include "base/context.h"

/**
 * True if a PDU that was read from a stub of `length` bytes is what its sender meant, though Wireshark may
 * have lost its place in the key stream. To be asked once at every visit, in the order of the capture at
 * the first.
 */
bool decryption_is_trusted(const cmrp_context *context, uint32_t length);

#endif
