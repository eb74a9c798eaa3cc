/* dissect.h
 * Which way does a PDU take through the plugin?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DISSECT_H
#define CMRP_DISSECT_H

#include "interface/descriptors.h"

/**
 * The table that dcerpc wants: a row a method, and one of zeros at the end. Kept until the end. dcerpc
 * searches it from the start for every PDU, so frequent methods come first: any order will do.
 */
dcerpc_sub_dissector *dissect_procedures(const cmrp_interface *interface);

#endif
