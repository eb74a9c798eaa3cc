/* referenced.h
 * Will anybody look at what is put into the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_REFERENCED_H
#define CMRP_REFERENCED_H

#include "base/wireshark_compat.h"

/**
 * `tree` if it is shown, or if somebody (a filter, a column, a list of fields) asks for a field of this
 * plugin or for findings; else NULL. For speed: filters for other protocols, and many statistics, come with
 * a tree in which Wireshark drops all items that nobody asked for.
 */
proto_tree *referenced_tree(proto_tree *tree);

/** Fields that are asked for together. Static, for Wireshark keeps what it knows of a field in one place. */
typedef struct {
    int *const *fields; /**< ids, once registered */
    size_t count;
    const header_field_info **infos; /**< NULL at first, then made by referenced_any() and kept */
} cmrp_referenced;

/**
 * True if the tree is shown, or if somebody asks for one of the fields. For what is in every PDU: most filters ask
 * for something else.
 */
bool referenced_any(proto_tree *tree, cmrp_referenced *wanted);

/**
 * True if somebody asks for one of the fields by its name, or wants to see hidden items. For what only repeats
 * something else, and is hidden: a tree that is shown asks for everything, and most of its readers not for that.
 */
bool referenced_by_name(proto_tree *tree, cmrp_referenced *wanted);

/**
 * As referenced_by_name() where `tshark -T fields -e` says what it will ask for; elsewhere as referenced_any(). For
 * hidden fields that people list.
 */
bool referenced_in_list(proto_tree *tree, cmrp_referenced *wanted);

#endif
