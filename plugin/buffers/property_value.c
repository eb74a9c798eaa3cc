/* property_value.c
 * What does one value of a property say? (2.2.2.3, 2.2.3.10.1)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/property_value.h"

#include "base/filetime.h"
#include "buffers/buffer_fields.h"
#include "buffers/layout.h"
#include "buffers/security_descriptor.h"
#include "cmrp_constants.h"
#include "cmrp_tables.h"
#include "interface/fields.h"

static const cmrp_layout *structure_of(uint32_t syntax)
{
    for (unsigned i = 0; i < cmrp_syntax_layout_count; i++) {
        if (cmrp_syntax_layouts[i].syntax == syntax)
            return cmrp_syntax_layouts[i].layout;
    }
    return NULL;
}

bool property_syntax_is_known(uint32_t syntax)
{
    return try_val_to_str(syntax, cmrp_values_CLUSTER_PROPERTY_SYNTAX) != NULL;
}

const char *property_syntax_name(const cmrp_buffer *b, uint32_t syntax)
{
    const char *name = try_val_to_str(syntax, cmrp_values_CLUSTER_PROPERTY_SYNTAX);

    return name ? name : wmem_strdup_printf(b->pinfo->pool, "0x%08x", syntax);
}

/* ---------------------------------------------------------------- sizes */

/** Bytes of a value of a format (2.2.2.2), the lower half of a syntax: 0 if any number will do, 2 for texts: an even number. */
static uint64_t size_of_format(uint32_t format, bool *is_text)
{
    *is_text = false;
    switch (format) {
    case CMRP_CLUSPROP_FORMAT_WORD:
        return 2;
    case CMRP_CLUSPROP_FORMAT_DWORD:
    case CMRP_CLUSPROP_FORMAT_LONG:
        return 4;
    case CMRP_CLUSPROP_FORMAT_ULARGE_INTEGER:
    case CMRP_CLUSPROP_FORMAT_LARGE_INTEGER:
    case CMRP_CLUSPROP_FORMAT_FILETIME:
        return 8;
    case CMRP_CLUSPROP_FORMAT_SZ:
    case CMRP_CLUSPROP_FORMAT_EXPAND_SZ:
    case CMRP_CLUSPROP_FORMAT_EXPANDED_SZ:
    case CMRP_CLUSPROP_FORMAT_MULTI_SZ:
        *is_text = true;
        return 2;
    default:
        return 0;
    }
}

const char *property_size_problem(const cmrp_buffer *b, uint32_t syntax, uint64_t size)
{
    bool is_text = false;
    const uint64_t wanted = size_of_format(syntax & 0xffff, &is_text);

    if (is_text ? size % 2 == 0 : wanted == 0 || size == wanted)
        return NULL;
    /* The format of CLUSPROP_SYNTAX_RESCLASS is a DWORD, its value a structure of two: either will do. */
    if (syntax == CMRP_CLUSPROP_SYNTAX_RESCLASS && size == 8)
        return NULL;
    return wmem_strdup_printf(b->pinfo->pool, "%s has %" PRIu64 " bytes, not %s%" PRIu64 ".",
                              property_syntax_name(b, syntax), size,
                              is_text ? "a multiple of " : "", wanted);
}

/* ---------------------------------------------------------------- values */

static void show_number(cmrp_buffer *b, uint32_t format, uint64_t size, proto_item *property)
{
    const int at = buffer_at(b, b->c.offset);
    const int bytes = (int)size;
    proto_tree *tree = buffer_tree(b);
    uint64_t value;

    cursor_read(&b->c, (unsigned)size, &value);
    if (tree == NULL)
        return;
    switch (format) {
    case CMRP_CLUSPROP_FORMAT_LONG:
        proto_tree_add_int(tree, hf_cmrp_property_signed, b->tvb, at, bytes, (int32_t)value);
        proto_item_append_text(property, " = %" PRId32, (int32_t)value);
        break;
    case CMRP_CLUSPROP_FORMAT_LARGE_INTEGER:
        proto_tree_add_int64(tree, hf_cmrp_property_signed64, b->tvb, at, bytes, (int64_t)value);
        proto_item_append_text(property, " = %" PRId64, (int64_t)value);
        break;
    case CMRP_CLUSPROP_FORMAT_ULARGE_INTEGER:
        proto_tree_add_uint64(tree, hf_cmrp_property_number64, b->tvb, at, bytes, value);
        proto_item_append_text(property, " = %" PRIu64, value);
        break;
    case CMRP_CLUSPROP_FORMAT_FILETIME:
        filetime_add(tree, hf_cmrp_property_time, b->tvb, at, value);
        break;
    default:
        proto_tree_add_uint(tree, hf_cmrp_property_number, b->tvb, at, bytes, (uint32_t)value);
        proto_item_append_text(property, " = %" PRIu32, (uint32_t)value);
    }
}

