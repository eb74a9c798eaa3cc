/* notify_match.c
 * Which registration does an event belong to?
 *
 * Model. Registrations of a port that have the same key and object type share a *slot*; those for the
 * same object are chained. An event finds the registration of the object that bears its name at the moment, and one for
 * any object (the whole cluster, keys, objects whose name nobody knows) in its slot. An event may have waited while its
 * object was renamed: one of the same key fits if its object ever bore the name, and may fit if the name is of no known
 * object, or if nobody knows what its object is called. A registration counts from its request on: its events may
 * overtake its answer.
 *
 * Cost: one slot for each port, key and type; a look-up goes through CMRP_MAX_PORT_SEARCH registrations
 * at most, the newest first, of those that ask for the same thing one. What is found beyond is undecided.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify_match.h"

#include "cmrp_constants.h"
#include "base/bounds.h"
#include "base/hash.h"
#include "rpc/unbound.h"
#include "state/objects.h"

/** What a slot is for. */
typedef enum {
    OF_TYPE, /**< a key, for objects of one type */
    OF_KEY, /**< a key that the server registered, whatever the type; `named` is the newest of all */
    OF_OBJECT /**< an object, whose number is the key, or whose name is type and key */
} slot_kind;

/** Numbers side by side, without padding. */
typedef struct {
    uint32_t port;
    uint32_t kind; /**< slot_kind */
    uint32_t key;
    uint32_t type;
} slot_key;

/**
 * Registrations of one object that ask for the same: clients register an object again after each of its events. An object that
 * is registered in several ways by turns has several of one sort. File scope.
 */
typedef struct cmrp_alike {
    uint64_t brings; /**< what they have in common, and what searches ask first */
    uint64_t named;
    uint32_t object;
    bool shared;
    cmrp_registration *newest;
    cmrp_registration *before; /**< the object's newest one when these began */
} cmrp_alike;

/**
 * Those of one slot. Each event goes through many, so they stand side by side: to follow a pointer to each would be to
 * wait for memory each time. Most slots have one; each block has twice the room of the older one, up to MAX_ROOM.
 * File scope.
 */
typedef struct alike_block {
    struct alike_block *older;
    unsigned count, room;
    cmrp_alike alikes[]; /**< newest last */
} alike_block;

#define MAX_ROOM 32

/** A way through them, the newest first. */
typedef struct {
    alike_block *block;
    unsigned left; /**< of the block */
} alike_walk;

/** File scope. */
typedef struct {
    slot_key key;
    cmrp_registration *unnamed; /**< for any object, newest first */
    cmrp_registration *named;   /**< for objects with a name, newest first */
    alike_block *alikes;        /**< of these, the newest block */
    cmrp_registration *told;    /**< it and all older ones heard of the state of their object */
    uint64_t confirmed;         /**< bits of all that the server said it registered */
} slot;

static wmem_map_t *slots;

static unsigned slot_hash(const void *key)
{
    return hash_words(key, sizeof(slot_key) / 4);
}

static gboolean slot_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(slot_key)) == 0;
}

void matches_reset(void)
{
    slots = wmem_map_new(wmem_file_scope(), slot_hash, slot_equal);
}

static slot_key of_type(const cmrp_port *port, uint32_t key, uint32_t type)
{
    return (slot_key){ port->life->id, OF_TYPE, key, type };
}

static slot_key of_key(const cmrp_port *port, uint32_t key)
{
    return (slot_key){ port->life->id, OF_KEY, key, 0 };
}

static slot_key of_object(const cmrp_port *port, uint64_t object)
{
    return (slot_key){ port->life->id, OF_OBJECT, (uint32_t)object, (uint32_t)(object >> 32) };
}

static slot *find_slot(slot_key key)
{
    return (slot *)wmem_map_lookup(slots, &key);
}

static slot *make_slot(slot_key key)
{
    slot *s = find_slot(key);

    if (s)
        return s;
    s = wmem_new0(wmem_file_scope(), slot);
    s->key = key;
    wmem_map_insert(slots, &s->key, s);
    return s;
}

