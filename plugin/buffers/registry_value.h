/* registry_value.h
 * What does the value of a registry entry say?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_REGISTRY_VALUE_H
#define CMRP_REGISTRY_VALUE_H

#include "buffers/reader.h"

/** Shows `size` bytes at the cursor, which are there, as a value of a type (3.1.4.2.33). Steps over them. */
void registry_value_read(cmrp_buffer *b, uint32_t type, uint64_t size);

#endif
