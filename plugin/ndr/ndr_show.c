/* ndr_show.c
 * How does a value that was read appear in the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/ndr_show.h"

#include "base/filetime.h"
#include "base/referenced.h"
#include "base/wireshark_compat.h"
#include "interface/fields.h"

/** Below an item of a bit mask: the bits that are set. What is not listed is not set. */
static void show_flags(proto_item *item, tvbuff_t *tvb, const cmrp_enumeration *meaning,
                       uint32_t offset, uint32_t length, uint64_t value)
{
    proto_tree *tree = proto_item_add_subtree(item, ett_cmrp_flags);
    uint64_t unnamed = value;
    char names[ITEM_LABEL_LENGTH] = "";

    for (uint32_t i = 0; i < meaning->flag_count; i++) {
        const cmrp_flag *flag = &meaning->flags[i];

        if ((value & flag->mask) != flag->mask)
            continue;
        proto_tree_add_boolean(tree, *flag->hf, tvb, (int)offset, (int)length, (uint32_t)value);
        unnamed &= ~flag->mask;
        if (!PTREE_DATA(item)->visible)
            continue;
        g_strlcat(names, *names ? " | " : ": ", sizeof(names));
        g_strlcat(names, flag->name, sizeof(names));
    }
    if (*names && unnamed != 0)
        proto_item_append_text(item, "%s | 0x%08" PRIx64, names, unnamed);
    else if (*names)
        proto_item_append_text(item, "%s", names);
}

static proto_item *add_number(proto_tree *tree, tvbuff_t *tvb, int hf, const cmrp_type *type,
                              int at, int bytes, uint64_t value)
{
    switch ((cmrp_kind)type->kind) {
    case CMRP_BOOL:
        return proto_tree_add_boolean(tree, hf, tvb, at, bytes, value != 0);
    case CMRP_INT32:
        return proto_tree_add_int(tree, hf, tvb, at, bytes, (int32_t)value);
    case CMRP_INT64:
        return proto_tree_add_int64(tree, hf, tvb, at, bytes, (int64_t)value);
    case CMRP_UINT64:
        return proto_tree_add_uint64(tree, hf, tvb, at, bytes, value);
    default:
        return proto_tree_add_uint(tree, hf, tvb, at, bytes, (uint32_t)value);
    }
}

proto_item *show_number(proto_tree *tree, tvbuff_t *tvb, int hf, const cmrp_type *type,
                        const cmrp_enumeration *meaning, uint32_t offset, uint32_t length,
                        uint64_t value)
{
    const bool is_mask = meaning && meaning->flags;
    proto_item *item = add_number(tree, tvb, hf, type, (int)offset, (int)length, value);

    if (is_mask && value != 0)
        show_flags(item, tvb, meaning, offset, length, value);
    if (type->kind == CMRP_UINT3264 && value > UINT32_MAX)
        proto_item_append_text(item, " (upper half 0x%08" PRIx64 ")", value >> 32);
    return item;
}

proto_item *show_filetime(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member,
                          uint32_t offset, uint64_t value)
{
    return filetime_add(tree, *member->hf, tvb, (int)offset, value);
}

/** Below the line of a handle: what only repeats its bytes, for filters and lists. */
static void show_handle_parts(proto_item *item, tvbuff_t *tvb, int at, bool returned,
                              unsigned order)
{
    static int *const whole[] = { &hf_cmrp_handle };
    static int *const parts[] = { &hf_cmrp_handle_attributes, &hf_cmrp_handle_uuid };
    static cmrp_referenced wanted_whole = { whole, G_N_ELEMENTS(whole), NULL };
    static cmrp_referenced wanted_parts = { parts, G_N_ELEMENTS(parts), NULL };
    proto_tree *below = proto_item_add_subtree(item, ett_cmrp_handle);

    if (!returned && referenced_in_list(below, &wanted_whole))
        proto_item_set_hidden(proto_tree_add_item(below, hf_cmrp_handle, tvb, at, 20, ENC_NA));
    if (!referenced_by_name(below, &wanted_parts))
        return;
    proto_item_set_hidden(proto_tree_add_item(below, hf_cmrp_handle_attributes, tvb, at, 4, order));
    proto_item_set_hidden(proto_tree_add_item(below, hf_cmrp_handle_uuid, tvb, at + 4, 16, order));
}

proto_item *show_handle(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                        bool big_endian)
{
    const unsigned order = big_endian ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN;
    proto_item *item = proto_tree_add_item(tree, *member->hf, tvb, (int)offset, 20, ENC_NA);

    show_handle_parts(item, tvb, (int)offset, member->hf == &hf_cmrp_handle, order);
    return item;
}

