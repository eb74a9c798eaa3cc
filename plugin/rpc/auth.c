/* auth.c
 * How did a PDU travel? What its header and its security trailer say.
 *
 * dcerpc keeps to itself what it read before the stub. But unless the PDU came in fragments or sealed,
 * the stub is a window on the bytes that hold the whole PDU: the header stands right before it. For
 * the others the connection's bind has to tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/auth.h"

#include "ndr/pdu.h"
#include "rpc/association.h"
#include "rpc/wire.h"

/** What security trailers before the token have (MS-RPCE 2.2.2.11). */
#define TRAILER 8
#define PADDING 2 /* in it: how many bytes stand before it */

/** Distance from the header to the stub: with and without an object's UUID. */
#define CO_STUB 24
#define CO_STUB_BEHIND_OBJECT 40
#define CO_HAS_OBJECT 0x80

/** Version, checksum and sequence number. */
#define NTLM_SIGNATURE 16

/** The bytes of the PDU whose stub this is, as far as they are there; NULL if they are not. */
static const uint8_t *find_header(tvbuff_t *stub, int distance, unsigned version, int *length)
{
    tvbuff_t *source = tvb_get_ds_tvb(stub);
    const int start = tvb_raw_offset(stub) - distance;
    const uint8_t *header;

    if (source == NULL || start < 0)
        return NULL;
    *length = tvb_captured_length_remaining(source, start);
    if (*length < distance)
        return NULL;
    header = tvb_get_ptr(source, start, *length);
    return header[0] == version ? header : NULL;
}

/* ---------------------------------------------------------------- over a connection */

static const uint8_t *find_co_header(const cmrp_context *ctx, int *length)
{
    const uint8_t type = ctx->pdu->response ? WIRE_RESPONSE : WIRE_REQUEST;
    const uint8_t *header = find_header(ctx->pdu->tvb, CO_STUB, WIRE_CO_VERSION, length);

    if (header && header[2] == type && wire_number(header, WIRE_CO_CALL, 4) == ctx->di->call_id)
        return header;
    header = find_header(ctx->pdu->tvb, CO_STUB_BEHIND_OBJECT, WIRE_CO_VERSION, length);
    if (header && header[2] == type && (header[3] & CO_HAS_OBJECT) &&
        wire_number(header, WIRE_CO_CALL, 4) == ctx->di->call_id)
        return header;
    return NULL;
}

static bool read_bind(const cmrp_connection *connection, cmrp_auth *auth)
{
    if (!connection->names_interface)
        return false;
    auth->auth_type = connection->security.auth_type;
    auth->auth_level = auth->auth_type ? connection->security.auth_level : CMRP_LEVEL_NONE;
    return true;
}

/**
 * True if the header right before the stub says that this PDU has no security trailer. For speed: it is asked
 * of every call, and the stub is a window on the bytes of its data source, so the header is close at hand.
 */
static bool is_bare_call(const cmrp_context *ctx)
{
    const cmrp_pdu *pdu = ctx->pdu;
    tvbuff_t *source = tvb_get_ds_tvb(pdu->tvb);
    const uint8_t *header;

    if (source == NULL || tvb_captured_length(pdu->tvb) == 0 ||
        pdu->data - tvb_get_ptr(source, 0, 1) < CO_STUB)
        return false;
    header = pdu->data - CO_STUB;
    return header[0] == WIRE_CO_VERSION &&
           header[2] == (pdu->response ? WIRE_RESPONSE : WIRE_REQUEST) &&
           wire_number(header, WIRE_CO_CALL, 4) == ctx->di->call_id &&
           wire_number(header, WIRE_CO_AUTH_LENGTH, 2) == 0;
}

static bool read_co(const cmrp_context *ctx, cmrp_auth *auth)
{
    int length;
    const uint8_t *header;
    uint32_t fragment, token;

    if (is_bare_call(ctx)) {
        *auth = (cmrp_auth){ CMRP_AUTHN_NONE, CMRP_LEVEL_NONE };
        return true;
    }
    header = find_co_header(ctx, &length);
    /* An alter_context that was missed may have brought security. */
    if (header == NULL)
        return ctx->association->missed_in == 0 && read_bind(ctx->connection, auth);
    fragment = wire_number(header, WIRE_CO_FRAGMENT_LENGTH, 2);
    token = wire_number(header, WIRE_CO_AUTH_LENGTH, 2);
    if (token == 0) {
        *auth = (cmrp_auth){ CMRP_AUTHN_NONE, CMRP_LEVEL_NONE };
        return true;
    }
    if (fragment < CO_STUB + TRAILER + token || fragment > (uint32_t)length)
        return false;
    auth->auth_type = header[fragment - token - TRAILER];
    auth->auth_level = header[fragment - token - TRAILER + 1];
    return true;
}