/** What stands for an object in a slot: its number or, of those that have none, their name. */
static uint64_t object_key(uint32_t object, uint64_t named)
{
    return object ? object : named;
}

static slot *slot_of_object(const cmrp_port *port, uint64_t object)
{
    return object ? find_slot(of_object(port, object)) : NULL;
}

/** The newest registration for an object. */
static cmrp_registration *newest_of_object(const cmrp_port *port, uint64_t object)
{
    const slot *s = slot_of_object(port, object);

    return s ? s->named : NULL;
}

static bool are_alike(const cmrp_registration *l, const cmrp_registration *r)
{
    const cmrp_asked *a = &l->asked;
    const cmrp_asked *b = &r->asked;

    return l->brings == r->brings && a->key == b->key &&
           a->filter.object_type == b->filter.object_type && a->object == b->object &&
           a->named == b->named && a->shared == b->shared;
}

static alike_block *make_room(alike_block *older)
{
    const unsigned room = older ? MIN(2 * older->room, MAX_ROOM) : 1;
    alike_block *block = (alike_block *)wmem_alloc(wmem_file_scope(),
                                                   sizeof(alike_block) + room * sizeof(cmrp_alike));

    block->older = older;
    block->count = 0;
    block->room = room;
    return block;
}

static cmrp_alike *begin_alike(slot *typed, const cmrp_registration *first,
                               cmrp_registration *before)
{
    const cmrp_asked *asked = &first->asked;
    cmrp_alike *alike;

    if (typed->alikes == NULL || typed->alikes->count == typed->alikes->room)
        typed->alikes = make_room(typed->alikes);
    alike = &typed->alikes->alikes[typed->alikes->count++];
    *alike = (cmrp_alike){ .brings = first->brings,
                           .named = asked->named,
                           .object = asked->object,
                           .shared = asked->shared,
                           .before = before };
    return alike;
}

static alike_walk walk_alikes(const slot *typed)
{
    alike_block *newest = typed ? typed->alikes : NULL;

    return (alike_walk){ newest, newest ? newest->count : 0 };
}

/** NULL behind the oldest. */
static const cmrp_alike *next_older(alike_walk *walk)
{
    if (walk->block && walk->left == 0) {
        walk->block = walk->block->older;
        walk->left = walk->block ? walk->block->count : 0;
    }
    return walk->block ? &walk->block->alikes[--walk->left] : NULL;
}

static void chain_by_object(slot *by_object, slot *typed, cmrp_registration *registration)
{
    cmrp_registration *older = by_object->named;

    registration->alike = older && are_alike(older, registration)
                              ? older->alike
                              : begin_alike(typed, registration, older);
    registration->alike->newest = registration;
    registration->next_of_name = older;
    by_object->named = registration;
}

void matches_add(cmrp_registration *registration)
{
    const cmrp_asked *asked = &registration->asked;
    slot *s = make_slot(of_type(registration->port, asked->key, asked->filter.object_type));
    slot *by_object;

    if (asked->named == 0) {
        registration->next = s->unnamed;
        s->unnamed = registration;
        return;
    }
    registration->next = s->named;
    s->named = registration;
    by_object = make_slot(of_object(registration->port, object_key(asked->object, asked->named)));
    chain_by_object(by_object, s, registration);
}

void matches_confirm(cmrp_registration *registration)
{
    const cmrp_asked *asked = &registration->asked;

    make_slot(of_type(registration->port, asked->key, asked->filter.object_type))->confirmed |=
        registration->brings;
    make_slot(of_key(registration->port, asked->key))->named = registration;
}

/* ---------------------------------------------------------------- finding */

/** A search for the registration of one event. */
typedef struct {
    cmrp_port *port;
    uint32_t key;
    uint64_t flags;
    unsigned steps;
} search;

static bool may_go_on(search *s)
{
    if (s->steps++ < CMRP_MAX_PORT_SEARCH)
        return true;
    s->port->crowded = true;
    return false;
}

