/* stat_json.c
 * What was found, and how much of it was there to judge? The lines "cmrp,json", for tshark -q -z cmrp,json[,FILTER].
 *
 * For programs: an object a line for each finding as it comes, and one at the end with the counts. docs/json.md says what
 * the members mean. No tree is built for it, which makes it the fastest way to all findings.
 *
 * What is no PDU of the plugin's is counted by other taps: frames, segments whose data the capture does not hold,
 * and PDUs of which dcerpc says that they are ours, but of which the plugin knows nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/builtin.h"
#include "rpc/segment.h"
#include "rpc/unbound.h"
#include "rpc/wire.h"
#include "statistics/json_finding.h"
#include "statistics/json_members.h"
#include "statistics/statistics.h"

#include <stdio.h>

#include <epan/dissectors/packet-tcp.h>
#include <epan/dissectors/packet-udp.h>
#include <epan/epan.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

/** Of the objects. It grows when a member changes its meaning; new members may come at any time. */
#define SCHEMA 1

#define NAME "cmrp,json"

/** How many of what. */
typedef struct {
    uint32_t frames;
    uint32_t calls; /**< requests that were read */
    uint32_t pdus;  /**< requests and responses that were read */
    uint32_t faults;
    uint32_t sealed_calls;
    uint32_t sealed; /**< requests and responses */
    uint32_t doubtful;
    uint32_t unfit;
    uint32_t unknown;
    uint32_t cut_short; /**< frames */
    uint32_t findings[CMRP_UNREADABLE + 1];
} totals;

/** What is known of a frame before all of it was told. */
typedef struct {
    uint32_t number;
    cmrp_json_stream stream;
    bool without_data; /**< its TCP segment carries none */
    bool cut;          /**< the capture does not hold all of it, and what is missing may be a PDU */
    bool cut_short;    /**< a PDU in it is */
    unsigned ours;     /**< PDUs that dcerpc takes for ours */
    unsigned known;    /**< that the plugin knows */
} frame_facts;

/** One such statistic. Freed when its listener is. */
typedef struct {
    totals sum;
    frame_facts frame;
    GHashTable *unanswered; /**< of cmrp_call */
} json_stat;

/** Counts what is known of the frame: all of it was told. In which order Wireshark does so is its affair. */
static void settle(json_stat *s)
{
    const frame_facts *frame = &s->frame;

    s->sum.cut_short += frame->cut_short || (frame->cut && !frame->without_data);
    if (frame->ours > frame->known && unbound_calls(frame->number))
        s->sum.unfit++;
    else if (frame->ours > frame->known)
        s->sum.unknown++;
    s->frame = (frame_facts){ 0 };
}

/** The facts of a frame, which are told by and by. */
static frame_facts *facts_of(json_stat *s, const packet_info *pinfo)
{
    if (s->frame.number != pinfo->num)
        settle(s);
    s->frame.number = pinfo->num;
    return &s->frame;
}

/* ---------------------------------------------------------------- what other protocols tell */

static tap_packet_status take_tcp(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                  const void *tap, tap_flags_t flags _U_)
{
    const tcp_info_t *header = (const tcp_info_t *)tap;
    frame_facts *frame = facts_of((json_stat *)data, pinfo);

    frame->stream = (cmrp_json_stream){ true, header->th_stream };
    frame->without_data |= header->th_have_seglen && header->th_seglen == 0;
    return TAP_PACKET_DONT_REDRAW;
}

static tap_packet_status take_udp(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                  const void *tap, tap_flags_t flags _U_)
{
    facts_of((json_stat *)data, pinfo)->stream =
        (cmrp_json_stream){ true, ((const e_udphdr *)tap)->uh_stream };
    return TAP_PACKET_DONT_REDRAW;
}

static bool is_ours(const dcerpc_call_value *call)
{
    const guid_key *ours = builtin_key(call->ver);

    return ours && memcmp(&ours->guid, &call->uuid, sizeof(ours->guid)) == 0;
}

