/* hash.c
 * How are short keys hashed whose bytes come from the wire?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/hash.h"

uint64_t hash_secret[CMRP_HASH_WORDS + 1];

void hash_start(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(hash_secret); i++)
        hash_secret[i] = (uint64_t)g_random_int() << 32 | g_random_int();
}
