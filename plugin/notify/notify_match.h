/* notify_match.h
 * Which registration does an event belong to?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_MATCH_H
#define CMRP_NOTIFY_MATCH_H

#include "notify/port.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void matches_reset(void);

/** From now on events may belong to the registration. */
void matches_add(cmrp_registration *registration);

/** The server said that it registered it. */
void matches_confirm(cmrp_registration *registration);

/** The registration of an event that the port delivers, or why there is none. */
cmrp_match matches_find(cmrp_port *port, const cmrp_notification *event);

/** An event tells the state of an object: no registration of it waits for that any more. */
void matches_tell_state(cmrp_port *port, uint32_t object);

/**
 * Visits the registrations that have the key of an event and may be for its object; of those that are alike only one is
 * sure to be visited.
 */
void matches_of_key(cmrp_port *port, const cmrp_notification *event,
                    void (*visit)(const cmrp_registration *registration, void *data), void *data);

#endif