static tap_packet_status take_dcerpc(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                     const void *tap, tap_flags_t flags _U_)
{
    const dcerpc_info *info = (const dcerpc_info *)tap;

    if (info->call_data && is_ours(info->call_data)) {
        frame_facts *frame = facts_of((json_stat *)data, pinfo);

        frame->ours++;
        frame->known = tap_known(pinfo);
    }
    return TAP_PACKET_DONT_REDRAW;
}

/* ---------------------------------------------------------------- PDUs */

static void count_read(totals *sum, const cmrp_tap *t)
{
    sum->doubtful += t->doubtful;
    sum->unfit += t->unfit;
    if (t->doubtful || t->unfit)
        return;
    sum->pdus++;
    sum->calls += !t->response;
}

static void count_pdu(json_stat *s, const cmrp_tap *t)
{
    if (t->fault) {
        s->sum.faults++;
    } else if (t->sealed) {
        s->sum.sealed++;
        s->sum.sealed_calls += !t->response;
    } else if (t->method) {
        count_read(&s->sum, t);
    }
    if (t->method == NULL || t->call == NULL)
        return;
    if (t->response)
        g_hash_table_remove(s->unanswered, t->call);
    else
        g_hash_table_add(s->unanswered, (void *)t->call);
}

static tap_packet_status take_pdu(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                  const void *tap, tap_flags_t flags _U_)
{
    json_stat *s = (json_stat *)data;
    const cmrp_tap *t = (const cmrp_tap *)tap;

    facts_of(s, pinfo)->cut_short |= t->cut_short;
    count_pdu(s, t);
    for (unsigned i = 0; i < t->finding_count; i++) {
        s->sum.findings[t->findings[i].rule->level]++;
        json_finding_write(pinfo, t, i, &s->frame.stream);
    }
    return TAP_PACKET_DONT_REDRAW;
}

/* ---------------------------------------------------------------- frames */

static bool is_of_network(const packet_info *pinfo)
{
    static const char *const names[] = { "arp", "icmp", "icmpv6" };
    static int ids[] = { -1, -1, -1 };
    static const cmrp_layers network = { names, ids, G_N_ELEMENTS(ids) };

    return wire_has_layer(pinfo, &network);
}

/**
 * True if what the capture does not hold of the frame may have been a PDU. Of a frame that is cut Wireshark may not see
 * that it is DCE/RPC, or take it for another protocol.
 */
static bool may_miss_pdu(const packet_info *pinfo)
{
    return pinfo->fd->cap_len < pinfo->fd->pkt_len && !segment_is_empty(pinfo) &&
           !is_of_network(pinfo);
}

static tap_packet_status take_frame(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *tap _U_, tap_flags_t flags _U_)
{
    json_stat *s = (json_stat *)data;

    s->sum.frames++;
    facts_of(s, pinfo)->cut = may_miss_pdu(pinfo);
    return TAP_PACKET_DONT_REDRAW;
}

/* ---------------------------------------------------------------- the end */

static void add_levels(json_dumper *json, const uint32_t found[])
{
    json_dumper_set_member_name(json, "findings");
    json_dumper_begin_object(json);
    /* What cannot be read breaks a MUST. */
    json_add_number(json, "MUST", found[CMRP_MUST] + found[CMRP_UNREADABLE]);
    json_add_number(json, "SHOULD", found[CMRP_SHOULD]);
    json_add_number(json, "suspicion", found[CMRP_SUSPICION]);
    json_dumper_end_object(json);
}

static void add_connection(json_dumper *json, const cmrp_unbound *u)
{
    const cmrp_link link = unbound_link(u);
    char text[LINK_TEXT];

    link_write(&link, text);
    json_dumper_begin_object(json);
    json_add_text(json, "name", text);
    json_dumper_set_member_name(json, "pipe");
    json_dumper_value_anyf(json, u->pipe ? "true" : "false");
    json_add_text(json, "service", unbound_service_name(u));
    json_add_number(json, "requests", u->requests);
    json_add_number(json, "sealed", u->sealed);
    json_add_number(json, "responses", u->responses);
    json_dumper_end_object(json);
}

