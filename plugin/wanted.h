/* wanted.h
 * Will anybody look at what is put into the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_WANTED_H
#define CMRP_WANTED_H

#include "wireshark_compat.h"

/**
 * `tree` if it is shown, or if somebody (a filter, a column, a list of fields) asks for a field of this
 * plugin or for findings; else NULL. For speed: filters for other protocols, and many statistics, come with
 * a tree in which Wireshark drops all items that nobody asked for.
 */
proto_tree *wanted_tree(proto_tree *tree);

/**
 * True if the tree is shown, or if somebody asks for one of `count` fields or for findings. For what is in
 * every PDU: most filters ask for something else.
 */
bool wanted_any(proto_tree *tree, int *const fields[], size_t count);

#endif
