/* objects.c
 * What has the capture taught about the objects of a cluster?
 *
 * Model. A server has an index from names and ids, without case, to its objects: no object may bear the
 * name or the id of another one of its type (3.1.4.2.10, 3.1.4.2.43). Servers are kept apart, for two
 * nodes may belong to two clusters. A handle's life gets its object when it begins and keeps it.
 *
 * A name that is taken away by a rename or a deletion is remembered: what bears it later is another object, and who
 * hears of it may hear of either. A rename that one server was asked for is true of the cluster, so that the other
 * servers' names are doubtful from then on. So is a new name until the rename is answered: who opens it meanwhile may
 * open what still has the old one. An object that was first met by a doubtful name stays doubtful, whatever it is
 * called later: it may be one that is known by another name.
 *
 * Each object has a history for each kind of fact (state/facts.h). When two objects turn out to be one, because a name
 * and an id are told together, one of them gets the fact that it is the same as the other; from that
 * moment on, and not before, whoever asks about the first is told about the second.
 *
 * Cost: an object for each name that was opened or told. When there is room for no more, what is known
 * may be about another object: nothing is said from then on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/objects.h"

#include "base/bounds.h"
#include "state/facts.h"

/** The kind of fact that says with which object this one is the same. */
#define SAME CMRP_FACTS

struct cmrp_object {
    const cmrp_string *label; /**< what it was called when it was first heard of; NULL if nothing */
    cmrp_facts facts;
    uint32_t number;
    uint8_t type;  /**< cmrp_handle_type */
    bool doubtful; /**< what it was first called may have meant another one that is known */
};

/** A name or an id. File scope. */
typedef struct {
    uint64_t key;     /**< string_key() */
    uint32_t bearer;  /**< number of the object; 0: none any more */
    uint32_t last;    /**< the last one that bore it */
    bool shared;      /**< more than one did, or may have */
    uint32_t awaited; /**< requests to rename an object to this that are not answered */
    uint32_t
        seen_in; /**< last frame that told that the bearer is there; 0: none since it bears it */
    uint32_t absent_in; /**< last frame behind that one that told that nothing bears it; or 0 */
} designation;

struct cmrp_objects {
    wmem_map_t *index; /**< designations, by their key */
    uint32_t cluster;  /**< number of the cluster itself; 0 until it is asked for */
};

/** Characters of a GUID. */
#define GUID_LENGTH 36

/** Objects per block: as of lives. */
#define BLOCK 256

/** In the place of a server: several told of renames. */
static cmrp_objects several;

static wmem_map_t
    *renamed; /* the server that told of a rename, by string_key() of the old and the new name */
static wmem_array_t *blocks; /* of pointers to cmrp_object[BLOCK], file scope */
static uint32_t object_count;
static uint32_t full_in; /* frame in which no more objects could be kept; 0: none yet */

void objects_reset(void)
{
    blocks = wmem_array_new(wmem_file_scope(), sizeof(cmrp_object *));
    renamed = wmem_map_new(wmem_file_scope(), g_int64_hash, g_int64_equal);
    object_count = 0;
    facts_reset();
    full_in = 0;
}

