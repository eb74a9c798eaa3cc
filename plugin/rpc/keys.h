/* keys.h
 * Which key would open what a connection has sealed, and who has it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_KEYS_H
#define CMRP_KEYS_H

#include "rpc/association.h"
#include "rpc/auth.h"

/**
 * Learns from a PDU of the connection who authenticates in a security context: binds, alter_contexts and auth3s tell it,
 * whichever interface they name. Of any other PDU it learns nothing. To be called on the first visit.
 */
void keys_learn(cmrp_connection *connection, wmem_allocator_t *pool, const uint8_t *pdu,
                uint32_t length);

/** A PDU of a security context was opened: a key for it is there. */
void keys_opened(cmrp_connection *connection, const cmrp_auth *auth);

/**
 * A PDU was not opened that is sealed like this. The first time that this happens in its security context: a sentence in
 * packet memory that says which key it takes, whose it is, and where Wireshark is given it. Else NULL.
 */
const char *keys_missed(cmrp_connection *connection, wmem_allocator_t *pool, const cmrp_auth *auth);

#endif
