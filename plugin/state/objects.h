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

#include "rpc/association.h"
#include "state/facts.h"

/** The objects that one server tells of. File scope. */
typedef struct cmrp_objects cmrp_objects;

/** Who tells something, and when. */
typedef struct {
    cmrp_objects *objects;
    cmrp_when when;
} cmrp_source;

/** Something that is known. */
typedef struct {
    const char *text; /**< UTF-8, file scope */
    uint32_t learnt_in;
} cmrp_known;

/** Forgets everything: to be called when a capture file is closed or opened. */
void objects_reset(void);

/** Those of a server, none at first. */
cmrp_objects *objects_of(cmrp_server *server);

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

/** An object by its number; NULL for 0. */
cmrp_object *objects_by_number(uint32_t number);

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
 * Somebody asks the server to give an object this name: until the answer what bears it may be one that is known by
 * another. To be called once for the request and once for its answer, whatever that says; before object_renamed().
 */
void objects_rename_asked(const cmrp_source *source, cmrp_handle_type type,
                          const cmrp_string *name);
void objects_rename_answered(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name);

/** The number of the object that this one turned out to be by now; 0 for 0. */
uint32_t objects_now(uint32_t number);

/** The number of the object that bears the name or id at this moment; 0 if none is known. */
uint32_t objects_named(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/**
 * An event had a name that nobody knew: what bears it may be an object that has another name in the capture, and was
 * renamed where nobody saw it.
 */
void objects_doubt_name(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/**
 * True if the name may mean several objects: more than one bore it in the capture, it was doubted, another server was
 * asked to rename what bears it, or a rename to it is not answered.
 */
bool objects_name_is_shared(const cmrp_source *source, cmrp_handle_type type,
                            const cmrp_string *name);

/** The type of its handles. */
cmrp_handle_type objects_type(const cmrp_object *object);

/** What the object is called by now; NULL if nobody knows, because it was opened by what looks like an id. */
const cmrp_string *objects_name(uint32_t number);

/** Visits what the object was opened by and the last names that the capture told of it. False if it had very many. */
bool objects_visit_names(uint32_t number, void (*visit)(const cmrp_string *name, void *data),
                         void *data);

/**
 * True if the object may be one that the server's objects have another time: it was opened by what looks like an id, was first
 * met by a name that could mean several, or another server was asked to give or take away one of its names; also for 0.
 */
bool objects_is_unclear(const cmrp_objects *objects, uint32_t number);

/** False if it is certain that two objects of a server, which have numbers of their own, are not one. */
bool objects_may_be_one(const cmrp_objects *objects, uint32_t number, uint32_t other);

/** True if the object was opened by this name, or bears or bore it as far as the capture told, or if it had very many. */
bool objects_bore(uint32_t number, const cmrp_string *name);

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

/** Something was changed of the object: whether it was there says nothing of whether it is. */
void objects_disturbed(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/** The object is gone: what bears its name or id later is another one. */
void object_deleted(const cmrp_source *source, const cmrp_object *object);

/** An object that was not found between two answers that told that it is there; frames, or 0 if that was not so. */
typedef struct {
    uint32_t seen_in;
    uint32_t absent_in;
} cmrp_absence;

/** The server says that nothing bears the name, to a request in `request_frame`. */
void objects_absent(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name,
                    uint32_t request_frame);

/**
 * The server says, to a request in `request_frame`, that what bears the name is there. Tells of an absence since it said
 * so last, if nothing was made, renamed or deleted meanwhile.
 */
cmrp_absence objects_present(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name, uint32_t request_frame);

/** False if nothing was ever learnt of the object with a number, which saves asking for each fact. */
bool object_has_facts(uint32_t number);

/** What is known of the object with a number at a moment. False if nothing is. */
bool object_known(uint32_t number, cmrp_fact_kind fact, const cmrp_when *when, cmrp_known *known);

#endif
