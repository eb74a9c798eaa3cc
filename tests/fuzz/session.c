/* session.c
 * How does a fuzzer make libwireshark read frames? A capture that grows while it is read, without a file.
 *
 * It does what tshark -2 and Wireshark do: a first visit to each frame, more visits with columns and a tree
 * whose labels are all made, listeners of all statistics. Nothing outlives a session but what a user's
 * Wireshark would keep as well.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "session.h"

#include "base/wireshark_compat.h"

#include <epan/column.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/tap.h>
#include <wiretap/wtap.h>

#include "host.h"
#include "host_statistics.h"

typedef struct {
    frame_data data;
    uint8_t *bytes;    /* NULL when the input has ended */
    unsigned findings; /* what the first visit found, as findings_of() tells it */
    unsigned stubs;    /* what dcerpc handed on then, as stubs_of() tells it */
} frame;

struct packet_provider_data {
    GPtrArray *frames;
};

struct session {
    struct packet_provider_data provider;
    epan_t *epan;
    unsigned inputs;
    uint64_t bytes;
    uint64_t time;
    nstime_t elapsed;
    const frame_data *reference;
    const frame_data *previous;
    uint32_t cumulated;
    /* Of the input: */
    unsigned options;
    unsigned first; /* index of its first frame */
    epan_dissect_t *dissection;
};

/* ---------------------------------------------------------------- visits */

static void make_labels(proto_node *node, void *data)
{
    char label[ITEM_LABEL_LENGTH];

    if (node->finfo && node->finfo->rep == NULL)
        proto_item_fill_label(node->finfo, label);
    proto_tree_children_foreach(node, make_labels, data);
}

/** What the file would say about a frame. */
static wtap_rec record_of(size_t captured, size_t length, nstime_t time, int encapsulation)
{
    const wtap_rec record = { .rec_type = REC_TYPE_PACKET,
                              .presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN,
                              .ts = time,
                              .tsprec = WTAP_TSPREC_USEC,
                              .rec_header.packet_header = { .caplen = (uint32_t)captured,
                                                            .len = (uint32_t)length,
                                                            .pkt_encap = encapsulation } };

    return record;
}

static int finding_field(void)
{
    return proto_registrar_get_id_byname("cmrp.finding");
}

static int stub_field(void)
{
    return proto_registrar_get_id_byname("dcerpc.payload_stub_data");
}

/** The findings of a frame in their order, as one number. */
static unsigned findings_of(const epan_dissect_t *edt)
{
    const GPtrArray *found = proto_get_finfo_ptr_array(edt->tree, finding_field());
    unsigned all = 0;

    for (unsigned i = 0; found && i < found->len; i++) {
        const field_info *finding = (const field_info *)g_ptr_array_index(found, i);

        all = all * 31 + g_str_hash(fvalue_get_string(&((field_info *)finding)->value));
    }
    return all;
}

static unsigned hash_of(const field_info *stub)
{
    return stub->ds_tvb && stub->length > 0
               ? wmem_strong_hash(tvb_get_ptr(stub->ds_tvb, stub->start, stub->length),
                                  (size_t)stub->length)
               : 0;
}

/**
 * The stubs that a frame shows, as one number. Where several are put together in one frame, Wireshark has forgotten all
 * but the last one when it comes back, and shows that one instead of each.
 */
static unsigned stubs_of(const epan_dissect_t *edt)
{
    const GPtrArray *stubs = proto_get_finfo_ptr_array(edt->tree, stub_field());
    unsigned all = 0;

    for (unsigned i = 0; stubs && i < stubs->len; i++)
        all = all * 31 + 1 + hash_of((const field_info *)g_ptr_array_index(stubs, i));
    return all;
}

/** What a visit told. Nothing without a tree. */
typedef struct {
    unsigned findings;
    unsigned stubs;
} told;

/** Visits a frame; `shown` means that somebody looks at it. */
static told visit(const session *s, epan_dissect_t *edt, frame *f, int encapsulation, bool shown)
{
    column_info *columns = shown || (s->options & SESSION_COLUMNS) ? host_columns() : NULL;
    frame_data *data = &f->data;
    wtap_rec record = record_of(data->cap_len, data->pkt_len, data->abs_ts, encapsulation);
    tvbuff_t *tvb = tvb_new_real_data(f->bytes, data->cap_len, (int)MIN(data->pkt_len, G_MAXINT));
    told all = { 0 };

    if (edt->tree) {
        epan_dissect_prime_with_hfid(edt, finding_field());
        epan_dissect_prime_with_hfid(edt, stub_field());
    }
    (s->options & SESSION_STATISTICS ? epan_dissect_run_with_taps : epan_dissect_run)(
        edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &record, tvb, data, columns);
    if (columns)
        epan_dissect_fill_in_columns(edt, FALSE, TRUE);
    if (shown)
        proto_tree_children_foreach(edt->tree, make_labels, NULL);
    if (edt->tree)
        all = (told){ findings_of(edt), stubs_of(edt) };
    epan_dissect_reset(edt);
    return all;
}

