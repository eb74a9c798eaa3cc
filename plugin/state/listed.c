/* listed.c
 * Was an object listed just before the server did not find it?
 *
 * Model. Of each name the last list that had it is kept, and of the whole capture the last requests for a change: which
 * servers are of one cluster nobody says. A change counts from its request to its answer, of which dcerpc remembers the
 * frame, whether it is a response or a fault.
 *
 * Cost: an entry for each name that was listed; a look-up goes through the last changes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/listed.h"

#include "base/bounds.h"
#include "base/frame_order.h"
#include "rpc/loss.h"
#include "rpc/unbound.h"

/** The last list that had a name. File scope. */
typedef struct {
    uint64_t key; /**< string_key() */
    const cmrp_server *server;
    uint32_t asked_in;
    uint32_t listed_in;
    nstime_t time;
} listing;

typedef struct {
    const dcerpc_call_value *call;
    uint32_t asked_in;
    nstime_t time;
} change;

static wmem_map_t *listings;             /* by their key */
static change changes[CMRP_MAX_CHANGES]; /* the last ones, in a ring */
static unsigned change_count;            /* all that were asked for */

void listed_reset(void)
{
    /* The keys are numbers that the plugin gave, one after the other: nobody can make them collide. */
    listings = wmem_map_new(wmem_file_scope(), g_int64_hash, g_int64_equal);
    change_count = 0;
}

void listed_note_change(const cmrp_context *context)
{
    changes[change_count++ % CMRP_MAX_CHANGES] =
        (change){ context->di->call_data, context->pinfo->num, context->pinfo->abs_ts };
}

void listed_note(const cmrp_context *context, cmrp_handle_type type, const cmrp_string *name)
{
    const uint64_t key = name ? string_key(type, name) : 0;
    listing *l;

    if (name == NULL)
        return;
    l = (listing *)wmem_map_lookup(listings, &key);
    if (l == NULL) {
        l = wmem_new(wmem_file_scope(), listing);
        l->key = key;
        wmem_map_insert(listings, &l->key, l);
    }
    l->server = context->association->server;
    l->asked_in = context->request_frame;
    l->listed_in = context->pinfo->num;
    l->time = context->pinfo->abs_ts;
}

/** Seconds between a moment and the PDU. */
static double age_of(const cmrp_context *ctx, const nstime_t *time)
{
    nstime_t since;

    nstime_delta(&since, &ctx->pinfo->abs_ts, time);
    return nstime_to_sec(&since);
}

/** True if the server may have carried out the change behind a frame. */
static bool may_come_after(const cmrp_context *ctx, const change *c, uint32_t frame)
{
    if (c->call->rep_frame != 0)
        return c->call->rep_frame > frame;
    return age_of(ctx, &c->time) <= CMRP_LONGEST_CHANGE;
}

static bool is_steady_since(const cmrp_context *ctx, uint32_t frame)
{
    const unsigned kept = MIN(change_count, CMRP_MAX_CHANGES);

    /* Some that are not kept any more may have been asked for since. */
    if (change_count > kept && changes[change_count % CMRP_MAX_CHANGES].asked_in > frame)
        return false;
    for (unsigned i = 0; i < kept; i++) {
        if (may_come_after(ctx, &changes[i], frame))
            return false;
    }
    /* Nor may there be calls that nobody could read. */
    return !loss_is_noted_since(frame) && unbound_last_in() < frame &&
           frame_order_is_kept_since(frame);
}

uint32_t listed_before(const cmrp_context *context, cmrp_handle_type type, const cmrp_string *name)
{
    const uint64_t key = name ? string_key(type, name) : 0;
    const listing *l = name ? (const listing *)wmem_map_lookup(listings, &key) : NULL;

    if (l == NULL || l->server != context->association->server ||
        l->listed_in >= context->request_frame || l->asked_in == 0 ||
        age_of(context, &l->time) > CMRP_JUST_LISTED)
        return 0;
    return is_steady_since(context, l->asked_in) ? l->listed_in : 0;
}
