/* copies.c
 * Was a PDU sent, or captured, before?
 *
 * A copy has the same bytes, the same number, and over TCP the same place in the stream. The last PDUs of each
 * connection are remembered; a request that stands further on than all of them is new, which is nearly always so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/copies.h"

#include "base/bounds.h"
#include "base/hash.h"
#include "rpc/segment.h"
#include "rpc/wire.h"

/** Room that the ring begins with. */
#define FIRST_ROOM 4

_Static_assert((CMRP_MAX_COPIES & (CMRP_MAX_COPIES - 1)) == 0, "rooms are powers of 2");

/** The last PDUs of a connection. File scope. */
struct cmrp_copies {
    cmrp_seen *ring;
    unsigned room; /**< a power of 2 */
    unsigned count;
    unsigned next;   /**< where the next one goes: once the ring is full, the oldest one is there */
    uint32_t newest; /**< of the positions of requests */
    uint32_t oldest; /**< up to this position requests were forgotten; valid if any was */
    bool forgets;
};

uint32_t copies_position(const packet_info *pinfo, const uint8_t *bytes)
{
    const cmrp_segment *segment = pinfo->ptype == PT_UDP ? NULL : segment_find(pinfo);

    if (pinfo->ptype == PT_UDP)
        return 0;
    /* Of PDUs that were exported there are no copies. */
    if (segment == NULL)
        return pinfo->num;
    /* What is put together of segments stands where the last of them does. */
    if (!segment_holds(segment, bytes))
        return segment->sequence;
    return segment->sequence + (uint32_t)(bytes - segment->bytes);
}

uint32_t copies_hash(const uint8_t *bytes, uint32_t length)
{
    uint64_t sum = hash_secret[0] ^ length;
    uint64_t word = 0;

    for (; length >= sizeof(word); bytes += sizeof(word), length -= sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        sum = (sum ^ word) * (hash_secret[1] | 1);
        sum ^= sum >> 32;
    }
    word = 0;
    memcpy(&word, bytes, length);
    sum = (sum ^ word) * (hash_secret[1] | 1);
    return (uint32_t)(sum >> 32);
}

cmrp_print copies_print(const packet_info *pinfo, const uint8_t *pdu, uint32_t length)
{
    return (cmrp_print){ .number = wire_number(pdu, WIRE_CO_CALL, 4),
                         .position = pdu[2] == WIRE_REQUEST ? copies_position(pinfo, pdu) : 0,
                         .contents = copies_hash(pdu, length),
                         .type = pdu[2] };
}

/* ---------------------------------------------------------------- the last ones */

static bool is_same(const cmrp_print *a, const cmrp_print *b)
{
    return a->number == b->number && a->position == b->position && a->contents == b->contents &&
           a->type == b->type;
}

/** The PDU that was noted `back` PDUs ago. */
static const cmrp_seen *at(const struct cmrp_copies *copies, unsigned back)
{
    return &copies->ring[(copies->next + copies->room - 1 - back) & (copies->room - 1)];
}

const cmrp_seen *copies_find(const cmrp_connection *connection, const cmrp_print *print,
                             const cmrp_call *call)
{
    const struct cmrp_copies *copies = connection->copies;

    if (copies == NULL ||
        (print->type == WIRE_REQUEST && segment_is_before(copies->newest, print->position)))
        return NULL;
    for (unsigned back = 0; back < copies->count; back++) {
        const cmrp_seen *seen = at(copies, back);

        if (is_same(&seen->print, print) && (call == NULL || seen->call == call))
            return seen;
    }
    return NULL;
}

const cmrp_seen *copies_of_call(const cmrp_connection *connection, uint8_t type,
                                const cmrp_call *call)
{
    const struct cmrp_copies *copies = connection->copies;

    for (unsigned back = 0; copies && back < copies->count; back++) {
        const cmrp_seen *seen = at(copies, back);

        if (seen->print.type == type && seen->call == call)
            return seen;
    }
    return NULL;
}

bool copies_is_stale(const cmrp_connection *connection, const cmrp_print *print)
{
    const struct cmrp_copies *copies = connection->copies;

    return copies && copies->forgets && !segment_is_before(copies->oldest, print->position) &&
           copies->oldest - print->position < CMRP_STREAM_JUMP;
}

/* ---------------------------------------------------------------- one more */

static void make_room(struct cmrp_copies *copies)
{
    if (copies->count < copies->room || copies->room == CMRP_MAX_COPIES)
        return;
    copies->next = copies->room;
    copies->room = copies->room ? 2 * copies->room : FIRST_ROOM;
    copies->ring = (cmrp_seen *)wmem_realloc(wmem_file_scope(), copies->ring,
                                             copies->room * sizeof(copies->ring[0]));
}

/** The oldest one is forgotten. */
static void forget(struct cmrp_copies *copies, const cmrp_print *print)
{
    if (print->type != WIRE_REQUEST ||
        (copies->forgets && !segment_is_before(copies->oldest, print->position)))
        return;
    copies->oldest = print->position;
    copies->forgets = true;
}

/** Sequence numbers that are so far apart belong to two connections. */
static void note_position(struct cmrp_copies *copies, uint32_t position)
{
    if (!segment_is_before(copies->newest, position) &&
        copies->newest - position < CMRP_STREAM_JUMP)
        return;
    if (copies->newest - position >= CMRP_STREAM_JUMP &&
        position - copies->newest >= CMRP_STREAM_JUMP)
        copies->forgets = false;
    copies->newest = position;
}

void copies_note(cmrp_connection *connection, const packet_info *pinfo, const cmrp_print *print,
                 cmrp_call *call)
{
    struct cmrp_copies *copies = connection->copies;

    if (copies == NULL)
        copies = connection->copies = wmem_new0(wmem_file_scope(), struct cmrp_copies);
    make_room(copies);
    if (copies->count == copies->room)
        forget(copies, &copies->ring[copies->next].print);
    else
        copies->count++;
    copies->ring[copies->next] = (cmrp_seen){ *print, pinfo->num, pinfo->abs_ts, call };
    copies->next = (copies->next + 1) & (copies->room - 1);
    if (print->type == WIRE_REQUEST)
        note_position(copies, print->position);
}
