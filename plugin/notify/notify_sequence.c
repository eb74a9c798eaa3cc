/* notify_sequence.c
 * Which state sequences did a server tell, and may a client give one back?
 *
 * Model. An object is its type and its name, whatever the server: the nodes of a cluster know the same
 * numbers, and a client that reconnects brings them along. What one server told of it is a *view*. Each
 * number that was told for an object is remembered, so that it can be recognized.
 *
 * A number grows by each change of state. So one below the lowest that a server told may be older than
 * the capture, and says nothing. An object that was deleted and made again begins at 0: its view then
 * says nothing any more.
 *
 * Cost: one entry for each object, for each view, for each number told, and for each object that an association
 * registers. All look-ups are by hash.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify_sequence.h"

#include "base/bounds.h"
#include "base/hash.h"
#include "base/slab.h"
#include "rpc/loss.h"

/** The keys: numbers side by side, without padding. */
typedef struct {
    uint64_t object;
    uint64_t value; /**< a sequence, or the address of a server or an association */
} pair;

/** In the place of a server's address: the first view of the object. */
#define ANY_SERVER 0

/** A number that was told for an object. File scope. */
typedef struct {
    pair key;
    uint32_t frame;  /**< the last one that told it */
    bool registered; /**< as the object's own */
} told;

/** What one server told of one object. File scope. */
typedef struct {
    pair key;
    uint32_t lowest;
    uint32_t lowest_in;
    uint32_t newest;
    uint32_t newest_in;
    bool restarted;                   /**< the number went back */
    const cmrp_association *event_to; /**< of the last event; NULL if there was none */
    uint32_t event_value;
    uint32_t event_in;
    nstime_t event_time;
} server_view;

static wmem_map_t *tolds;
static cmrp_slab told_records;
static wmem_map_t *views;
static wmem_map_t
    *adds; /* set of pairs: an object, the association that registered it and was told its number */

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
    views = wmem_map_new(wmem_file_scope(), pair_hash, pair_equal);
    adds = wmem_map_new(wmem_file_scope(), pair_hash, pair_equal);
}

static server_view *view_of(const cmrp_context *ctx, uint64_t object)
{
    const pair key = { object, (uint64_t)(uintptr_t)ctx->association->server };

    return (server_view *)wmem_map_lookup(views, &key);
}

static void remember(uint64_t object, uint32_t sequence, bool registered, uint32_t frame)
{
    const pair key = { object, sequence };
    told *t = (told *)wmem_map_lookup(tolds, &key);

    if (t == NULL) {
        t = (told *)slab_take(&told_records, sizeof(told));
        t->key = key;
        wmem_map_insert(tolds, &t->key, t);
    }
    t->frame = frame;
    t->registered |= registered;
}

static void remember_add(const cmrp_context *ctx, uint64_t object)
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
static bool was_told_all(const cmrp_context *ctx, uint64_t object)
{
    const pair key = { object, (uint64_t)(uintptr_t)ctx->association };

    return ctx->association->kind == CMRP_BY_GROUP && wmem_map_contains(adds, &key) &&
           loss_none_in(ctx->association);
}

bool sequences_know(uint64_t object)
{
    const pair key = { object, ANY_SERVER };

    return wmem_map_contains(views, &key);
}

static server_view *new_server_view(const cmrp_context *ctx, uint64_t object, uint32_t sequence)
{
    server_view *v = wmem_new0(wmem_file_scope(), server_view);

    v->key = (pair){ object, (uint64_t)(uintptr_t)ctx->association->server };
    v->lowest = v->newest = sequence;
    v->lowest_in = v->newest_in = ctx->pinfo->num;
    wmem_map_insert(views, &v->key, v);
    if (!sequences_know(object)) {
        pair *known = wmem_new(wmem_file_scope(), pair);

        *known = (pair){ object, ANY_SERVER };
        wmem_map_insert(views, known, v);
    }
    return v;
}

/** The object's own number, at this moment or a little earlier. */
static void look_at(server_view *v, uint32_t sequence, bool now, uint32_t frame)
{
    /* Events may wait long for somebody to fetch them: an old number in one is nothing new. */
    if (now && sequence < v->newest)
        v->restarted = true;
    if (sequence < v->lowest) {
        v->lowest = sequence;
        v->lowest_in = frame;
    }
    if (now || sequence > v->newest) {
        v->newest = sequence;
        v->newest_in = frame;
    }
}

void sequences_told(const cmrp_context *context, uint64_t object, uint32_t sequence,
                    cmrp_told_in in)
{
    const uint32_t frame = context->pinfo->num;
    server_view *v = view_of(context, object);

    remember(object, sequence, in == CMRP_TOLD_REGISTERED, frame);
    if (in == CMRP_TOLD_REGISTERED)
        remember_add(context, object);
    if (in == CMRP_TOLD_OTHER_EVENT)
        return;
    if (v == NULL)
        v = new_server_view(context, object, sequence);
    look_at(v, sequence, in == CMRP_TOLD_REGISTERED, frame);
    if (in == CMRP_TOLD_STATE_EVENT) {
        v->event_to = context->association;
        v->event_value = sequence;
        v->event_in = frame;
        v->event_time = context->pinfo->abs_ts;
    }
}

static bool is_outdated(const cmrp_context *ctx, const server_view *v, const told *t,
                        uint32_t sequence)
{
    nstime_t since;

    /* The number from the registration stays allowed; one from an event only until the next. */
    if (t->registered || v->event_to != ctx->association || v->event_in <= t->frame ||
        sequence >= v->event_value)
        return false;
    nstime_delta(&since, &ctx->pinfo->abs_ts, &v->event_time);
    return nstime_to_sec(&since) > CMRP_NOTIFY_SETTLED;
}

cmrp_sequence_verdict sequences_judge(const cmrp_context *context, uint64_t object,
                                      uint32_t sequence, uint32_t evidence[2])
{
    const pair key = { object, sequence };
    const told *t = (const told *)wmem_map_lookup(tolds, &key);
    const server_view *v = view_of(context, object);

    if (v == NULL || v->restarted)
        return CMRP_SEQUENCE_UNDECIDED;
    if (t == NULL) {
        if (sequence <= v->lowest || !was_told_all(context, object))
            return CMRP_SEQUENCE_UNDECIDED;
        evidence[0] = v->lowest_in;
        evidence[1] = v->newest_in;
        return CMRP_SEQUENCE_INVENTED;
    }
    if (!is_outdated(context, v, t, sequence))
        return CMRP_SEQUENCE_FITS;
    evidence[0] = t->frame;
    evidence[1] = v->event_in;
    return CMRP_SEQUENCE_OUTDATED;
}

uint32_t sequences_told_newer(const cmrp_context *context, uint64_t object, uint32_t sequence,
                              uint32_t since)
{
    const server_view *v = view_of(context, object);

    return v && !v->restarted && v->newest > sequence && v->newest_in >= since ? v->newest_in : 0;
}
