/* decryption.c
 * Is a stub what the sender wrote, or was it decrypted wrongly?
 *
 * What NTLM seals, it seals with the key stream of its direction, each PDU with the bytes behind those of the last
 * one: first the stub, then the 8 bytes of the signature's checksum. Whoever misses some of them reads noise from
 * there on. Inside SPNEGO, Wireshark (4.0, 4.4 and 4.6) opens the stub and leaves the signature, and so loses its
 * place behind the first PDU. It is helped: the signature is handed to its dissector of NTLM, which finds the stub
 * opened and takes the 8 bytes as well. No key is touched here.
 *
 * Where Wireshark has its place is known all the same: PDUs of each direction are numbered in their signatures
 * (MS-NLMP 2.2.2.9.1, 3.4.4.2). A number that does not follow the last one, a second PDU in one frame, of which
 * Wireshark opens the first, and a signature that stayed closed lose the place until NTLM is agreed on anew. What is
 * sealed behind that is never believed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/decryption.h"

#include "ndr/pdu.h"
#include "rpc/association.h"
#include "rpc/auth.h"
#include "rpc/pdus.h"
#include "rpc/wire.h"

/* Bits that random bytes have right by chance only, in what a PDU may hold. */
#define BITS_OF_HANDLE 32
#define BITS_OF_STATUS 16
#define BITS_OF_STRING 32

/** What a PDU must hold to tell that Wireshark kept its place for good. */
#define BITS_OF_PROOF 48

/** The attributes of a context handle are 0 (C706 appendix N). */
static bool is_handle(const cmrp_pdu *pdu, const cmrp_value *value)
{
    static const uint8_t none[4];

    return memcmp(pdu->data + value->offset, none, sizeof(none)) == 0;
}

static bool is_string(const cmrp_type *type)
{
    while (type->kind == CMRP_POINTER)
        type = type->of;
    return type->kind == CMRP_STRING;
}

/** The number of bits that speak for a PDU: 0 if it is of bare numbers, -1 if no sender can mean it. */
static int evidence(const cmrp_pdu *pdu, uint32_t length)
{
    int bits = length == 0 ? BITS_OF_STATUS : 0;

    if (!pdu_whole(pdu) || pdu->breach_count > 0 || pdu->end < length)
        return -1;
    for (unsigned i = 0; i < pdu->method->param_count; i++) {
        const cmrp_value *value = &pdu->values[i];

        if (!value->present)
            continue;
        switch (pdu->method->params[i].role) {
        case CMRP_ROLE_HANDLE_USED:
        case CMRP_ROLE_HANDLE_OPENED:
        case CMRP_ROLE_HANDLE_CLOSED:
            if (!is_handle(pdu, value))
                return -1;
            bits += BITS_OF_HANDLE;
            break;
        case CMRP_ROLE_STATUS:
            if (value->number > 0xffff)
                return -1;
            bits += BITS_OF_STATUS;
            break;
        default:
            bits += is_string(pdu->method->params[i].type) ? BITS_OF_STRING : 0;
            break;
        }
    }
    return bits;
}

/* ---------------------------------------------------------------- the place in the key stream */

cmrp_boolean decryption_keeps_place = TRUE;

static dissector_handle_t ntlm_signature;

void decryption_start(void)
{
    ntlm_signature = find_dissector("ntlmssp_payload");
}

void decryption_agreed(cmrp_connection *connection, uint32_t auth_context)
{
    memset(connection->key_streams, 0, sizeof(connection->key_streams));
    connection->key_context = auth_context;
}

void decryption_signed(cmrp_connection *connection, bool answer)
{
    cmrp_key_stream *stream = &connection->key_streams[answer];

    if (stream->frame == 0)
        stream->next = 1;
}

static bool is_next(const cmrp_connection *connection, const cmrp_key_stream *stream,
                    const cmrp_auth *auth)
{
    return !stream->lost && auth->context == connection->key_context &&
           auth->sequence == stream->next;
}

/** True if Wireshark has the signature of this frame opened. */
static bool is_opened(packet_info *pinfo)
{
    return cmrp_data_source(pinfo, "Decrypted NTLMSSP Verifier") != NULL;
}

