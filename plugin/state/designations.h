/* designations.h
 * What bears a name or an id at a server, and may that be several?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DESIGNATIONS_H
#define CMRP_DESIGNATIONS_H

#include "state/object.h"

/** The objects that one server tells of. File scope. */
typedef struct cmrp_objects cmrp_objects;

/** Who tells something, and when. */
typedef struct {
    cmrp_objects *objects;
    cmrp_when when;
} cmrp_source;

/** Forgets everything: to be called when a capture file is closed or opened. */
void designations_reset(void);

/** Those of a server, none at first. */
cmrp_objects *objects_of(cmrp_server *server);

/** The cluster of the server; NULL if there is no room for it. */
cmrp_object *designations_cluster(const cmrp_source *source);

/** What bears the name or id at this moment; NULL if nothing is known to. */
cmrp_object *designations_find(const cmrp_source *source, unsigned type, const cmrp_string *name);

/** The object bears the name or the id from now on, and it alone. */
void designations_put(const cmrp_source *source, cmrp_object *object, const cmrp_string *name);

/** The server calls by the name what bears it, if anything is known to. */
void designations_told(const cmrp_source *source, unsigned type, const cmrp_string *name);

/** The server told the text as an id. */
void designations_note_id(const cmrp_source *source, unsigned type, const cmrp_string *id);

/** The object is not called that any more. `name` may be NULL. */
void designations_take_out(const cmrp_source *source, const cmrp_object *object,
                           const cmrp_string *name);

/** The server was asked to give or to take away the name: what others call so is in doubt from now on. */
void designations_note_renamed(const cmrp_source *source, unsigned type, const cmrp_string *name);

/**
 * Somebody asks the server to give an object this name: until the answer what bears it may be one that is known by
 * another. To be called once for the request and once for its answer, whatever that says; before object_renamed().
 */
void objects_rename_asked(const cmrp_source *source, cmrp_handle_type type,
                          const cmrp_string *name);
void objects_rename_answered(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name);

/** The number of the object that bears the name or id at this moment; 0 if none is known. */
uint32_t objects_named(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/**
 * An event had a name that nobody knew: what bears it may be an object that has another name in the capture, and was
 * renamed where nobody saw it.
 */
void objects_doubt_name(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/**
 * True if the name may mean several objects: more than one bore it in the capture, it was doubted, another server was
 * asked to rename what bears it, a rename to it is not answered, or it is missing in a list of all objects.
 */
bool objects_name_is_shared(const cmrp_source *source, cmrp_handle_type type,
                            const cmrp_string *name);

/**
 * True if the object may be one that the server's objects have another time: it was opened by what looks like an id, was first
 * met by a name that could mean several, its name is missing in a list of all objects or was not found, or another server was
 * asked to give or take away one of its names; also for 0.
 */
bool objects_is_unclear(const cmrp_objects *objects, uint32_t number);

/** False if it is certain that two objects of a server, which have numbers of their own, are not one. */
bool objects_may_be_one(const cmrp_objects *objects, uint32_t number, uint32_t other);

/** Something was changed of the object: whether it was there says nothing of whether it is. */
void objects_disturbed(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name);

/** An object that was not found between two answers that told that it is there; frames, or 0 if that was not so. */
typedef struct {
    uint32_t seen_in;
    uint32_t absent_in;
} cmrp_absence;

/** The server says that nothing bears the name, to a request in `request_frame`. */
void objects_absent(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name,
                    uint32_t request_frame);

/**
 * The server told the names of all objects of a type, to a request in `request_frame`: to be called when each of them was
 * told (designations_told()).
 */
void objects_all_listed(const cmrp_source *source, cmrp_handle_type type, uint32_t request_frame);

/** True if the last of such lists was asked for behind a frame. */
bool objects_all_asked_since(const cmrp_source *source, cmrp_handle_type type, uint32_t frame);

/**
 * The server says, to a request in `request_frame`, that what bears the name is there. Tells of an absence since it said
 * so last, if nothing was made, renamed or deleted meanwhile.
 */
cmrp_absence objects_present(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name, uint32_t request_frame);

#endif