cmrp_objects *objects_of(cmrp_server *server)
{
    if (server->objects)
        return server->objects;
    server->objects = wmem_new0(wmem_file_scope(), cmrp_objects);
    /* The keys are numbers that the plugin gave, one after the other: nobody can make them collide. */
    server->objects->index = wmem_map_new(wmem_file_scope(), g_int64_hash, g_int64_equal);
    return server->objects;
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

/** The object that this one turned out to be, whoever may know it. */
static cmrp_object *present(cmrp_object *object)
{
    const cmrp_fact *same;

    for (unsigned steps = 0; steps < CMRP_MAX_SEARCH && (same = facts_last(&object->facts, SAME));
         steps++)
        object = same->object;
    return object;
}

static const cmrp_object *present_at(const cmrp_object *object, const cmrp_when *when)
{
    const cmrp_fact *same;

    for (unsigned steps = 0;
         steps < CMRP_MAX_SEARCH && (same = facts_at(&object->facts, SAME, when)); steps++)
        object = same->object;
    return object;
}

/** From now on `one` is `other`, which takes over what it does not know itself. */
static void unite(cmrp_object *one, cmrp_object *other, const cmrp_when *when)
{
    for (unsigned fact = 0; fact < CMRP_FACTS; fact++) {
        const cmrp_fact *theirs = facts_last(&one->facts, fact);
        const cmrp_fact *own = facts_last(&other->facts, fact);

        if (theirs && !facts_is_nothing(theirs) && (own == NULL || facts_is_nothing(own)))
            facts_take_over(&other->facts, fact, theirs, when);
    }
    facts_learn(&one->facts, SAME, NULL, other, when);
}

/* ---------------------------------------------------------------- the index */

static designation *find_designation(const cmrp_objects *objects, unsigned type,
                                     const cmrp_string *name)
{
    const uint64_t key = string_key(type, name);

    return (designation *)wmem_map_lookup(objects->index, &key);
}

static cmrp_object *look_up(const cmrp_source *t, unsigned type, const cmrp_string *name)
{
    const designation *found = find_designation(t->objects, type, name);
    cmrp_object *object = found ? objects_by_number(found->bearer) : NULL;

    return object ? present(object) : NULL;
}

static designation *make_designation(const cmrp_source *t, unsigned type, const cmrp_string *name)
{
    designation *d = find_designation(t->objects, type, name);

    if (d)
        return d;
    d = wmem_new0(wmem_file_scope(), designation);
    d->key = string_key(type, name);
    wmem_map_insert(t->objects->index, &d->key, d);
    return d;
}

static void put(const cmrp_source *t, cmrp_object *object, const cmrp_string *name)
{
    designation *d = make_designation(t, object->type, name);
    cmrp_object *bearer = objects_by_number(d->bearer);

    /* Nobody saw it lose the name: it is gone, or it was met by a name that was just being given to this one. */
    if (bearer && present(bearer) != present(object))
        present(bearer)->doubtful = object->doubtful = true;
    if (d->last != 0 && present(objects_by_number(d->last)) != present(object))
        d->shared = true;
    if (d->bearer != object->number)
        d->seen_in = d->absent_in = 0;
    d->bearer = d->last = object->number;
}

/** The object is not called that any more. */
static void take_out(const cmrp_source *t, const cmrp_object *object, const cmrp_string *name)
{
    if (name && look_up(t, object->type, name) == object)
        find_designation(t->objects, object->type, name)->bearer = 0;
}

static cmrp_object *new_object(const cmrp_source *t, unsigned type, const cmrp_string *name)
{
    cmrp_object *block, *object;

    if (object_count == CMRP_MAX_OBJECTS) {
        if (full_in == 0)
            full_in = t->when.frame;
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
    if (name) {
        object->label = name;
        object->doubtful = objects_name_is_shared(t, (cmrp_handle_type)type, name);
        put(t, object, name);
    }
    return object;
}

static bool is_text(const cmrp_string *text)
{
    return text && *text->utf8;
}

static uint32_t number_of(const cmrp_object *object)
{
    return object ? object->number : 0;
}

static bool has_objects(cmrp_handle_type type)
{
    return type == CMRP_HNODE || type == CMRP_HGROUP || type == CMRP_HRES ||
           type == CMRP_HNETWORK || type == CMRP_HNETINTERFACE || type == CMRP_HGROUPSET;
}

uint32_t objects_opened(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    cmrp_object *object;

    if (type == CMRP_HCLUSTER) {
        if (source->objects->cluster == 0)
            source->objects->cluster = number_of(new_object(source, type, NULL));
        return source->objects->cluster;
    }
    if (!has_objects(type) || !is_text(name))
        return 0;
    object = look_up(source, type, name);
    return number_of(object ? object : new_object(source, type, name));
}

uint32_t objects_apart(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    if (type == CMRP_HCLUSTER)
        return objects_opened(source, type, NULL);
    return has_objects(type) ? number_of(new_object(source, type, name)) : 0;
}

/* ---------------------------------------------------------------- names and ids */

static const cmrp_string *last_text(const cmrp_object *object, unsigned fact)
{
    const cmrp_fact *last = facts_last(&object->facts, fact);

    return last ? last->text : NULL;
}

/** False if both are known and differ. */
static bool may_be_equal(const cmrp_string *one, const cmrp_string *other)
{
    return one == NULL || other == NULL || string_fold_id(one) == string_fold_id(other);
}

/** The object bears the name or the id from now on, and it alone. */
static void call_it(const cmrp_source *t, cmrp_object *object, cmrp_fact_kind fact,
                    const cmrp_string *text)
{
    const cmrp_string *before = last_text(object, fact);

    if (before && before != text && fact == CMRP_FACT_NAME)
        take_out(t, object, before);
    if (look_up(t, object->type, text) != object)
        put(t, object, text);
    facts_learn(&object->facts, fact, text, NULL, &t->when);
}

void objects_doubt_name(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    if (has_objects(type))
        make_designation(source, type, name)->shared = true;
}

cmrp_object *objects_told(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name,
                          const cmrp_string *id, bool sure)
{
    cmrp_object *by_name, *by_id, *object;

    if (!has_objects(type) || (!is_text(name) && !is_text(id)))
        return NULL;
    by_name = is_text(name) ? look_up(source, type, name) : NULL;
    if (by_name == NULL && is_text(name) && !sure)
        objects_doubt_name(source, type, name);
    by_id = is_text(id) ? look_up(source, type, id) : NULL;
    if (by_name && is_text(id) && !may_be_equal(last_text(by_name, CMRP_FACT_ID), id)) {
        if (!sure)
            return NULL;
        /* The name went to another object. */
        by_name = NULL;
    }
    if (by_name && by_id && by_name != by_id)
        unite(by_id, by_name, &source->when);
    object = by_name ? by_name : by_id;
    if (object == NULL)
        object = new_object(source, type, is_text(name) ? name : id);
    if (object && is_text(name))
        call_it(source, object, CMRP_FACT_NAME, name);
    if (object && is_text(id))
        call_it(source, object, CMRP_FACT_ID, id);
    return object;
}

/**
 * A handle's object is told its name: the object that bears it already is the same one, unless too much
 * is known of both for that. Then the other one has lost its name.
 */
static bool may_be_same(const cmrp_object *object, const cmrp_object *other)
{
    return last_text(object, CMRP_FACT_NAME) == NULL &&
           may_be_equal(last_text(object, CMRP_FACT_ID), last_text(other, CMRP_FACT_ID));
}

/** Learns the name or the id of a handle's object. */
static void learn_designation(const cmrp_source *t, cmrp_object *object, cmrp_fact_kind fact,
                              const cmrp_string *text)
{
    cmrp_object *other = look_up(t, object->type, text);

    if (other && other != object && fact == CMRP_FACT_ID) {
        unite(other, object, &t->when);
    } else if (other && other != object && may_be_same(object, other)) {
        unite(object, other, &t->when);
        object = other;
    }
    call_it(t, object, fact, text);
}

/* ---------------------------------------------------------------- renames */

/** True for what Windows gives objects as ids: a GUID, of nodes a number. Any other text is more likely a name. */
static bool looks_like_id(const cmrp_string *text)
{
    const size_t length = strlen(text->utf8);
    size_t digits = 0;

    while (g_ascii_isxdigit(text->utf8[digits]) || text->utf8[digits] == '-')
        digits++;
    return digits == length &&
           (length == GUID_LENGTH || strspn(text->utf8, "0123456789") == length);
}

/** The name of the object, or what it was opened by if that may be one; NULL if nobody knows it. */
static const cmrp_string *name_of(const cmrp_object *object)
{
    const cmrp_string *name = last_text(object, CMRP_FACT_NAME);

    if (name || object->label == NULL || looks_like_id(object->label))
        return name;
    return object->label == last_text(object, CMRP_FACT_ID) ? NULL : object->label;
}

static void note_renamed(const cmrp_source *t, unsigned type, const cmrp_string *name)
{
    const uint64_t key = string_key(type, name);
    const void *kept = NULL;
    void *by = NULL;

    if (!wmem_map_lookup_extended(renamed, &key, &kept, &by))
        kept = wmem_memdup(wmem_file_scope(), &key, sizeof(key));
    wmem_map_insert(renamed, kept, by == NULL || by == t->objects ? t->objects : &several);
}

void objects_rename_asked(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    if (!has_objects(type) || !is_text(name))
        return;
    make_designation(source, type, name)->awaited++;
    note_renamed(source, type, name);
}

void objects_rename_answered(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name)
{
    designation *d = is_text(name) ? find_designation(source->objects, type, name) : NULL;

    if (d && d->awaited > 0)
        d->awaited--;
}

void object_renamed(const cmrp_source *source, cmrp_object *object, const cmrp_string *name)
{
    const cmrp_string *before;

    if (object == NULL || !is_text(name))
        return;
    object = present(object);
    before = name_of(object);
    if (before != name)
        note_renamed(source, object->type, name);
    if (before && before != name) {
        take_out(source, object, before);
        note_renamed(source, object->type, before);
    }
    call_it(source, object, CMRP_FACT_NAME, name);
}

uint32_t objects_now(uint32_t number)
{
    cmrp_object *object = objects_by_number(number);

    return object ? present(object)->number : 0;
}

uint32_t objects_named(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    return is_text(name) && has_objects(type) ? number_of(look_up(source, type, name)) : 0;
}

/** True if another server than `objects` was asked to give or to take away the name. */
static bool is_renamed_elsewhere(const cmrp_objects *objects, unsigned type,
                                 const cmrp_string *name)
{
    const uint64_t key = string_key(type, name);
    const void *by = wmem_map_lookup(renamed, &key);

    return by && by != objects;
}

bool objects_name_is_shared(const cmrp_source *source, cmrp_handle_type type,
                            const cmrp_string *name)
{
    const designation *d = find_designation(source->objects, type, name);

    return (d && (d->shared || d->awaited > 0)) ||
           is_renamed_elsewhere(source->objects, type, name);
}

/** The id of the object; NULL if nobody knows it. */
static const cmrp_string *id_of(const cmrp_object *object)
{
    const cmrp_string *id = last_text(object, CMRP_FACT_ID);

    return id == NULL && object->label && looks_like_id(object->label) ? object->label : id;
}

/** Names that are looked through for one that another server was asked to give or take away. */
typedef struct {
    const cmrp_objects *objects;
    unsigned type;
    bool found;
} elsewhere_search;

static void look_elsewhere(const cmrp_string *name, void *data)
{
    elsewhere_search *s = (elsewhere_search *)data;

    s->found |= is_renamed_elsewhere(s->objects, s->type, name);
}

bool objects_is_unclear(const cmrp_objects *objects, uint32_t number)
{
    const cmrp_object *object = objects_by_number(number);
    elsewhere_search s = { .objects = objects };

    if (object == NULL || object->doubtful || object->label == NULL || looks_like_id(object->label))
        return true;
    s.type = object->type;
    return !objects_visit_names(number, look_elsewhere, &s) || s.found;
}

bool objects_may_be_one(const cmrp_objects *objects, uint32_t number, uint32_t other)
{
    const cmrp_object *a = objects_by_number(number);
    const cmrp_object *b = objects_by_number(other);

    if (a == NULL || b == NULL)
        return true;
    if (id_of(a) && id_of(b))
        return may_be_equal(id_of(a), id_of(b));
    /* Two that were opened by names, and had them at one time. */
    return objects_is_unclear(objects, number) || objects_is_unclear(objects, other);
}

cmrp_handle_type objects_type(const cmrp_object *object)
{
    return (cmrp_handle_type)object->type;
}

const cmrp_string *objects_name(uint32_t number)
{
    const cmrp_object *object = objects_by_number(objects_now(number));

    return object ? name_of(object) : NULL;
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

/* ---------------------------------------------------------------- what is there, and what is not */

void objects_absent(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name,
                    uint32_t request_frame)
{
    designation *d = is_text(name) ? find_designation(source->objects, type, name) : NULL;

    /* Both answers must be of their own moments: the question of one comes behind the answer of the other. */
    if (d && d->bearer != 0 && d->seen_in != 0 && d->seen_in < request_frame)
        d->absent_in = source->when.frame;
}

void objects_disturbed(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    designation *d = is_text(name) ? find_designation(source->objects, type, name) : NULL;

    if (d)
        d->seen_in = d->absent_in = 0;
}

cmrp_absence objects_present(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name, uint32_t request_frame)
{
    designation *d = is_text(name) ? find_designation(source->objects, type, name) : NULL;
    cmrp_absence absence = { 0 };

    if (d == NULL || d->bearer == 0)
        return absence;
    if (d->absent_in != 0 && d->absent_in < request_frame &&
        !objects_name_is_shared(source, type, name))
        absence = (cmrp_absence){ d->seen_in, d->absent_in };
    d->seen_in = source->when.frame;
    d->absent_in = 0;
    return absence;
}

/* ---------------------------------------------------------------- learning and asking */

void object_learn_text(const cmrp_source *source, cmrp_object *object, cmrp_fact_kind fact,
                       const cmrp_string *text)
{
    if (object == NULL)
        return;
    object = present(object);
    if (!is_text(text))
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
    return group && group->object ? present(group->object) : NULL;
}

void object_learn_object(const cmrp_source *source, cmrp_object *object, cmrp_fact_kind fact,
                         cmrp_object *other)
{
    object = object ? holder(present(object), fact) : NULL;
    if (object)
        facts_learn(&object->facts, fact, NULL, other ? present(other) : NULL, &source->when);
}

/** The name is true of the cluster, and so is that it is given up or given anew. */
static void note_fate(const cmrp_source *t, const cmrp_object *object)
{
    const cmrp_string *name = name_of(object);

    if (name)
        note_renamed(t, object->type, name);
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
    take_out(source, object, object->label);
    take_out(source, object, last_text(object, CMRP_FACT_NAME));
    take_out(source, object, last_text(object, CMRP_FACT_ID));
}

static const cmrp_string *text_of(const cmrp_fact *e, const cmrp_when *when)
{
    const cmrp_object *object;
    const cmrp_fact *name;

    if (e->object == NULL)
        return e->text;
    object = present_at(e->object, when);
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

    if (object == NULL || (full_in != 0 && when->frame > full_in) || facts_are_lost(when))
        return false;
    object = present_at(object, when);
    if (fact == CMRP_FACT_OWNER_NODE && object->type == CMRP_HRES) {
        e = facts_at(&object->facts, CMRP_FACT_GROUP, when);
        if (e == NULL || e->object == NULL)
            return false;
        object = present_at(e->object, when);
    }
    e = facts_at(&object->facts, fact, when);
    if (e == NULL)
        return false;
    text = text_of(e, when);
    known->text = text ? text->utf8 : NULL;
    known->learnt_in = e->learnt_in;
    return text != NULL;
}
