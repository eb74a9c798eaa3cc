/* auth.h
 * How did a PDU travel? What its header and its security trailer say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_AUTH_H
#define CMRP_AUTH_H

#include "base/context.h"

/* Authentication services (MS-RPCE 2.2.1.1.7). */
enum {
    CMRP_AUTHN_NONE = 0,
    CMRP_AUTHN_SPNEGO = 9,
    CMRP_AUTHN_NTLM = 10,
    CMRP_AUTHN_DEFAULT = 255 /**< NTLM by another number */
};

/* Authentication levels (MS-RPCE 2.2.1.1.8). */
enum {
    CMRP_LEVEL_NONE = 1,
    CMRP_LEVEL_CONNECT = 2,
    CMRP_LEVEL_INTEGRITY = 5,
    CMRP_LEVEL_PRIVACY = 6
};

typedef struct {
    uint8_t auth_type;
    uint8_t auth_level; /**< CMRP_LEVEL_NONE if there is no trailer */
} cmrp_auth;

/**
 * Reads how the PDU was protected. False if it cannot be known: its header is not beside the stub,
 * because it came in fragments or sealed, and the bind was not seen.
 */
bool auth_read(const cmrp_context *context, cmrp_auth *auth);

/**
 * The sequence number in the NTLM signature of a PDU over a connection (MS-NLMP 2.2.2.9.1), all of whose `length` bytes are
 * there. False if it has no such signature.
 */
bool auth_number(const uint8_t *pdu, uint32_t length, uint32_t *number);

/** The bytes of the stub, or of the fragment, of such a PDU. */
uint32_t auth_stub_length(const uint8_t *pdu, uint32_t length);

/** The number of the PDU that the plugin was handed, or of its last fragment. */
bool auth_sequence(const cmrp_context *context, uint32_t *sequence);

/** True if the stub of a datagram is sealed: Wireshark does not open it, and hands it on all the same. */
bool auth_is_sealed_datagram(const cmrp_context *context);

/** True if bytes may stand between the stub of a datagram and its trailer (MS-RPCE 2.2.3.4). */
bool auth_pads_datagram(const packet_info *pinfo, tvbuff_t *stub);

/** "RPC_C_AUTHN_LEVEL_CONNECT" and so on. Static storage. */
const char *auth_level_name(unsigned level);

#endif
