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

/** The same for the entries of lists. The method succeeded and has such lessons. */
void lessons_learn_lists(const cmrp_context *context, const cmrp_source *source);

/** The same for the events of version 2 ports. The method succeeded. */
void lessons_learn_events(const cmrp_context *context, const cmrp_source *source);

/**
 * The object of a handle of the call; it gets one if it has none yet. NULL if the handle is not known, is
 * of another type than `type`, or if it is not certain that it is what the server took it for.
 */
cmrp_object *lessons_object_of(const cmrp_context *context, const cmrp_source *source,
                               uint32_t life, cmrp_handle_type type);

/** The type of the objects that a fact is about; CMRP_HANDLE_NONE if it is a text. */
cmrp_handle_type lessons_type_of(cmrp_fact_kind fact);

/** The object of the request's handle in parameter `param`; likewise. */
cmrp_object *lessons_object_at(const cmrp_context *context, const cmrp_source *source, int param);

#endif
