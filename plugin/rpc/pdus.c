/* pdus.c
 * Which PDUs of a connection stand in a frame?
 *
 * A PDU says how long it is, and the next one begins where it ends. So a connection that was followed from its
 * beginning, or from any PDU on, tells where in each segment a PDU begins. Where it is not known, because the capture
 * begins later or lost something, a PDU begins at the beginning of a segment, or where a chain of PDUs fills the rest
 * of it. What was put together of several segments begins with a PDU and is a data source of its own.
 *
 * In a named pipe messages of SMB take the place of PDUs: each holds one PDU at its end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/pdus.h"

#include "base/bounds.h"
#include "ndr/pdu.h"
#include "rpc/segment.h"
#include "rpc/wire.h"

/* The header of a message in SMB's stream (RFC 1002 4.3.1; MS-SMB2 2.1). */
#define MESSAGE_HEADER 4
#define MESSAGE_MARK 8

/* SMB 2: a message may be several, each with the distance to the next (MS-SMB2 2.2.1), aligned to 8 bytes. */
#define SMB2_HEADER 64
#define SMB2_NEXT 20
#define SMB2_ALIGNMENT 8

/** Nobody knows where the next PDU begins. */
#define LOST UINT32_MAX

typedef struct {
    packet_info *pinfo;
    pdus_visitor visit;
    void *data;
} walk;

/* ---------------------------------------------------------------- one PDU, one message */

/** The length of the PDU that begins here; 0 if none does. */
static uint32_t pdu_length(const uint8_t *at, uint32_t left)
{
    uint32_t length;

    if (left < WIRE_CO_HEADER || !wire_is_co_header(at))
        return 0;
    length = wire_number(at, WIRE_CO_FRAGMENT_LENGTH, 2);
    return length >= WIRE_CO_HEADER ? length : 0;
}

static bool is_smb(const uint8_t *mark)
{
    /* SMB, SMB 2, what SMB 3 encrypts and compresses. */
    return mark[0] >= 0xfc && memcmp(mark + 1, "SMB", 3) == 0;
}

/** The length of the message of SMB that begins here; 0 if none does. */
static uint32_t message_length(const uint8_t *at, uint32_t left)
{
    if (left < MESSAGE_MARK || at[0] != 0 || !is_smb(at + MESSAGE_HEADER))
        return 0;
    return MESSAGE_HEADER + (pntohu32(at) & 0xffffff);
}

/** The length of what begins here, a PDU or a message. */
static uint32_t unit_length(const uint8_t *at, uint32_t left)
{
    const uint32_t length = pdu_length(at, left);

    return length ? length : message_length(at, left);
}

/** Visits the PDU that ends a part of a message. */
static void visit_part(const walk *w, const uint8_t *at, uint32_t left)
{
    const uint8_t *end = at + left;

    while (end - at >= WIRE_CO_HEADER &&
           (at = (const uint8_t *)memchr(at, WIRE_CO_VERSION,
                                         (size_t)(end - at) - WIRE_CO_HEADER + 1))) {
        const uint32_t length = pdu_length(at, (uint32_t)(end - at));

        if (length && length <= (uint32_t)(end - at) &&
            (uint32_t)(end - at) - length < SMB2_ALIGNMENT) {
            w->visit(w->pinfo, at, length, w->data);
            return;
        }
        at++;
    }
}

/** Visits the PDUs in the parts of a message. */
static void visit_message(const walk *w, const uint8_t *at, uint32_t left)
{
    while (left >= SMB2_HEADER && at[0] == 0xfe && is_smb(at)) {
        const uint32_t next = pletohu32(at + SMB2_NEXT);

        if (next < SMB2_HEADER || next > left)
            break;
        visit_part(w, at, next);
        at += next;
        left -= next;
    }
    visit_part(w, at, left);
}

/* ---------------------------------------------------------------- what stands behind each other */

/**
 * Visits what begins at `at` and ends in these bytes. Tells where the last one began and where the next one begins,
 * which may lie behind the bytes. False if what follows is neither PDU nor message.
 */
static bool visit_all(const walk *w, const uint8_t *bytes, uint32_t length, uint32_t at,
                      uint32_t *began, uint32_t *next)
{
    for (*began = *next = at; *next < length;) {
        const uint8_t *here = bytes + *next;
        const uint32_t left = length - *next;
        const uint32_t unit = unit_length(here, left);

        if (unit == 0)
            return left < WIRE_CO_HEADER;
        if (unit <= left && here[0] == WIRE_CO_VERSION)
            w->visit(w->pinfo, here, unit, w->data);
        else if (unit <= left)
            visit_message(w, here + MESSAGE_HEADER, unit - MESSAGE_HEADER);
        *began = *next;
        *next += unit;
    }
    return true;
}

