/* object.c
 * What is one object of a cluster called, and which objects turned out to be one?
 *
 * Model. Each object has a history for each kind of fact (state/facts.h). When two turn out to be one, because a name
 * and an id are told together, one of them gets the fact that it is the same as the other; from that moment on, and not
 * before, whoever asks about the first is told about the second.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/object.h"

#include "base/bounds.h"

/** The kind of fact that says with which object this one is the same. */
#define SAME CMRP_FACTS

/** Characters of a GUID. */
#define GUID_LENGTH 36

/** Objects per block: as of lives. */
#define BLOCK 256

static wmem_array_t *blocks; /* of pointers to cmrp_object[BLOCK], file scope */
static uint32_t object_count;
static uint32_t full_in; /* frame in which no more objects could be kept; 0: none yet */

void object_reset(void)
{
    blocks = wmem_array_new(wmem_file_scope(), sizeof(cmrp_object *));
    object_count = 0;
    full_in = 0;
    facts_reset();
}

cmrp_object *object_new(cmrp_handle_type type, const cmrp_string *label, uint32_t frame)
{
    cmrp_object *block, *object;

    if (object_count == CMRP_MAX_OBJECTS) {
        if (full_in == 0)
            full_in = frame;
        return NULL;
    }
    if (object_count % BLOCK == 0) {
        block = (cmrp_object *)wmem_alloc0(wmem_file_scope(), BLOCK * sizeof(cmrp_object));
        wmem_array_append_one(blocks, block);
    }
    object_count++;
    object = objects_by_number(object_count);
    object->number = object_count;
    object->type = (uint8_t)type;
    object->label = label;
    return object;
}

bool object_is_lost(const cmrp_when *when)
{
    return (full_in != 0 && when->frame > full_in) || facts_are_lost(when);
}

cmrp_object *objects_by_number(uint32_t number)
{
    cmrp_object *block;

    if (number == 0 || number > object_count)
        return NULL;
    block = *(cmrp_object **)wmem_array_index(blocks, (number - 1) / BLOCK);
    return &block[(number - 1) % BLOCK];
}

/* ---------------------------------------------------------------- objects that are the same */

cmrp_object *object_present(cmrp_object *object)
{
    const cmrp_fact *same;

    for (unsigned steps = 0; steps < CMRP_MAX_SEARCH && (same = facts_last(&object->facts, SAME));
         steps++)
        object = same->object;
    return object;
}

const cmrp_object *object_present_at(const cmrp_object *object, const cmrp_when *when)
{
    const cmrp_fact *same;

    for (unsigned steps = 0;
         steps < CMRP_MAX_SEARCH && (same = facts_at(&object->facts, SAME, when)); steps++)
        object = same->object;
    return object;
}

void object_unite(cmrp_object *one, cmrp_object *other, const cmrp_when *when)
{
    for (unsigned fact = 0; fact < CMRP_FACTS; fact++) {
        const cmrp_fact *theirs = facts_last(&one->facts, fact);
        const cmrp_fact *own = facts_last(&other->facts, fact);

        if (theirs && !facts_is_nothing(theirs) && (own == NULL || facts_is_nothing(own)))
            facts_take_over(&other->facts, fact, theirs, when);
    }
    facts_learn(&one->facts, SAME, NULL, other, when);
}

uint32_t objects_now(uint32_t number)
{
    cmrp_object *object = objects_by_number(number);

    return object ? object_present(object)->number : 0;
}

/* ---------------------------------------------------------------- names and ids */

const cmrp_string *object_last_text(const cmrp_object *object, unsigned fact)
{
    const cmrp_fact *last = facts_last(&object->facts, fact);

    return last ? last->text : NULL;
}

bool object_may_be_equal(const cmrp_string *one, const cmrp_string *other)
{
    return one == NULL || other == NULL || string_fold_id(one) == string_fold_id(other);
}

bool object_text_is_id(const cmrp_string *text)
{
    const size_t length = strlen(text->utf8);
    size_t digits = 0;

    while (g_ascii_isxdigit(text->utf8[digits]) || text->utf8[digits] == '-')
        digits++;
    return digits == length &&
           (length == GUID_LENGTH || strspn(text->utf8, "0123456789") == length);
}

const cmrp_string *object_name_of(const cmrp_object *object)
{
    const cmrp_string *name = object_last_text(object, CMRP_FACT_NAME);

    if (name || object->label == NULL || object_text_is_id(object->label))
        return name;
    return object->label == object_last_text(object, CMRP_FACT_ID) ? NULL : object->label;
}

const cmrp_string *object_id_of(const cmrp_object *object)
{
    const cmrp_string *id = object_last_text(object, CMRP_FACT_ID);

    return id == NULL && object->label && object_text_is_id(object->label) ? object->label : id;
}

cmrp_handle_type objects_type(const cmrp_object *object)
{
    return (cmrp_handle_type)object->type;
}

const cmrp_string *objects_name(uint32_t number)
{
    const cmrp_object *object = objects_by_number(objects_now(number));

    return object ? object_name_of(object) : NULL;
}

bool objects_visit_names(uint32_t number, void (*visit)(const cmrp_string *name, void *data),
                         void *data)
{
    const cmrp_object *object = objects_by_number(number);

    if (object == NULL)
        return true;
    if (object->label)
        visit(object->label, data);
    return facts_visit_texts(&object->facts, CMRP_FACT_NAME, visit, data);
}

/** A name that is looked for among those of an object. */
typedef struct {
    uint32_t wanted; /**< string_fold_id() */
    bool found;
} name_search;

static void compare_name(const cmrp_string *name, void *data)
{
    name_search *s = (name_search *)data;

    s->found |= string_fold_id(name) == s->wanted;
}

bool objects_bore(uint32_t number, const cmrp_string *name)
{
    name_search s = { .wanted = string_fold_id(name) };

    return !objects_visit_names(number, compare_name, &s) || s.found;
}
