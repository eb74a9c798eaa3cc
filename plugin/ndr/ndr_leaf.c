/* ndr_leaf.c
 * How are values read that have no parts? Numbers, time stamps, context handles, strings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/ndr_reader.h"

/* ---------------------------------------------------------------- base types */

/** What a number means here: its own enumeration, or the one that a sibling chooses. */
static const cmrp_enumeration *meaning_of(const ndr_slot *s)
{
    const cmrp_member *member = s->member;

    if (member->chosen_by == CMRP_NO_SIBLING || s->beside == NULL)
        return member->meaning;
    for (unsigned i = 0; i < member->choice_count; i++) {
        if (member->choices[i].value == s->beside[member->chosen_by].number)
            return member->choices[i].meaning;
    }
    return member->meaning;
}

bool ndr_read_number(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    const uint32_t size = type->size[r->syntax];
    proto_item *item = NULL;
    uint64_t value;

    if (!cursor_align(&r->c, size) || !cursor_read(&r->c, size, &value))
        return false;
    if (s->tree)
        item = show_number(s->tree, r->pdu->tvb, *s->member->hf, type, meaning_of(s),
                           (uint32_t)r->c.offset - size, size, value);
    ndr_note(r, s, r->c.offset - size, size, value, item);
    return true;
}

bool ndr_read_filetime(ndr_reader *r, const ndr_slot *s)
{
    proto_item *item = NULL;
    uint64_t low, high;

    /* A structure of two 4-byte numbers, so the lower half comes first whatever the byte order. */
    if (!cursor_align(&r->c, 4) || !cursor_need(&r->c, 8) || !cursor_read(&r->c, 4, &low) ||
        !cursor_read(&r->c, 4, &high))
        return false;
    if (s->tree)
        item = show_filetime(s->tree, r->pdu->tvb, s->member, (uint32_t)r->c.offset - 8,
                             high << 32 | low);
    ndr_note(r, s, r->c.offset - 8, 8, high << 32 | low, item);
    return true;
}

bool ndr_read_handle(ndr_reader *r, const ndr_slot *s)
{
    proto_item *item = NULL;

    if (!cursor_align(&r->c, 4) || !cursor_need(&r->c, 20))
        return false;
    if (s->tree)
        item = show_handle(s->tree, r->pdu->tvb, s->member, (uint32_t)r->c.offset, r->c.big_endian);
    ndr_note(r, s, r->c.offset, 20, 0, item);
    r->c.offset += 20;
    return true;
}

/* ---------------------------------------------------------------- strings */

/** True if all bytes of one character, `size` wide, are 0. */
static bool is_nul(const uint8_t *p, uint32_t size)
{
    return p[0] == 0 && (size == 1 || p[1] == 0);
}

bool ndr_read_string(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    ndr_counts counts = { 0 };
    const uint32_t character = type->count;
    proto_item *item = NULL;
    uint64_t bytes, text;
    bool ended;

    if (!ndr_read_maximum(r, &counts) || !ndr_read_variance(r, &counts))
        return false;
    if (!ndr_fits(r, counts.actual, character))
        return false;
    bytes = counts.actual * character;
    ended = bytes != 0 && is_nul(r->c.data + r->c.offset + bytes - character, character);
    text = ended ? bytes - character : bytes;
    if (s->tree)
        item = show_string(s->tree, r->pdu->tvb, s->member, type, (uint32_t)r->c.offset,
                           (uint32_t)text, (uint32_t)bytes, r->c.big_endian, r->syntax, &counts);
    if (!ended)
        ndr_breach(r->pdu, CMRP_BREACH_TERMINATOR, s->member->name, r->c.offset, bytes, 0, 0, item);
    ndr_check_counts(r->pdu, s->member, &counts, NDR_UNKNOWN, NDR_UNKNOWN, r->word, item);
    ndr_note_counted(r, s, r->c.offset, text, &counts, item);
    r->c.offset += bytes;
    return true;
}
