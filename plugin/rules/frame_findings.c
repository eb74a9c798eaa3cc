/* frame_findings.c
 * Which findings does a frame have?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/frame_findings.h"

#include "base/strings.h"
#include "rpc/dcerpc_tree.h"
#include "rpc/pdu_key.h"

/** The findings of one PDU. File scope. */
typedef struct {
    cmrp_pdu_key key; /**< without a place and a call: of what is neither request nor response */
    cmrp_finding *first;
    cmrp_finding *last;
} pdu_findings;

static wmem_map_t *kept;
static uint32_t last_kept_in; /* frame */

void frame_findings_reset(void)
{
    kept = wmem_map_new(wmem_file_scope(), pdu_key_hash, pdu_key_equal);
    last_kept_in = 0;
}

static cmrp_pdu_key key_of_frame(const packet_info *pinfo)
{
    return (cmrp_pdu_key){ .frame = pinfo->num };
}

static cmrp_pdu_key key_of_pdu(const cmrp_context *context)
{
    return pdu_key_of(context, context->call);
}

static pdu_findings *find(const cmrp_pdu_key *key)
{
    return (pdu_findings *)wmem_map_lookup(kept, key);
}

static pdu_findings *make(const cmrp_pdu_key *key)
{
    pdu_findings *made = wmem_new0(wmem_file_scope(), pdu_findings);

    made->key = *key;
    wmem_map_insert(kept, &made->key, made);
    return made;
}

static void keep(const cmrp_pdu_key *key, const cmrp_finding *found)
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
    const cmrp_pdu_key key = key_of_frame(pinfo);

    keep(&key, found);
}

void frame_finding_keep_of_pdu(const cmrp_context *context, const cmrp_finding *found)
{
    const cmrp_pdu_key key = key_of_pdu(context);

    keep(&key, found);
}

static const cmrp_finding *first_of(const cmrp_pdu_key *key)
{
    const pdu_findings *of = find(key);

    return of ? of->first : NULL;
}

const cmrp_finding *frame_findings_of_pdu(const cmrp_context *context)
{
    const cmrp_pdu_key key = key_of_pdu(context);

    return first_of(&key);
}

void frame_findings_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_pdu_key key = key_of_frame(pinfo);
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
