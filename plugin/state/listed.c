/* listed.c
 * Was an object listed just before the server did not find it?
 *
 * Model. Of each name the last list that had it is kept, and of each association the last request that neither opens nor
 * closes something: who lists objects and opens them does so at once.
 *
 * Cost: an entry for each name that was listed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/listed.h"

#include "base/bounds.h"
#include "base/frame_order.h"
#include "state/changes.h"

/** The last list that had a name. File scope. */
typedef struct {
    uint64_t key; /**< string_key() */
    const cmrp_association *association;
    uint32_t asked_in;
    uint32_t listed_in;
    nstime_t time;
} listing;

static wmem_map_t *listings; /* by their key */

void listed_reset(void)
{
    /* The keys are numbers that the plugin gave, one after the other: nobody can make them collide. */
    listings = wmem_map_new(wmem_file_scope(), g_int64_hash, g_int64_equal);
}

void listed_note_request(const cmrp_context *context)
{
    const cmrp_method *method = context->pdu->method;

    if (method->response[CMRP_ROLE_HANDLE_OPENED] == CMRP_NO_SIBLING &&
        method->request[CMRP_ROLE_HANDLE_CLOSED] == CMRP_NO_SIBLING)
        context->association->busy_in = context->pinfo->num;
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
    l->association = context->association;
    l->asked_in = context->request_frame;
    l->listed_in = context->pinfo->num;
    l->time = context->pinfo->abs_ts;
}

uint32_t listed_before(const cmrp_context *context, cmrp_handle_type type, const cmrp_string *name)
{
    const uint64_t key = name ? string_key(type, name) : 0;
    const listing *l = name ? (const listing *)wmem_map_lookup(listings, &key) : NULL;

    if (l == NULL || l->association != context->association ||
        l->association->busy_in > l->listed_in || l->listed_in >= context->request_frame ||
        l->asked_in == 0)
        return 0;
    if (frame_order_seconds_since(context->pinfo, &l->time) > CMRP_JUST_LISTED)
        return 0;
    return changes_none_since(context, l->asked_in) ? l->listed_in : 0;
}