/** True if Wireshark opened the stub, if there is one: a fault's is signed only, and of a lost call it opens none. */
static bool is_stub_opened(packet_info *pinfo, uint8_t type, const cmrp_auth *auth)
{
    return type == WIRE_FAULT || auth->stub_length == 0 ||
           cmrp_data_source(pinfo, "Decrypted stub data") != NULL;
}

/** Hands on the signature that ends a PDU. True if it was opened. */
static bool open_signature(tvbuff_t *tvb, packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    const unsigned sources = g_slist_length(pinfo->data_src);
    tvbuff_t *signature;
    bool opened;

    if (!decryption_keeps_place || ntlm_signature == NULL)
        return false;
    signature = tvb_new_child_real_data(tvb, pdu + length - AUTH_NTLM_SIGNATURE,
                                        AUTH_NTLM_SIGNATURE, AUTH_NTLM_SIGNATURE);
    call_dissector_only(ntlm_signature, signature, pinfo, NULL, NULL);
    opened = is_opened(pinfo);
    /* What it made is of no use to anybody: the signature, and the bytes in front of it, which are none. */
    while (g_slist_length(pinfo->data_src) > sources)
        remove_last_data_source(pinfo);
    return opened;
}

/** True if Wireshark takes the signature from the key stream by itself: bare NTLM's, of requests and responses. */
static bool needs_no_help(uint8_t type, const cmrp_auth *auth)
{
    return auth->auth_type != CMRP_AUTHN_SPNEGO && type != WIRE_FAULT;
}

void decryption_follow(tvbuff_t *tvb, packet_info *pinfo, cmrp_connection *connection,
                       const uint8_t *pdu, uint32_t length)
{
    cmrp_key_stream *stream = &connection->key_streams[pdu[2] != WIRE_REQUEST];
    cmrp_auth auth;

    if (!auth_read_pdu(pdu, length, &auth) || !auth_is_sealed_by_ntlm(&auth))
        return;
    if (!is_next(connection, stream, &auth) || stream->frame == pinfo->num ||
        !is_stub_opened(pinfo, pdu[2], &auth) ||
        !(needs_no_help(pdu[2], &auth) || is_opened(pinfo) ||
          open_signature(tvb, pinfo, pdu, length)))
        stream->lost = true;
    stream->next = auth.sequence + 1;
    stream->frame = pinfo->num;
}

/* ---------------------------------------------------------------- one PDU */

bool decryption_may_fail(const cmrp_context *context)
{
    return context->auth && auth_is_sealed_by_ntlm(context->auth);
}

/** The first PDU of a frame that NTLM has sealed. */
typedef struct {
    bool found;
    uint8_t type;
    uint32_t sequence;
} first_sealed;

static void note_first(packet_info *pinfo _U_, const uint8_t *pdu, uint32_t length, void *data)
{
    first_sealed *first = (first_sealed *)data;
    cmrp_auth auth;

    if (!first->found && auth_read_pdu(pdu, length, &auth) && auth_is_sealed_by_ntlm(&auth))
        *first = (first_sealed){ true, pdu[2], auth.sequence };
}

/** True if nothing in front of the PDU in its frame used the key stream. */
static bool is_first(const cmrp_context *context)
{
    first_sealed first = { 0 };

    pdus_visit(context->pinfo, NULL, note_first, &first);
    return first.found && first.sequence == context->auth->sequence &&
           first.type == (context->pdu->response ? WIRE_RESPONSE : WIRE_REQUEST);
}

bool decryption_is_trusted(const cmrp_context *context, uint32_t length)
{
    cmrp_connection *connection = context->connection;
    cmrp_key_stream *stream = &connection->key_streams[context->pdu->response];
    const int bits = evidence(context->pdu, length);

    if (!is_next(connection, stream, context->auth) || !is_first(context))
        return false;
    if (context->auth->sequence > 0 && bits >= BITS_OF_PROOF)
        stream->proven = true;
    /* Bare NTLM needs no help, and so no proof. */
    return bits >= 0 || stream->proven || context->auth->auth_type != CMRP_AUTHN_SPNEGO;
}

bool decryption_makes_sense(const cmrp_context *context, uint32_t length)
{
    return evidence(context->pdu, length) > 0;
}
