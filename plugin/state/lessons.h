/* lessons.h
 * What does an answer teach about the objects of the cluster?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_LESSONS_H
#define CMRP_LESSONS_H

#include "state/call.h"
#include "state/objects.h"

/**
 * Learns what the answer of a call tells about objects (idl/lessons.tsv). To be called when the call has
 * learnt it (state/call.h). Most answers tell nothing.
 */
void lessons_learn(const cmrp_context *context);

#endif
