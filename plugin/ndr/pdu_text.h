/* pdu_text.h
 * What is an object called, in text that may be shown anywhere?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PDU_TEXT_H
#define CMRP_PDU_TEXT_H

#include "ndr/pdu.h"

/**
 * Text from a packet as it may reach a terminal: control and formatting characters escaped. Packet
 * scope; may be `text` itself.
 */
const char *pdu_text_printable(wmem_allocator_t *pool, const char *text);

/**
 * Text of a string parameter, printable, cut to CMRP_MAX_NAME characters. Packet scope. "" if the
 * parameter is NULL or not there.
 */
const char *pdu_text_of_string(const cmrp_context *context, unsigned index);

/** The same for a string that was read anywhere in the PDU. */
const char *pdu_text_of_value(const cmrp_context *context, const cmrp_value *value);

/** The text in a byte array of the PDU, likewise: UTF-16, little-endian, up to its NUL. */
const char *pdu_text_in_buffer(const cmrp_context *context, const cmrp_value *value);

#endif
