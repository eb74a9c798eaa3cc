/* ndr.c
 * How is a stub read? The NDR reader: walks a PDU by its method's descriptor.
 *
 * Each kind of type has a function: see ndr/ndr_reader.h. The shape of the wire (C706 14.2, 14.3; MS-RPCE 2.2.5):
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
#include "interface/plan.h"
#include "ndr/ndr_reader.h"

static bool read_nested(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    bool done;

    if (r->nesting == CMRP_MAX_NESTING)
        return cursor_fail(&r->c, CMRP_READ_NESTING, CMRP_MAX_NESTING);
    r->nesting++;
    done = type->kind == CMRP_STRUCT ? ndr_read_struct(r, type, s) : ndr_read_union(r, type, s);
    r->nesting--;
    return done;
}

/** Reads the flat part of a value: all but the pointees of its pointers. */
bool ndr_read_flat(ndr_reader *r, const cmrp_type *type, const ndr_slot *s)
{
    bool done;

    switch ((cmrp_kind)type->kind) {
    case CMRP_FILETIME:
        done = ndr_read_filetime(r, s);
        break;
    case CMRP_HANDLE:
        done = ndr_read_handle(r, s);
        break;
    case CMRP_STRUCT:
    case CMRP_UNION:
        done = read_nested(r, type, s);
        break;
    case CMRP_POINTER:
        done = ndr_read_pointer(r, type, s);
        break;
    case CMRP_ARRAY:
        done = ndr_read_array(r, type, s);
        break;
    case CMRP_STRING:
        done = ndr_read_string(r, type, s);
        break;
    default:
        done = ndr_read_number(r, type, s);
        break;
    }
    if (!done && r->failed_in == NULL)
        r->failed_in = s->member->name;
    return done;
}

static bool is_plain(const cmrp_type *type)
{
    return type->kind <= CMRP_ENUM16 || type->kind == CMRP_HANDLE;
}

/**
 * Reads a number or a handle that nobody wants to see. For speed: most parameters are plain, and most PDUs
 * are read without a tree. The same as ndr_read_flat() with a slot for a parameter.
 */
static bool read_plain(ndr_reader *r, const cmrp_type *type, cmrp_value *value)
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

static bool read_parameter(ndr_reader *r, const cmrp_member *member, const cmrp_type *type,
                           cmrp_value *value, proto_tree *tree)
{
    const ndr_slot s = { .member = member,
                         .tree = tree,
                         .value = value,
                         .beside = r->pdu->values,
                         .maximum = NDR_UNKNOWN,
                         .actual = NDR_UNKNOWN,
                         .index = -1,
                         .element = -1,
                         .lasting = true };

    r->deferred_count = 0;
    if (!ndr_read_flat(r, type, &s))
        return false;
    return r->deferred_count == 0 || ndr_read_pointees(r, 0);
}

/** Reads one parameter. False if the stub ends, or makes no sense, before its end. */
static bool read_any(ndr_reader *r, const cmrp_member *member, cmrp_value *value, proto_tree *tree)
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
        maximum = ndr_sibling_number(pdu->values, member->size_is);
        actual = ndr_sibling_number(pdu->values, member->length_is);
        if (maximum != NDR_UNKNOWN && value->maximum != maximum)
            ndr_breach(pdu, CMRP_BREACH_COUNT, member->name, value->offset, value->length,
                       value->maximum, maximum, value->item);
        if (actual != NDR_UNKNOWN && value->number != actual)
            ndr_breach(pdu, CMRP_BREACH_COUNT, member->name, value->offset, value->length,
                       value->number, actual, value->item);
    }
}

void ndr_read_pdu(cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_plan *plan = pdu->plan;
    ndr_reader r = { .c = { .data = pdu->data, .length = length, .big_endian = pdu->big_endian },
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
    for (const int8_t *i = plan_params(plan, pdu->response); *i != CMRP_NO_SIBLING; i++) {
        if (!read_any(&r, &pdu->method->params[*i], &pdu->values[*i], tree))
            break;
    }
    pdu->error = r.c.error;
    pdu->error_name = r.failed_in;
    pdu->error_offset = r.c.error_offset;
    pdu->error_needs = r.c.error_needs;
    pdu->end = r.c.offset;
    if (plan->has_counts && pdu_whole(pdu))
        check_parameter_counts(pdu);
}
