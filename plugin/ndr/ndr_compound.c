/* ndr_compound.c
 * How are values read that have parts? Arrays, structures, unions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/ndr_reader.h"

/* ---------------------------------------------------------------- arrays */

/** The elements of an array, one by one. */
static bool read_elements(ndr_reader *r, const cmrp_type *element, const ndr_slot *s,
                          proto_tree *tree, uint64_t count)
{
    ndr_slot each = { .member = s->member, .maximum = NDR_UNKNOWN, .actual = NDR_UNKNOWN };

    for (uint64_t i = 0; i < count; i++) {
        each.tree = i < CMRP_MAX_ELEMENTS_SHOWN ? tree : NULL;
        each.index = (int64_t)i;
        each.element = s->element < 0 ? (int64_t)i : s->element;
        if (!ndr_read_flat(r, element, &each))
            return false;
    }
    if (tree && count > CMRP_MAX_ELEMENTS_SHOWN)
        r->pdu->elements_hidden += count - CMRP_MAX_ELEMENTS_SHOWN;
    return true;
}

/** An array whose maximum count, if it has one, was read already: it may stand before a structure. */
static bool read_array_body(ndr_reader *r, const cmrp_type *type, const ndr_slot *s,
                            ndr_counts *counts)
{
    const cmrp_type *element = type->of;
    const uint32_t size = element->size[r->syntax];
    proto_item *item = NULL;
    uint64_t start;

    if (type->flags & CMRP_TYPE_VARYING) {
        if (!ndr_read_variance(r, counts))
            return false;
    } else {
        counts->actual = type->flags & CMRP_TYPE_CONFORMANT ? counts->maximum : type->count;
    }
    if (counts->actual != 0 && !cursor_align(&r->c, element->align[r->syntax]))
        return false;
    if (!ndr_fits(r, counts->actual, size))
        return false;
    start = r->c.offset;
    if (size == 1) {
        if (s->tree)
            item = show_bytes(s->tree, r->pdu->tvb, s->member, (uint32_t)start,
                              (uint32_t)counts->actual, r->syntax, counts);
        r->c.offset += counts->actual;
    } else if (type->flags & CMRP_TYPE_TEXT) {
        if (s->tree)
            item =
                show_texts(s->tree, r->pdu->tvb, s->member, (uint32_t)start,
                           (uint32_t)(counts->actual * size), r->c.big_endian, r->syntax, counts);
        r->c.offset += counts->actual * size;
    } else if (s->tree == NULL && (element->flags & CMRP_TYPE_FLAT) &&
               size % element->align[r->syntax] == 0) {
        r->c.offset += counts->actual * size;
    } else {
        proto_tree *tree = NULL;

        if (s->tree) {
            tree = show_array(s->tree, r->pdu->tvb, s->member, (uint32_t)start, r->syntax, counts);
            item = proto_tree_get_parent(tree);
        }
        if (!read_elements(r, element, s, tree, counts->actual))
            return false;
        if (item)
            proto_item_set_len(item, (int)(r->c.offset - start));
    }
    ndr_check_counts(r->pdu, s->member, counts, s->maximum, s->actual, r->word, item);
    ndr_note_counted(r, s, start, r->c.offset - start, counts, item);
    return true;
}

bool ndr_read_array(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    ndr_counts counts = { 0 };

    if ((type->flags & CMRP_TYPE_CONFORMANT) && !ndr_read_maximum(r, &counts))
        return false;
    return read_array_body(r, type, s, &counts);
}

/* ---------------------------------------------------------------- structures and unions */

/** Tells the pointees of the structure just read how many elements its members promise. */
static void expect_counts(ndr_reader *r, unsigned from, const cmrp_value *values)
{
    for (unsigned i = from; i < r->deferred_count; i++) {
        ndr_pointee *p = &r->deferred[i];

        if (p->nesting != r->nesting)
            continue;
        p->slot.maximum = ndr_sibling_number(values, p->slot.member->size_is);
        p->slot.actual = ndr_sibling_number(values, p->slot.member->length_is);
    }
}

