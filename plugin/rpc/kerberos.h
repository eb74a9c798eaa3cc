/* kerberos.h
 * For which service is a Kerberos ticket, and is authentication to be mutual?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_KERBEROS_H
#define CMRP_KERBEROS_H

#include "base/wireshark_compat.h"

/**
 * Looks for the AP-REQ of Kerberos (RFC 4120 5.5.1) in a security token, as it is or inside SPNEGO.
 * False if there is none. *service is the name in its ticket, the parts joined by "/", in packet
 * memory; NULL if it could not be read.
 */
bool kerberos_read_request(wmem_allocator_t *pool, const uint8_t *token, uint32_t length,
                           bool *mutual, const char **service);

#endif
