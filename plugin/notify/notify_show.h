/* notify_show.h
 * How do registrations and events appear in the tree and in the Info column?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_SHOW_H
#define CMRP_NOTIFY_SHOW_H

#include "notify/notify.h"

/** Registers the fields cmrp.notify.*. */
void notify_fields_register(int proto);

/**
 * Adds to each event the frame that registered it, and to a registration the frames of its events. Does
 * nothing without a tree.
 */
void notify_show(const cmrp_context *context, proto_tree *tree);

/**
 * Writes "GROUP_STATE|GROUP_DELETED", without the word `without` at the beginning of each name, which may
 * be "". At most `room` bytes, with a NUL. Returns the length.
 */
size_t notify_write_change(char *to, size_t room, const cmrp_change *change, const char *without);

/** The same with all words. Packet scope. */
const char *notify_change_text(wmem_allocator_t *pool, const cmrp_change *change);

#endif