/** True if PDUs, one behind the other, fill the bytes from `at` on. */
static bool is_chain(const uint8_t *bytes, uint32_t length, uint32_t at)
{
    while (length - at >= WIRE_CO_HEADER) {
        const uint32_t unit = pdu_length(bytes + at, length - at);

        if (unit == 0)
            return false;
        if (unit >= length - at)
            return true;
        at += unit;
    }
    return true;
}

/** The first place from which on PDUs fill the bytes; LOST if there is none. */
static uint32_t search_chain(const uint8_t *bytes, uint32_t length)
{
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + length;
    unsigned tried = 0;

    while (end - at >= WIRE_CO_HEADER && tried < CMRP_MAX_CHAINS &&
           (at = (const uint8_t *)memchr(at, WIRE_CO_VERSION,
                                         (size_t)(end - at) - WIRE_CO_HEADER + 1))) {
        if (pdu_length(at, (uint32_t)(end - at))) {
            if (is_chain(bytes, length, (uint32_t)(at - bytes)))
                return (uint32_t)(at - bytes);
            tried++;
        }
        at++;
    }
    return LOST;
}

/* ---------------------------------------------------------------- reassembled */

/** True if the bytes are a stub, which its sender may have made look like anything. */
static bool is_stub(packet_info *pinfo, const GSList *source)
{
    const tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);

    return tvb == cmrp_data_source(pinfo, "Decrypted stub data") ||
           tvb == cmrp_data_source(pinfo, "Reassembled DCE/RPC");
}

/** What was put together of several segments: places in it. */
typedef struct {
    const uint8_t *bytes; /**< NULL: there is none */
    uint32_t length;
    uint32_t began; /**< of the last unit */
    uint32_t next;  /**< of the one behind it */
} reassembled;

/** Visits what was put together of several frames. Tells of the last that is of the connection itself. */
static reassembled visit_reassembled(const walk *w, const cmrp_segment *segment)
{
    const GSList *source = w->pinfo->data_src->next;
    reassembled last = { 0 };

    for (; source; source = source->next) {
        reassembled r;
        uint32_t unit;

        r.bytes = segment_source(source, &r.length);
        unit = r.bytes ? unit_length(r.bytes, r.length) : 0;
        /* The segment itself, of IP fragments. */
        if (r.bytes == NULL || (segment->bytes >= r.bytes && segment->bytes <= r.bytes + r.length))
            continue;
        if (unit && unit <= r.length && !is_stub(w->pinfo, source)) {
            visit_all(w, r.bytes, r.length, 0, &r.began, &r.next);
            last = r;
        } else if (r.length >= MESSAGE_HEADER && is_smb(r.bytes)) {
            visit_message(w, r.bytes, r.length);
        }
    }
    return last;
}

/* ---------------------------------------------------------------- the segment */

static cmrp_stream *stream_of(const packet_info *pinfo, cmrp_connection *connection)
{
    if (connection == NULL || pinfo->fd->visited)
        return NULL;
    return &connection->streams[segment_side(pinfo)];
}

/** The last PDU that began. What was sent again tells nothing new. */
static void note_last(cmrp_stream *stream, uint32_t began, uint32_t next)
{
    if (stream == NULL || (stream->known && !segment_is_before(stream->next, next) &&
                           stream->next - next < CMRP_STREAM_JUMP))
        return;
    *stream = (cmrp_stream){ .began = began, .next = next, .known = true };
}

/** The sequence number at which what was put together ends, if the stream or its bytes tell. */
static bool find_end(const cmrp_segment *segment, const cmrp_stream *stream, const reassembled *r,
                     uint32_t *end)
{
    *end = segment->sequence + segment->length;
    if (r->bytes == NULL)
        return false;
    if (stream && stream->known && segment_is_before(stream->next, segment->sequence)) {
        *end = stream->next + r->length;
        return true;
    }
    return r->length >= segment->length &&
           memcmp(r->bytes + r->length - segment->length, segment->bytes, segment->length) == 0;
}

/** Where in the segment the first PDU begins; LOST if nobody knows, or none does. */
static uint32_t find_first(const cmrp_segment *segment, const cmrp_stream *stream)
{
    const uint32_t at = stream && stream->known ? stream->next - segment->sequence : LOST;
    const uint32_t left = at < segment->length ? segment->length - at : 0;

    if (left && (left < WIRE_CO_HEADER || unit_length(segment->bytes + at, left)))
        return at;
    if (unit_length(segment->bytes, segment->length))
        return 0;
    return search_chain(segment->bytes, segment->length);
}

static void visit_segment(const walk *w, const cmrp_segment *segment, cmrp_stream *stream)
{
    const reassembled r = visit_reassembled(w, segment);
    uint32_t began, next, end, first;

    if (find_end(segment, stream, &r, &end)) {
        note_last(stream, end - r.length + r.began, end - r.length + r.next);
        /* Whole segments are put together where a header came in pieces. */
        if (!segment_is_before(end, segment->sequence + segment->length))
            return;
    }
    first = find_first(segment, stream);
    if (first != LOST && visit_all(w, segment->bytes, segment->length, first, &began, &next))
        note_last(stream, segment->sequence + began, segment->sequence + next);
}

