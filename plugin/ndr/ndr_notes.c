/* ndr_notes.c
 * What does the NDR reader keep of what it read? Values, counts, and breaches of consistency.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/ndr_reader.h"

/* ---------------------------------------------------------------- breaches of consistency */

void ndr_breach(cmrp_pdu *pdu, cmrp_breach_kind kind, const char *name, uint64_t offset,
                uint64_t length, uint64_t found, uint64_t expected, proto_item *item)
{
    if (pdu->breach_count == CMRP_MAX_BREACHES)
        return;
    pdu->breaches[pdu->breach_count++] =
        (cmrp_breach){ kind, name, (uint32_t)offset, (uint32_t)length, found, expected, item };
}

void ndr_check_counts(cmrp_pdu *pdu, const cmrp_member *member, const ndr_counts *counts,
                      uint64_t maximum, uint64_t actual, unsigned word, proto_item *item)
{
    if (counts->first != 0)
        ndr_breach(pdu, CMRP_BREACH_OFFSET, member->name, counts->variance_offset, word,
                   counts->first, 0, item);
    if (counts->conformant && counts->varying && counts->actual > counts->maximum)
        ndr_breach(pdu, CMRP_BREACH_ACTUAL, member->name, counts->variance_offset + word, word,
                   counts->actual, counts->maximum, item);
    if (counts->conformant && maximum != NDR_UNKNOWN && counts->maximum != maximum)
        ndr_breach(pdu, CMRP_BREACH_COUNT, member->name, counts->maximum_offset, word,
                   counts->maximum, maximum, item);
    if (counts->varying && actual != NDR_UNKNOWN && counts->actual != actual)
        ndr_breach(pdu, CMRP_BREACH_COUNT, member->name, counts->variance_offset + word, word,
                   counts->actual, actual, item);
}

/* ---------------------------------------------------------------- small pieces */

/** Keeps a member that has a role or a format. Each stood in the stub: its length bounds them. */
static void keep_record(ndr_reader *r, const ndr_slot *s, const cmrp_value *value)
{
    cmrp_pdu *pdu = r->pdu;

    if (pdu->record_count == pdu->record_room) {
        pdu->record_room = pdu->record_room ? 2 * pdu->record_room : 8;
        pdu->records = (cmrp_record *)wmem_realloc(r->pinfo->pool, pdu->records,
                                                   pdu->record_room * sizeof(cmrp_record));
    }
    pdu->records[pdu->record_count++] = (cmrp_record){ s->member, s->element, *value };
}

/** Notes a value that was read: for the parameter or member it belongs to, and for those who ask. */
static void note_value(ndr_reader *r, const ndr_slot *s, const cmrp_value *value)
{
    if (s->value)
        *s->value = *value;
    if (s->member->directions == 0 && (s->member->role != CMRP_ROLE_NONE || s->member->format))
        keep_record(r, s, value);
}

void ndr_note(ndr_reader *r, const ndr_slot *s, uint64_t offset, uint64_t length, uint64_t number,
              proto_item *item)
{
    const cmrp_value value = { .present = true,
                               .offset = (uint32_t)offset,
                               .length = (uint32_t)length,
                               .number = number,
                               .item = item };

    note_value(r, s, &value);
}

/** The same for an array or a string. */
void ndr_note_counted(ndr_reader *r, const ndr_slot *s, uint64_t offset, uint64_t length,
                      const ndr_counts *counts, proto_item *item)
{
    const cmrp_value value = { .present = true,
                               .counted = true,
                               .offset = (uint32_t)offset,
                               .length = (uint32_t)length,
                               .number = counts->actual,
                               .maximum = counts->maximum,
                               .item = item };

    note_value(r, s, &value);
}

/** Reads a count or a referent id. */
bool ndr_read_word(ndr_reader *r, uint64_t *value)
{
    return cursor_align(&r->c, r->word) && cursor_read(&r->c, r->word, value);
}

/** Sets the sticky error unless `count` elements of at least `size` bytes fit into what is left. */
bool ndr_fits(ndr_reader *r, uint64_t count, uint64_t size)
{
    if (count > (r->c.length - r->c.offset) / size)
        return cursor_fail(&r->c, CMRP_READ_COUNT, count);
    return true;
}

bool ndr_read_maximum(ndr_reader *r, ndr_counts *counts)
{
    if (!ndr_read_word(r, &counts->maximum))
        return false;
    counts->conformant = true;
    counts->maximum_offset = (uint32_t)(r->c.offset - r->word);
    return true;
}

bool ndr_read_variance(ndr_reader *r, ndr_counts *counts)
{
    if (!ndr_read_word(r, &counts->first))
        return false;
    counts->variance_offset = (uint32_t)(r->c.offset - r->word);
    counts->varying = true;
    return ndr_read_word(r, &counts->actual);
}
