/* layout.c
 * What do the bytes of a plain structure say? Reads a buffer by its layout.
 *
 * Layouts refer only to layouts that stand above them in layouts.tsv, so that the recursion here ends
 * whatever a buffer holds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/layout.h"

#include "base/bounds.h"
#include "interface/fields.h"
#include "ndr/ndr_show.h"

/** What show_number() has to know of a number's type. */
static const cmrp_type *number_type(const cmrp_layout_member *member)
{
    static const cmrp_type boolean = { .kind = CMRP_BOOL };
    static const cmrp_type narrow = { .kind = CMRP_UINT32 };
    static const cmrp_type wide = { .kind = CMRP_UINT64 };

    if (member->kind == CMRP_ITEM_BOOL)
        return &boolean;
    return member->size == 8 ? &wide : &narrow;
}

static bool read_number(cmrp_buffer *b, const cmrp_layout_member *member, uint64_t *value)
{
    proto_tree *tree;

    if (!cursor_read(&b->c, member->size, value))
        return false;
    tree = buffer_tree(b);
    if (tree)
        show_number(tree, b->tvb, *member->hf, number_type(member), member->meaning,
                    (uint32_t)buffer_at(b, b->c.offset - member->size), member->size, *value);
    return true;
}

static bool read_filetime(cmrp_buffer *b, const cmrp_layout_member *member)
{
    const cmrp_member shown = { .name = member->name, .hf = member->hf };
    proto_tree *tree;
    uint64_t value;

    if (!cursor_read(&b->c, 8, &value))
        return false;
    tree = buffer_tree(b);
    if (tree)
        show_filetime(tree, b->tvb, &shown, (uint32_t)buffer_at(b, b->c.offset - 8), value);
    return true;
}

/** A GUID or bytes. */
static bool read_block(cmrp_buffer *b, const cmrp_layout_member *member, uint64_t length)
{
    proto_tree *tree;

    if (!cursor_need(&b->c, length))
        return false;
    tree = buffer_tree(b);
    if (tree)
        proto_tree_add_item(tree, *member->hf, b->tvb, buffer_at(b, b->c.offset), (int)length,
                            member->kind == CMRP_ITEM_GUID ? ENC_LITTLE_ENDIAN : ENC_NA);
    b->c.offset += length;
    return true;
}

/** A text in `area` bytes. If there are fewer, what is there is shown. */
static bool read_text(cmrp_buffer *b, const cmrp_layout_member *member, uint64_t area)
{
    const uint64_t there = MIN(area, buffer_left(b));
    bool ended;
    const uint64_t length = buffer_text_length(b, b->c.offset, there, &ended);

    if (there != 0 || area == 0)
        buffer_show_text(b, *member->hf, b->c.offset, length, there);
    if (!cursor_need(&b->c, area))
        return false;
    b->c.offset += area;
    return true;
}

/** A text that ends with its NUL, or with the buffer: not every sender writes the NUL. */
static bool read_string(cmrp_buffer *b, const cmrp_layout_member *member)
{
    bool ended;
    const uint64_t length = buffer_text_length(b, b->c.offset, buffer_left(b), &ended);

    if (!cursor_need(&b->c, 2))
        return false;
    buffer_show_text(b, *member->hf, b->c.offset, length, length + (ended ? 2 : 0));
    b->c.offset += length + (ended ? 2 : 0);
    return true;
}

static bool read_strings(cmrp_buffer *b, const cmrp_layout_member *member)
{
    bool ended = true;

    buffer_show_strings(b, *member->hf, buffer_left(b));
    while (ended && buffer_left(b) >= 2) {
        const uint64_t length = buffer_text_length(b, b->c.offset, buffer_left(b), &ended);

        b->c.offset += length + (ended ? 2 : 0);
        if (length == 0)
            break;
    }
    return true;
}

static bool read_nested(cmrp_buffer *b, const cmrp_layout_member *member, uint64_t index)
{
    const uint64_t start = b->c.offset;
    proto_tree *tree = buffer_tree(b);
    proto_tree *above = b->tree;
    proto_item *item = NULL;
    bool done;

    if (tree) {
        item = proto_tree_add_item(tree, *member->hf, b->tvb, buffer_at(b, start), 0, ENC_NA);
        if (member->to_the_end || member->counted_by != CMRP_NO_SIBLING)
            proto_item_append_text(item, "[%" PRIu64 "]", index);
        else
            proto_item_append_text(item, ": %s", member->of->name);
        tree = proto_item_add_subtree(item, ett_cmrp_structure);
    }
    b->tree = tree;
    done = layout_read(b, member->of);
    b->tree = above;
    if (item)
        proto_item_set_len(item, (int)(b->c.offset - start));
    return done;
}

static bool read_element(cmrp_buffer *b, const cmrp_layout_member *member, uint64_t index,
                         uint64_t *value)
{
    switch ((cmrp_item_kind)member->kind) {
    case CMRP_ITEM_UINT:
    case CMRP_ITEM_BOOL:
        return read_number(b, member, value);
    case CMRP_ITEM_FILETIME:
        return read_filetime(b, member);
    case CMRP_ITEM_GUID:
        return read_block(b, member, member->size);
    case CMRP_ITEM_STRING:
        return read_string(b, member);
    case CMRP_ITEM_STRINGS:
        return read_strings(b, member);
    default:
        return read_nested(b, member, index);
    }
}

/** The fewest bytes of one element. */
static uint64_t least_size(const cmrp_layout_member *member)
{
    if (member->kind == CMRP_ITEM_LAYOUT)
        return MAX(member->of->least, 1);
    return MAX(member->size, 1);
}

static bool read_elements(cmrp_buffer *b, const cmrp_layout_member *member, uint64_t count,
                          uint64_t *value)
{
    const uint64_t least = least_size(member);
    proto_tree *tree = b->tree;
    bool done = true;

    if (!member->to_the_end && count > buffer_left(b) / least)
        return cursor_fail(&b->c, count == 1 ? CMRP_READ_TRUNCATED : CMRP_READ_COUNT,
                           count == 1 ? least : count);
    for (uint64_t i = 0; done && (member->to_the_end ? buffer_left(b) >= least : i < count); i++) {
        if (i == CMRP_MAX_ELEMENTS_SHOWN)
            b->tree = NULL;
        done = read_element(b, member, i, value);
    }
    b->tree = tree;
    return done;
}

static bool read_member(cmrp_buffer *b, const cmrp_layout_member *member, const uint64_t *values,
                        uint64_t *value)
{
    const bool told = member->counted_by != CMRP_NO_SIBLING;
    const uint64_t count = told ? values[member->counted_by] : member->count;

    if (member->only_by != CMRP_NO_SIBLING && values[member->only_by] != member->only_value)
        return true;
    if (member->kind == CMRP_ITEM_BYTES)
        return read_block(b, member, count);
    if (member->kind == CMRP_ITEM_TEXT)
        return read_text(b, member, count);
    return read_elements(b, member, count, value);
}

bool layout_read(cmrp_buffer *b, const cmrp_layout *layout)
{
    uint64_t values[CMRP_MAX_LAYOUT_MEMBERS];

    memset(values, 0, sizeof(values[0]) * layout->member_count);
    for (uint32_t i = 0; i < layout->member_count; i++) {
        if (!read_member(b, &layout->members[i], values, &values[i]))
            return false;
    }
    return true;
}
