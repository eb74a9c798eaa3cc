/* strings.h
 * Which texts were met in the capture, and which of them mean the same?
 *
 * The same few names come again and again. Each is kept once, and once only is looked for what it means without
 * case: from then on names are compared, and looked up, by number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_STRINGS_H
#define CMRP_STRINGS_H

#include "base/wireshark_compat.h"

/** A text, kept once: equal texts are one pointer. File scope. */
typedef struct {
    uint32_t meaning; /**< see string_fold_id(), which alone reads it */
    char utf8[];
} cmrp_string;

/** Forgets everything: to be called when a capture file is closed or opened. */
void strings_reset(void);

/** The kept copy of a text, UTF-8; made if there is none yet. */
const cmrp_string *string_intern(const char *utf8);

/** A number from 1 on: the same for texts that differ in case only. */
uint32_t string_fold_id(const cmrp_string *text);

/** A number, not 0, for a name among those of a type: the same for names that differ in case only. */
static inline uint64_t string_key(uint32_t type, const cmrp_string *name)
{
    return (uint64_t)type << 32 | string_fold_id(name);
}

#endif
