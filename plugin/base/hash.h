/* hash.h
 * How are short keys hashed whose bytes come from the wire?
 *
 * A hash of numbers that are drawn when Wireshark starts: the upper half of a sum of products. Whatever two
 * keys a capture was made to hold, they meet with a probability of 2^-32 (multilinear hashing). So nobody
 * who does not know the numbers can make look-ups long. wmem_strong_hash() promises the same for keys of any
 * length, at ten times the instructions: look-ups by hash are a good part of what a call costs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_HASH_H
#define CMRP_HASH_H

#include "base/wireshark_compat.h"

/** The longest key, in words of 4 bytes. */
#define CMRP_HASH_WORDS 5

extern uint64_t hash_secret[CMRP_HASH_WORDS + 1];

/** Draws the numbers. To be called once, before anything is hashed. */
void hash_start(void);

/** Hashes a key of `words` times 4 bytes, at most CMRP_HASH_WORDS. Keys of one table have one length. */
static inline uint32_t hash_words(const void *key, unsigned words)
{
    const uint8_t *at = (const uint8_t *)key;
    uint64_t sum = hash_secret[CMRP_HASH_WORDS];

    for (unsigned i = 0; i < words; i++) {
        uint32_t word;

        memcpy(&word, at + (size_t)4 * i, sizeof(word));
        sum += hash_secret[i] * word;
    }
    return (uint32_t)(sum >> 32);
}

#endif
