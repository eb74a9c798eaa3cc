/* property_list.c
 * What do the properties in a buffer say, and are they well-formed? (2.2.3.10)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/property_list.h"

#include "base/bounds.h"
#include "buffers/buffer_fields.h"
#include "buffers/property_value.h"
#include "cmrp_constants.h"

typedef struct {
    cmrp_buffer *b;
    const cmrp_format *format;
    bool is_malformed;
    const char *problem; /**< what is malformed: a sentence, or NULL if nobody asks */
    bool named;          /**< a property is being read whose name is known */
    uint64_t name;       /**< where it stands */
    uint64_t name_length;
} list;

/** A sentence about the property being read, in packet memory. */
static const char *about_property(const list *l, const char *problem)
{
    if (!l->named)
        return problem;
    return wmem_strdup_printf(l->b->pinfo->pool, "Property \"%s\": %s",
                              buffer_text(l->b, l->name, l->name_length), problem);
}

/** Remembers the first thing that is wrong. Returns false, to be returned by the caller. */
static bool malformed(list *l, const char *problem)
{
    if (l->problem == NULL && l->b->judged)
        l->problem = about_property(l, problem);
    l->is_malformed = true;
    return false;
}

/** The bytes ended inside `what`. */
static bool cut(list *l, const char *what)
{
    return malformed(l, buffer_error(l->b, what));
}

/* ---------------------------------------------------------------- values */

static void check_syntax(list *l, uint32_t syntax, uint32_t size)
{
    cmrp_buffer *b = l->b;
    const char *problem;

    if (!property_syntax_is_known(syntax))
        problem = wmem_strdup_printf(b->pinfo->pool, "Syntax 0x%08x is none of 2.2.2.3.", syntax);
    else if (syntax == CMRP_CLUSPROP_SYNTAX_LIST_VALUE_EXPANDED_SZ && b->of_client)
        problem = "Only a server writes CLUSPROP_SYNTAX_LIST_VALUE_EXPANDED_SZ.";
    else
        problem = property_size_problem(b, syntax, size);
    if (problem && b->judged)
        buffer_finding(b, CMRP_DEFECT_PROPERTY_SYNTAX, about_property(l, problem));
}

/** The size and the data of a value whose syntax was read. */
static bool read_value(list *l, uint32_t syntax, proto_item *property)
{
    cmrp_buffer *b = l->b;
    uint32_t size;

    if (!buffer_number(b, hf_cmrp_property_size, &size))
        return cut(l, "The size of a value");
    if (!cursor_need(&b->c, size))
        return cut(l, "A value");
    check_syntax(l, syntax, size);
    property_value_read(b, l->format, syntax, size, property);
    if (!cursor_align(&b->c, 4))
        return cut(l, "The padding of a value");
    return true;
}

/**
 * Values up to their end mark. In a bare value list a name is a value as well: that of a resource
 * type (3.1.4.3.1.5).
 */
static bool read_values(list *l, bool bare, proto_item *property)
{
    /* One or more, says 2.2.3.10; one to three, says 2.2.3.10.1, and controls that return more. */
    for (bool empty = true;; empty = false) {
        uint32_t syntax;

        if (!buffer_number(l->b, hf_cmrp_property_syntax, &syntax))
            return cut(l, "The next value or the end mark");
        if (syntax == CMRP_CLUSPROP_SYNTAX_ENDMARK)
            return bare || !empty || malformed(l, "It has no value.");
        if (syntax == CMRP_CLUSPROP_SYNTAX_NAME && !bare)
            return malformed(l, "A name stands where its end mark should.");
        if (!read_value(l, syntax, property))
            return false;
    }
}

/* ---------------------------------------------------------------- properties */

