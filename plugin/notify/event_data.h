/* event_data.h
 * What is inside the buffer of a notification? (3.1.4.2.138)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_EVENT_DATA_H
#define CMRP_EVENT_DATA_H

#include "interface/contents.h"
#include "ndr/pdu.h"

/** What the notifications of a PDU are about, one for each element of the array. Packet memory. */
typedef struct {
    uint32_t object_type;
    uint64_t filter;
} cmrp_event_kind;

/** Collects the kinds of a PDU's notifications; *count is their number. NULL if there are none. */
const cmrp_event_kind *event_data_kinds(const cmrp_pdu *pdu, wmem_allocator_t *pool, size_t *count);

/** The format of the buffer that comes with an event. NULL if nothing is said about it. */
const cmrp_format *event_data_format(const cmrp_event_kind *kind);

#endif
