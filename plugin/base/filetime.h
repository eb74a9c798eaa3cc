/* filetime.h
 * How does a FILETIME of Windows get into the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FILETIME_H
#define CMRP_FILETIME_H

#include "base/wireshark_compat.h"

/** Adds the field `hf` (an absolute time, in UTC) for the 8 bytes at `offset`. `filetime`: units of 100 ns since the
 * beginning of 1601, as sent; any value has a date. */
proto_item *filetime_add(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, uint64_t filetime);

#endif
