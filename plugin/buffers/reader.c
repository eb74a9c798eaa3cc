/* reader.c
 * Where are we inside a byte array, and how does a piece of it appear in the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/reader.h"

#include "base/bounds.h"
#include "buffers/buffer_fields.h"
#include "ndr/pdu_text.h"
#include "rules/findings.h"

proto_tree *buffer_tree(const cmrp_buffer *b)
{
    if (b->tree == NULL || *b->room == 0)
        return NULL;
    --*b->room;
    return b->tree;
}

cmrp_buffer buffer_part(const cmrp_buffer *b, uint64_t length)
{
    cmrp_buffer part = *b;

    part.c = (cmrp_cursor){ .data = b->c.data + b->c.offset, .length = length };
    part.base = (uint32_t)(b->base + b->c.offset);
    return part;
}

bool buffer_number(cmrp_buffer *b, int hf, uint32_t *value)
{
    proto_tree *tree;
    uint64_t wide;

    *value = 0;
    if (!cursor_read(&b->c, 4, &wide))
        return false;
    *value = (uint32_t)wide;
    tree = buffer_tree(b);
    if (tree)
        proto_tree_add_uint(tree, hf, b->tvb, buffer_at(b, b->c.offset - 4), 4, *value);
    return true;
}

/* ---------------------------------------------------------------- texts */

uint64_t buffer_text_length(const cmrp_buffer *b, uint64_t offset, uint64_t length, bool *ended)
{
    const uint8_t *text = b->c.data + offset;

    for (uint64_t i = 0; i + 2 <= length; i += 2) {
        *ended = text[i] == 0 && text[i + 1] == 0;
        if (*ended)
            return i;
    }
    *ended = false;
    return length & ~UINT64_C(1);
}

proto_item *buffer_show_text(const cmrp_buffer *b, int hf, uint64_t offset, uint64_t length,
                             uint64_t area)
{
    proto_tree *tree = buffer_tree(b);
    proto_item *item;

    if (tree == NULL)
        return NULL;
    if (length == 0)
        return proto_tree_add_string(tree, hf, b->tvb, buffer_at(b, offset), (int)area, "");
    item = proto_tree_add_item(tree, hf, b->tvb, buffer_at(b, offset), (int)length,
                               ENC_UTF_16 | ENC_LITTLE_ENDIAN);
    proto_item_set_len(item, (int)area);
    return item;
}

void buffer_show_strings(const cmrp_buffer *b, int hf, uint64_t length)
{
    const uint64_t end = b->c.offset + length;
    uint64_t at = b->c.offset;

    while (b->tree && at + 2 <= end) {
        bool ended;
        const uint64_t text = buffer_text_length(b, at, end - at, &ended);

        if (text == 0)
            break;
        buffer_show_text(b, hf, at, text, text + (ended ? 2 : 0));
        at += text + 2;
    }
}

const char *buffer_text(const cmrp_buffer *b, uint64_t offset, uint64_t length)
{
    const uint64_t shown = MIN(length, UINT64_C(2) * CMRP_MAX_NAME);

    if (shown == 0)
        return "";
    return pdu_text_printable(b->pinfo->pool, (const char *)tvb_get_string_enc(
                                                  b->pinfo->pool, b->tvb, buffer_at(b, offset),
                                                  (int)shown, ENC_UTF_16 | ENC_LITTLE_ENDIAN));
}

/* ---------------------------------------------------------------- what is left, what is wrong */

void buffer_show_rest(const cmrp_buffer *b, bool read)
{
    proto_tree *tree = buffer_left(b) ? buffer_tree(b) : NULL;

    if (tree)
        proto_tree_add_item(tree, read ? hf_cmrp_buffer_trailing : hf_cmrp_buffer_unread, b->tvb,
                            buffer_at(b, b->c.offset), (int)buffer_left(b), ENC_NA);
}

void buffer_finding(const cmrp_buffer *b, cmrp_defect defect, const char *detail)
{
    if (!b->judged || *b->said == 0)
        return;
    --*b->said;
    finding_show(b->pinfo, b->root, b->item, b->tvb, defect, NULL,
                 wmem_strdup_printf(b->pinfo->pool, "in %s: %s", b->name, detail));
}

const char *buffer_error(const cmrp_buffer *b, const char *what)
{
    return wmem_strdup_printf(
        b->pinfo->pool,
        "%s at offset %" PRIu64 " needs %" PRIu64 " %s, and %" PRIu64 " bytes are left.", what,
        b->c.error_offset, b->c.error_needs, b->c.error == CMRP_READ_COUNT ? "elements" : "bytes",
        b->c.length - b->c.error_offset);
}
