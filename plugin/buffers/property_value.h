/* property_value.h
 * What does one value of a property say? (2.2.2.3, 2.2.3.10.1)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PROPERTY_VALUE_H
#define CMRP_PROPERTY_VALUE_H

#include "buffers/reader.h"
#include "interface/contents.h"

/** True for the syntaxes of 2.2.2.3. */
bool property_syntax_is_known(uint32_t syntax);

/** "CLUSPROP_SYNTAX_NAME" and so on, or its number; packet memory. */
const char *property_syntax_name(const cmrp_buffer *b, uint32_t syntax);

/** What is wrong with the size of a value of a known syntax: a sentence, or NULL. */
const char *property_size_problem(const cmrp_buffer *b, uint32_t syntax, uint64_t size);

/**
 * Shows a value of `size` bytes at the cursor, which are there. Appends it to the text of `property`,
 * which may be NULL, if it is short. Steps over it.
 */
void property_value_read(cmrp_buffer *b, const cmrp_format *format, uint32_t syntax, uint64_t size,
                         proto_item *property);

#endif