static bool read_members(ndr_reader *r, const cmrp_type *type, const ndr_slot *of, proto_tree *tree,
                         ndr_counts *conformance)
{
    cmrp_value values[CMRP_MAX_SIBLINGS];
    const unsigned deferred = r->deferred_count;

    memset(values, 0, sizeof(values[0]) * type->member_count);
    for (uint32_t i = 0; i < type->member_count; i++) {
        const cmrp_member *member = &type->members[i];
        const ndr_slot s = { .member = member,
                             .tree = tree,
                             .value = &values[i],
                             .beside = values,
                             .maximum = ndr_sibling_number(values, member->size_is),
                             .actual = ndr_sibling_number(values, member->length_is),
                             .index = -1,
                             .element = of->element };
        const bool tail = (type->flags & CMRP_TYPE_CONFORMANT) && i + 1 == type->member_count;

        if (tail && member->type->kind == CMRP_ARRAY) {
            if (!read_array_body(r, member->type, &s, conformance))
                return false;
        } else if (!ndr_read_flat(r, member->type, &s)) {
            return false;
        }
    }
    expect_counts(r, deferred, values);
    return true;
}

bool ndr_read_struct(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    ndr_counts conformance = { 0 };
    const uint8_t align = type->align[r->syntax];
    proto_tree *tree = NULL;
    proto_item *item = NULL;
    uint64_t start;

    if ((type->flags & CMRP_TYPE_CONFORMANT) && !ndr_read_maximum(r, &conformance))
        return false;
    if (!cursor_align(&r->c, align))
        return false;
    start = r->c.offset;
    if (s->tree) {
        tree = show_compound(s->tree, r->pdu->tvb, s->member, type, (uint32_t)start, s->index);
        item = proto_tree_get_parent(tree);
    }
    if (!read_members(r, type, s, tree, &conformance))
        return false;
    /* The padding at the end carries nothing: a stub that stops before it has lost nothing. */
    if (r->syntax == CMRP_NDR64 && r->c.offset < r->c.length && !cursor_align(&r->c, align))
        return false;
    if (item)
        proto_item_set_len(item, (int)(r->c.offset - start));
    ndr_note(r, s, start, r->c.offset - start, 0, item);
    return true;
}

static const cmrp_member *find_arm(const cmrp_type *type, uint64_t discriminant)
{
    const cmrp_member *fallback = NULL;

    for (uint32_t i = 0; i < type->member_count; i++) {
        const cmrp_member *arm = &type->members[i];

        if (arm->is_default)
            fallback = arm;
        else if ((uint32_t)arm->label == (uint32_t)discriminant)
            return arm;
    }
    return fallback;
}

/** A union carries its own discriminant before the arm, encapsulated or not (C706 14.3.8). */
bool ndr_read_union(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    const uint32_t size = type->of->size[r->syntax];
    const cmrp_member *arm;
    proto_tree *tree = NULL;
    proto_item *item = NULL;
    uint64_t discriminant, start, promised = NDR_UNKNOWN;
    ndr_slot inner = {
        .maximum = NDR_UNKNOWN, .actual = NDR_UNKNOWN, .index = -1, .element = s->element
    };

    if (!cursor_align(&r->c, r->syntax == CMRP_NDR64 ? type->align[CMRP_NDR64] : size))
        return false;
    start = r->c.offset;
    if (!cursor_read(&r->c, size, &discriminant))
        return false;
    arm = find_arm(type, discriminant);
    if (arm == NULL)
        return cursor_fail(&r->c, CMRP_READ_NO_ARM, discriminant);
    if (r->syntax == CMRP_NDR64 && !cursor_align(&r->c, type->align[CMRP_NDR64]))
        return false;
    if (s->tree) {
        tree = show_compound(s->tree, r->pdu->tvb, s->member, type, (uint32_t)start, s->index);
        item = proto_tree_get_parent(tree);
    }
    if (s->beside && s->member->switch_is != CMRP_NO_SIBLING)
        promised = ndr_sibling_number(s->beside, s->member->switch_is);
    if (promised != NDR_UNKNOWN && promised != discriminant)
        ndr_breach(r->pdu, CMRP_BREACH_COUNT, s->member->name, start, size, discriminant, promised,
                   item);
    inner.member = arm;
    inner.tree = tree;
    if (arm->type && !ndr_read_flat(r, arm->type, &inner))
        return false;
    if (item)
        proto_item_set_len(item, (int)(r->c.offset - start));
    ndr_note(r, s, start, r->c.offset - start, discriminant, item);
    return true;
}
