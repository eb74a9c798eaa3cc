/* stat_flow.c
 * What does a ClusAPI conversation look like as arrows between client and server? The flow graph.
 *
 * "ClusAPI calls" in Statistics > Flow Graph, and tshark -q -z flow,cmrp,standard. A request's arrow bears
 * the method and the objects that it is about, a response's the status, and what was opened. The text
 * beside the graph says the same, for tshark cuts what stands above an arrow to 20 characters, and which
 * method a response answers, and in which frame that was asked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/statistics.h"

#include "interface/status_names.h"
#include "state/handles_label.h"
#include "statistics/tap.h"
#include "statistics/wireshark_sequence.h"

static void append_life(GString *text, const cmrp_tap *t, const cmrp_life *life)
{
    const char *name = handles_name_at(life, &t->when);

    g_string_append_printf(text, " %s #%u", handles_short_type(life), life->id);
    if (name)
        g_string_append_printf(text, " \"%s\"", name);
}

static void append_code(GString *text, const char *name, uint32_t code)
{
    if (name)
        g_string_append(text, name);
    else
        g_string_append_printf(text, "0x%08x", code);
}

static void label_request(GString *text, const cmrp_tap *t)
{
    g_string_append(text, t->method->name);
    if (t->sealed)
        g_string_append(text, " (sealed)");
    for (unsigned i = 0; i < t->life_count; i++)
        append_life(text, t, t->lives[i]);
    if (t->call && t->call->name)
        g_string_append_printf(text, " \"%s\"", t->call->name->utf8);
}

static void label_response(GString *text, const cmrp_tap *t)
{
    const cmrp_life *opened = t->call ? handles_by_id(t->call->out) : NULL;

    if (t->fault) {
        g_string_append(text, "Fault ");
        append_code(text, status_fault_name(t->fault_status), t->fault_status);
    } else if (t->has_status) {
        append_code(text, status_name(t->status), t->status);
    } else {
        g_string_append(text, t->sealed ? "Response (sealed)" : "Response");
    }
    if (opened)
        append_life(text, t, opened);
}

/** What matters comes first: the window shows some 40 characters, tshark all. */
static char *comment(const cmrp_tap *t, const char *label)
{
    GString *text = g_string_new(NULL);

    if (t->response)
        g_string_append_printf(text, "%s: ", t->method->name);
    g_string_append(text, label);
    if (t->response && t->request_frame != 0)
        g_string_append_printf(text, ", request in frame %u", t->request_frame);
    if (t->method->version == 2)
        g_string_append(text, ", ClusAPI 2.0");
    return g_string_free(text, FALSE);
}

static tap_packet_status draw(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                              const void *tap, tap_flags_t flags _U_)
{
    seq_analysis_info_t *graph = (seq_analysis_info_t *)data;
    const cmrp_tap *t = (const cmrp_tap *)tap;
    seq_analysis_item_t *arrow;
    GString *label;

    if (t->method == NULL)
        return TAP_PACKET_DONT_REDRAW;
    arrow = sequence_analysis_create_sai_with_addresses(pinfo, graph);
    if (arrow == NULL)
        return TAP_PACKET_DONT_REDRAW;
    label = g_string_new(NULL);
    if (t->response)
        label_response(label, t);
    else
        label_request(label, t);
    arrow->frame_number = pinfo->num;
    arrow->port_src = (uint16_t)pinfo->srcport;
    arrow->port_dst = (uint16_t)pinfo->destport;
    arrow->frame_label = g_string_free(label, FALSE);
    arrow->comment = comment(t, arrow->frame_label);
    arrow->line_style = 1;
    arrow->display = TRUE;
    sequence_analysis_use_color_filter(pinfo, arrow);
    g_queue_push_tail(graph->items, arrow);
    return TAP_PACKET_REDRAW;
}

void flow_register(int proto)
{
    register_seq_analysis("cmrp", "ClusAPI calls", proto, "cmrp", 0, draw);
}
