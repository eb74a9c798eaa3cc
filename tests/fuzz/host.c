/* host.c
 * How does a fuzzer make libwireshark read frames? A host program for libwireshark, without a file.
 *
 * It does what tshark -2 and Wireshark do: a session for each capture, a first visit to each frame, more visits
 * with columns and a tree whose labels are all made, listeners of all statistics. Nothing outlives a session
 * but what a user's Wireshark would keep as well.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
/* For setresuid(). */
#define _GNU_SOURCE

#include "host.h"

#include "base/wireshark_compat.h"

#include <unistd.h>

#include <epan/addr_resolv.h>
#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/frame_data.h>
#include <epan/tap.h>
#include <epan/timestamp.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>

#include <sanitizer/lsan_interface.h>

#include "host_statistics.h"

#define NOBODY 65534

/** Frames of one capture. */
#define MAX_FRAMES 4096

typedef struct {
    frame_data data;
    wtap_rec record;
    uint8_t *bytes;
} frame;

struct packet_provider_data {
    GPtrArray *frames;
};

struct host_capture {
    struct packet_provider_data provider;
    epan_t *epan;
    unsigned options;
    nstime_t elapsed;
    const frame_data *reference;
    const frame_data *previous;
    uint32_t cumulated;
};

/* Of the plugin. */
void plugin_register(void);

static column_info columns;

/* ---------------------------------------------------------------- the program */

/** Asked by the leak sanitizer: Wireshark does not free the ciphers of NTLM. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libgcrypt\n";
}

static void set(const char *preference, const char *value)
{
    char *text = g_strdup_printf("%s:%s", preference, value);
    char *message = NULL;

    if (prefs_set_pref(text, &message) != PREFS_SET_OK)
        g_error("The preference %s cannot be set.", text);
    g_free(message);
    g_free(text);
}

/** Wireshark believes no environment when root runs it. It looks once. */
static void be_nobody(bool nobody)
{
    const unsigned id = nobody ? NOBODY : 0;

    if (nobody ? setresgid(id, id, 0) != 0 || setresuid(id, id, 0) != 0
               : setresuid(id, id, 0) != 0 || setresgid(id, id, 0) != 0)
        g_error("The user cannot be changed.");
}

void host_start(void)
{
    const bool root = getuid() == 0 || getgid() == 0;
    e_prefs *preferences;

    /* What is made once is never freed. */
    __lsan_disable();

    /* Nobody's profile; each block of Wireshark's pools a block of its own, so that the sanitizer sees its end. */
    g_setenv("HOME", "/nonexistent", TRUE);
    g_setenv("XDG_CONFIG_HOME", "/nonexistent", TRUE);
    /* Tables of names, which each session would read again and keep until the end of the program. */
    g_setenv("WIRESHARK_DATA_DIR", "/nonexistent", TRUE);
    g_setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", FALSE);
    g_setenv("WIRESHARK_ABORT_ON_DISSECTOR_BUG", "1", TRUE);
    g_setenv("WIRESHARK_ABORT_ON_TOO_MANY_ITEMS", "1", TRUE);

    ws_log_init("cmrp-fuzz", NULL);
    if (root)
        be_nobody(true);
    init_process_policies();
    if (root)
        be_nobody(false);
    g_free(configuration_init("cmrp-fuzz", "Wireshark"));
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_precision(TS_PREC_AUTO);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    wtap_init(FALSE);
    plugin_register();
    if (!epan_init(NULL, NULL, FALSE))
        g_error("libwireshark does not start.");
    preferences = epan_load_settings();
    disable_name_resolution();
    /* The password of the captures that the seeds come from. */
    set("ntlmssp.nt_password", "lab-password-not-real");
    prefs_apply_all();
    build_column_format_array(&columns, preferences->num_cols, TRUE);
    host_statistics_listen();
    __lsan_enable();
}

/* ---------------------------------------------------------------- visits */

static void make_labels(proto_node *node, void *data)
{
    char label[ITEM_LABEL_LENGTH];

    if (node->finfo && node->finfo->rep == NULL)
        proto_item_fill_label(node->finfo, label);
    proto_tree_children_foreach(node, make_labels, data);
}

