/* decryption.c
 * Is a stub what the sender wrote, or was it decrypted wrongly?
 *
 * Wireshark (4.0, 4.4 and 4.6) loses its place in the key stream of NTLM inside SPNEGO behind the first
 * PDU of each direction. Most stubs tell by themselves: random bytes hardly ever read as counts, handles and
 * statuses. Where there are only numbers, any bytes read as well as the right ones. These are believed
 * where the key stream begins, which the sequence number in the signature tells (MS-NLMP 2.2.2.9.1,
 * 3.4.4.2), and where Wireshark was seen to keep its place: further on, a stub told much by itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/decryption.h"

#include "ndr/pdu.h"
#include "rpc/association.h"
#include "rpc/auth.h"
#include "rpc/key_stream.h"

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

bool decryption_is_trusted(const cmrp_context *context, uint32_t length)
{
    const uint32_t frame = context->pinfo->num;
    cmrp_key_stream *stream = &context->connection->key_streams[context->pdu->response];
    const int bits = evidence(context->pdu, length);
    uint32_t sequence;
    const bool numbered = auth_sequence(context, &sequence);

    if (!context->pinfo->fd->visited) {
        if (stream->begins_in == 0)
            stream->begins_in = frame;
        if (stream->kept_in == 0 && numbered && sequence > 0 && bits >= BITS_OF_PROOF)
            stream->kept_in = frame;
    }
    if (bits != 0)
        return bits > 0;
    if (key_stream_is_lost(context) || (context->connection->key_stream_lost_in != 0 &&
                                        context->connection->key_stream_lost_in <= frame))
        return false;
    return (numbered && sequence == 0 && stream->begins_in == frame) ||
           (stream->kept_in != 0 && stream->kept_in < frame);
}