static bool read_name(list *l, proto_item *property)
{
    cmrp_buffer *b = l->b;
    uint32_t syntax, size;
    uint64_t length;
    bool ended;

    if (!buffer_number(b, hf_cmrp_property_syntax, &syntax))
        return cut(l, "The name of a property");
    if (syntax != CMRP_CLUSPROP_SYNTAX_NAME)
        return malformed(l, wmem_strdup_printf(b->pinfo->pool,
                                               "%s stands where the name of a property should.",
                                               property_syntax_name(b, syntax)));
    if (!buffer_number(b, hf_cmrp_property_size, &size))
        return cut(l, "The size of a name");
    if (!cursor_need(&b->c, size))
        return cut(l, "A name");
    length = buffer_text_length(b, b->c.offset, size, &ended);
    buffer_show_text(b, hf_cmrp_property_name, b->c.offset, length, size);
    if (property)
        proto_item_append_text(property, ": %s", buffer_text(b, b->c.offset, length));
    l->named = true;
    l->name = b->c.offset;
    l->name_length = length;
    if (!ended || length + 2 != size)
        malformed(l, "The name does not end in its only NUL.");
    b->c.offset += size;
    return cursor_align(&b->c, 4) || cut(l, "The padding of a name");
}

static bool read_property(list *l)
{
    cmrp_buffer *b = l->b;
    const uint64_t start = b->c.offset;
    proto_tree *above = b->tree;
    proto_item *item = NULL;
    bool done;

    b->tree = buffer_tree(b);
    if (b->tree)
        item =
            proto_tree_add_item(b->tree, hf_cmrp_property, b->tvb, buffer_at(b, start), 0, ENC_NA);
    if (b->tree)
        b->tree = proto_item_add_subtree(item, ett_cmrp_property);
    l->named = false;
    done = read_name(l, item) && read_values(l, false, item);
    if (item)
        proto_item_set_len(item, (int)(b->c.offset - start));
    b->tree = above;
    return done;
}

/**
 * Properties beyond the count. Bytes that follow a list mean nothing; a count that is too low is
 * proven only if they are properties, to the very last byte.
 */
static unsigned count_more(const list *l)
{
    cmrp_buffer probe = *l->b;
    list beyond = { .b = &probe, .format = l->format };
    unsigned more = 0;

    probe.tree = NULL;
    probe.judged = false;
    while (buffer_left(&probe) != 0) {
        if (!read_property(&beyond) || beyond.is_malformed)
            return 0;
        more++;
    }
    return more;
}

static bool read_properties(list *l)
{
    cmrp_buffer *b = l->b;
    proto_tree *tree = b->tree;
    bool done = true;
    uint32_t count;

    if (!buffer_number(b, hf_cmrp_property_count, &count))
        return cut(l, "The count of properties");
    for (uint32_t i = 0; done && i < count; i++) {
        if (i == CMRP_MAX_ELEMENTS_SHOWN)
            b->tree = NULL;
        l->named = false;
        if (buffer_left(b) == 0)
            done = malformed(l, wmem_strdup_printf(b->pinfo->pool,
                                                   "It has %u properties, and its count says %u.",
                                                   i, count));
        else
            done = read_property(l);
    }
    b->tree = tree;
    l->named = false;
    if (done && !l->is_malformed && b->judged && buffer_left(b) != 0) {
        const unsigned more = count_more(l);

        if (more != 0)
            malformed(l, wmem_strdup_printf(b->pinfo->pool,
                                            "It has %u properties, and its count says %u.",
                                            count + more, count));
    }
    return done;
}

/* ---------------------------------------------------------------- lists */

static list list_of(cmrp_buffer *b, const cmrp_format *format)
{
    return (list){ .b = b, .format = format };
}

bool property_list_begins(const cmrp_buffer *b)
{
    return b->c.length == 4
               ? pletohu32(b->c.data) == 0
               : b->c.length >= 8 && pletohu32(b->c.data + 4) == CMRP_CLUSPROP_SYNTAX_NAME;
}

bool property_list_read(cmrp_buffer *b, const cmrp_format *format)
{
    list l = list_of(b, format);
    const bool done = read_properties(&l);

    if (l.problem)
        buffer_finding(b, CMRP_DEFECT_PROPERTY_LIST_MALFORMED, l.problem);
    return done;
}

bool property_list_read_values(cmrp_buffer *b, const cmrp_format *format)
{
    list l = list_of(b, format);
    bool done = read_values(&l, true, NULL);

    while (done && format->kind == CMRP_FORMAT_VALUE_LISTS && buffer_left(b) >= 4)
        done = read_values(&l, true, NULL);
    if (l.problem)
        buffer_finding(b, CMRP_DEFECT_PROPERTY_LIST_MALFORMED, l.problem);
    return done;
}
