/* objects.c
 * What has the capture taught about the objects of a cluster?
 *
 * Model. What an object is called stands in the index of its server (state/designations.h), what is known of it with
 * itself (state/object.h). A handle's life gets its object when it begins and keeps it.
 *
 * Cost: an object for each name that was opened or told. When there is room for no more, what is known
 * may be about another object: nothing is said from then on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/objects.h"

void objects_reset(void)
{
    object_reset();
    designations_reset();
}

static cmrp_object *new_object(const cmrp_source *t, cmrp_handle_type type, const cmrp_string *name)
{
    cmrp_object *object = object_new(type, name, t->when.frame);

    if (object && name) {
        object->doubtful = objects_name_is_shared(t, type, name);
        designations_put(t, object, name);
    }
    return object;
}

uint32_t objects_opened(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    cmrp_object *object;

    if (type == CMRP_HCLUSTER)
        return object_number(designations_cluster(source));
    if (!object_has_type(type) || !object_is_text(name))
        return 0;
    object = designations_find(source, type, name);
    designations_told(source, type, name);
    return object_number(object ? object : new_object(source, type, name));
}

uint32_t objects_apart(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    if (type == CMRP_HCLUSTER)
        return objects_opened(source, type, NULL);
    return object_has_type(type) ? object_number(new_object(source, type, name)) : 0;
}

/* ---------------------------------------------------------------- names and ids */

/** The object bears the name or the id from now on, and it alone. */
static void call_it(const cmrp_source *t, cmrp_object *object, cmrp_fact_kind fact,
                    const cmrp_string *text)
{
    const cmrp_string *before = object_last_text(object, fact);

    if (before && before != text && fact == CMRP_FACT_NAME)
        designations_take_out(t, object, before);
    if (designations_find(t, object->type, text) != object)
        designations_put(t, object, text);
    if (fact == CMRP_FACT_ID)
        designations_note_id(t, object->type, text);
    facts_learn(&object->facts, fact, text, NULL, &t->when);
}

cmrp_object *objects_told(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name,
                          const cmrp_string *id, bool sure)
{
    cmrp_object *by_name, *by_id, *object;

    if (!object_has_type(type) || (!object_is_text(name) && !object_is_text(id)))
        return NULL;
    by_name = object_is_text(name) ? designations_find(source, type, name) : NULL;
    if (by_name == NULL && object_is_text(name) && !sure)
        objects_doubt_name(source, type, name);
    else if (object_is_text(name) && sure)
        designations_told(source, type, name);
    by_id = object_is_text(id) ? designations_find(source, type, id) : NULL;
    if (by_name && object_is_text(id) &&
        !object_may_be_equal(object_last_text(by_name, CMRP_FACT_ID), id)) {
        if (!sure)
            return NULL;
        /* The name went to another object. */
        by_name = NULL;
    }
    if (by_name && by_id && by_name != by_id)
        object_unite(by_id, by_name, &source->when);
    object = by_name ? by_name : by_id;
    if (object == NULL)
        object = new_object(source, type, object_is_text(name) ? name : id);
    if (object && object_is_text(name))
        call_it(source, object, CMRP_FACT_NAME, name);
    if (object && object_is_text(id))
        call_it(source, object, CMRP_FACT_ID, id);
    return object;
}

/**
 * A handle's object is told its name: the object that bears it already is the same one, unless too much
 * is known of both for that. Then the other one has lost its name.
 */
static bool may_be_same(const cmrp_object *object, const cmrp_object *other)
{
    return object_last_text(object, CMRP_FACT_NAME) == NULL &&
           object_may_be_equal(object_last_text(object, CMRP_FACT_ID),
                               object_last_text(other, CMRP_FACT_ID));
}

/** Learns the name or the id of a handle's object. */
static void learn_designation(const cmrp_source *t, cmrp_object *object, cmrp_fact_kind fact,
                              const cmrp_string *text)
{
    cmrp_object *other = designations_find(t, object->type, text);

    if (other && other != object && fact == CMRP_FACT_ID) {
        object_unite(other, object, &t->when);
    } else if (other && other != object && may_be_same(object, other)) {
        object_unite(object, other, &t->when);
        object = other;
    }
    call_it(t, object, fact, text);
    designations_told(t, object->type, text);
}

