/* cursor.h
 * Where are we in the stub, and are there enough bytes left?
 *
 * Every read of the NDR reader goes through here. A cursor never leaves its buffer: the first read
 * that would do so sets the sticky error, and every later read fails at once. Offsets and counts are
 * 64 bits wide, so that no sum or product of values from the wire can wrap around.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CURSOR_H
#define CMRP_CURSOR_H

#include "base/wireshark_compat.h"

/** Why a PDU could not be read to its end. */
typedef enum {
    CMRP_READ_OK,
    CMRP_READ_TRUNCATED, /**< the bytes end inside a value */
    CMRP_READ_COUNT,     /**< a count promises more than the bytes that are left can hold */
    CMRP_READ_NESTING    /**< pointers or structures nest too deep */
} cmrp_read_error;

typedef struct {
    const uint8_t *data; /**< the stub: borrowed from the tvbuff, valid as long as that is */
    uint64_t length;     /**< bytes in data */
    uint64_t offset;     /**< of the next byte; offset <= length always holds */
    bool big_endian;
    cmrp_read_error error;
    uint64_t error_offset; /**< where the read began that failed */
    uint64_t error_needs;  /**< how many bytes, or elements, it wanted */
} cmrp_cursor;

/** Sets the sticky error unless there is one already. Returns false, to be returned by the caller. */
static inline bool cursor_fail(cmrp_cursor *c, cmrp_read_error error, uint64_t wanted)
{
    if (c->error == CMRP_READ_OK) {
        c->error = error;
        c->error_offset = c->offset;
        c->error_needs = wanted;
    }
    return false;
}

/** True if `bytes` more bytes can be read; else sets the sticky error. */
static inline bool cursor_need(cmrp_cursor *c, uint64_t bytes)
{
    if (c->error == CMRP_READ_OK && bytes <= c->length - c->offset)
        return true;
    return cursor_fail(c, CMRP_READ_TRUNCATED, bytes);
}

/** Moves to the next multiple of `alignment` (1, 2, 4 or 8), counted from the start of the stub. */
static inline bool cursor_align(cmrp_cursor *c, unsigned alignment)
{
    uint64_t padding = (0 - c->offset) & (alignment - 1U);

    if (padding == 0)
        return c->error == CMRP_READ_OK;
    if (!cursor_need(c, padding))
        return false;
    c->offset += padding;
    return true;
}

/**
 * Reads an unsigned integer of 1, 2, 4 or 8 bytes at the cursor, which must be aligned already.
 * False, and *value 0, if the bytes end before.
 */
static inline bool cursor_read(cmrp_cursor *c, unsigned bytes, uint64_t *value)
{
    const uint8_t *p = c->data + c->offset;

    *value = 0;
    if (!cursor_need(c, bytes))
        return false;
    switch (bytes) {
    case 1:
        *value = *p;
        break;
    case 2:
        *value = c->big_endian ? pntohu16(p) : pletohu16(p);
        break;
    case 4:
        *value = c->big_endian ? pntohu32(p) : pletohu32(p);
        break;
    default:
        *value = c->big_endian ? pntohu64(p) : pletohu64(p);
        break;
    }
    c->offset += bytes;
    return true;
}

#endif
