/* json_finding.c
 * How is a finding written as JSON? docs/json.md says what its members mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/json_finding.h"

#include "state/handles_label.h"
#include "statistics/json_members.h"
#include "statistics/json_output.h"

#include <epan/to_str.h>

/** Bytes of most lines. */
#define LINE 1024

/* ---------------------------------------------------------------- members */

/** Left out if the frame has no time stamp, or one that no calendar has. */
static void add_time(json_dumper *json, const packet_info *pinfo)
{
    const nstime_t *at = &pinfo->abs_ts;
    GDateTime *when = pinfo->fd->has_ts ? g_date_time_new_from_unix_utc(at->secs) : NULL;

    if (when == NULL)
        return;
    json_dumper_set_member_name(json, "time");
    json_dumper_value_anyf(json, "\"%04d-%02d-%02dT%02d:%02d:%02d.%09dZ\"",
                           g_date_time_get_year(when), g_date_time_get_month(when),
                           g_date_time_get_day_of_month(when), g_date_time_get_hour(when),
                           g_date_time_get_minute(when), g_date_time_get_second(when), at->nsecs);
    g_date_time_unref(when);
}

/* ---------------------------------------------------------------- where it is */

static void add_end(json_dumper *json, const packet_info *pinfo, const char *name,
                    const address *addr, const char *name_of_port, uint32_t port)
{
    if (addr->type != AT_IPv4 && addr->type != AT_IPv6)
        return;
    json_add_text(json, name, address_to_str(pinfo->pool, addr));
    if (pinfo->ptype == PT_TCP || pinfo->ptype == PT_UDP)
        json_add_number(json, name_of_port, port);
}

static void add_place(json_dumper *json, const packet_info *pinfo, const cmrp_json_stream *stream)
{
    json_add_number(json, "frame", pinfo->num);
    add_time(json, pinfo);
    add_end(json, pinfo, "source", &pinfo->src, "source_port", pinfo->srcport);
    add_end(json, pinfo, "destination", &pinfo->dst, "destination_port", pinfo->destport);
    if (pinfo->ptype == PT_TCP || pinfo->ptype == PT_UDP)
        json_add_text(json, "transport", pinfo->ptype == PT_TCP ? "tcp" : "udp");
    if (stream->known)
        json_add_number(json, "stream", stream->number);
}

static const char *direction_of(const cmrp_tap *t)
{
    if (t->fault)
        return "fault";
    return t->response ? "response" : "request";
}

/** Left out where no method was called: in binds and their answers. */
static void add_method(json_dumper *json, const cmrp_tap *t, const cmrp_method *method)
{
    if (method == NULL)
        return;
    json_add_number(json, "version", method->version);
    json_add_number(json, "opnum", method->opnum);
    json_add_text(json, "method", method->name);
    /* Of findings that stand beside PDUs nobody knows. */
    if (t->method)
        json_add_text(json, "direction", direction_of(t));
}

/* ---------------------------------------------------------------- handles */

static const char *name_of(const cmrp_life *life, const cmrp_when *when)
{
    const char *learnt = life->name ? NULL : handles_name_at(life, when);

    if (life->name)
        return life->name->utf8;
    return learnt ? learnt : "";
}

static void add_handle(json_dumper *json, const cmrp_life *life, const cmrp_when *when)
{
    json_dumper_begin_object(json);
    json_add_number(json, "id", life->id);
    json_add_text(json, "type", handles_short_type(life));
    json_add_text(json, "name", name_of(life, when));
    json_dumper_end_object(json);
}

static bool is_told(const cmrp_tap *t, unsigned place)
{
    for (unsigned i = 0; i < place; i++) {
        if (t->lives[i] == t->lives[place])
            return true;
    }
    return false;
}

/** As in the tree: what the PDU carries comes first, in a response what it opened, then those of its request. */
static void add_handles(json_dumper *json, const cmrp_tap *t)
{
    const bool opened =
        t->life_count > 1 && t->call->out != 0 && t->lives[t->life_count - 1]->id == t->call->out;
    const unsigned first = opened && t->response ? t->life_count - 1 : 0;

    if (t->life_count == 0)
        return;
    json_dumper_set_member_name(json, "handles");
    json_dumper_begin_array(json);
    for (unsigned i = 0; i < t->life_count; i++) {
        const unsigned place = (first + i) % t->life_count;

        if (!is_told(t, place))
            add_handle(json, t->lives[place], &t->when);
    }
    json_dumper_end_array(json);
}

/* ---------------------------------------------------------------- what is wrong */

static void add_evidence(json_dumper *json, const cmrp_finding *found)
{
    json_dumper_set_member_name(json, "evidence");
    json_dumper_begin_array(json);
    for (unsigned i = 0; i < G_N_ELEMENTS(found->evidence); i++) {
        if (found->evidence[i] != 0)
            json_dumper_value_anyf(json, "%u", found->evidence[i]);
    }
    json_dumper_end_array(json);
}

static void add_rule(json_dumper *json, const packet_info *pinfo, const cmrp_finding *found)
{
    json_add_text(json, "rule", found->rule->id);
    json_add_text(json, "level", rule_level_name(found->rule->level));
    json_add_text(json, "section", found->section);
    json_add_text(json, "sentence", finding_sentence(pinfo->pool, found));
    if (*found->detail)
        json_add_text(json, "detail", found->detail);
    add_evidence(json, found);
}

void json_finding_write(const packet_info *pinfo, const cmrp_tap *t, unsigned place,
                        const cmrp_json_stream *stream)
{
    const cmrp_finding *found = &t->findings[place];
    /* For speed: into a file it writes character by character. */
    GString *line = g_string_sized_new(LINE);
    json_dumper json = { .output_string = line };

    json_dumper_begin_object(&json);
    json_add_text(&json, "type", "finding");
    add_place(&json, pinfo, stream);
    add_rule(&json, pinfo, found);
    add_method(&json, t, found->method ? found->method : t->method);
    add_handles(&json, t);
    if (t->about && t->about[place])
        json_add_number(&json, "about", t->about[place]->id);
    json_dumper_end_object(&json);
    json_dumper_finish(&json);
    json_output_write(line->str, line->len);
    g_string_free(line, TRUE);
}
