/* designations.c
 * What bears a name or an id at a server, and may that be several?
 *
 * Model. A server has an index from names and ids, without case, to its objects: no object may bear the
 * name or the id of another one of its type (3.1.4.2.10, 3.1.4.2.43). Servers are kept apart, for two
 * nodes may belong to two clusters.
 *
 * A name that is taken away by a rename or a deletion is remembered: what bears it later is another object, and who
 * hears of it may hear of either. A rename that one server was asked for is true of the cluster, so that the other
 * servers' names are doubtful from then on. So is a new name until the rename is answered: who opens it meanwhile may
 * open what still has the old one. An object that was first met by a doubtful name stays doubtful, whatever it is
 * called later: it may be one that is known by another name.
 *
 * A list of all objects of a type that lacks a name, or an Open that does not find it, shows that what bore it was
 * renamed or deleted where nobody saw it. A name that is missing bears nothing, and its object is doubtful: it may be
 * one that is known by another name by now.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/designations.h"

/** A name or an id. File scope. */
typedef struct {
    uint64_t key;     /**< string_key() */
    uint32_t bearer;  /**< number of the object; 0: none any more */
    uint32_t last;    /**< the last one that bore it */
    bool shared;      /**< more than one did, or may have */
    bool is_id;       /**< which lists of names lack */
    uint32_t awaited; /**< requests to rename an object to this that are not answered */
    uint32_t told_in; /**< last frame in which the server called the bearer so */
    uint32_t
        seen_in; /**< last frame that told that the bearer is there; 0: none since it bears it */
    uint32_t absent_in; /**< last frame behind that one that told that nothing bears it; or 0 */
} designation;

struct cmrp_objects {
    wmem_map_t *index; /**< designations, by their key */
    uint32_t cluster;  /**< number of the cluster itself; 0 until it is asked for */
    uint32_t
        all_asked_in[CMRP_HANDLE_TYPES]; /**< request of the last list of all of a type; or 0 */
};

/** In the place of a server: several told of renames. */
static cmrp_objects several;

static wmem_map_t
    *renamed; /* the server that told of a rename, by string_key() of the old and the new name */

