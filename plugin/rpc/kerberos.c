/* kerberos.c
 * For which service is a Kerberos ticket, and is authentication to be mutual?
 *
 * The part of an AP-REQ that stands in the clear is DER (X.690): elements of tag, length and contents.
 * The AP-REQ begins with constants, so that it is found without reading what SPNEGO wraps it in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/kerberos.h"

/** A bit of ap-options (RFC 4120 5.5.1), in the first byte of its flags. */
#define MUTUAL_REQUIRED 0x20

/* Tags, as they stand on the wire. */
#define SEQUENCE 0x30
#define GENERAL_STRING 0x1b
#define TICKET 0x61 /* [APPLICATION 1] */
#define CONTEXT(n) (0xa0 + (n))

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} span;

/** Takes the next element off `from` if it has this tag. */
static bool take(span *from, uint8_t tag, span *contents)
{
    const uint8_t *at = from->at;
    uint32_t length;
    unsigned more;

    if (from->end - at < 2 || at[0] != tag)
        return false;
    length = at[1];
    at += 2;
    if (length >= 0x80) {
        more = length & 0x7f;
        if (more > 2 || from->end - at < (ptrdiff_t)more)
            return false;
        length = 0;
        while (more-- > 0)
            length = length << 8 | *at++;
    }
    if (from->end - at < (ptrdiff_t)length)
        return false;
    *contents = (span){ at, at + length };
    from->at = contents->end;
    return true;
}

/** The parts of a PrincipalName (RFC 4120 5.2.2), joined by "/". */
static const char *read_name(wmem_allocator_t *pool, span name)
{
    wmem_strbuf_t *text = wmem_strbuf_new(pool, "");
    span sequence, type, strings, parts, part;

    if (!take(&name, SEQUENCE, &sequence) || !take(&sequence, CONTEXT(0), &type) ||
        !take(&sequence, CONTEXT(1), &strings) || !take(&strings, SEQUENCE, &parts))
        return NULL;
    while (take(&parts, GENERAL_STRING, &part)) {
        if (wmem_strbuf_get_len(text) > 0)
            wmem_strbuf_append_c(text, '/');
        wmem_strbuf_append_len(text, (const char *)part.at, (size_t)(part.end - part.at));
    }
    return wmem_strbuf_get_str(text);
}

/** A Realm (RFC 4120 5.2.2). */
static const char *read_realm(wmem_allocator_t *pool, span field)
{
    span realm;

    return take(&field, GENERAL_STRING, &realm)
               ? wmem_strndup(pool, (const char *)realm.at, (size_t)(realm.end - realm.at))
               : NULL;
}

/** The realm and the sname of a Ticket (RFC 4120 5.3). */
static void read_ticket(wmem_allocator_t *pool, span rest, cmrp_ticket *read)
{
    span field, ticket, sequence, version, realm, name;

    if (!take(&rest, CONTEXT(3), &field) || !take(&field, TICKET, &ticket) ||
        !take(&ticket, SEQUENCE, &sequence) || !take(&sequence, CONTEXT(0), &version) ||
        !take(&sequence, CONTEXT(1), &realm) || !take(&sequence, CONTEXT(2), &name))
        return;
    read->realm = read_realm(pool, realm);
    read->service = read_name(pool, name);
}

bool kerberos_read_request(wmem_allocator_t *pool, const uint8_t *token, uint32_t length,
                           cmrp_ticket *ticket)
{
    /* pvno 5, msg-type 14, and the head of ap-options: 4 bytes of flags follow. */
    static const uint8_t head[] = { 0xa0, 0x03, 0x02, 0x01, 0x05, 0xa1, 0x03, 0x02,
                                    0x01, 0x0e, 0xa2, 0x07, 0x03, 0x05, 0x00 };
    const uint8_t *at = (const uint8_t *)ws_memmem(token, length, head, sizeof(head));
    const uint8_t *end = token + length;

    if (at == NULL || end - at < (ptrdiff_t)sizeof(head) + 4)
        return false;
    at += sizeof(head);
    *ticket = (cmrp_ticket){ .mutual = (at[0] & MUTUAL_REQUIRED) != 0 };
    read_ticket(pool, (span){ at + 4, end }, ticket);
    return true;
}
