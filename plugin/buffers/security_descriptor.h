/* security_descriptor.h
 * What does a security descriptor in a buffer say? (MS-DTYP 2.4)
 *
 * Wireshark has a reader of its own, but plugins cannot call it: libwireshark does not export it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_SECURITY_DESCRIPTOR_H
#define CMRP_SECURITY_DESCRIPTOR_H

#include "buffers/reader.h"

/** Reads a self-relative security descriptor. False if a part of it lies beyond the buffer. */
bool security_descriptor_read(cmrp_buffer *b);

#endif
