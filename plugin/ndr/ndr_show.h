/* ndr_show.h
 * How does a value that was read appear in the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NDR_SHOW_H
#define CMRP_NDR_SHOW_H

#include "interface/descriptors.h"
#include "ndr/pdu.h"

/** Where the pieces of an array or a string stand, for its subtree. */
typedef struct {
    bool conformant;          /**< maximum count is on the wire */
    bool varying;             /**< offset and actual count are on the wire */
    uint32_t maximum_offset;  /**< where the maximum count stands */
    uint32_t variance_offset; /**< where offset and actual count stand */
    uint64_t maximum;
    uint64_t first; /**< the offset of the varying part, 0 in conformant stubs */
    uint64_t actual;
} ndr_counts;

/**
 * All functions here add to `tree`, which must not be NULL, and return the new item. `length` is in
 * bytes. `tree` may be invisible: they are cheap then.
 */

/** A number of any kind, with the names of its bits if `meaning` has any; it may be NULL. */
proto_item *show_number(proto_tree *tree, tvbuff_t *tvb, int hf, const cmrp_type *type,
                        const cmrp_enumeration *meaning, uint32_t offset, uint32_t length,
                        uint64_t value);

/** A Windows time stamp (MS-DTYP 2.3.3). */
proto_item *show_filetime(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member,
                          uint32_t offset, uint64_t value);

/** The 20 bytes of a context handle. The subtree gets its life later (show/handles_tree.c). */
proto_item *show_handle(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                        bool big_endian);

/** A string with its counts below it: `length` bytes of text in an area of `area` bytes, which is the text and its
 * terminator, if it has one. */
proto_item *show_string(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member,
                        const cmrp_type *type, uint32_t offset, uint32_t length, uint32_t area,
                        bool big_endian, cmrp_syntax syntax, const ndr_counts *counts);

/** An array of single bytes, with its counts below it. */
proto_item *show_bytes(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                       uint32_t length, cmrp_syntax syntax, const ndr_counts *counts);

/** An array of wchar_t: strings one after the other, each with its NUL. */
proto_item *show_texts(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                       uint32_t length, bool big_endian, cmrp_syntax syntax,
                       const ndr_counts *counts);

/** The subtree of an array of anything else. */
proto_tree *show_array(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                       cmrp_syntax syntax, const ndr_counts *counts);

/** The subtree of a structure; `index` is its place in an array, or negative. */
proto_tree *show_compound(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member,
                          const cmrp_type *type, uint32_t offset, int64_t index);

/** A pointer that is NULL. */
proto_item *show_null(proto_tree *tree, tvbuff_t *tvb, const cmrp_member *member, uint32_t offset,
                      uint32_t length);

/** The referent id of a pointer, below the item of what it points to. */
void show_referent(proto_item *pointee, tvbuff_t *tvb, uint32_t offset, uint32_t length,
                   uint64_t referent);

#endif
