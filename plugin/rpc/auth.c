/* auth.c
 * How did a PDU travel? What its header and its security trailer say.
 *
 * dcerpc keeps to itself what it read before and behind the stub. But the frame holds the PDU as it was sent, and
 * each PDU says in its own trailer how it is protected: what the binds agreed on may be more than one thing, and
 * may have been agreed on for another interface. Of a PDU that came in fragments the last one is asked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/auth.h"

#include "ndr/pdu.h"
#include "rpc/wire.h"

/** Where the sequence number stands in a signature of NTLM. */
#define NTLM_SEQUENCE 12

/* ---------------------------------------------------------------- over a connection */

bool auth_read_pdu(const uint8_t *pdu, uint32_t length, cmrp_auth *auth)
{
    static const uint8_t ntlm_version[] = { 1, 0, 0, 0 };
    uint32_t token;
    const uint8_t *trailer = wire_trailer(pdu, length, WIRE_CO_STUB, &token);

    *auth = (cmrp_auth){ .auth_level = CMRP_LEVEL_NONE };
    if (token == 0)
        return true;
    /* Of a PDU that was cut off the trailer is not there. */
    if (trailer == NULL || length < wire_number(pdu, WIRE_CO_FRAGMENT_LENGTH, 2))
        return false;
    auth->auth_type = trailer[WIRE_TRAILER_TYPE];
    auth->auth_level = trailer[WIRE_TRAILER_LEVEL];
    auth->context = wire_trailer_context(pdu, trailer);
    auth->stub_length = (uint32_t)(trailer - pdu) - WIRE_CO_STUB;
    /* What Kerberos signs is longer, and begins otherwise (RFC 4121 4.2.6; RFC 4757 7). */
    auth->ntlm = token == AUTH_NTLM_SIGNATURE &&
                 memcmp(trailer + WIRE_TRAILER, ntlm_version, sizeof(ntlm_version)) == 0;
    if (auth->ntlm)
        auth->sequence = pletohu32(trailer + WIRE_TRAILER + NTLM_SEQUENCE);
    return true;
}

static bool read_co(const cmrp_context *ctx, cmrp_auth *auth)
{
    *auth = (cmrp_auth){ .auth_level = CMRP_LEVEL_NONE };
    if (ctx->bare)
        return true;
    return ctx->sent && auth_read_pdu(ctx->sent, ctx->sent_length, auth);
}

bool auth_is_sealed_by_ntlm(const cmrp_auth *auth)
{
    return auth->ntlm && auth->auth_level == CMRP_LEVEL_PRIVACY;
}

/* ---------------------------------------------------------------- in datagrams */

/** The bytes of the datagram whose stub this is, as far as they are there; NULL if they are not. */
static const uint8_t *find_dg_header(tvbuff_t *stub, int *length)
{
    tvbuff_t *source = tvb_get_ds_tvb(stub);
    const int start = tvb_raw_offset(stub) - WIRE_DG_HEADER;
    const uint8_t *header;

    if (source == NULL || start < 0)
        return NULL;
    *length = tvb_captured_length_remaining(source, start);
    if (*length < WIRE_DG_HEADER)
        return NULL;
    header = tvb_get_ptr(source, start, *length);
    return header[0] == WIRE_DG_VERSION ? header : NULL;
}

static bool read_dg(tvbuff_t *stub, cmrp_auth *auth)
{
    int length;
    const uint8_t *header = find_dg_header(stub, &length);
    uint32_t verifier;

    if (header == NULL)
        return false;
    *auth = (cmrp_auth){ .auth_type = header[WIRE_DG_AUTH], .auth_level = CMRP_LEVEL_NONE };
    if (auth->auth_type == CMRP_AUTHN_NONE)
        return true;
    /* The body is padded up to the trailer, whose first byte is the level (MS-RPCE 2.2.3.4). */
    verifier = WIRE_DG_HEADER + ((wire_number(header, WIRE_DG_LENGTH, 2) + 7) & ~7U);
    if (verifier >= (uint32_t)length)
        return false;
    auth->auth_level = header[verifier];
    return true;
}

/* ---------------------------------------------------------------- both */

bool auth_read(const cmrp_context *context, cmrp_auth *auth)
{
    if (context->pinfo->ptype == PT_UDP)
        return read_dg(context->pdu->tvb, auth);
    return read_co(context, auth);
}

bool auth_is_sealed_datagram(const cmrp_context *context)
{
    return context->pinfo->ptype == PT_UDP && context->auth &&
           context->auth->auth_level == CMRP_LEVEL_PRIVACY;
}

bool auth_pads_datagram(const packet_info *pinfo, tvbuff_t *stub)
{
    cmrp_auth auth;

    return pinfo->ptype == PT_UDP && read_dg(stub, &auth) && auth.auth_type != CMRP_AUTHN_NONE;
}

const char *auth_level_name(unsigned level)
{
    static const char *const names[] = { "default",       "none",   "connect",
                                         "call",          "packet", "packet integrity",
                                         "packet privacy" };

    return level < G_N_ELEMENTS(names) ? names[level] : "no level";
}
