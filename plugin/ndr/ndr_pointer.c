/* ndr_pointer.c
 * Where do the pointees of pointers stand, and when are they read?
 *
 * A pointer's referent id stands in place; what it points to is put on a stack and read after the
 * outermost construct that contains the pointer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/ndr_reader.h"

/** True if a full pointer with this referent id was seen before in this PDU; remembers it if not. */
static bool seen_before(ndr_reader *r, uint64_t referent)
{
    uint64_t *key;

    if (r->referents == NULL)
        r->referents = wmem_map_new(r->pinfo->pool, g_int64_hash, g_int64_equal);
    if (wmem_map_contains(r->referents, &referent))
        return true;
    key = wmem_new(r->pinfo->pool, uint64_t);
    *key = referent;
    wmem_map_insert(r->referents, key, key);
    return false;
}

/** Puts a pointee on the stack. Its referent id was on the wire, so the stub's length bounds it. */
static void defer(ndr_reader *r, const cmrp_type *type, const ndr_slot *s, uint32_t offset,
                  uint64_t referent)
{
    ndr_pointee *p;

    if (r->deferred_count == r->deferred_room) {
        r->deferred_room = r->deferred_room ? 2 * r->deferred_room : 8;
        r->deferred = (ndr_pointee *)wmem_realloc(r->pinfo->pool, r->deferred,
                                                  r->deferred_room * sizeof(ndr_pointee));
    }
    p = &r->deferred[r->deferred_count++];
    p->type = type;
    p->slot = *s;
    p->nesting = r->nesting;
    p->referent_offset = offset;
    p->referent = referent;
    /* The structure that holds the pointer is read before its pointees: its values are gone then. */
    if (!s->lasting)
        p->slot.value = NULL;
    p->slot.beside = NULL;
}

static void note_null(ndr_reader *r, const ndr_slot *s, uint32_t offset)
{
    proto_item *item = NULL;

    if (s->tree)
        item = show_null(s->tree, r->pdu->tvb, s->member, offset, r->word);
    if (s->value) {
        s->value->offset = offset;
        s->value->length = r->word;
        s->value->item = item;
    }
}

bool ndr_read_pointer(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    uint64_t referent;
    uint32_t offset;

    if (!ndr_read_word(r, &referent))
        return false;
    offset = (uint32_t)r->c.offset - r->word;
    if (referent == 0) {
        note_null(r, s, offset);
    } else if ((type->flags & CMRP_TYPE_FULL) && seen_before(r, referent)) {
        if (s->tree)
            show_alias(s->tree, r->pdu->tvb, s->member, offset, r->word, referent);
    } else {
        defer(r, type->of, s, offset, referent);
    }
    return true;
}

/** Reads the pointees from number `from` on, each directly followed by its own. */
bool ndr_read_pointees(ndr_reader *r, unsigned from)
{
    const unsigned to = r->deferred_count;

    if (from == to)
        return true;
    if (r->nesting == CMRP_MAX_NESTING)
        return cursor_fail(&r->c, CMRP_READ_NESTING, CMRP_MAX_NESTING);
    r->nesting++;
    for (unsigned i = from; i < to; i++) {
        const ndr_pointee p = r->deferred[i];
        cmrp_value shown = { 0 };
        ndr_slot s = p.slot;

        if (s.value == NULL)
            s.value = &shown;
        if (!ndr_read_flat(r, p.type, &s))
            return false;
        if (s.value->item)
            show_referent(s.value->item, r->pdu->tvb, p.referent_offset, r->word, p.referent);
        if (!ndr_read_pointees(r, to))
            return false;
        r->deferred_count = to;
    }
    r->nesting--;
    return true;
}
