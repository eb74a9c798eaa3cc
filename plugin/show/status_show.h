/* status_show.h
 * What does a status say in words?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_STATUS_SHOW_H
#define CMRP_STATUS_SHOW_H

#include "ndr/pdu.h"

/**
 * Adds to the line of the status of a response, if it is none of success, what it means and the HRESULT that is made of it;
 * and its name, for filters and lists. Does nothing without a tree, which may be NULL.
 */
void status_show(const cmrp_context *context, proto_tree *tree);

/** Adds to a line what the status in it means, and its HRESULT: nothing to success, and to what is no Win32 error. */
void status_show_words(proto_item *item, uint32_t status);

/**
 * The name of a status, as a field of its own for filters and lists. `name_of` gives it, or NULL: then there is no field. It is
 * asked only if somebody wants the field.
 */
void status_show_name(proto_tree *tree, tvbuff_t *tvb, const char *(*name_of)(uint32_t),
                      uint32_t status);

#endif
