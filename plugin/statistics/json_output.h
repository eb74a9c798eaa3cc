/* json_output.h
 * How does a line get to whoever waits for it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_JSON_OUTPUT_H
#define CMRP_JSON_OUTPUT_H

#include <stddef.h>

/** Writes so many bytes on standard output. They leave the process within a moment, whatever comes after them. */
void json_output_write(const char *bytes, size_t length);

#endif
