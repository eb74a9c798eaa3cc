/* registry_value.c
 * What does the value of a registry entry say?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/registry_value.h"

#include "buffers/buffer_fields.h"

enum {
    REG_TYPE_SZ = 1,
    REG_TYPE_EXPAND_SZ = 2,
    REG_TYPE_DWORD = 4,
    REG_TYPE_DWORD_BIG_ENDIAN = 5,
    REG_TYPE_MULTI_SZ = 7,
    REG_TYPE_QWORD = 11
};

static void show_bytes(cmrp_buffer *b, uint64_t size)
{
    proto_tree *tree = buffer_tree(b);

    if (tree)
        proto_tree_add_item(tree, hf_cmrp_registry_bytes, b->tvb, buffer_at(b, b->c.offset),
                            (int)size, ENC_NA);
}

static void show_number(cmrp_buffer *b, uint64_t size, unsigned order)
{
    proto_tree *tree = buffer_tree(b);

    if (tree)
        proto_tree_add_item(tree, size == 4 ? hf_cmrp_registry_number : hf_cmrp_registry_number64,
                            b->tvb, buffer_at(b, b->c.offset), (int)size, order);
}

static void show_text(cmrp_buffer *b, uint64_t size)
{
    bool ended;
    const uint64_t length = buffer_text_length(b, b->c.offset, size, &ended);

    buffer_show_text(b, hf_cmrp_registry_value, b->c.offset, length, size);
}

void registry_value_read(cmrp_buffer *b, uint32_t type, uint64_t size)
{
    const bool is_text = type == REG_TYPE_SZ || type == REG_TYPE_EXPAND_SZ;

    if ((type == REG_TYPE_DWORD && size == 4) || (type == REG_TYPE_QWORD && size == 8))
        show_number(b, size, ENC_LITTLE_ENDIAN);
    else if (type == REG_TYPE_DWORD_BIG_ENDIAN && size == 4)
        show_number(b, size, ENC_BIG_ENDIAN);
    else if (is_text && size % 2 == 0)
        show_text(b, size);
    else if (type == REG_TYPE_MULTI_SZ && size % 2 == 0)
        buffer_show_strings(b, hf_cmrp_registry_value, size);
    else
        show_bytes(b, size);
    b->c.offset += size;
}
