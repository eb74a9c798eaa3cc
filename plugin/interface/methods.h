/* methods.h
 * Which method has an operation number?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_METHODS_H
#define CMRP_METHODS_H

#include "interface/descriptors.h"

/** The method of this number in a version of the interface, 2 or 3; NULL if there is none. */
const cmrp_method *method_find(unsigned version, unsigned opnum);

#endif
