/* conversation_filters.h
 * How does one get from a packet to all packets of its handle?
 *
 * Wireshark's menus "Conversation Filter" and "Colorize Conversation", on a packet, have entries of the
 * plugin: they make the display filter cmrp.handle.id == N.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CONVERSATION_FILTERS_H
#define CMRP_CONVERSATION_FILTERS_H

#include "state/call.h"

/** Registers the menu entries. */
void conversation_filters_register(void);

/** Remembers the handles of a PDU for the menu. Does nothing without a tree: no one clicks then. */
void conversation_filters_note(const cmrp_context *context, const proto_tree *tree);

#endif
