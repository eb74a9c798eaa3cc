/* property_list.h
 * What do the properties in a buffer say, and are they well-formed? (2.2.3.10)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PROPERTY_LIST_H
#define CMRP_PROPERTY_LIST_H

#include "buffers/reader.h"
#include "interface/contents.h"

/** True if the buffer begins as a property list does: for buffers that may hold something else. */
bool property_list_begins(const cmrp_buffer *b);

/** Reads a PROPERTY_LIST. False if it could not be read to its end. */
bool property_list_read(cmrp_buffer *b, const cmrp_format *format);

/** Reads the value list of one property, without count and name, or several of them. */
bool property_list_read_values(cmrp_buffer *b, const cmrp_format *format);

#endif
