/* buffers.h
 * What is inside the byte arrays of a PDU?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_BUFFERS_H
#define CMRP_BUFFERS_H

#include "state/call.h"

/**
 * Takes apart the byte arrays of a PDU that was read, as far as it was read: below their items, if
 * there is a tree. Findings come from it with and without a tree.
 */
void buffers_show(const cmrp_context *context, proto_tree *tree);

#endif
