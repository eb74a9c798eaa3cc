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
    CMRP_AUTHN_KERBEROS = 16,
    CMRP_AUTHN_DEFAULT = 255 /**< NTLM by another number */
};

/* Authentication levels (MS-RPCE 2.2.1.1.8). */
enum {
    CMRP_LEVEL_NONE = 1,
    CMRP_LEVEL_CONNECT = 2,
    CMRP_LEVEL_INTEGRITY = 5,
    CMRP_LEVEL_PRIVACY = 6
};

/** Bytes of a signature of NTLM: version, checksum and sequence number (MS-NLMP 2.2.2.9.1). */
#define AUTH_NTLM_SIGNATURE 16

struct cmrp_auth {
    uint8_t auth_type;
    uint8_t auth_level; /**< CMRP_LEVEL_NONE if there is no trailer */
    uint32_t
        stub_length;   /**< over connections only: of the PDU's part of the stub, as it was sent */
    bool ntlm;         /**< signed by NTLM, bare or inside SPNEGO: */
    uint32_t context;  /**< auth context id, over connections only */
    uint32_t sequence; /**< the number in the signature (MS-NLMP 2.2.2.9.1) */
};

/** Reads how the PDU was protected. False if it cannot be known: the PDU is not found in the frame. */
bool auth_read(const cmrp_context *context, cmrp_auth *auth);

/** The same of a PDU of a connection, `length` bytes as they were sent. */
bool auth_read_pdu(const uint8_t *pdu, uint32_t length, cmrp_auth *auth);

/** True if the PDU is sealed by NTLM, whose key stream Wireshark may have lost. */
bool auth_is_sealed_by_ntlm(const cmrp_auth *auth);

/** True if the stub of a datagram is sealed: Wireshark does not open it, and hands it on all the same. */
bool auth_is_sealed_datagram(const cmrp_context *context);

/** True if bytes may stand between the stub of a datagram and its trailer (MS-RPCE 2.2.3.4). */
bool auth_pads_datagram(const packet_info *pinfo, tvbuff_t *stub);

/** "connect", "packet privacy" and so on. Static storage. */
const char *auth_level_name(unsigned level);

#endif