/** True if the segment holds the middle of a PDU only. For speed: so do most of a long one. */
static bool is_middle(const cmrp_segment *segment, const cmrp_stream *stream)
{
    return stream && stream->known && segment_is_before(stream->began, segment->sequence) &&
           segment_is_before(segment->sequence + segment->length, stream->next);
}

void pdus_visit(packet_info *pinfo, cmrp_connection *connection, pdus_visitor visit, void *data)
{
    const walk w = { pinfo, visit, data };
    cmrp_stream *stream = stream_of(pinfo, connection);
    const cmrp_segment *segment;

    if (pinfo->data_src == NULL)
        return;
    segment = segment_find(pinfo);
    if (segment == NULL) {
        /* A PDU that was exported to a file of its own stands at its end. */
        uint32_t length;
        const uint8_t *bytes = segment_source(pinfo->data_src, &length);

        if (bytes)
            visit_part(&w, bytes, length);
        return;
    }
    if (segment->length != 0 && !is_middle(segment, stream))
        visit_segment(&w, segment, stream);
}

/* ---------------------------------------------------------------- the PDU of a stub */

/* The one before, in this visit to a frame: dcerpc hands on in the order of the wire. NULL: it is the first. */
static const uint8_t *last_sent;
static uint32_t looked_for; /* in this visit */

typedef struct {
    uint32_t call;
    uint8_t type;
    const uint8_t *pdu;
    uint32_t length;
    bool found;
} pdu_search;

static bool is_wanted(const pdu_search *search, const uint8_t *pdu)
{
    return pdu[2] == search->type && wire_number(pdu, WIRE_CO_CALL, 4) == search->call;
}

static void note_pdu(packet_info *pinfo _U_, const uint8_t *pdu, uint32_t length, void *data)
{
    pdu_search *search = (pdu_search *)data;

    /* What came up to there was handed on. */
    if (pdu == last_sent) {
        search->pdu = NULL;
        search->found = false;
    } else if (!search->found && length >= WIRE_CO_STUB && is_wanted(search, pdu)) {
        search->pdu = pdu;
        search->length = length;
        /* Only the last fragment of a stub makes dcerpc hand it on. */
        search->found = (pdu[WIRE_CO_FLAGS] & WIRE_CO_LAST_FRAGMENT) != 0;
    }
}

/** True if a stub that came plain and in one fragment stands right behind its header, as nearly all do. */
static bool is_right_before(const cmrp_pdu *pdu, pdu_search *search)
{
    tvbuff_t *source = tvb_get_ds_tvb(pdu->tvb);
    const uint8_t *bytes, *header;

    if (source == NULL || tvb_captured_length(pdu->tvb) == 0)
        return false;
    bytes = tvb_get_ptr(source, 0, 1);
    if (pdu->data - bytes < WIRE_CO_STUB)
        return false;
    header = pdu->data - WIRE_CO_STUB;
    if (!wire_is_co_header(header) || !is_wanted(search, header))
        return false;
    search->pdu = header;
    search->length = MIN(wire_number(header, WIRE_CO_FRAGMENT_LENGTH, 2),
                         tvb_captured_length(source) - (uint32_t)(header - bytes));
    return true;
}

static bool is_bare(const uint8_t *header)
{
    const uint8_t whole = WIRE_CO_FIRST_FRAGMENT | WIRE_CO_LAST_FRAGMENT;

    return (header[WIRE_CO_FLAGS] & whole) == whole &&
           wire_number(header, WIRE_CO_AUTH_LENGTH, 2) == 0;
}

void pdus_find_sent(cmrp_context *context)
{
    pdu_search search = { .call = context->di->call_id,
                          .type = context->pdu->response ? WIRE_RESPONSE : WIRE_REQUEST };

    if (is_right_before(context->pdu, &search))
        context->bare = is_bare(search.pdu);
    else
        pdus_visit(context->pinfo, NULL, note_pdu, &search);
    context->sent = search.pdu;
    context->sent_length = search.length;
    context->order = ++looked_for;
    if (search.pdu)
        last_sent = search.pdu;
}

void pdus_frame_over(void)
{
    last_sent = NULL;
    looked_for = 0;
}

bool pdus_is_all(const packet_info *pinfo, cmrp_connection *connection, const uint8_t *sent)
{
    const cmrp_segment *segment = pinfo->data_src->next ? NULL : segment_find(pinfo);

    if (segment == NULL || segment->bytes != sent ||
        segment->length != wire_number(sent, WIRE_CO_FRAGMENT_LENGTH, 2))
        return false;
    note_last(stream_of(pinfo, connection), segment->sequence, segment->sequence + segment->length);
    return true;
}
