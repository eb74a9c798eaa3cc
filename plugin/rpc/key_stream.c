/* key_stream.c
 * Was Wireshark given all that NTLM sealed, one PDU after the other?
 *
 * What NTLM seals is one key stream for each direction: who misses a PDU, or gets two in the wrong order or one of them
 * twice, decrypts all that follows to noise. Of several in one frame Wireshark decrypts the first alone, and no response
 * without its request. Signatures are numbered one after the other (MS-NLMP 3.4.4.2), fragments too, so the numbers tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/key_stream.h"

#include "ndr/pdu.h"
#include "rpc/auth.h"
#include "rpc/wire.h"

static bool is_sealed(const cmrp_connection *connection)
{
    const cmrp_security *security = &connection->security;

    return security->auth_level == CMRP_LEVEL_PRIVACY &&
           (security->auth_type == CMRP_AUTHN_NTLM || security->auth_type == CMRP_AUTHN_DEFAULT);
}

static void lose(cmrp_key_stream *stream, uint32_t frame, uint32_t number)
{
    if (stream->lost_in != 0)
        return;
    stream->lost_in = frame;
    stream->lost_at = number;
}

static void note(cmrp_key_stream *stream, uint32_t frame, uint32_t number)
{
    /* A new security context begins with 0. */
    if (number != 0 && (number != stream->next || stream->noted_in == frame))
        lose(stream, frame, number);
    stream->next = number + 1;
    stream->noted_in = frame;
}

/** True if a PDU ends a call whose stub has bytes, so that dcerpc hands it on once it has decrypted it. */
static bool is_to_be_handed(const uint8_t *pdu, uint32_t length)
{
    return (pdu[WIRE_CO_FLAGS] & WIRE_CO_LAST_FRAGMENT) && auth_stub_length(pdu, length) > 0;
}

void key_stream_note(const packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu,
                     uint32_t length)
{
    cmrp_key_stream *stream = &connection->key_streams[pdu[2] == WIRE_RESPONSE];
    uint32_t number;

    if ((pdu[2] != WIRE_REQUEST && pdu[2] != WIRE_RESPONSE) || !is_sealed(connection) ||
        !auth_number(pdu, length, &number) ||
        (stream->noted_in == pinfo->num && number < stream->next))
        return;
    note(stream, pinfo->num, number);
    if (is_to_be_handed(pdu, length))
        lose(stream, pinfo->num, number + 1);
}

bool key_stream_is_lost(const cmrp_context *context)
{
    const uint32_t frame = context->pinfo->num;
    cmrp_key_stream *stream = &context->connection->key_streams[context->pdu->response];
    uint32_t number;

    if (context->pinfo->ptype == PT_UDP || !is_sealed(context->connection))
        return false;
    if (!auth_sequence(context, &number))
        return stream->lost_in != 0 && stream->lost_in <= frame;
    if (!context->pinfo->fd->visited)
        note(stream, frame, number);
    return stream->lost_in != 0 &&
           (stream->lost_in < frame || (stream->lost_in == frame && stream->lost_at <= number));
}
