/* registry_batch.c
 * Which commands does a registry batch hold, and is it well-formed? (2.2.3.17)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/registry_batch.h"

#include "base/bounds.h"
#include "buffers/buffer_fields.h"
#include "buffers/registry_value.h"
#include "cmrp_tables.h"

enum {
    COMMAND_READ_ERROR = 9
};

typedef struct {
    cmrp_buffer *b;
    const char *problem; /**< what is malformed: a sentence, or NULL */
    unsigned command;    /**< number of the one being read, from 1 as in pdwFailedCommand */
} batch;

static bool malformed(batch *l, const char *problem)
{
    if (l->problem == NULL)
        l->problem = wmem_strdup_printf(l->b->pinfo->pool, "Command %u: %s", l->command, problem);
    return false;
}

static bool cut(batch *l, const char *what)
{
    return malformed(l, buffer_error(l->b, what));
}

static bool read_name(batch *l, proto_item *item)
{
    cmrp_buffer *b = l->b;
    uint32_t size;
    uint64_t length;
    bool ended;

    if (!buffer_number(b, hf_cmrp_batch_name_length, &size))
        return cut(l, "NameLength");
    if (!cursor_need(&b->c, size))
        return cut(l, "Name");
    if (size < 2 || size % 2 != 0)
        malformed(l, wmem_strdup_printf(b->pinfo->pool, "NameLength is %u.", size));
    length = buffer_text_length(b, b->c.offset, size, &ended);
    if (!ended)
        malformed(l, "Name does not end in a NUL.");
    buffer_show_text(b, hf_cmrp_batch_name, b->c.offset, length, size);
    if (item)
        proto_item_append_text(item, " \"%s\"", buffer_text(b, b->c.offset, length));
    b->c.offset += size;
    return true;
}

static bool read_data(batch *l, uint32_t type)
{
    cmrp_buffer *b = l->b;
    uint32_t size;

    if (!buffer_number(b, hf_cmrp_batch_data_length, &size))
        return cut(l, "DataLength");
    if (!cursor_need(&b->c, size))
        return cut(l, "Data");
    if (size != 0)
        registry_value_read(b, type, size);
    /* The padding of the last command may be left out: nothing follows that it could align. */
    if (buffer_left(b) != 0 && !cursor_align(&b->c, 2))
        return cut(l, "Padding");
    return true;
}

static bool read_command(batch *l, proto_item *item)
{
    cmrp_buffer *b = l->b;
    const char *name;
    uint32_t command, type;

    if (!buffer_number(b, hf_cmrp_batch_command, &command))
        return cut(l, "CommandType");
    name = try_val_to_str(command, cmrp_values_CLUSTER_REG_BATCH_COMMAND);
    if (name == NULL)
        malformed(
            l, wmem_strdup_printf(b->pinfo->pool, "CommandType %u is none of 2.2.2.8.", command));
    proto_item_append_text(item, ": %s", name ? name : "unknown");
    if (!buffer_number(b, command == COMMAND_READ_ERROR ? hf_cmrp_batch_status : hf_cmrp_batch_type,
                       &type))
        return cut(l, "ValueType");
    return read_name(l, item) && read_data(l, type);
}

static bool read_shown_command(batch *l)
{
    cmrp_buffer *b = l->b;
    const uint64_t start = b->c.offset;
    proto_tree *above = b->tree;
    proto_item *item = NULL;
    bool done;

    b->tree = buffer_tree(b);
    if (b->tree)
        item = proto_tree_add_uint_format(b->tree, hf_cmrp_batch_place, b->tvb, buffer_at(b, start),
                                          0, l->command, "Command %u", l->command);
    if (b->tree)
        b->tree = proto_item_add_subtree(item, ett_cmrp_batch);
    done = read_command(l, item);
    if (item)
        proto_item_set_len(item, (int)(b->c.offset - start));
    b->tree = above;
    return done;
}

bool registry_batch_read(cmrp_buffer *b)
{
    batch l = { .b = b };
    proto_tree *tree = b->tree;
    bool done = true;
    uint32_t version;

    if (!buffer_number(b, hf_cmrp_batch_version, &version))
        done = cut(&l, "VersionNumber");
    else if (version != 1)
        malformed(&l, wmem_strdup_printf(b->pinfo->pool, "VersionNumber is %u.", version));
    while (done && buffer_left(b) != 0) {
        if (++l.command > CMRP_MAX_ELEMENTS_SHOWN)
            b->tree = NULL;
        done = read_shown_command(&l);
    }
    b->tree = tree;
    if (l.problem)
        buffer_finding(b, CMRP_DEFECT_REGISTRY_BATCH_MALFORMED, l.problem);
    return done;
}