static void add_connections(json_dumper *json)
{
    json_dumper_set_member_name(json, "unbound");
    json_dumper_begin_array(json);
    for (const cmrp_unbound *u = unbound_first(); u; u = u->next)
        add_connection(json, u);
    json_dumper_end_array(json);
}

static void add_counts(json_dumper *json, const json_stat *s)
{
    const totals *sum = &s->sum;

    json_add_number(json, "frames", sum->frames);
    json_add_number(json, "calls", sum->calls);
    json_add_number(json, "pdus", sum->pdus);
    json_add_number(json, "unanswered", g_hash_table_size(s->unanswered));
    json_add_number(json, "faults", sum->faults);
    json_add_number(json, "sealed_calls", sum->sealed_calls);
    json_add_number(json, "sealed", sum->sealed);
    json_add_number(json, "doubtful", sum->doubtful);
    json_add_number(json, "unfit", sum->unfit);
    json_add_number(json, "unknown", sum->unknown);
    json_add_number(json, "cut_short", sum->cut_short);
}

static void write_summary(void *data)
{
    json_stat *s = (json_stat *)data;
    json_dumper json = { .output_file = stdout };

    settle(s);
    json_dumper_begin_object(&json);
    json_add_text(&json, "type", "summary");
    json_add_number(&json, "schema", SCHEMA);
    json_add_text(&json, "plugin", CMRP_VERSION);
    json_add_text(&json, "wireshark", epan_get_version());
    add_counts(&json, s);
    add_levels(&json, s->sum.findings);
    add_connections(&json);
    json_dumper_end_object(&json);
    json_dumper_finish(&json);
}

/* ---------------------------------------------------------------- the statistic's life */

static void reset(void *data)
{
    json_stat *s = (json_stat *)data;

    g_hash_table_remove_all(s->unanswered);
    s->sum = (totals){ 0 };
    s->frame = (frame_facts){ 0 };
}

static void finish(void *data)
{
    json_stat *s = (json_stat *)data;

    g_hash_table_destroy(s->unanswered);
    g_free(s);
}

/** False, and a warning, if the tap does not take the filter. */
static bool registered(GString *error)
{
    if (error == NULL)
        return true;
    ws_warning(NAME ": %s", error->str);
    g_string_free(error, TRUE);
    return false;
}

/** Listens to what is not the plugin's own tap. */
static void listen_beside(json_stat *s, const char *filter)
{
    const struct {
        const char *tap;
        const char *filter;
        tap_packet_cb packet;
    } others[] = { { "dcerpc", filter, take_dcerpc },
                   { "tcp", NULL, take_tcp },
                   { "udp", NULL, take_udp },
                   { "frame", filter, take_frame } };

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        (void)registered(register_tap_listener(others[i].tap, s, others[i].filter,
                                               TL_REQUIRES_ERROR_PACKETS, NULL, others[i].packet,
                                               NULL, NULL));
}

static cmrp_stat_started start(const char *argument, void *data _U_)
{
    const char *filter =
        strncmp(argument, NAME ",", strlen(NAME ",")) == 0 ? argument + strlen(NAME ",") : NULL;
    json_stat *s = g_new0(json_stat, 1);

    s->unanswered = g_hash_table_new(NULL, NULL);
    if (filter && *filter == '\0')
        filter = NULL;
    if (!registered(register_tap_listener("cmrp", s, filter, TL_REQUIRES_ERROR_PACKETS, reset,
                                          take_pdu, write_summary, finish))) {
        finish(s);
        return CMRP_STAT_REFUSED;
    }
    listen_beside(s, filter);
    /* A value in some releases of Wireshark, nothing in others. */
    return CMRP_STAT_STARTED; /* NOLINT(readability-redundant-control-flow) */
}

void stat_json_register(void)
{
    static stat_tap_ui ui = {
        REGISTER_STAT_GROUP_GENERIC, "ClusAPI Findings as JSON", NAME, start, 0, NULL
    };

    register_stat_tap_ui(&ui, NULL);
}
