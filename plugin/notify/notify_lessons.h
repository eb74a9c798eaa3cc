/* notify_lessons.h
 * What do the events of version 2 ports teach about the objects of the cluster?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_LESSONS_H
#define CMRP_NOTIFY_LESSONS_H

#include "base/context.h"

/**
 * Learns what the events of an answer tell about objects: names, and where they moved. To be called when the
 * call has learnt it (state/call.h). Other PDUs teach nothing here.
 */
void notify_lessons_learn(const cmrp_context *context);

#endif
