/* layout.h
 * What do the bytes of a plain structure say? Reads a buffer by its layout.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_LAYOUT_H
#define CMRP_LAYOUT_H

#include "buffers/reader.h"
#include "interface/contents.h"

/** Reads and shows the members of a layout from the cursor on. False if the bytes end before. */
bool layout_read(cmrp_buffer *b, const cmrp_layout *layout);

#endif
