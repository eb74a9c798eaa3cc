/* ndr_reader.h
 * What do the parts of the NDR reader share? Inside of ndr*.c only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NDR_READER_H
#define CMRP_NDR_READER_H

#include "base/wireshark_compat.h"
#include "ndr/ndr.h"
#include "ndr/ndr_show.h"

/** A count that nobody knows. */
#define NDR_UNKNOWN UINT64_MAX

/** The named thing being read: which descriptor, where it is shown, who wants to know. */
typedef struct {
    const cmrp_member *member;
    proto_tree *tree;         /**< NULL: build no items */
    cmrp_value *value;        /**< NULL: nobody asks for it */
    const cmrp_value *beside; /**< values of the siblings read so far, NULL if they are gone */
    uint64_t maximum;         /**< what the counts should be, NDR_UNKNOWN if nobody knows yet */
    uint64_t actual;
    int64_t index;   /**< place in an array, or -1 */
    int64_t element; /**< place of what contains it in the outermost array, or -1 */
    bool lasting;    /**< `value` is a parameter's: still there when pointees are read */
} ndr_slot;

/** A pointee that stands further on. */
typedef struct {
    const cmrp_type *type;
    ndr_slot slot;
    unsigned nesting; /**< of the structure that holds the pointer */
    uint32_t referent_offset;
    uint64_t referent;
} ndr_pointee;

/** The state of one reading. On the stack of ndr_read_pdu(). */
typedef struct {
    cmrp_cursor c;
    cmrp_pdu *pdu;
    cmrp_syntax syntax;
    unsigned word; /**< bytes of a count or a referent id */
    unsigned nesting;
    packet_info *pinfo;
    ndr_pointee *deferred; /**< a stack, in packet memory */
    unsigned deferred_count;
    unsigned deferred_room;
    wmem_map_t *referents; /**< of full pointers seen; made when the first one comes */
    const char *failed_in; /**< innermost name that was being read when the error came */
} ndr_reader;

/*
 * Readers: one for each kind of type. Each reads a value at the cursor, shows it if the slot has a
 * tree, and notes it for those who ask. False once the cursor's sticky error is set; the caller then
 * returns false too.
 */

/** Any type: all of the value but the pointees of its pointers. */
bool ndr_read_flat(ndr_reader *r, const cmrp_type *type, const ndr_slot *s);

bool ndr_read_number(ndr_reader *r, const cmrp_type *type, const ndr_slot *s);
bool ndr_read_filetime(ndr_reader *r, const ndr_slot *s);
bool ndr_read_handle(ndr_reader *r, const ndr_slot *s);
bool ndr_read_string(ndr_reader *r, const cmrp_type *type, const ndr_slot *s);
bool ndr_read_array(ndr_reader *r, const cmrp_type *type, const ndr_slot *s);
bool ndr_read_struct(ndr_reader *r, const cmrp_type *type, const ndr_slot *s);
bool ndr_read_union(ndr_reader *r, const cmrp_type *type, const ndr_slot *s);
bool ndr_read_pointer(ndr_reader *r, const cmrp_type *type, const ndr_slot *s);

/** The pointees from number `from` on that are waiting, each directly followed by its own. */
bool ndr_read_pointees(ndr_reader *r, unsigned from);

/** Reads a count or a referent id. */
bool ndr_read_word(ndr_reader *r, uint64_t *value);

/** Reads the maximum count of a conformant array or string. */
bool ndr_read_maximum(ndr_reader *r, ndr_counts *counts);

/** Reads offset and actual count of a varying array or string. */
bool ndr_read_variance(ndr_reader *r, ndr_counts *counts);

/** Sets the sticky error unless `count` elements of at least `size` bytes fit into what is left. */
bool ndr_fits(ndr_reader *r, uint64_t count, uint64_t size);

/** Notes a value that was read: for the parameter or member it belongs to, and for those who ask. */
void ndr_note(ndr_reader *r, const ndr_slot *s, uint64_t offset, uint64_t length, uint64_t number,
              proto_item *item);

/** The same for an array or a string. */
void ndr_note_counted(ndr_reader *r, const ndr_slot *s, uint64_t offset, uint64_t length,
                      const ndr_counts *counts, proto_item *item);

/** Records a breach of NDR consistency. */
void ndr_breach(cmrp_pdu *pdu, cmrp_breach_kind kind, const char *name, uint64_t offset,
                uint64_t length, uint64_t found, uint64_t expected, proto_item *item);

/** Compares the counts of an array or a string with each other and with what they should be. */
void ndr_check_counts(cmrp_pdu *pdu, const cmrp_member *member, const ndr_counts *counts,
                      uint64_t maximum, uint64_t actual, unsigned word, proto_item *item);

/** The number of a sibling that was read; NDR_UNKNOWN if there is none. */
static inline uint64_t ndr_sibling_number(const cmrp_value *values, int index)
{
    if (index == CMRP_NO_SIBLING || !values[index].present)
        return NDR_UNKNOWN;
    return values[index].number;
}

#endif
