/* conversation_filters.c
 * How does one get from a packet to all packets of its handle?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/conversation_filters.h"

#include "base/protocol.h"

#include <epan/proto_data.h>

/** Handles of a PDU: those of its request, and the one that it opened. */
#define MAX_IDS (CMRP_MAX_HANDLES + 1)

/** Those of the frame's first PDU that has any. Packet scope. */
typedef struct {
    uint32_t ids[MAX_IDS];
    unsigned count;
} handles;

static void add(handles *h, uint32_t id)
{
    if (id != 0)
        h->ids[h->count++] = id;
}

void conversation_filters_note(const cmrp_context *context, const proto_tree *tree)
{
    packet_info *pinfo = context->pinfo;
    handles *h;

    /* Menus are for packets that somebody looks at. */
    if (tree == NULL || !PTREE_DATA(tree)->visible || context->call == NULL ||
        p_get_proto_data(pinfo->pool, pinfo, proto_cmrp, 0))
        return;
    h = wmem_new0(pinfo->pool, handles);
    /* Who stands on the opening of a handle wants to know what became of it. */
    if (context->pdu->response)
        add(h, context->call->out);
    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++)
        add(h, context->call->in[i]);
    if (h->count > 0)
        p_add_proto_data(pinfo->pool, pinfo, proto_cmrp, 0, h);
}

static uint32_t id_at(packet_info *pinfo, unsigned place)
{
    const handles *h = (const handles *)p_get_proto_data(pinfo->pool, pinfo, proto_cmrp, 0);

    return h && place < h->count ? h->ids[place] : 0;
}

static char *filter_of(packet_info *pinfo, unsigned place)
{
    return g_strdup_printf("cmrp.handle.id == %u", id_at(pinfo, place));
}

static bool has_first(packet_info *pinfo)
{
    return id_at(pinfo, 0) != 0;
}

static char *first_filter(packet_info *pinfo)
{
    return filter_of(pinfo, 0);
}

static bool has_second(packet_info *pinfo)
{
    return id_at(pinfo, 1) != 0;
}

static char *second_filter(packet_info *pinfo)
{
    return filter_of(pinfo, 1);
}

CMRP_CONVERSATION_FILTER(register_first, has_first, first_filter)
CMRP_CONVERSATION_FILTER(register_second, has_second, second_filter)

void conversation_filters_register(void)
{
    register_first("ClusAPI Handle");
    register_second("ClusAPI Other Handle");
}