/** The value of a list of formats: which format the property has. */
static void show_format(cmrp_buffer *b, proto_item *property)
{
    proto_tree *tree = buffer_tree(b);
    uint64_t value;

    cursor_read(&b->c, 2, &value);
    if (tree == NULL)
        return;
    proto_tree_add_uint(tree, hf_cmrp_property_format, b->tvb, buffer_at(b, b->c.offset - 2), 2,
                        (uint32_t)value);
    proto_item_append_text(
        property, ": %s",
        val_to_str_const((uint32_t)value, cmrp_values_CLUSTER_PROPERTY_FORMAT, "unknown format"));
}

static void show_bytes(cmrp_buffer *b, uint64_t size)
{
    proto_tree *tree = buffer_tree(b);

    if (tree)
        proto_tree_add_item(tree, hf_cmrp_property_bytes, b->tvb, buffer_at(b, b->c.offset),
                            (int)size, ENC_NA);
}

/** Bytes with something in them: shows it below the bytes. */
static void show_inner(cmrp_buffer *b, const cmrp_format *inner, uint64_t size)
{
    cmrp_buffer part = buffer_part(b, size);
    proto_tree *tree = buffer_tree(b);
    proto_item *item = NULL;

    if (tree)
        item = proto_tree_add_item(tree, hf_cmrp_property_bytes, b->tvb, (int)part.base, (int)size,
                                   ENC_NA);
    part.tree = item ? proto_item_add_subtree(item, ett_cmrp_buffer) : NULL;
    b->read_format(&part, inner);
}

static void show_text(cmrp_buffer *b, uint64_t size, proto_item *property)
{
    bool ended;
    const uint64_t length = buffer_text_length(b, b->c.offset, size, &ended);

    buffer_show_text(b, hf_cmrp_property_value, b->c.offset, length, size);
    if (b->tree)
        proto_item_append_text(property, " = \"%s\"", buffer_text(b, b->c.offset, length));
}

/** A value whose size fits its format. */
static void show_value(cmrp_buffer *b, const cmrp_format *format, uint32_t syntax, uint64_t size,
                       proto_item *property)
{
    const cmrp_format descriptor = { .kind = CMRP_FORMAT_SECURITY_DESCRIPTOR };
    const uint32_t kind = syntax & 0xffff;
    bool is_text;

    if (kind == CMRP_CLUSPROP_FORMAT_MULTI_SZ)
        buffer_show_strings(b, hf_cmrp_property_value, size);
    else if (kind == CMRP_CLUSPROP_FORMAT_SECURITY_DESCRIPTOR)
        show_inner(b, &descriptor, size);
    else if (kind == CMRP_CLUSPROP_FORMAT_BINARY && format->binary)
        show_inner(b, format->binary, size);
    else if (kind == CMRP_CLUSPROP_FORMAT_WORD && format->kind == CMRP_FORMAT_PROPERTY_FORMATS)
        show_format(b, property);
    else if (size_of_format(kind, &is_text) == 0)
        show_bytes(b, size);
    else if (is_text)
        show_text(b, size, property);
    else
        show_number(b, kind, size, property);
}

void property_value_read(cmrp_buffer *b, const cmrp_format *format, uint32_t syntax, uint64_t size,
                         proto_item *property)
{
    const uint64_t end = b->c.offset + size;
    const cmrp_layout *layout = structure_of(syntax);

    if (layout) {
        cmrp_buffer part = buffer_part(b, size);

        buffer_show_rest(&part, layout_read(&part, layout));
    } else if (!property_syntax_is_known(syntax) || property_size_problem(b, syntax, size)) {
        show_bytes(b, size);
    } else {
        show_value(b, format, syntax, size, property);
    }
    b->c.offset = end;
}
