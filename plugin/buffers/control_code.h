/* control_code.h
 * How do the parts of a control code appear? (3.1.4.3.1)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CONTROL_CODE_H
#define CMRP_CONTROL_CODE_H

#include "base/context.h"

/** Shows the parts of a control code: below its item in a request, as a generated item in a response. */
void control_code_show(const cmrp_context *context, proto_tree *tree);

#endif
