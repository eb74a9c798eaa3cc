/* slab.h
 * Where do records of one size come from of which a capture needs many?
 *
 * Cut from blocks: asked of Wireshark one by one, each would cost ten times the instructions, and half its size more
 * for bookkeeping.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_SLAB_H
#define CMRP_SLAB_H

#include "base/wireshark_compat.h"

/** Records per block: enough that blocks hardly count, few enough that a small capture stays small. */
#define CMRP_SLAB_RECORDS 128

/** A supply of records. All zero at first, and again when a capture file is closed or opened. */
typedef struct {
    uint8_t *next;
    unsigned left;
    void *given_back; /**< the last one, which begins with a pointer to the one before it */
} cmrp_slab;

/** A record of `size` bytes, which is the same for all of one supply; zero. File scope. */
static inline void *slab_take(cmrp_slab *records, size_t size)
{
    void *record = records->given_back;

    if (record) {
        memcpy(&records->given_back, record, sizeof(void *));
        return memset(record, 0, size);
    }
    if (records->left == 0) {
        records->next = (uint8_t *)wmem_alloc0(wmem_file_scope(), CMRP_SLAB_RECORDS * size);
        records->left = CMRP_SLAB_RECORDS;
    }
    record = records->next;
    records->next += size;
    records->left--;
    return record;
}

/** Nobody needs the record any more: the supply uses it again. It has room for a pointer. */
static inline void slab_give_back(cmrp_slab *records, void *record)
{
    memcpy(record, &records->given_back, sizeof(void *));
    records->given_back = record;
}

#endif