void designations_reset(void)
{
    renamed = wmem_map_new(wmem_file_scope(), g_int64_hash, g_int64_equal);
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

cmrp_object *designations_cluster(const cmrp_source *source)
{
    cmrp_objects *objects = source->objects;

    if (objects->cluster == 0)
        objects->cluster = object_number(object_new(CMRP_HCLUSTER, NULL, source->when.frame));
    return objects_by_number(objects->cluster);
}

static designation *find_designation(const cmrp_objects *objects, unsigned type,
                                     const cmrp_string *name)
{
    const uint64_t key = string_key(type, name);

    return (designation *)wmem_map_lookup(objects->index, &key);
}

/** True if a list of all objects of the type was asked for since the server called the bearer so, and lacks it. */
static bool is_missing(const cmrp_objects *objects, unsigned type, const designation *d)
{
    return d->bearer != 0 && !d->is_id && d->told_in < objects->all_asked_in[type];
}

static bool is_borne_by(const designation *d, const cmrp_object *object)
{
    return object_present(objects_by_number(d->bearer)) == object;
}

/** Nobody saw it lose the name. */
static void lose_bearer(designation *d)
{
    object_present(objects_by_number(d->bearer))->doubtful = true;
    d->bearer = 0;
    d->shared = true;
}

cmrp_object *designations_find(const cmrp_source *source, unsigned type, const cmrp_string *name)
{
    const designation *found = find_designation(source->objects, type, name);

    if (found == NULL || found->bearer == 0 || is_missing(source->objects, type, found))
        return NULL;
    return object_present(objects_by_number(found->bearer));
}

static designation *make_designation(const cmrp_source *source, unsigned type,
                                     const cmrp_string *name)
{
    designation *d = find_designation(source->objects, type, name);

    if (d && is_missing(source->objects, type, d))
        lose_bearer(d);
    if (d)
        return d;
    d = wmem_new0(wmem_file_scope(), designation);
    d->key = string_key(type, name);
    d->is_id = object_text_is_id(name);
    wmem_map_insert(source->objects->index, &d->key, d);
    return d;
}

void designations_put(const cmrp_source *source, cmrp_object *object, const cmrp_string *name)
{
    designation *d = make_designation(source, object->type, name);
    cmrp_object *bearer = objects_by_number(d->bearer);

    /* Nobody saw it lose the name: it is gone, or it was met by a name that was just being given to this one. */
    if (bearer && object_present(bearer) != object_present(object))
        object_present(bearer)->doubtful = object->doubtful = true;
    if (d->last != 0 && object_present(objects_by_number(d->last)) != object_present(object))
        d->shared = true;
    if (d->bearer != object->number)
        d->seen_in = d->absent_in = 0;
    d->bearer = d->last = object->number;
    d->told_in = source->when.frame;
}

void designations_told(const cmrp_source *source, unsigned type, const cmrp_string *name)
{
    designation *d = find_designation(source->objects, type, name);

    if (d && is_missing(source->objects, type, d))
        lose_bearer(d);
    if (d)
        d->told_in = source->when.frame;
}

void designations_note_id(const cmrp_source *source, unsigned type, const cmrp_string *id)
{
    make_designation(source, type, id)->is_id = true;
}

void designations_take_out(const cmrp_source *source, const cmrp_object *object,
                           const cmrp_string *name)
{
    if (name && designations_find(source, object->type, name) == object)
        find_designation(source->objects, object->type, name)->bearer = 0;
}

uint32_t objects_named(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    return object_is_text(name) && object_has_type(type)
               ? object_number(designations_find(source, type, name))
               : 0;
}

/* ---------------------------------------------------------------- names in doubt */

void designations_note_renamed(const cmrp_source *source, unsigned type, const cmrp_string *name)
{
    const uint64_t key = string_key(type, name);
    const void *kept = NULL;
    void *by = NULL;

    if (!wmem_map_lookup_extended(renamed, &key, &kept, &by))
        kept = wmem_memdup(wmem_file_scope(), &key, sizeof(key));
    wmem_map_insert(renamed, kept,
                    by == NULL || by == source->objects ? source->objects : &several);
}

void objects_doubt_name(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    if (object_has_type(type))
        make_designation(source, type, name)->shared = true;
}

void objects_rename_asked(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    if (!object_has_type(type) || !object_is_text(name))
        return;
    make_designation(source, type, name)->awaited++;
    designations_note_renamed(source, type, name);
}

void objects_rename_answered(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name)
{
    designation *d = object_is_text(name) ? find_designation(source->objects, type, name) : NULL;

    if (d && d->awaited > 0)
        d->awaited--;
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

    return (d && (d->shared || d->awaited > 0 || is_missing(source->objects, type, d))) ||
           is_renamed_elsewhere(source->objects, type, name);
}

/** Names of an object that are looked through for one in doubt. */
typedef struct {
    const cmrp_objects *objects;
    const cmrp_object *object;
    bool found;
} doubt_search;

/** Did another server give or take away the name, or does a list show that the object has lost it? */
static void look_for_doubt(const cmrp_string *name, void *data)
{
    doubt_search *s = (doubt_search *)data;
    const unsigned type = s->object->type;
    const designation *d = find_designation(s->objects, type, name);

    s->found |= is_renamed_elsewhere(s->objects, type, name) ||
                (d && is_missing(s->objects, type, d) && is_borne_by(d, s->object));
}

bool objects_is_unclear(const cmrp_objects *objects, uint32_t number)
{
    const cmrp_object *object = objects_by_number(number);
    doubt_search s = { .objects = objects, .object = object };

    if (object == NULL || object->doubtful || object->label == NULL ||
        object_text_is_id(object->label))
        return true;
    return !objects_visit_names(number, look_for_doubt, &s) || s.found;
}

bool objects_may_be_one(const cmrp_objects *objects, uint32_t number, uint32_t other)
{
    const cmrp_object *a = objects_by_number(number);
    const cmrp_object *b = objects_by_number(other);

    if (a == NULL || b == NULL)
        return true;
    if (object_id_of(a) && object_id_of(b))
        return object_may_be_equal(object_id_of(a), object_id_of(b));
    /* Two that were opened by names, and had them at one time. */
    return objects_is_unclear(objects, number) || objects_is_unclear(objects, other);
}

/* ---------------------------------------------------------------- what is there, and what is not */

void objects_absent(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name,
                    uint32_t request_frame)
{
    designation *d = object_is_text(name) ? find_designation(source->objects, type, name) : NULL;

    /* Both answers must be of their own moments: the question of one comes behind the answer of the other. */
    if (d && d->bearer != 0 && d->seen_in != 0 && d->seen_in < request_frame)
        d->absent_in = source->when.frame;
    if (d && d->bearer != 0 && d->told_in < request_frame)
        object_present(objects_by_number(d->bearer))->doubtful = true;
}

void objects_all_listed(const cmrp_source *source, cmrp_handle_type type, uint32_t request_frame)
{
    source->objects->all_asked_in[type] = request_frame;
}

bool objects_all_asked_since(const cmrp_source *source, cmrp_handle_type type, uint32_t frame)
{
    return source->objects->all_asked_in[type] > frame;
}

void objects_disturbed(const cmrp_source *source, cmrp_handle_type type, const cmrp_string *name)
{
    designation *d = object_is_text(name) ? find_designation(source->objects, type, name) : NULL;

    if (d)
        d->seen_in = d->absent_in = 0;
}

cmrp_absence objects_present(const cmrp_source *source, cmrp_handle_type type,
                             const cmrp_string *name, uint32_t request_frame)
{
    designation *d = object_is_text(name) ? find_designation(source->objects, type, name) : NULL;
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
