/* notify_sequence.c
 * Which state sequences did a server tell, and may a client give one back?
 *
 * Model. What a server told of one of its objects is a *view*. Each number that was told for an object is remembered, so
 * that it can be recognized: for the object, and for each name that it was told by, since the nodes of a cluster know the
 * same numbers, and a client that reconnects brings them along.
 *
 * A number grows by each change of state. So one below the lowest that a server told may be older than
 * the capture, and says nothing. An object that was deleted and made again begins at 0: its view then
 * says nothing any more.
 *
 * Cost: one entry for each object, for each name, four at most for each number told, and for each object that an association
 * registers. All look-ups are by hash; a number that an object was not told is looked for by each of its names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify_sequence.h"

#include "base/bounds.h"
#include "base/frame_order.h"
#include "base/hash.h"
#include "base/slab.h"
#include "rpc/loss.h"
#include "state/objects.h"

/** The keys: numbers side by side, without padding. */
typedef struct {
    uint64_t object; /**< its number or, above all numbers, the key of a name */
    uint64_t value;  /**< a sequence, or the address of an association */
} pair;

/** A number that was told for an object. File scope. */
typedef struct {
    pair key;
    uint32_t frame;  /**< the last one that told it */
    bool registered; /**< as the object's own */
} told;

/** What a server told of one object. File scope. */
typedef struct {
    uint32_t lowest;
    uint32_t lowest_in;
    uint32_t newest;
    uint32_t newest_in;
    const cmrp_association *newest_to;
    bool restarted;                   /**< the number went back */
    const cmrp_association *event_to; /**< of the last event; NULL if there was none */
    uint32_t event_value;
    uint32_t event_in;
    nstime_t event_time;
} server_view;

/** The last number that was told of an object that a client holds open: who holds it has one object. File scope. */
typedef struct {
    uint32_t value;
    uint32_t frame;
} height;

static wmem_map_t *tolds;
static cmrp_slab told_records;
static wmem_map_t *views;   /* by number of the object */
static wmem_map_t *heights; /* by id of the life by which an object was registered */
static wmem_map_t *known;   /* set of keys: objects and names of which a number was told */
static wmem_map_t
    *adds; /* set of pairs: an object, the association that registered it and was told its number */

/** Instead of one object of a server: any of its type, or any of which it is not clear which one it is. */
typedef enum {
    ANY_OBJECT = 1,
    UNCLEAR_OBJECT
} several;

/** A key above those of names, as an address is. */
static uint64_t key_of_several(const cmrp_context *ctx, uint64_t named, several which)
{
    return (uint64_t)(uintptr_t)ctx->association->server ^ (named >> 32) << 52 ^
           (uint64_t)which << 60;
}

static unsigned pair_hash(const void *key)
{
    /* Sequences come from the wire: only a hash with a secret keeps look-ups short. */
    return hash_words(key, sizeof(pair) / 4);
}

static gboolean pair_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(pair)) == 0;
}

void sequences_reset(void)
{
    told_records = (cmrp_slab){ 0 };
    tolds = wmem_map_new(wmem_file_scope(), pair_hash, pair_equal);
    views = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    heights = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    known = wmem_map_new(wmem_file_scope(), g_int64_hash, g_int64_equal);
    adds = wmem_map_new(wmem_file_scope(), pair_hash, pair_equal);
}

static server_view *view_of(uint32_t object)
{
    return (server_view *)wmem_map_lookup(views, GUINT_TO_POINTER(object));
}

static const told *find_told(uint64_t object, uint32_t sequence)
{
    const pair key = { object, sequence };

    return (const told *)wmem_map_lookup(tolds, &key);
}

static void note_known(uint64_t object)
{
    uint64_t *kept;

    if (wmem_map_contains(known, &object))
        return;
    kept = wmem_new(wmem_file_scope(), uint64_t);
    *kept = object;
    wmem_map_insert(known, kept, kept);
}