/** Visits a frame; `shown` means that somebody looks at it. */
static void visit(epan_dissect_t *edt, frame *f, bool shown)
{
    wtap_rec record = f->record;

    epan_dissect_run_with_taps(
        edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &record,
        tvb_new_real_data(f->bytes, f->data.cap_len, (int)MIN(f->data.pkt_len, G_MAXINT)), &f->data,
        &columns);
    epan_dissect_fill_in_columns(edt, FALSE, TRUE);
    if (shown)
        proto_tree_children_foreach(edt->tree, make_labels, NULL);
    epan_dissect_reset(edt);
}

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

static frame *make_frame(const host_capture *capture, int encapsulation, const uint8_t *bytes,
                         size_t captured, size_t length, uint64_t time)
{
    frame *f = g_new0(frame, 1);

    /* A block of just this size, so that a read beyond its end is seen. */
    f->bytes = (uint8_t *)g_memdup2(bytes, captured);
    f->record.rec_type = REC_TYPE_PACKET;
    f->record.presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
    f->record.ts.secs = (time_t)(time / 1000000);
    f->record.ts.nsecs = (int)(time % 1000000 * 1000);
    f->record.tsprec = WTAP_TSPREC_USEC;
    f->record.rec_header.packet_header.caplen = (uint32_t)captured;
    f->record.rec_header.packet_header.len = (uint32_t)length;
    f->record.rec_header.packet_header.pkt_encap = encapsulation;
    frame_data_init(&f->data, capture->provider.frames->len + 1, &f->record, 0, capture->cumulated);
    return f;
}

host_capture *host_open(unsigned options)
{
    static const struct packet_provider_funcs functions = { .get_frame_ts = time_of_frame };
    host_capture *capture = g_new0(host_capture, 1);

    capture->options = options;
    capture->provider.frames = g_ptr_array_new_with_free_func(free_frame);
    capture->epan = epan_new(&capture->provider, &functions);
    return capture;
}

bool host_add(host_capture *capture, const uint8_t *bytes, size_t captured, size_t length,
              uint64_t time)
{
    const bool shown = (capture->options & HOST_TREE_AT_ONCE) != 0;
    epan_dissect_t *edt;
    frame *f;

    if (capture->provider.frames->len == MAX_FRAMES)
        return false;
    f = make_frame(capture, WTAP_ENCAP_ETHERNET, bytes, captured, length, time);
    g_ptr_array_add(capture->provider.frames, f);

    frame_data_set_before_dissect(&f->data, &capture->elapsed, &capture->reference,
                                  capture->previous);
    edt = epan_dissect_new(capture->epan, (capture->options & HOST_FILTERED) != 0 || shown, shown);
    if (capture->options & HOST_FILTERED)
        epan_dissect_prime_with_hfid(edt, proto_registrar_get_id_byname("cmrp.finding"));
    visit(edt, f, shown);
    epan_dissect_free(edt);
    frame_data_set_after_dissect(&f->data, &capture->cumulated);
    capture->previous = &f->data;
    return true;
}

void host_show(host_capture *capture, int encapsulation, const uint8_t *bytes, size_t length,
               bool tree)
{
    frame *f = make_frame(capture, encapsulation, bytes, length, length, 0);
    epan_dissect_t *edt = epan_dissect_new(capture->epan, tree, tree);

    visit(edt, f, tree);
    epan_dissect_free(edt);
    free_frame(f);
}

void host_close(host_capture *capture)
{
    const GPtrArray *frames = capture->provider.frames;
    const bool draw = (capture->options & HOST_STATISTICS) != 0;
    epan_dissect_t *edt = epan_dissect_new(capture->epan, TRUE, TRUE);

    host_statistics_end(draw);
    for (unsigned i = 0; i < frames->len; i++) {
        const unsigned number = capture->options & HOST_BACKWARDS ? frames->len - 1 - i : i;

        visit(edt, (frame *)g_ptr_array_index(frames, number), true);
    }
    epan_dissect_free(edt);
    host_statistics_end(draw);
    epan_free(capture->epan);
    g_ptr_array_free(capture->provider.frames, TRUE);
    g_free(capture);
}
