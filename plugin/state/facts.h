/* facts.h
 * What was known of an object at a moment of the capture? Histories of facts.
 *
 * Only first visits write. A look-up takes the newest fact from before its frame. A fact of the frame
 * itself counts only for the answer that told it: other PDUs of that frame may have come before it. So
 * one pass, two passes and clicks in any order say the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FACTS_H
#define CMRP_FACTS_H

#include "base/context.h"
#include "base/strings.h"
#include "interface/descriptors.h"

/** An object of the cluster (state/objects.h). File scope. */
typedef struct cmrp_object cmrp_object;

/** A moment of the capture: what was told in earlier frames, and by the answer of `call` itself. */
typedef struct {
    uint32_t frame;
    const cmrp_call *call; /**< NULL in requests, which tell nothing */
} cmrp_when;

/** Something that holds from a moment on: a text, another object, or nothing: it is not known any more. */
typedef struct {
    uint32_t frame;     /**< from which on it holds */
    uint32_t learnt_in; /**< frame; earlier if it was learnt of another object, which is the same */
    const cmrp_call *call; /**< whose answer told it */
    const cmrp_string *text;
    cmrp_object *object;
} cmrp_fact;

/** The histories of one object; all zero at first. File scope. */
typedef struct {
    struct cmrp_history *first;
    uint16_t kinds; /**< a bit for each kind in the list, which is slow to walk */
} cmrp_facts;

/** Forgets how many facts there are: to be called when a capture file is closed or opened. */
void facts_reset(void);

/** True if there was no room for a fact: what is known at this moment may be outdated. */
bool facts_are_lost(const cmrp_when *when);

static inline bool facts_is_nothing(const cmrp_fact *fact)
{
    return fact->text == NULL && fact->object == NULL;
}

/** What was learnt last, whoever may know it; NULL if nothing was. `kind`: below 16. */
const cmrp_fact *facts_last(const cmrp_facts *facts, unsigned kind);

/** Visits the texts that were learnt, the newest first, CMRP_MAX_NAMES at most. False if there were more facts. */
bool facts_visit_texts(const cmrp_facts *facts, unsigned kind,
                       void (*visit)(const cmrp_string *text, void *data), void *data);

/** What holds at a moment; NULL if nothing does. */
const cmrp_fact *facts_at(const cmrp_facts *facts, unsigned kind, const cmrp_when *when);

/** Learns a text, an object or, with neither, that nothing is known any more. */
void facts_learn(cmrp_facts *facts, unsigned kind, const cmrp_string *text, cmrp_object *object,
                 const cmrp_when *when);

/** Learns what was learnt before about another object. */
void facts_take_over(cmrp_facts *facts, unsigned kind, const cmrp_fact *fact,
                     const cmrp_when *when);

#endif
