/* kerberos.h
 * For which service is a Kerberos ticket, and is authentication to be mutual?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_KERBEROS_H
#define CMRP_KERBEROS_H

#include "base/wireshark_compat.h"

/** What an AP-REQ (RFC 4120 5.5.1) says in the clear. Packet scope. */
typedef struct {
    bool mutual; /**< it asks for mutual authentication */
    const char
        *service;      /**< for which its ticket is, the parts joined by "/"; NULL: not readable */
    const char *realm; /**< likewise */
} cmrp_ticket;

/** Looks for an AP-REQ in a security token, as it is or inside SPNEGO. False if there is none. */
bool kerberos_read_request(wmem_allocator_t *pool, const uint8_t *token, uint32_t length,
                           cmrp_ticket *ticket);

#endif