static bool has_all(uint64_t brings, uint64_t flags)
{
    return (brings & flags) == flags;
}

static bool asks_for(const cmrp_registration *r, uint64_t flags)
{
    return r->state != CMRP_REFUSED && has_all(r->brings, flags);
}

static cmrp_registration *find_in_chain(search *s, cmrp_registration *newest)
{
    for (cmrp_registration *r = newest; r && may_go_on(s); r = r->next) {
        if (asks_for(r, s->flags))
            return r;
    }
    return NULL;
}

/** Of these the newest that the server did not refuse; NULL if there is none, or they do not ask for it. */
static cmrp_registration *newest_asking(search *s, const cmrp_alike *alike)
{
    cmrp_registration *r = has_all(alike->brings, s->flags) ? alike->newest : NULL;

    while (r && r != alike->before && r->state == CMRP_REFUSED)
        r = may_go_on(s) ? r->next_of_name : NULL;
    return r != alike->before ? r : NULL;
}

/** Of an object: the one with the event's key, or else *other. */
static cmrp_registration *find_by_object(search *s, const cmrp_registration *newest,
                                         const cmrp_registration **other)
{
    for (const cmrp_registration *next = newest; next && may_go_on(s); next = next->alike->before) {
        cmrp_registration *r = newest_asking(s, next->alike);

        if (r && r->asked.key == s->key)
            return r;
        if (r)
            *other = r;
    }
    return NULL;
}

/** Are registrations for the object that an event of their key and type names? */
typedef enum {
    FOR_OTHER,
    FOR_MAYBE,
    FOR_SAME
} likeness;

static likeness likeness_of(const cmrp_port *port, const cmrp_alike *asked,
                            const cmrp_notification *event)
{
    const uint32_t object = objects_now(asked->object);

    if (asked->named == event->named || (object && object == event->object) ||
        objects_bore(asked->object, event->of) ||
        (object != asked->object && objects_bore(object, event->of)))
        return FOR_SAME;
    /* Resource types have no handle, no number and one name. */
    if (event->change.object_type == CMRP_CLUSTER_OBJECT_TYPE_RESOURCE_TYPE)
        return FOR_OTHER;
    return event->shared || asked->shared || objects_name(object) == NULL ||
                   objects_may_be_one(objects_of(port->life->association->server), object,
                                      event->object)
               ? FOR_MAYBE
               : FOR_OTHER;
}

/** What is found among the registrations for objects that have the event's key and type. */
typedef struct {
    cmrp_registration *same;        /**< for the event's object */
    cmrp_registration *maybe;       /**< one that may be for it */
    const cmrp_registration *other; /**< one for another object */
    unsigned candidates;            /**< those that may be for it */
} named_search;

static named_search find_named(search *s, const slot *typed, const cmrp_notification *event)
{
    alike_walk walk = walk_alikes(typed);
    named_search found = { 0 };
    const cmrp_alike *alike;

    while (found.same == NULL && (alike = next_older(&walk)) && may_go_on(s)) {
        cmrp_registration *r = newest_asking(s, alike);
        likeness is;

        if (r == NULL)
            continue;
        is = likeness_of(s->port, alike, event);
        if (is == FOR_SAME) {
            found.same = r;
        } else if (is == FOR_OTHER) {
            found.other = r;
        } else {
            found.maybe = r;
            found.candidates++;
        }
    }
    return found;
}

static bool tells_of_loss(const cmrp_notification *event)
{
    if (event->version_2)
        return event->change.object_type == CMRP_CLUSTER_OBJECT_TYPE_CLUSTER &&
               event->change.flags == CMRP_CLUSTER_CHANGE_CLUSTER_LOST_NOTIFICATIONS_V2;
    return event->change.flags == CMRP_CLUSTER_CHANGE_CLUSTER_RECONNECT;
}

/** True if objects may have been renamed since the port's association began by calls that nobody could read. */
static bool may_have_other_names(const cmrp_port *port)
{
    return unbound_last_in() > port->life->association->began_in;
}

