/* frame_findings.c
 * Which findings does a frame have?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/frame_findings.h"

#include "base/hash.h"
#include "base/strings.h"
#include "rpc/dcerpc_tree.h"
#include "rules/findings.h"

/** The findings of one PDU. File scope. */
typedef struct {
    uint64_t frame;
    const cmrp_call *call; /**< NULL: of what is neither request nor response */
    cmrp_finding *first;
    cmrp_finding *last;
} pdu_findings;

static wmem_map_t *kept;
static uint32_t last_kept_in; /* frame */

static unsigned pdu_hash(const void *key)
{
    const pdu_findings *k = (const pdu_findings *)key;
    const uint64_t words[2] = { k->frame, (uintptr_t)k->call };

    return hash_words(words, 4);
}

static gboolean pdu_equal(const void *a, const void *b)
{
    const pdu_findings *l = (const pdu_findings *)a;
    const pdu_findings *r = (const pdu_findings *)b;

    return l->frame == r->frame && l->call == r->call;
}

void frame_findings_reset(void)
{
    kept = wmem_map_new(wmem_file_scope(), pdu_hash, pdu_equal);
    last_kept_in = 0;
}

static pdu_findings *find(uint32_t frame, const cmrp_call *call)
{
    const pdu_findings key = { .frame = frame, .call = call };

    return (pdu_findings *)wmem_map_lookup(kept, &key);
}

static pdu_findings *make(uint32_t frame, const cmrp_call *call)
{
    pdu_findings *made = wmem_new0(wmem_file_scope(), pdu_findings);

    made->frame = frame;
    made->call = call;
    wmem_map_insert(kept, made, made);
    return made;
}

void frame_finding_keep(packet_info *pinfo, const cmrp_call *call, const cmrp_finding *found)
{
    pdu_findings *of = find(pinfo->num, call);
    cmrp_finding *made = wmem_new(wmem_file_scope(), cmrp_finding);

    if (of == NULL)
        of = make(pinfo->num, call);
    *made = *found;
    made->detail = string_intern(found->detail)->utf8;
    made->next = NULL;
    if (of->last)
        of->last->next = made;
    else
        of->first = made;
    of->last = made;
    last_kept_in = pinfo->num;
}

const cmrp_finding *frame_findings_of(const packet_info *pinfo, const cmrp_call *call)
{
    const pdu_findings *of = find(pinfo->num, call);

    return of ? of->first : NULL;
}

void frame_findings_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_finding *found;
    proto_tree *below;

    /* For speed: this is asked of every frame, and few have any. */
    if (wmem_map_size(kept) == 0 || (!pinfo->fd->visited && last_kept_in != pinfo->num))
        return;
    found = frame_findings_of(pinfo, NULL);
    if (found == NULL)
        return;
    findings_begin(false);
    below = tree ? dcerpc_tree(tree) : NULL;
    for (; found; found = found->next)
        finding_show_rule(pinfo, below, NULL, tvb, found->rule, found->method, found->section,
                          found->detail, found->evidence);
}
