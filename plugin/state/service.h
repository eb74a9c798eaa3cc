/* service.h
 * Did a server say that it is paused while it carried out what needs its state read/write (3.1.1)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_SERVICE_H
#define CMRP_SERVICE_H

#include "state/call.h"

/**
 * Learns from a response what the server could do when it sent it. To be called when the call has learnt it
 * (state/call.h). One that shows that the server could do all before and after it said that it is paused leaves that
 * with the call: call->extra->pause.
 */
void service_learn(const cmrp_context *context);

#endif
