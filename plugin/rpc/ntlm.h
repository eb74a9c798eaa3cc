/* ntlm.h
 * Who authenticates with a message of NTLM?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NTLM_H
#define CMRP_NTLM_H

#include "base/wireshark_compat.h"

/**
 * Looks for the AUTHENTICATE message of NTLM (MS-NLMP 2.2.1.3) in a security token, as it is or inside SPNEGO. NULL if
 * there is none, else "DOMAIN\user", "user", or "" for one without a name; in packet memory.
 */
const char *ntlm_read_user(wmem_allocator_t *pool, const uint8_t *token, uint32_t length);

#endif
