/* reader.h
 * Where are we inside a byte array, and how does a piece of it appear in the tree?
 *
 * A buffer is read on a cursor of its own, little-endian and bounded by the array's bytes. It is read
 * with and without a tree alike, because findings come from it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_READER_H
#define CMRP_READER_H

#include "base/cursor.h"
#include "base/wireshark_compat.h"
#include "interface/contents.h"
#include "rules/rule.h"

typedef struct cmrp_buffer {
    cmrp_cursor c;
    tvbuff_t *tvb; /**< the stub */
    uint32_t base; /**< where the buffer begins in it */
    packet_info *pinfo;
    proto_tree *tree; /**< NULL: show nothing */
    proto_tree *root; /**< the PDU's tree, for the fields of findings; NULL if there is none */
    proto_item *item; /**< of the array, where findings hang; NULL if there is none */
    const char *name; /**< of the parameter or member */
    bool judged;      /**< all of it was meant to be sent: what is wrong is a finding */
    bool of_client;   /**< the request carries it */
    unsigned *room;   /**< tree items that may still be added for this PDU */
    unsigned *said;   /**< findings that may still be made for this PDU */
    /** Reads a part that has a format of its own (format_read(), which knows all readers). */
    void (*read_format)(struct cmrp_buffer *part, const cmrp_format *format);
} cmrp_buffer;

/** Offset in the stub of a place in the buffer, as Wireshark's functions want it. */
static inline int buffer_at(const cmrp_buffer *b, uint64_t offset)
{
    return (int)(b->base + offset);
}

/** Bytes from the cursor to the end. */
static inline uint64_t buffer_left(const cmrp_buffer *b)
{
    return b->c.length - b->c.offset;
}

/** The buffer's tree if one more item may be added; NULL if nothing is to be shown. */
proto_tree *buffer_tree(const cmrp_buffer *b);

/** The next `length` bytes, which must be there, as a buffer of their own. The cursor stays. */
cmrp_buffer buffer_part(const cmrp_buffer *b, uint64_t length);

/** Reads a number of 4 bytes and shows it as `hf`. False if the bytes end before. */
bool buffer_number(cmrp_buffer *b, int hf, uint32_t *value);

/** Bytes of the UTF-16 text at `offset`, without its NUL; at most `length`. *ended: a NUL follows. */
uint64_t buffer_text_length(const cmrp_buffer *b, uint64_t offset, uint64_t length, bool *ended);

/** Shows the UTF-16 text of `length` bytes at `offset`, which takes `area` bytes. */
proto_item *buffer_show_text(const cmrp_buffer *b, int hf, uint64_t offset, uint64_t length,
                             uint64_t area);

/** Shows `length` bytes at the cursor as strings, one behind the other, up to an empty one. */
void buffer_show_strings(const cmrp_buffer *b, int hf, uint64_t length);

/** A short, printable copy of a text, in packet memory. */
const char *buffer_text(const cmrp_buffer *b, uint64_t offset, uint64_t length);

/** Shows what is left: bytes that could not be read, or that follow the last thing read. */
void buffer_show_rest(const cmrp_buffer *b, bool read);

/** Makes a finding if the buffer is judged. `detail` says what is wrong in it. */
void buffer_finding(const cmrp_buffer *b, cmrp_defect defect, const char *detail);

/** Why the cursor stopped, as a sentence in packet memory. `what` was being read. */
const char *buffer_error(const cmrp_buffer *b, const char *what);

#endif