static void remember(uint64_t object, uint32_t sequence, bool registered, uint32_t frame)
{
    told *t;

    if (object == 0)
        return;
    note_known(object);
    t = (told *)find_told(object, sequence);
    if (t == NULL) {
        t = (told *)slab_take(&told_records, sizeof(told));
        t->key = (pair){ object, sequence };
        wmem_map_insert(tolds, &t->key, t);
    }
    t->frame = frame;
    t->registered |= registered;
}

static void remember_add(const cmrp_context *ctx, uint32_t object)
{
    const pair key = { object, (uint64_t)(uintptr_t)ctx->association };
    pair *kept;

    if (wmem_map_contains(adds, &key))
        return;
    kept = wmem_new(wmem_file_scope(), pair);
    *kept = key;
    wmem_map_insert(adds, kept, kept);
}

/**
 * True if the client was told all numbers of the object that it may know within this association. One that registers
 * again what it never registered here comes from elsewhere (3.2.4.6), and brings numbers that nobody saw.
 */
static bool was_told_all(const cmrp_context *ctx, uint32_t object)
{
    const pair key = { object, (uint64_t)(uintptr_t)ctx->association };

    return ctx->association->kind == CMRP_BY_GROUP && wmem_map_contains(adds, &key) &&
           loss_none_in(ctx->association);
}

bool sequences_know(const cmrp_asked *asked)
{
    const uint64_t object = asked->object;

    return wmem_map_contains(known, &asked->named) || (object && wmem_map_contains(known, &object));
}

static server_view *new_server_view(const cmrp_context *ctx, uint32_t object, uint32_t sequence)
{
    server_view *v = wmem_new0(wmem_file_scope(), server_view);

    v->lowest = v->newest = sequence;
    v->lowest_in = v->newest_in = ctx->pinfo->num;
    v->newest_to = ctx->association;
    wmem_map_insert(views, GUINT_TO_POINTER(object), v);
    return v;
}

/** The object's own number, at this moment or a little earlier. */
static void look_at(server_view *v, const cmrp_context *ctx, uint32_t sequence, bool now)
{
    /* Events may wait long for somebody to fetch them: an old number in one is nothing new. */
    if (now && sequence < v->newest)
        v->restarted = true;
    if (sequence < v->lowest) {
        v->lowest = sequence;
        v->lowest_in = ctx->pinfo->num;
    }
    if (now || sequence > v->newest) {
        v->newest = sequence;
        v->newest_in = ctx->pinfo->num;
        v->newest_to = ctx->association;
    }
}

/** Whoever has another name for the object is told as well. */
static void remember_of_type(const cmrp_context *ctx, const cmrp_sequence_of *of, uint32_t sequence)
{
    remember(key_of_several(ctx, of->named, ANY_OBJECT), sequence, false, ctx->pinfo->num);
    if (objects_is_unclear(ctx->association->server->objects, of->object))
        remember(key_of_several(ctx, of->named, UNCLEAR_OBJECT), sequence, false, ctx->pinfo->num);
}

void sequences_heard(const cmrp_context *context, cmrp_sequence_of of, uint32_t sequence)
{
    remember(of.object, sequence, false, context->pinfo->num);
    remember(of.named, sequence, false, context->pinfo->num);
}

void sequences_told(const cmrp_context *context, cmrp_sequence_of of, uint32_t sequence,
                    cmrp_told_in in)
{
    const bool registered = in == CMRP_TOLD_REGISTERED;
    server_view *v;

    remember(of.named, sequence, registered, context->pinfo->num);
    of.object = objects_now(of.object);
    remember_of_type(context, &of, sequence);
    remember(of.object, sequence, registered, context->pinfo->num);
    if (of.object == 0)
        return;
    if (registered)
        remember_add(context, of.object);
    if (in == CMRP_TOLD_OTHER_EVENT)
        return;
    v = view_of(of.object);
    if (v == NULL)
        v = new_server_view(context, of.object, sequence);
    look_at(v, context, sequence, registered);
    if (in == CMRP_TOLD_STATE_EVENT) {
        v->event_to = context->association;
        v->event_value = sequence;
        v->event_in = context->pinfo->num;
        v->event_time = context->pinfo->abs_ts;
    }
}

