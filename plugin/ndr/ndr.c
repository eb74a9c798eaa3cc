/* ndr.c
 * How is a stub read? The NDR reader: walks a PDU by its method's descriptor.
 *
 * Each kind of type has a function, and all of them make one recursion: each reads a value at the cursor, shows it if
 * its slot has a tree, and notes it for those who ask; it answers false once the cursor's sticky error is set, and so
 * does its caller then. The shape of the wire (C706 14.2, 14.3; MS-RPCE 2.2.5):
 *
 * - A value is aligned to its own alignment, counted from the start of the stub.
 * - Counts and referent ids are 4 bytes wide and aligned in NDR, 8 in NDR64.
 * - The pointee of an embedded pointer is deferred: it stands after the outermost construct that
 *   contains the pointer, in the order of the pointers, each directly followed by its own pointees.
 * - The counts of a conformant array that ends a structure stand before that structure.
 * - A structure of NDR64 is padded at its end to its alignment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/ndr.h"

#include "ndr/ndr_show.h"

/** A count that nobody knows. */
#define UNKNOWN UINT64_MAX

/** The named thing being read: which descriptor, where it is shown, who wants to know. */
typedef struct {
    const cmrp_member *member;
    proto_tree *tree;         /**< NULL: build no items */
    cmrp_value *value;        /**< NULL: nobody asks for it */
    const cmrp_value *beside; /**< values of the siblings read so far, NULL if they are gone */
    uint64_t maximum;         /**< what the counts should be, UNKNOWN if nobody knows yet */
    uint64_t actual;
    int64_t index;   /**< place in an array, or -1 */
    int64_t element; /**< place of what contains it in the outermost array, or -1 */
    bool lasting;    /**< `value` is a parameter's: still there when pointees are read */
} slot;

/** A pointee that stands further on. */
typedef struct {
    const cmrp_type *type;
    slot slot;
    unsigned nesting; /**< of the structure that holds the pointer */
    uint32_t referent_offset;
    uint64_t referent;
} pointee;

/** The state of one reading. On the stack of ndr_read_pdu(). */
typedef struct {
    cmrp_cursor c;
    cmrp_pdu *pdu;
    cmrp_syntax syntax;
    unsigned word; /**< bytes of a count or a referent id */
    unsigned nesting;
    packet_info *pinfo;
    pointee *deferred; /**< a stack, in packet memory */
    unsigned deferred_count;
    unsigned deferred_room;
    const char *failed_in; /**< innermost name that was being read when the error came */
} reader;

/** Any type: all of the value but the pointees of its pointers. */
static bool read_flat(reader *r, const cmrp_type *type, const slot *s);

/** The number of a sibling that was read; UNKNOWN if there is none. */
static uint64_t sibling_number(const cmrp_value *values, int index)
{
    if (index == CMRP_NO_SIBLING || !values[index].present)
        return UNKNOWN;
    return values[index].number;
}

/* ---------------------------------------------------------------- breaches of consistency */

static void note_breach(cmrp_pdu *pdu, cmrp_breach_kind kind, const char *name, uint64_t offset,
                        uint64_t length, uint64_t found, uint64_t expected, proto_item *item)
{
    if (pdu->breach_count == CMRP_MAX_BREACHES)
        return;
    pdu->breaches[pdu->breach_count++] =
        (cmrp_breach){ kind, name, (uint32_t)offset, (uint32_t)length, found, expected, item };
}

static void check_counts(cmrp_pdu *pdu, const cmrp_member *member, const ndr_counts *counts,
                         uint64_t maximum, uint64_t actual, unsigned word, proto_item *item)
{
    if (counts->first != 0)
        note_breach(pdu, CMRP_BREACH_OFFSET, member->name, counts->variance_offset, word,
                    counts->first, 0, item);
    if (counts->conformant && counts->varying && counts->actual > counts->maximum)
        note_breach(pdu, CMRP_BREACH_ACTUAL, member->name, counts->variance_offset + word, word,
                    counts->actual, counts->maximum, item);
    if (counts->conformant && maximum != UNKNOWN && counts->maximum != maximum)
        note_breach(pdu, CMRP_BREACH_COUNT, member->name, counts->maximum_offset, word,
                    counts->maximum, maximum, item);
    if (counts->varying && actual != UNKNOWN && counts->actual != actual)
        note_breach(pdu, CMRP_BREACH_COUNT, member->name, counts->variance_offset + word, word,
                    counts->actual, actual, item);
}

