/* format.h
 * Who reads a buffer of a certain format?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FORMAT_H
#define CMRP_FORMAT_H

#include "buffers/reader.h"
#include "interface/contents.h"

/**
 * Reads a buffer, from its start to its end, by the first format that fits, and shows what it says
 * below b->tree. For formats that need nothing but the bytes themselves: not for CMRP_FORMAT_EVENT,
 * CMRP_FORMAT_REGISTRY_VALUE and those of control codes.
 */
void format_read(cmrp_buffer *b, const cmrp_format *format);

#endif
