/* control.h
 * What does a control code ask for, and what is inside its buffers? (3.1.4.3)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CONTROL_H
#define CMRP_CONTROL_H

#include "interface/contents.h"
#include "state/call.h"

/** The parameter of a method that is a control code, or CMRP_NO_SIBLING. */
int control_code_param(const cmrp_method *method);

/** What the buffers of a method hold for a control code; NULL for codes that MS-CMRP does not list. */
const cmrp_control *control_find(const cmrp_method *method, uint32_t code);

/** The control code of this PDU or, in a response, of its request. False if nobody knows. */
bool control_code(const cmrp_context *context, uint32_t *code);

#endif