/* ---------------------------------------------------------------- small pieces */

/** Keeps a member that has a role or a format. Each stood in the stub: its length bounds them. */
static void keep_record(reader *r, const slot *s, const cmrp_value *value)
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
static void note_value(reader *r, const slot *s, const cmrp_value *value)
{
    if (s->value)
        *s->value = *value;
    if (s->member->directions == 0 && (s->member->role != CMRP_ROLE_NONE || s->member->format))
        keep_record(r, s, value);
}

static void note_plain(reader *r, const slot *s, uint64_t offset, uint64_t length, uint64_t number,
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
static void note_counted(reader *r, const slot *s, uint64_t offset, uint64_t length,
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
static bool read_word(reader *r, uint64_t *value)
{
    return cursor_align(&r->c, r->word) && cursor_read(&r->c, r->word, value);
}

/** Sets the sticky error unless `count` elements of at least `size` bytes fit into what is left. */
static bool fits(reader *r, uint64_t count, uint64_t size)
{
    if (count > (r->c.length - r->c.offset) / size)
        return cursor_fail(&r->c, CMRP_READ_COUNT, count);
    return true;
}

static bool read_maximum(reader *r, ndr_counts *counts)
{
    if (!read_word(r, &counts->maximum))
        return false;
    counts->conformant = true;
    counts->maximum_offset = (uint32_t)(r->c.offset - r->word);
    return true;
}

static bool read_variance(reader *r, ndr_counts *counts)
{
    if (!read_word(r, &counts->first))
        return false;
    counts->variance_offset = (uint32_t)(r->c.offset - r->word);
    counts->varying = true;
    return read_word(r, &counts->actual);
}

/* ---------------------------------------------------------------- base types */

/** What a number means here: its own enumeration, or the one that a sibling chooses. */
static const cmrp_enumeration *meaning_of(const slot *s)
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

static bool read_number(reader *r, const cmrp_type *type, const slot *s)
{
    const uint32_t size = type->size[r->syntax];
    proto_item *item = NULL;
    uint64_t value;

    if (!cursor_align(&r->c, size) || !cursor_read(&r->c, size, &value))
        return false;
    if (s->tree)
        item = show_number(s->tree, r->pdu->tvb, *s->member->hf, type, meaning_of(s),
                           (uint32_t)r->c.offset - size, size, value);
    note_plain(r, s, r->c.offset - size, size, value, item);
    return true;
}

static bool read_filetime(reader *r, const slot *s)
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
    note_plain(r, s, r->c.offset - 8, 8, high << 32 | low, item);
    return true;
}

static bool read_handle(reader *r, const slot *s)
{
    proto_item *item = NULL;

    if (!cursor_align(&r->c, 4) || !cursor_need(&r->c, 20))
        return false;
    if (s->tree)
        item = show_handle(s->tree, r->pdu->tvb, s->member, (uint32_t)r->c.offset, r->c.big_endian);
    note_plain(r, s, r->c.offset, 20, 0, item);
    r->c.offset += 20;
    return true;
}

/* ---------------------------------------------------------------- strings */

/** True if all bytes of one character, `size` wide, are 0. */
static bool is_nul(const uint8_t *p, uint32_t size)
{
    return p[0] == 0 && (size == 1 || p[1] == 0);
}

static bool read_string(reader *r, const cmrp_type *type, const slot *s)
{
    ndr_counts counts = { 0 };
    const uint32_t character = type->count;
    proto_item *item = NULL;
    uint64_t bytes, text;
    bool ended;

    if (!read_maximum(r, &counts) || !read_variance(r, &counts))
        return false;
    if (!fits(r, counts.actual, character))
        return false;
    bytes = counts.actual * character;
    ended = bytes != 0 && is_nul(r->c.data + r->c.offset + bytes - character, character);
    text = ended ? bytes - character : bytes;
    if (s->tree)
        item = show_string(s->tree, r->pdu->tvb, s->member, type, (uint32_t)r->c.offset,
                           (uint32_t)text, (uint32_t)bytes, r->c.big_endian, r->syntax, &counts);
    if (!ended)
        note_breach(r->pdu, CMRP_BREACH_TERMINATOR, s->member->name, r->c.offset, bytes, 0, 0,
                    item);
    check_counts(r->pdu, s->member, &counts, UNKNOWN, UNKNOWN, r->word, item);
    note_counted(r, s, r->c.offset, text, &counts, item);
    r->c.offset += bytes;
    return true;
}

/* ---------------------------------------------------------------- arrays */

/** The elements of an array, one by one. */
static bool read_elements(reader *r, const cmrp_type *element, const slot *s, proto_tree *tree,
                          uint64_t count)
{
    slot each = { .member = s->member, .maximum = UNKNOWN, .actual = UNKNOWN };

    for (uint64_t i = 0; i < count; i++) {
        each.tree = i < CMRP_MAX_ELEMENTS_SHOWN ? tree : NULL;
        each.index = (int64_t)i;
        each.element = s->element < 0 ? (int64_t)i : s->element;
        if (!read_flat(r, element, &each))
            return false;
    }
    if (tree && count > CMRP_MAX_ELEMENTS_SHOWN)
        r->pdu->elements_hidden += count - CMRP_MAX_ELEMENTS_SHOWN;
    return true;
}

/** An array whose maximum count, if it has one, was read already: it may stand before a structure. */
static bool read_array_body(reader *r, const cmrp_type *type, const slot *s, ndr_counts *counts)
{
    const cmrp_type *element = type->of;
    const uint32_t size = element->size[r->syntax];
    proto_item *item = NULL;
    uint64_t start;

    if (type->flags & CMRP_TYPE_VARYING) {
        if (!read_variance(r, counts))
            return false;
    } else {
        counts->actual = type->flags & CMRP_TYPE_CONFORMANT ? counts->maximum : type->count;
    }
    if (counts->actual != 0 && !cursor_align(&r->c, element->align[r->syntax]))
        return false;
    if (!fits(r, counts->actual, size))
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
    check_counts(r->pdu, s->member, counts, s->maximum, s->actual, r->word, item);
    note_counted(r, s, start, r->c.offset - start, counts, item);
    return true;
}

static bool read_array(reader *r, const cmrp_type *type, const slot *s)
{
    ndr_counts counts = { 0 };

    if ((type->flags & CMRP_TYPE_CONFORMANT) && !read_maximum(r, &counts))
        return false;
    return read_array_body(r, type, s, &counts);
}

/* ---------------------------------------------------------------- structures */

/** Tells the pointees of the structure just read how many elements its members promise. */
static void expect_counts(reader *r, unsigned from, const cmrp_value *values)
{
    for (unsigned i = from; i < r->deferred_count; i++) {
        pointee *p = &r->deferred[i];

        if (p->nesting != r->nesting)
            continue;
        p->slot.maximum = sibling_number(values, p->slot.member->size_is);
        p->slot.actual = sibling_number(values, p->slot.member->length_is);
    }
}

static bool read_members(reader *r, const cmrp_type *type, const slot *of, proto_tree *tree,
                         ndr_counts *conformance)
{
    cmrp_value values[CMRP_MAX_SIBLINGS];
    const unsigned deferred = r->deferred_count;

    memset(values, 0, sizeof(values[0]) * type->member_count);
    for (uint32_t i = 0; i < type->member_count; i++) {
        const cmrp_member *member = &type->members[i];
        const slot s = { .member = member,
                         .tree = tree,
                         .value = &values[i],
                         .beside = values,
                         .maximum = sibling_number(values, member->size_is),
                         .actual = sibling_number(values, member->length_is),
                         .index = -1,
                         .element = of->element };
        const bool tail = (type->flags & CMRP_TYPE_CONFORMANT) && i + 1 == type->member_count;

        if (tail && member->type->kind == CMRP_ARRAY) {
            if (!read_array_body(r, member->type, &s, conformance))
                return false;
        } else if (!read_flat(r, member->type, &s)) {
            return false;
        }
    }
    expect_counts(r, deferred, values);
    return true;
}

static bool read_struct(reader *r, const cmrp_type *type, const slot *s)
{
    ndr_counts conformance = { 0 };
    const uint8_t align = type->align[r->syntax];
    proto_tree *tree = NULL;
    proto_item *item = NULL;
    uint64_t start;

    if ((type->flags & CMRP_TYPE_CONFORMANT) && !read_maximum(r, &conformance))
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
    note_plain(r, s, start, r->c.offset - start, 0, item);
    return true;
}

/* ---------------------------------------------------------------- pointers */

/** Puts a pointee on the stack. Its referent id was on the wire, so the stub's length bounds it. */
static void defer(reader *r, const cmrp_type *type, const slot *s, uint32_t offset,
                  uint64_t referent)
{
    pointee *p;

    if (r->deferred_count == r->deferred_room) {
        r->deferred_room = r->deferred_room ? 2 * r->deferred_room : 8;
        r->deferred = (pointee *)wmem_realloc(r->pinfo->pool, r->deferred,
                                              r->deferred_room * sizeof(pointee));
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

static void note_null(reader *r, const slot *s, uint32_t offset)
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

static bool read_pointer(reader *r, const cmrp_type *type, const slot *s)
{
    uint64_t referent;
    uint32_t offset;

    if (!read_word(r, &referent))
        return false;
    offset = (uint32_t)r->c.offset - r->word;
    if (referent == 0)
        note_null(r, s, offset);
    else
        defer(r, type->of, s, offset, referent);
    return true;
}

/** Reads the pointees from number `from` on, each directly followed by its own. */
static bool read_pointees(reader *r, unsigned from)
{
    const unsigned to = r->deferred_count;

    if (from == to)
        return true;
    if (r->nesting == CMRP_MAX_NESTING)
        return cursor_fail(&r->c, CMRP_READ_NESTING, CMRP_MAX_NESTING);
    r->nesting++;
    for (unsigned i = from; i < to; i++) {
        const pointee p = r->deferred[i];
        cmrp_value shown = { 0 };
        slot s = p.slot;

        if (s.value == NULL)
            s.value = &shown;
        if (!read_flat(r, p.type, &s))
            return false;
        if (s.value->item)
            show_referent(s.value->item, r->pdu->tvb, p.referent_offset, r->word, p.referent);
        if (!read_pointees(r, to))
            return false;
        r->deferred_count = to;
    }
    r->nesting--;
    return true;
}

/* ---------------------------------------------------------------- any type */

static bool read_nested(reader *r, const cmrp_type *type, const slot *s)
{
    bool done;

    if (r->nesting == CMRP_MAX_NESTING)
        return cursor_fail(&r->c, CMRP_READ_NESTING, CMRP_MAX_NESTING);
    r->nesting++;
    done = read_struct(r, type, s);
    r->nesting--;
    return done;
}

static bool read_flat(reader *r, const cmrp_type *type, const slot *s)
{
    bool done;

    switch ((cmrp_kind)type->kind) {
    case CMRP_FILETIME:
        done = read_filetime(r, s);
        break;
    case CMRP_HANDLE:
        done = read_handle(r, s);
        break;
    case CMRP_STRUCT:
        done = read_nested(r, type, s);
        break;
    case CMRP_POINTER:
        done = read_pointer(r, type, s);
        break;
    case CMRP_ARRAY:
        done = read_array(r, type, s);
        break;
    case CMRP_STRING:
        done = read_string(r, type, s);
        break;
    default:
        done = read_number(r, type, s);
        break;
    }
    if (!done && r->failed_in == NULL)
        r->failed_in = s->member->name;
    return done;
}

/* ---------------------------------------------------------------- a whole PDU */

static bool is_plain(const cmrp_type *type)
{
    return type->kind <= CMRP_ENUM16 || type->kind == CMRP_HANDLE;
}

/**
 * Reads a number or a handle that nobody wants to see. For speed: most parameters are plain, and most PDUs
 * are read without a tree. The same as read_flat() with a slot for a parameter.
 */
static bool read_plain(reader *r, const cmrp_type *type, cmrp_value *value)
{
    const bool handle = type->kind == CMRP_HANDLE;
    const uint32_t size = type->size[r->syntax];

    if (!cursor_align(&r->c, handle ? 4 : size) || !cursor_need(&r->c, size))
        return false;
    value->offset = (uint32_t)r->c.offset;
    value->length = size;
    if (handle)
        r->c.offset += size;
    else
        cursor_read(&r->c, size, &value->number);
    value->present = true;
    return true;
}

static bool read_parameter(reader *r, const cmrp_member *member, const cmrp_type *type,
                           cmrp_value *value, proto_tree *tree)
{
    const slot s = { .member = member,
                     .tree = tree,
                     .value = value,
                     .beside = r->pdu->values,
                     .maximum = UNKNOWN,
                     .actual = UNKNOWN,
                     .index = -1,
                     .element = -1,
                     .lasting = true };

    r->deferred_count = 0;
    if (!read_flat(r, type, &s))
        return false;
    return r->deferred_count == 0 || read_pointees(r, 0);
}

/** Reads one parameter. False if the stub ends, or makes no sense, before its end. */
static bool read_any(reader *r, const cmrp_member *member, cmrp_value *value, proto_tree *tree)
{
    const cmrp_type *type = member->type;

    /* A ref pointer at the top level has no referent id: what it points to stands right here. */
    if (type->kind == CMRP_POINTER && (type->flags & CMRP_TYPE_REF))
        type = type->of;
    if (tree || !is_plain(type))
        return read_parameter(r, member, type, value, tree);
    if (read_plain(r, type, value))
        return true;
    r->failed_in = member->name;
    return false;
}

/** Compares the counts of arrays with the parameters that give them, which may come later. */
static void check_parameter_counts(cmrp_pdu *pdu)
{
    for (unsigned i = 0; i < pdu->method->param_count; i++) {
        const cmrp_member *member = &pdu->method->params[i];
        const cmrp_value *value = &pdu->values[i];
        uint64_t maximum, actual;

        if (!value->present || !value->counted)
            continue;
        maximum = sibling_number(pdu->values, member->size_is);
        actual = sibling_number(pdu->values, member->length_is);
        if (maximum != UNKNOWN && value->maximum != maximum)
            note_breach(pdu, CMRP_BREACH_COUNT, member->name, value->offset, value->length,
                        value->maximum, maximum, value->item);
        if (actual != UNKNOWN && value->number != actual)
            note_breach(pdu, CMRP_BREACH_COUNT, member->name, value->offset, value->length,
                        value->number, actual, value->item);
    }
}

void ndr_read_pdu(cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree)
{
    reader r = { .c = { .data = pdu->data, .length = length, .big_endian = pdu->big_endian },
                 .pdu = pdu,
                 .syntax = pdu->syntax,
                 .word = pdu->syntax == CMRP_NDR64 ? 8 : 4,
                 .pinfo = pinfo };

    memset(pdu->values, 0, sizeof(pdu->values[0]) * pdu->method->param_count);
    pdu->records = NULL;
    pdu->record_count = 0;
    pdu->record_room = 0;
    pdu->events = NULL;
    pdu->event_count = 0;
    pdu->breach_count = 0;
    pdu->elements_hidden = 0;
    for (const int8_t *i = method_params(pdu->method, pdu->response); *i != CMRP_NO_SIBLING; i++) {
        if (!read_any(&r, &pdu->method->params[*i], &pdu->values[*i], tree))
            break;
    }
    pdu->error = r.c.error;
    pdu->error_name = r.failed_in;
    pdu->error_offset = r.c.error_offset;
    pdu->error_needs = r.c.error_needs;
    pdu->end = r.c.offset;
    if (pdu->method->has_counts && pdu_whole(pdu))
        check_parameter_counts(pdu);
}
