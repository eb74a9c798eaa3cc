/* host.c
 * How is libwireshark started inside a fuzzer?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
/* For setresuid(). */
#define _GNU_SOURCE

#include "host.h"

#include <unistd.h>

#include <epan/addr_resolv.h>
#include <epan/column.h>
#include <epan/epan.h>
#include <epan/timestamp.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>

#include "host_statistics.h"

#if CMRP_FUZZ_SANITIZED
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

#define NOBODY 65534

/* Of the plugin. */
void plugin_register(void);

static column_info columns;

#if CMRP_FUZZ_SANITIZED
/** Asked by the leak sanitizer: Wireshark does not free the ciphers of NTLM. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libgcrypt\n";
}
#endif

void host_set(const char *preference, const char *value)
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

/*
 * JXTA's guess at a stream of TCP asks for more bytes and then says that the stream is not its own, which is an assertion of
 * TCP. It ends Wireshark without the plugin, and a fuzzer every few seconds once an input says "JXTA".
 */
static void leave_out_what_ends_wireshark(void)
{
    const int jxta = proto_get_id_by_filter_name("jxta");

    if (jxta != -1)
        proto_set_decoding(jxta, FALSE);
}

void host_start(void)
{
    const bool root = getuid() == 0 || getgid() == 0;
    e_prefs *preferences;

    /* What is made once is never freed. */
    __lsan_disable();

    /* Nobody's profile. */
    g_setenv("HOME", "/nonexistent", TRUE);
    g_setenv("XDG_CONFIG_HOME", "/nonexistent", TRUE);
    /* Tables of names, which each session would read again and keep until the end of the program. */
    g_setenv("WIRESHARK_DATA_DIR", "/nonexistent", TRUE);
    /* Each piece of Wireshark's pools is a block of its own, so that the sanitizer sees its end. */
    if (CMRP_FUZZ_SANITIZED)
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
    host_set("ntlmssp.nt_password", "lab-password-not-real");
    /* Then the plugin looks for losses itself, and is shown copies. */
    if (g_getenv("CMRP_FUZZ_UNANALYSED"))
        host_set("tcp.analyze_sequence_numbers", "FALSE");
    prefs_apply_all();
    leave_out_what_ends_wireshark();
    build_column_format_array(&columns, preferences->num_cols, TRUE);
    host_statistics_listen();
    __lsan_enable();
}

column_info *host_columns(void)
{
    return &columns;
}