/** Why no registration was found. */
static cmrp_event_verdict explain(search *s, const slot *typed, const slot *any,
                                  const named_search *named, cmrp_match *match)
{
    const slot *known = find_slot(of_key(s->port, s->key));
    const uint64_t confirmed = (typed ? typed->confirmed : 0) | (any ? any->confirmed : 0);

    /* An event may overtake the answer of its registration, and call the object by another name. */
    if (s->port->crowded || s->port->unanswered > 0 || !port_sees_all(s->port))
        return CMRP_EVENT_UNDECIDED;
    if (s->port->registrations == 0)
        return CMRP_EVENT_TOO_EARLY;
    if (known == NULL)
        return CMRP_EVENT_KEY_UNKNOWN;
    if (!(confirmed & s->flags)) {
        match->instead = known->named;
        return CMRP_EVENT_NOT_ASKED;
    }
    if (named->other == NULL || named->candidates > 0 || may_have_other_names(s->port))
        return CMRP_EVENT_UNDECIDED;
    if (match->instead == NULL)
        match->instead = named->other;
    return CMRP_EVENT_OTHER_KEY;
}

/** The one for no object in particular, or for any if the event names none. */
static cmrp_registration *find_any(search *s, const slot *where, const cmrp_notification *event)
{
    cmrp_registration *found = where ? find_in_chain(s, where->unnamed) : NULL;

    return found || event->of || where == NULL ? found : find_in_chain(s, where->named);
}

cmrp_match matches_find(cmrp_port *port, const cmrp_notification *event)
{
    search s = { port, (uint32_t)event->key, event->change.flags, 0 };
    const slot *typed = find_slot(of_type(port, s.key, event->change.object_type));
    const slot *any = event->version_2 ? NULL : find_slot(of_type(port, s.key, CMRP_OBJECT_ANY));
    cmrp_match match = { .verdict = CMRP_EVENT_FITS };
    named_search named = { 0 };

    if (!notify_is_one_change(&event->change))
        return (cmrp_match){ .verdict = CMRP_EVENT_UNDECIDED };
    if (event->of) {
        const uint64_t object = object_key(event->object, event->named);

        match.registration = find_by_object(&s, newest_of_object(port, object), &match.instead);
        if (match.registration == NULL)
            named = find_named(&s, typed, event);
        if (named.same)
            match.registration = named.same;
    }
    if (match.registration == NULL)
        match.registration = find_any(&s, typed, event);
    if (match.registration == NULL && any)
        match.registration = find_in_chain(&s, any->unnamed);
    if (match.registration == NULL && !tells_of_loss(event))
        match.verdict = (uint8_t)explain(&s, typed, any, &named, &match);
    /* The only one of its key, whose object has a name that nobody told. */
    if (match.verdict == CMRP_EVENT_UNDECIDED && named.candidates == 1 && named.other == NULL &&
        objects_name(named.maybe->asked.object) == NULL)
        match.registration = named.maybe;
    return match;
}

void matches_of_key(cmrp_port *port, const cmrp_notification *event,
                    void (*visit)(const cmrp_registration *registration, void *data), void *data)
{
    const slot *typed = find_slot(of_type(port, (uint32_t)event->key, event->change.object_type));
    alike_walk walk = walk_alikes(event->of ? typed : NULL);
    search s = { port, (uint32_t)event->key, 0, 0 };
    const cmrp_alike *alike;

    while ((alike = next_older(&walk)) && may_go_on(&s)) {
        if (likeness_of(port, alike, event) != FOR_OTHER)
            visit(alike->newest, data);
    }
}

void matches_tell_state(cmrp_port *port, uint32_t object)
{
    slot *s = slot_of_object(port, object);

    if (s == NULL)
        return;
    /* All of them: the one that an event belongs to is told of already, older ones may not be. */
    for (cmrp_registration *r = s->named; r != s->told; r = r->next_of_name)
        r->state_told = true;
    s->told = s->named;
}
