/* objects.h
 * What has the capture taught about the objects of a cluster?
 *
 * A group, a resource, a node and so on has a name and an id, and a place: the node that owns the group,
 * the group that holds the resource. Calls tell these now and then (state/lessons.h). What is kept is not the
 * newest alone but its history, so that each frame shows what was known when it came, whenever it is
 * looked at.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_OBJECTS_H
#define CMRP_OBJECTS_H

#include "state/designations.h"

/** Something that is known. */
typedef struct {
    const char *text; /**< UTF-8, file scope */
    uint32_t learnt_in;
} cmrp_known;

/** Forgets everything: to be called when a capture file is closed or opened. */
void objects_reset(void);

/**
 * The number of the object that a handle means which was opened by `name`, a name or an id; for the
 * cluster's own handle `name` does not matter. 0 if handles of that type mean no such object, or nobody
 * knows which.
 */
uint32_t objects_opened(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/**
 * The number of an object of its own: for a handle whose object has no name yet (`name` NULL), or whose
 * object was just created and has nothing in common with what had the name before. May be 0.
 */
uint32_t objects_apart(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/**
 * The object that the server calls by a name, an id, or both; the other is NULL. NULL if it has neither.
 * `sure`: the server speaks of the present. Else it may be about what was, and is not believed, NULL, if
 * what bears the name has another id.
 */
cmrp_object *objects_told(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name,
                          const cmrp_string *id, bool sure);

/** The object has a new name from now on, as somebody asked the server to give it. `object` may be NULL. */
void object_renamed(const cmrp_source *source, cmrp_object *object, const cmrp_string *name);

/**
 * Learns a fact about an object: a name, an id or a type. NULL or "": it is no longer known. `object`
 * may be NULL: nothing is learnt.
 */
void object_learn_text(const cmrp_source *source, cmrp_object *object, cmrp_fact_kind fact,
                       const cmrp_string *text);

/** The same for a fact that is another object of the server. */
void object_learn_object(const cmrp_source *source, cmrp_object *object, cmrp_fact_kind fact,
                         cmrp_object *other);

/** The object was just made: other servers of the cluster know it too. `object` may be NULL. */
void object_created(const cmrp_source *source, const cmrp_object *object);

/** The object is gone: what bears its name or id later is another one. */
void object_deleted(const cmrp_source *source, const cmrp_object *object);

/** False if nothing was ever learnt of the object with a number, which saves asking for each fact. */
bool object_has_facts(uint32_t number);

/** What is known of the object with a number at a moment. False if nothing is. */
bool object_known(uint32_t number, cmrp_fact_kind fact, const cmrp_when *when, cmrp_known *known);

#endif
