/* mutator.c
 * How is a script changed so that it stays one? Whole records are dropped, doubled, moved and borrowed.
 *
 * What libFuzzer itself does to bytes is done to the data of one record, whose length is set right after it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "script.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max_size, unsigned seed);

#define MAX_RECORDS 4096

/** Where the records of a script begin; the end is the last one. */
typedef struct {
    size_t starts[MAX_RECORDS + 1];
    unsigned count;
} outline;

static uint32_t next(uint32_t *seed)
{
    /* Numbers that follow from the seed alone, so that a run can be repeated (Marsaglia's xorshift). */
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void outline_of(const uint8_t *data, size_t size, outline *o)
{
    script_record record;
    size_t at = 1, taken;

    o->count = 0;
    while (o->count < MAX_RECORDS && at < size &&
           (taken = script_read(data + at, size - at, &record)) != 0) {
        o->starts[o->count++] = at;
        at += taken;
    }
    o->starts[o->count] = at;
}

static size_t length_of(const outline *o, unsigned record)
{
    return o->starts[record + 1] - o->starts[record];
}

/** Puts `length` bytes into data at `at`. Returns the new size; the old one if there is no room. */
static size_t insert(uint8_t *data, size_t size, size_t max_size, size_t at, const uint8_t *bytes,
                     size_t length)
{
    if (length > max_size - size)
        return size;
    memmove(data + at + length, data + at, size - at);
    memcpy(data + at, bytes, length);
    return size + length;
}

static size_t mutate_data(uint8_t *data, size_t size, size_t max_size, size_t start, size_t taken)
{
    const size_t old = taken - SCRIPT_HEADER;
    const size_t room = MIN(max_size - size + old, UINT16_MAX);
    uint8_t *copy = (uint8_t *)g_malloc(MAX(room, 1));
    size_t length;

    memcpy(copy, data + start + SCRIPT_HEADER, MIN(old, room));
    length = LLVMFuzzerMutate(copy, MIN(old, room), MAX(room, 1));
    length = MIN(length, room);
    memmove(data + start + SCRIPT_HEADER + length, data + start + taken, size - start - taken);
    memcpy(data + start + SCRIPT_HEADER, copy, length);
    data[start + 4] = (uint8_t)length;
    data[start + 5] = (uint8_t)(length >> 8);
    g_free(copy);
    return size - old + length;
}

/** Few inputs are looked at closely, for trees, labels and tables take ten times as long as a first visit. */
static uint8_t any_options(uint32_t random)
{
    static const struct {
        session_options option;
        unsigned one_in;
    } shares[] = {
        { SESSION_TREE_AT_ONCE, 32 }, { SESSION_FILTERED, 16 }, { SESSION_STATISTICS, 16 },
        { SESSION_CLICKED, 32 },      { SESSION_BACKWARDS, 2 }, { SESSION_COLUMNS, 4 },
    };
    unsigned options = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(shares); i++) {
        if (random % shares[i].one_in == 0)
            options |= shares[i].option;
        random /= shares[i].one_in;
    }
    /* Who looks again can compare. */
    if (options & SESSION_CLICKED)
        options |= SESSION_FILTERED;
    return (uint8_t)options;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static outline o;
    uint32_t state = seed | 1;
    unsigned one, other;
    size_t start, taken;
    uint8_t *copy;

    if (size > 0)
        data[0] = any_options(next(&state));
    outline_of(data, size, &o);
    if (o.count == 0 || next(&state) % 16 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    one = next(&state) % o.count;
    other = next(&state) % o.count;
    start = o.starts[one];
    taken = length_of(&o, one);
    copy = (uint8_t *)g_memdup2(data + start, taken);
    switch (next(&state) % 8) {
    case 0: /* drop */
        memmove(data + start, data + start + taken, size - start - taken);
        size -= taken;
        break;
    case 1: /* double */
        size = insert(data, size, max_size, o.starts[other], copy, taken);
        break;
    case 2: /* move */
        memmove(data + start, data + start + taken, size - start - taken);
        size = insert(data, size - taken, max_size,
                      other > one ? o.starts[other] - taken : o.starts[other], copy, taken);
        break;
    case 3: /* what makes it travel */
        LLVMFuzzerMutate(data + start, 4, 4);
        break;
    default:
        size = mutate_data(data, size, max_size, start, taken);
        break;
    }
    g_free(copy);
    return size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max_size, unsigned seed)
{
    static outline a, b;
    uint32_t state = seed | 1;
    unsigned first, last;
    size_t size = MIN(one_size, max_size);

    memcpy(out, one, size);
    outline_of(out, size, &a);
    outline_of(other, other_size, &b);
    if (a.count == 0 || b.count == 0)
        return size;
    first = next(&state) % b.count;
    last = first + next(&state) % MIN(b.count - first, 8);
    return insert(out, size, max_size, a.starts[next(&state) % (a.count + 1)],
                  other + b.starts[first], b.starts[last + 1] - b.starts[first]);
}
