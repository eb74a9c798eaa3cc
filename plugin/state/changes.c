/* changes.c
 * May the cluster have changed since a moment of the capture?
 *
 * Model. The last requests for a change are kept of the whole capture: which servers are of one cluster nobody says. A
 * change counts from its request to its answer, of which dcerpc remembers the frame, whether it is a response or a
 * fault.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/changes.h"

#include "base/bounds.h"
#include "base/frame_order.h"
#include "rpc/loss.h"
#include "rpc/unbound.h"

typedef struct {
    const dcerpc_call_value *call;
    uint32_t asked_in;
    nstime_t time;
} change;

static change changes[CMRP_MAX_CHANGES]; /* the last ones, in a ring */
static unsigned change_count;            /* all that were asked for */

void changes_reset(void)
{
    change_count = 0;
}

void changes_note(const cmrp_context *context)
{
    changes[change_count++ % CMRP_MAX_CHANGES] =
        (change){ context->di->call_data, context->pinfo->num, context->pinfo->abs_ts };
}

/** True if the server may have carried out the change behind a frame. */
static bool may_come_after(const cmrp_context *ctx, const change *c, uint32_t frame)
{
    if (c->call->rep_frame != 0)
        return c->call->rep_frame > frame;
    return frame_order_seconds_since(ctx->pinfo, &c->time) <= CMRP_LONGEST_CHANGE;
}

bool changes_none_since(const cmrp_context *context, uint32_t frame)
{
    const unsigned kept = MIN(change_count, CMRP_MAX_CHANGES);

    /* Some that are not kept any more may have been asked for since. */
    if (change_count > kept && changes[change_count % CMRP_MAX_CHANGES].asked_in > frame)
        return false;
    for (unsigned i = 0; i < kept; i++) {
        if (may_come_after(context, &changes[i], frame))
            return false;
    }
    /* Nor may there be calls that nobody could read. */
    return !loss_is_noted_since(frame) && unbound_last_in() < frame &&
           frame_order_is_kept_since(frame);
}
