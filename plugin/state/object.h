/* object.h
 * What is one object of a cluster called, and which objects turned out to be one?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_OBJECT_H
#define CMRP_OBJECT_H

#include "rpc/association.h"
#include "state/facts.h"

struct cmrp_object {
    const cmrp_string *label; /**< what it was called when it was first heard of; NULL if nothing */
    cmrp_facts facts;
    uint32_t number;
    uint8_t type; /**< cmrp_handle_type */
    bool
        doubtful; /**< what it was first called may have meant another one, or it lost its name unseen */
};

/** Forgets everything: to be called when a capture file is closed or opened. */
void object_reset(void);

/** An object that has nothing in common with any other; NULL if there is room for no more. `label` may be NULL. */
cmrp_object *object_new(cmrp_handle_type type, const cmrp_string *label, uint32_t frame);

/** True if what is known at this moment may be about another object, as there was no room for one. */
bool object_is_lost(const cmrp_when *when);

/** An object by its number; NULL for 0. */
cmrp_object *objects_by_number(uint32_t number);

/** True if handles of this type mean objects that are told apart. */
static inline bool object_has_type(cmrp_handle_type type)
{
    return type == CMRP_HNODE || type == CMRP_HGROUP || type == CMRP_HRES ||
           type == CMRP_HNETWORK || type == CMRP_HNETINTERFACE || type == CMRP_HGROUPSET;
}

static inline uint32_t object_number(const cmrp_object *object)
{
    return object ? object->number : 0;
}

/* ---------------------------------------------------------------- objects that are the same */

/** The object that this one turned out to be, whoever may know it. */
cmrp_object *object_present(cmrp_object *object);

/** The same as far as it was known at a moment. */
const cmrp_object *object_present_at(const cmrp_object *object, const cmrp_when *when);

/** From now on `one` is `other`, which takes over what it does not know itself. */
void object_unite(cmrp_object *one, cmrp_object *other, const cmrp_when *when);

/** The number of the object that this one turned out to be by now; 0 for 0. */
uint32_t objects_now(uint32_t number);

/* ---------------------------------------------------------------- names and ids */

static inline bool object_is_text(const cmrp_string *text)
{
    return text && *text->utf8;
}

/** True for what Windows gives objects as ids: a GUID, of nodes a number. Any other text is more likely a name. */
bool object_text_is_id(const cmrp_string *text);

/** False if both are known and differ. */
bool object_may_be_equal(const cmrp_string *one, const cmrp_string *other);

/** The last text that was learnt of a kind of fact; NULL if none was. */
const cmrp_string *object_last_text(const cmrp_object *object, unsigned fact);

/** The name of the object, or what it was opened by if that may be one; NULL if nobody knows it. */
const cmrp_string *object_name_of(const cmrp_object *object);

/** The id of the object; NULL if nobody knows it. */
const cmrp_string *object_id_of(const cmrp_object *object);

/** The type of its handles. */
cmrp_handle_type objects_type(const cmrp_object *object);

/** What the object is called by now; NULL if nobody knows, because it was opened by what looks like an id. */
const cmrp_string *objects_name(uint32_t number);

/** Visits what the object was opened by and the last names that the capture told of it. False if it had very many. */
bool objects_visit_names(uint32_t number, void (*visit)(const cmrp_string *name, void *data),
                         void *data);

/** True if the object was opened by this name, or bears or bore it as far as the capture told, or if it had very many. */
bool objects_bore(uint32_t number, const cmrp_string *name);

#endif