/** The counts of an array or a string, in the order of the wire. */
static void show_counts(proto_tree *tree, tvbuff_t *tvb, cmrp_syntax syntax,
                        const ndr_counts *counts)
{
    const int word = syntax == CMRP_NDR64 ? 8 : 4;

    if (counts->conformant)
        proto_tree_add_uint64(tree, hf_cmrp_ndr_maximum, tvb, (int)counts->maximum_offset, word,
                              counts->maximum);
    if (counts->varying) {
        proto_tree_add_uint64(tree, hf_cmrp_ndr_offset, tvb, (int)counts->variance_offset, word,
                              counts->first);
        proto_tree_add_uint64(tree, hf_cmrp_ndr_actual, tvb, (int)counts->variance_offset + word,
                              word, counts->actual);
    }
}

proto_item *show_string(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member,
                        const cmrp_type *type, uint32_t offset, uint32_t length, uint32_t area,
                        bool big_endian, cmrp_syntax syntax, const ndr_counts *counts)
{
    const unsigned order = big_endian ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN;
    const unsigned encoding = type->count == 2 ? ENC_UTF_16 | order : ENC_ASCII;
    proto_item *item;

    if (length == 0)
        item = proto_tree_add_string(tree, *member->hf, tvb, (int)offset, 0, "");
    else
        item = proto_tree_add_item(tree, *member->hf, tvb, (int)offset, (int)length, encoding);
    proto_item_set_len(item, (int)area);
    show_counts(proto_item_add_subtree(item, ett_cmrp_string), tvb, syntax, counts);
    return item;
}

proto_item *show_bytes(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                       uint32_t length, cmrp_syntax syntax, const ndr_counts *counts)
{
    proto_item *item =
        proto_tree_add_item(tree, *member->hf, tvb, (int)offset, (int)length, ENC_NA);

    show_counts(proto_item_add_subtree(item, ett_cmrp_array), tvb, syntax, counts);
    return item;
}

proto_item *show_texts(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                       uint32_t length, bool big_endian, cmrp_syntax syntax,
                       const ndr_counts *counts)
{
    const unsigned encoding = ENC_UTF_16 | (big_endian ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN);
    proto_tree *below = show_array(tree, tvb, member, offset, syntax, counts);
    proto_item *item = proto_tree_get_parent(below);
    uint32_t start = 0;

    proto_item_set_len(item, (int)length);
    for (uint32_t at = 0; at + 2 <= length; at += 2) {
        const bool ended = tvb_get_ntohs(tvb, (int)(offset + at)) == 0;
        const uint32_t end = ended ? at : at + 2;

        if (!ended && at + 4 <= length)
            continue;
        /* An empty string is the end of the list. */
        if (end > start) {
            proto_item *text = proto_tree_add_item(below, *member->hf, tvb, (int)(offset + start),
                                                   (int)(end - start), encoding);
            proto_item_set_len(text, (int)(at + 2 - start));
        }
        start = at + 2;
    }
    return item;
}

proto_tree *show_array(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                       cmrp_syntax syntax, const ndr_counts *counts)
{
    /* A field, and no text alone: of that, JSON would make a key. */
    proto_item *item = proto_tree_add_string_format(
        tree, hf_cmrp_ndr_array, tvb, (int)offset, 0, member->name, "%s: %" PRIu64 " element%s",
        member->name, counts->actual, counts->actual == 1 ? "" : "s");
    proto_tree *below = proto_item_add_subtree(item, ett_cmrp_array);

    show_counts(below, tvb, syntax, counts);
    return below;
}

proto_tree *show_compound(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member,
                          const cmrp_type *type, uint32_t offset, int64_t index)
{
    proto_item *item = proto_tree_add_item(tree, *member->hf, tvb, (int)offset, 0, ENC_NA);

    if (index < 0)
        proto_item_append_text(item, ": %s", type->name);
    else
        proto_item_append_text(item, "[%" PRId64 "]", index);
    return proto_item_add_subtree(item, ett_cmrp_structure);
}

proto_item *show_null(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                      uint32_t length)
{
    return proto_tree_add_uint64_format(tree, hf_cmrp_ndr_referent, tvb, (int)offset, (int)length,
                                        0, "%s: NULL", member->name);
}

void show_referent(proto_item *pointee, tvbuff_t *tvb, uint32_t offset, uint32_t length,
                   uint64_t referent)
{
    proto_tree_add_uint64(proto_item_add_subtree(pointee, ett_cmrp_string), hf_cmrp_ndr_referent,
                          tvb, (int)offset, (int)length, referent);
}
