/* steady.c
 * How does one run of tshark execute the same instructions as the next?
 *
 * Wireshark's hashes, and the plugin's, take secret numbers from GLib's random numbers: how many keys meet in
 * one slot differs from run to run, by more than what is to be measured. Preloaded, this makes the numbers
 * always the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdint.h>

uint32_t g_random_int(void);

uint32_t g_random_int(void)
{
    static uint64_t state = 88172645463325252U;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}