/** The number can grow beyond its 32 bits. */
static bool is_below(uint32_t sequence, uint32_t other)
{
    return sequence - other > UINT32_MAX / 2;
}

uint32_t sequences_fell(const cmrp_context *context, const cmrp_life *life, uint32_t sequence)
{
    height *h = (height *)wmem_map_lookup(heights, GUINT_TO_POINTER(life->id));
    uint32_t fell_since = 0;

    if (h == NULL) {
        h = wmem_new0(wmem_file_scope(), height);
        wmem_map_insert(heights, GUINT_TO_POINTER(life->id), h);
    } else if (is_below(sequence, h->value) && h->frame < context->request_frame) {
        fell_since = h->frame;
    }
    h->value = sequence;
    h->frame = context->pinfo->num;
    return fell_since;
}

static bool is_outdated(const cmrp_context *ctx, const server_view *v, const told *t,
                        uint32_t sequence)
{
    /* The number from the registration stays allowed; one from an event only until the next. */
    if (t->registered || v->event_to != ctx->association || v->event_in <= t->frame ||
        sequence >= v->event_value)
        return false;
    return frame_order_seconds_since(ctx->pinfo, &v->event_time) > CMRP_NOTIFY_SETTLED;
}

/** What is asked about: the names of an object, one after the other. */
typedef struct {
    uint32_t type;
    uint32_t sequence;
    bool told;
} name_search;

static void look_for_name(const cmrp_string *name, void *data)
{
    name_search *s = (name_search *)data;

    s->told |= find_told(string_key(s->type, name), s->sequence) != NULL;
}

/** True if some server told the number for what bears one of the object's names. */
static bool was_told_by_name(const cmrp_context *ctx, const cmrp_asked *asked, uint32_t object,
                             uint32_t sequence)
{
    name_search s = { .type = asked->filter.object_type, .sequence = sequence };
    const several others =
        objects_is_unclear(ctx->association->server->objects, object) ? ANY_OBJECT : UNCLEAR_OBJECT;

    if (find_told(asked->named, sequence) || find_told(asked->object, sequence) ||
        find_told(key_of_several(ctx, asked->named, others), sequence))
        return true;
    return !objects_visit_names(object, look_for_name, &s) || s.told;
}

cmrp_sequence_verdict sequences_judge(const cmrp_context *context, const cmrp_asked *asked,
                                      uint32_t sequence, uint32_t evidence[2])
{
    const uint32_t object = objects_now(asked->object);
    const told *t = object ? find_told(object, sequence) : NULL;
    const server_view *v = object ? view_of(object) : NULL;

    if (v == NULL || v->restarted)
        return CMRP_SEQUENCE_UNDECIDED;
    if (t == NULL) {
        if (sequence <= v->lowest || !was_told_all(context, object))
            return CMRP_SEQUENCE_UNDECIDED;
        if (was_told_by_name(context, asked, object, sequence))
            return CMRP_SEQUENCE_FITS;
        evidence[0] = v->lowest_in;
        evidence[1] = v->newest_in != v->lowest_in ? v->newest_in : 0;
        return CMRP_SEQUENCE_INVENTED;
    }
    if (!is_outdated(context, v, t, sequence))
        return CMRP_SEQUENCE_FITS;
    evidence[0] = t->frame;
    evidence[1] = v->event_in;
    return CMRP_SEQUENCE_OUTDATED;
}

uint32_t sequences_told_other(const cmrp_context *context, const cmrp_asked *asked,
                              uint32_t sequence, uint32_t since)
{
    const server_view *v = view_of(objects_now(asked->object));
    uint32_t evidence[2];

    if (v == NULL || v->restarted || v->newest == sequence)
        return 0;
    if (v->newest_in < since && v->newest_to != context->association)
        return 0;
    /* The object's own number may have grown to what another server told. */
    if (sequence > v->newest &&
        sequences_judge(context, asked, sequence, evidence) != CMRP_SEQUENCE_INVENTED)
        return 0;
    return v->newest_in;
}
