/* security_descriptor.c
 * What does a security descriptor in a buffer say? (MS-DTYP 2.4)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/security_descriptor.h"

#include "base/bounds.h"
#include "buffers/buffer_fields.h"

/** The types of an ACE after whose rights a SID follows at once, and those with GUIDs between them. */
enum {
    ACE_SYSTEM_ALARM = 3,
    ACE_ALLOWED_OBJECT = 5,
    ACE_SYSTEM_ALARM_OBJECT = 8,
    ACE_ALLOWED_CALLBACK = 9,
    ACE_DENIED_CALLBACK = 10,
    ACE_MANDATORY_LABEL = 17,
    ACE_SCOPED_POLICY = 19
};

#define MAX_SUBAUTHORITIES 15

static bool has_plain_sid(uint8_t type)
{
    return type <= ACE_SYSTEM_ALARM || type == ACE_ALLOWED_CALLBACK ||
           type == ACE_DENIED_CALLBACK ||
           (type >= ACE_MANDATORY_LABEL && type <= ACE_SCOPED_POLICY);
}

static bool has_guids(uint8_t type)
{
    return type >= ACE_ALLOWED_OBJECT && type <= ACE_SYSTEM_ALARM_OBJECT;
}

/** Reads a number of the descriptor and shows it. */
static bool read_number(cmrp_buffer *b, int hf, unsigned bytes, uint64_t *value)
{
    proto_tree *tree;

    if (!cursor_read(&b->c, bytes, value))
        return false;
    tree = buffer_tree(b);
    if (tree)
        proto_tree_add_uint(tree, hf, b->tvb, buffer_at(b, b->c.offset - bytes), (int)bytes,
                            (uint32_t)*value);
    return true;
}

/** Reads a SID and shows it in its usual notation, also behind the text of `item`. */
static bool read_sid(cmrp_buffer *b, int hf, proto_item *item)
{
    const uint64_t start = b->c.offset;
    uint64_t revision, count, high, low, subauthority;
    wmem_strbuf_t *text;
    proto_tree *tree;

    if (!cursor_read(&b->c, 1, &revision) || !cursor_read(&b->c, 1, &count) ||
        count > MAX_SUBAUTHORITIES || !cursor_need(&b->c, 6 + 4 * count))
        return false;
    /* The authority alone is big-endian. */
    high = pntohu16(b->c.data + b->c.offset);
    low = pntohu32(b->c.data + b->c.offset + 2);
    b->c.offset += 6;
    tree = buffer_tree(b);
    text = tree ? wmem_strbuf_new(b->pinfo->pool, "") : NULL;
    if (text)
        wmem_strbuf_append_printf(text, "S-%u-%" PRIu64, (unsigned)revision, high << 32 | low);
    for (uint64_t i = 0; i < count; i++) {
        cursor_read(&b->c, 4, &subauthority);
        if (text)
            wmem_strbuf_append_printf(text, "-%u", (unsigned)subauthority);
    }
    if (tree) {
        proto_tree_add_string(tree, hf, b->tvb, buffer_at(b, start), (int)(b->c.offset - start),
                              wmem_strbuf_get_str(text));
        proto_item_append_text(item, ": %s", wmem_strbuf_get_str(text));
    }
    return true;
}

/** What follows the rights of an ACE, in a buffer that ends with it. */
static bool read_trustee(cmrp_buffer *b, uint8_t type, proto_item *item)
{
    proto_tree *tree;
    uint64_t present;

    if (has_guids(type)) {
        /* Two bits tell which of two GUIDs are there. */
        if (!cursor_read(&b->c, 4, &present) ||
            !cursor_need(&b->c, (present & 1 ? 16 : 0) + (present & 2 ? 16 : 0)))
            return false;
        b->c.offset += (present & 1 ? 16 : 0) + (present & 2 ? 16 : 0);
    }
    if (has_plain_sid(type) || has_guids(type))
        return read_sid(b, hf_cmrp_security_ace_trustee, item);
    tree = buffer_tree(b);
    if (tree)
        proto_tree_add_item(tree, hf_cmrp_security_ace_bytes, b->tvb, buffer_at(b, b->c.offset),
                            (int)buffer_left(b), ENC_NA);
    return true;
}

static bool read_ace(cmrp_buffer *b)
{
    const uint64_t start = b->c.offset;
    uint64_t type, flags, size, rights;
    proto_item *item = NULL;
    cmrp_buffer ace;

    if (!cursor_need(&b->c, 8))
        return false;
    size = pletohu16(b->c.data + start + 2);
    if (size < 8 || !cursor_need(&b->c, size))
        return false;
    ace = buffer_part(b, size);
    ace.tree = buffer_tree(b);
    if (ace.tree)
        item = proto_tree_add_item(ace.tree, hf_cmrp_security_ace, b->tvb, buffer_at(b, start),
                                   (int)size, ENC_NA);
    if (ace.tree)
        ace.tree = proto_item_add_subtree(item, ett_cmrp_acl);
    b->c.offset += size;
    return read_number(&ace, hf_cmrp_security_ace_type, 1, &type) &&
           read_number(&ace, hf_cmrp_security_ace_flags, 1, &flags) &&
           read_number(&ace, hf_cmrp_security_ace_size, 2, &size) &&
           read_number(&ace, hf_cmrp_security_ace_access, 4, &rights) &&
           read_trustee(&ace, (uint8_t)type, item);
}

static bool read_acl(cmrp_buffer *b, const char *name)
{
    const uint64_t start = b->c.offset;
    proto_tree *above = b->tree;
    uint64_t size, count;
    bool done;

    if (!cursor_need(&b->c, 8))
        return false;
    b->tree = buffer_tree(b);
    if (b->tree)
        b->tree = proto_item_add_subtree(proto_tree_add_string_format(b->tree, hf_cmrp_security_acl,
                                                                      b->tvb, buffer_at(b, start),
                                                                      8, name, "%s", name),
                                         ett_cmrp_acl);
    b->c.offset += 2;
    done = read_number(b, hf_cmrp_security_acl_size, 2, &size) &&
           read_number(b, hf_cmrp_security_ace_count, 2, &count);
    b->c.offset += 2;
    for (uint64_t i = 0; done && i < count; i++)
        done = read_ace(b);
    b->tree = above;
    return done;
}

/** Reads the owner, the group, the SACL or the DACL, in the order of their offsets. */
static bool read_part(cmrp_buffer *b, unsigned part)
{
    switch (part) {
    case 0:
        return read_sid(b, hf_cmrp_security_owner, NULL);
    case 1:
        return read_sid(b, hf_cmrp_security_group, NULL);
    case 2:
        return read_acl(b, "SACL");
    default:
        return read_acl(b, "DACL");
    }
}

bool security_descriptor_read(cmrp_buffer *b)
{
    uint64_t revision, control, offsets[4], end;

    if (!read_number(b, hf_cmrp_security_revision, 1, &revision) || !cursor_need(&b->c, 1))
        return false;
    b->c.offset++;
    if (!read_number(b, hf_cmrp_security_control, 2, &control))
        return false;
    for (unsigned i = 0; i < 4; i++) {
        if (!read_number(b, hf_cmrp_security_offset, 4, &offsets[i]))
            return false;
    }
    end = b->c.offset;
    for (unsigned i = 0; i < 4; i++) {
        /* An offset of 0 means that the part is absent. */
        if (offsets[i] == 0)
            continue;
        b->c.offset = MIN(offsets[i], b->c.length);
        if (!read_part(b, i))
            return false;
        end = MAX(end, b->c.offset);
    }
    b->c.offset = end;
    return true;
}