/** The last fragment of a PDU, in bytes that begin with it or with another one: NULL if it is not there. */
static const uint8_t *find_last(const uint8_t *at, uint32_t length, uint8_t type, uint32_t call)
{
    const uint8_t *end = at + length;

    while (end - at >= CO_STUB &&
           (at = (const uint8_t *)memchr(at, WIRE_CO_VERSION, (size_t)(end - at) - CO_STUB + 1))) {
        if (at[2] == type && (at[WIRE_CO_FLAGS] & WIRE_CO_LAST_FRAGMENT) &&
            wire_number(at, WIRE_CO_CALL, 4) == call &&
            wire_number(at, WIRE_CO_FRAGMENT_LENGTH, 2) <= (uint32_t)(end - at))
            return at;
        at++;
    }
    return NULL;
}

bool auth_number(const uint8_t *pdu, uint32_t length, uint32_t *number)
{
    if (wire_number(pdu, WIRE_CO_AUTH_LENGTH, 2) != NTLM_SIGNATURE ||
        length < CO_STUB + TRAILER + NTLM_SIGNATURE)
        return false;
    *number = pletohu32(pdu + length - 4);
    return true;
}

uint32_t auth_stub_length(const uint8_t *pdu, uint32_t length)
{
    const uint32_t token = wire_number(pdu, WIRE_CO_AUTH_LENGTH, 2);
    const uint32_t around = (pdu[WIRE_CO_FLAGS] & CO_HAS_OBJECT ? CO_STUB_BEHIND_OBJECT : CO_STUB) +
                            (token ? TRAILER + token + pdu[length - token - TRAILER + PADDING] : 0);

    return around < length ? length - around : 0;
}

bool auth_sequence(const cmrp_context *context, uint32_t *sequence)
{
    const uint8_t type = context->pdu->response ? WIRE_RESPONSE : WIRE_REQUEST;

    for (const GSList *source = context->pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        const uint32_t length = tvb_captured_length(tvb);
        const uint8_t *pdu = length == 0 ? NULL
                                         : find_last(tvb_get_ptr(tvb, 0, (int)length), length, type,
                                                     context->di->call_id);

        if (pdu)
            return auth_number(pdu, wire_number(pdu, WIRE_CO_FRAGMENT_LENGTH, 2), sequence);
    }
    return false;
}

/* ---------------------------------------------------------------- in datagrams */

static bool read_dg(tvbuff_t *stub, cmrp_auth *auth)
{
    int length;
    const uint8_t *header = find_header(stub, WIRE_DG_HEADER, WIRE_DG_VERSION, &length);
    uint32_t verifier;

    if (header == NULL)
        return false;
    auth->auth_type = header[WIRE_DG_AUTH];
    auth->auth_level = CMRP_LEVEL_NONE;
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
    cmrp_auth auth;

    return context->pinfo->ptype == PT_UDP && read_dg(context->pdu->tvb, &auth) &&
           auth.auth_level == CMRP_LEVEL_PRIVACY;
}

bool auth_pads_datagram(const packet_info *pinfo, tvbuff_t *stub)
{
    cmrp_auth auth;

    return pinfo->ptype == PT_UDP && read_dg(stub, &auth) && auth.auth_type != CMRP_AUTHN_NONE;
}

const char *auth_level_name(unsigned level)
{
    static const char *const names[] = {
        "RPC_C_AUTHN_LEVEL_DEFAULT",     "RPC_C_AUTHN_LEVEL_NONE",
        "RPC_C_AUTHN_LEVEL_CONNECT",     "RPC_C_AUTHN_LEVEL_CALL",
        "RPC_C_AUTHN_LEVEL_PKT",         "RPC_C_AUTHN_LEVEL_PKT_INTEGRITY",
        "RPC_C_AUTHN_LEVEL_PKT_PRIVACY",
    };

    return level < G_N_ELEMENTS(names) ? names[level] : "a level that does not exist";
}
