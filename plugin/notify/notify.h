/* notify.h
 * What goes on at a notification port (3.1.1.8): registrations, events, waiting calls?
 *
 * Learnt on the first visits and only read later; what is kept of a port is in port.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_H
#define CMRP_NOTIFY_H

#include "notify/port.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void notify_reset(void);

/** Learns from a PDU that was just learnt by call_learn(): on the first visit only. */
void notify_learn(const cmrp_context *context);

/** What was learnt of the call that a PDU belongs to; NULL if it is about no port. */
const cmrp_port_call *notify_call(const cmrp_context *context);

#endif
