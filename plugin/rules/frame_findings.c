/* frame_findings.c
 * Which findings does a frame have?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/frame_findings.h"

#include "base/hash.h"
#include "base/strings.h"
#include "rpc/copies.h"
#include "rpc/dcerpc_tree.h"

/** The findings of one PDU. File scope. */
typedef struct {
    uint32_t frame;
    uint32_t place;        /**< copies_place(): a frame may hold two PDUs of a call */
    const cmrp_call *call; /**< NULL: of what is neither request nor response */
    cmrp_finding *first;
    cmrp_finding *last;
} pdu_findings;

static wmem_map_t *kept;
static uint32_t last_kept_in; /* frame */

static unsigned pdu_hash(const void *key)
{
    const pdu_findings *k = (const pdu_findings *)key;
    const uint64_t words[2] = { (uint64_t)k->frame << 32 | k->place, (uintptr_t)k->call };

    return hash_words(words, 4);
}

static gboolean pdu_equal(const void *a, const void *b)
{
    const pdu_findings *l = (const pdu_findings *)a;
    const pdu_findings *r = (const pdu_findings *)b;

    return l->frame == r->frame && l->place == r->place && l->call == r->call;
}

void frame_findings_reset(void)
{
    kept = wmem_map_new(wmem_file_scope(), pdu_hash, pdu_equal);
    last_kept_in = 0;
}

static pdu_findings key_of_frame(const packet_info *pinfo)
{
    return (pdu_findings){ .frame = pinfo->num };
}

static pdu_findings key_of_pdu(const cmrp_context *context)
{
    return (pdu_findings){ .frame = context->pinfo->num,
                           .place = copies_place(context),
                           .call = context->call };
}

static pdu_findings *find(const pdu_findings *key)
{
    return (pdu_findings *)wmem_map_lookup(kept, key);
}

static pdu_findings *make(const pdu_findings *key)
{
    pdu_findings *made = wmem_memdup(wmem_file_scope(), key, sizeof(*key));

    wmem_map_insert(kept, made, made);
    return made;
}

static void keep(const pdu_findings *key, const cmrp_finding *found)
{
    pdu_findings *of = find(key);
    cmrp_finding *made = wmem_new(wmem_file_scope(), cmrp_finding);

    if (of == NULL)
        of = make(key);
    *made = *found;
    made->detail = string_intern(found->detail)->utf8;
    made->next = NULL;
    if (of->last)
        of->last->next = made;
    else
        of->first = made;
    of->last = made;
    last_kept_in = key->frame;
}

void frame_finding_keep(const packet_info *pinfo, const cmrp_finding *found)
{
    const pdu_findings key = key_of_frame(pinfo);

    keep(&key, found);
}

void frame_finding_keep_of_pdu(const cmrp_context *context, const cmrp_finding *found)
{
    const pdu_findings key = key_of_pdu(context);

    keep(&key, found);
}

static const cmrp_finding *first_of(const pdu_findings *key)
{
    const pdu_findings *of = find(key);

    return of ? of->first : NULL;
}

const cmrp_finding *frame_findings_of_pdu(const cmrp_context *context)
{
    const pdu_findings key = key_of_pdu(context);

    return first_of(&key);
}

void frame_findings_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const pdu_findings key = key_of_frame(pinfo);
    const cmrp_finding *found;
    proto_tree *below;

    /* For speed: this is asked of every frame, and few have any. */
    if (wmem_map_size(kept) == 0 || (!pinfo->fd->visited && last_kept_in != pinfo->num))
        return;
    found = first_of(&key);
    if (found == NULL)
        return;
    findings_begin(false);
    below = tree ? dcerpc_tree(tree) : NULL;
    for (; found; found = found->next)
        finding_show_found(pinfo, below, NULL, tvb, found);
}