void object_renamed(const cmrp_source *source, cmrp_object *object, const cmrp_string *name)
{
    const cmrp_string *before;

    if (object == NULL || !object_is_text(name))
        return;
    object = object_present(object);
    before = object_name_of(object);
    if (before != name)
        designations_note_renamed(source, object->type, name);
    if (before && before != name) {
        designations_take_out(source, object, before);
        designations_note_renamed(source, object->type, before);
    }
    call_it(source, object, CMRP_FACT_NAME, name);
}

/* ---------------------------------------------------------------- learning and asking */

void object_learn_text(const cmrp_source *source, cmrp_object *object, cmrp_fact_kind fact,
                       const cmrp_string *text)
{
    if (object == NULL)
        return;
    object = object_present(object);
    if (!object_is_text(text))
        facts_learn(&object->facts, fact, NULL, NULL, &source->when);
    else if ((fact == CMRP_FACT_NAME || fact == CMRP_FACT_ID) && object->type != CMRP_HCLUSTER)
        learn_designation(source, object, fact, text);
    else
        facts_learn(&object->facts, fact, text, NULL, &source->when);
}

/** Whose fact it is: the node that owns a resource is the one that owns its group (3.1.1.1.4). */
static cmrp_object *holder(cmrp_object *object, unsigned fact)
{
    const cmrp_fact *group;

    if (fact != CMRP_FACT_OWNER_NODE || object->type != CMRP_HRES)
        return object;
    group = facts_last(&object->facts, CMRP_FACT_GROUP);
    return group && group->object ? object_present(group->object) : NULL;
}

void object_learn_object(const cmrp_source *source, cmrp_object *object, cmrp_fact_kind fact,
                         cmrp_object *other)
{
    object = object ? holder(object_present(object), fact) : NULL;
    if (object)
        facts_learn(&object->facts, fact, NULL, other ? object_present(other) : NULL,
                    &source->when);
}

/** The name is true of the cluster, and so is that it is given up or given anew. */
static void note_fate(const cmrp_source *t, const cmrp_object *object)
{
    const cmrp_string *name = object_name_of(object);

    if (name)
        designations_note_renamed(t, object->type, name);
}

void object_created(const cmrp_source *source, const cmrp_object *object)
{
    if (object)
        note_fate(source, object);
}

void object_deleted(const cmrp_source *source, const cmrp_object *object)
{
    if (object == NULL)
        return;
    note_fate(source, object);
    designations_take_out(source, object, object->label);
    designations_take_out(source, object, object_last_text(object, CMRP_FACT_NAME));
    designations_take_out(source, object, object_last_text(object, CMRP_FACT_ID));
}

static const cmrp_string *text_of(const cmrp_fact *e, const cmrp_when *when)
{
    const cmrp_object *object;
    const cmrp_fact *name;

    if (e->object == NULL)
        return e->text;
    object = object_present_at(e->object, when);
    name = facts_at(&object->facts, CMRP_FACT_NAME, when);
    return name && name->text ? name->text : object->label;
}

bool object_has_facts(uint32_t number)
{
    const cmrp_object *object = objects_by_number(number);

    return object && object->facts.first;
}

bool object_known(uint32_t number, cmrp_fact_kind fact, const cmrp_when *when, cmrp_known *known)
{
    const cmrp_object *object = objects_by_number(number);
    const cmrp_string *text;
    const cmrp_fact *e;

    if (object == NULL || object_is_lost(when))
        return false;
    object = object_present_at(object, when);
    if (fact == CMRP_FACT_OWNER_NODE && object->type == CMRP_HRES) {
        e = facts_at(&object->facts, CMRP_FACT_GROUP, when);
        if (e == NULL || e->object == NULL)
            return false;
        object = object_present_at(e->object, when);
    }
    e = facts_at(&object->facts, fact, when);
    if (e == NULL)
        return false;
    text = text_of(e, when);
    known->text = text ? text->utf8 : NULL;
    known->learnt_in = e->learnt_in;
    return text != NULL;
}