/* ---------------------------------------------------------------- frames */

static const nstime_t *time_of_frame(struct packet_provider_data *provider, uint32_t number)
{
    if (number == 0 || number > provider->frames->len)
        return NULL;
    return &((const frame *)g_ptr_array_index(provider->frames, number - 1))->data.abs_ts;
}

static void free_frame(void *data)
{
    frame *f = (frame *)data;

    frame_data_destroy(&f->data);
    g_free(f->bytes);
    g_free(f);
}

static frame *make_frame(const session *s, const uint8_t *bytes, size_t captured, size_t length,
                         uint64_t time)
{
    const nstime_t when = { .secs = (time_t)(time / 1000000),
                            .nsecs = (int)(time % 1000000 * 1000) };
    const wtap_rec record = record_of(captured, length, when, WTAP_ENCAP_ETHERNET);
    frame *f = g_new0(frame, 1);

    /* A block of just this size, so that a read beyond its end is seen. */
    f->bytes = (uint8_t *)g_memdup2(bytes, captured);
    frame_data_init(&f->data, s->provider.frames->len + 1, &record, 0, s->cumulated);
    return f;
}

void session_add(session *s, const uint8_t *bytes, size_t captured, size_t length, uint64_t time)
{
    frame *f = make_frame(s, bytes, captured, length, time);
    told first;

    g_ptr_array_add(s->provider.frames, f);
    s->bytes += captured;
    s->time = MAX(s->time, time);
    frame_data_set_before_dissect(&f->data, &s->elapsed, &s->reference, s->previous);
    first =
        visit(s, s->dissection, f, WTAP_ENCAP_ETHERNET, (s->options & SESSION_TREE_AT_ONCE) != 0);
    f->findings = first.findings;
    f->stubs = first.stubs;
    frame_data_set_after_dissect(&f->data, &s->cumulated);
    s->previous = &f->data;
}

void session_show(session *s, int encapsulation, const uint8_t *bytes, size_t length, bool tree)
{
    frame *f = make_frame(s, bytes, length, length, 0);
    epan_dissect_t *edt = epan_dissect_new(s->epan, tree, tree);

    visit(s, edt, f, encapsulation, tree);
    epan_dissect_free(edt);
    free_frame(f);
}

/* ---------------------------------------------------------------- inputs and sessions */

session *session_open(void)
{
    static const struct packet_provider_funcs functions = { .get_frame_ts = time_of_frame };
    session *s = g_new0(session, 1);

    s->provider.frames = g_ptr_array_new_with_free_func(free_frame);
    s->epan = epan_new(&s->provider, &functions);
    return s;
}

unsigned session_inputs(const session *s)
{
    return s->inputs;
}

unsigned session_frames(const session *s)
{
    return s->provider.frames->len;
}

uint64_t session_bytes(const session *s)
{
    return s->bytes;
}

uint64_t session_time(const session *s)
{
    return s->time;
}

void session_begin(session *s, unsigned options)
{
    const bool shown = (options & SESSION_TREE_AT_ONCE) != 0;

    s->inputs++;
    s->options = options;
    s->first = s->provider.frames->len;
    s->dissection = epan_dissect_new(s->epan, (options & SESSION_FILTERED) != 0 || shown, shown);
}

/** What a frame has broken was known when it was read, and is known ever after. */
static void click_frame(const session *s, epan_dissect_t *edt, frame *f)
{
    const bool was_told = (s->options & (SESSION_TREE_AT_ONCE | SESSION_FILTERED)) != 0;
    const told again = visit(s, edt, f, WTAP_ENCAP_ETHERNET, true);

    if (was_told && again.findings != f->findings && again.stubs == f->stubs)
        g_error("Findings: frame %u of the input is judged differently when it is visited again.",
                f->data.num - s->first);
}

static void click(session *s)
{
    epan_dissect_t *edt = epan_dissect_new(s->epan, TRUE, TRUE);
    const unsigned end = s->provider.frames->len;

    for (unsigned i = s->first; i < end; i++) {
        const unsigned number = s->options & SESSION_BACKWARDS ? s->first + end - 1 - i : i;

        click_frame(s, edt, (frame *)g_ptr_array_index(s->provider.frames, number));
    }
    epan_dissect_free(edt);
}

/** Numbers and times of earlier frames are still asked for, their bytes are not. */
static void forget_bytes(session *s)
{
    for (unsigned i = s->first; i < s->provider.frames->len; i++) {
        frame *f = (frame *)g_ptr_array_index(s->provider.frames, i);

        g_free(f->bytes);
        f->bytes = NULL;
    }
}

void session_end(session *s)
{
    epan_dissect_free(s->dissection);
    if (s->options & SESSION_STATISTICS)
        host_statistics_end();
    if (s->options & SESSION_CLICKED) {
        click(s);
        if (s->options & SESSION_STATISTICS)
            host_statistics_end();
    }
    forget_bytes(s);
}

void session_close(session *s)
{
    epan_free(s->epan);
    g_ptr_array_free(s->provider.frames, TRUE);
    g_free(s);
}
