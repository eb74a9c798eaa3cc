/* plugin.c
 * What does Wireshark load? Symbols, registration, preferences, hand-off.
 *
 * Specification: MS-CMRP revision 44.0. Interface b97db8b2-4c63-11cf-bff6-08002be23f2f, versions 2.0
 * (connectionless, UDP) and 3.0 (TCP). The stub comes from Wireshark's dcerpc dissector, which does
 * binding, authentication, decryption, reassembly and the matching of requests and responses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/frame_order.h"
#include "base/hash.h"
#include "base/protocol.h"
#include "base/strings.h"
#include "base/wireshark_compat.h"
#include "buffers/buffer_fields.h"
#include "cmrp_tables.h"
#include "dissect.h"
#include "interface/fields.h"
#include "notify/notify.h"
#include "notify/notify_show.h"
#include "postdissector.h"
#include "rpc/association.h"
#include "rpc/builtin.h"
#include "rpc/decryption.h"
#include "rpc/fragments.h"
#include "rpc/loss.h"
#include "rpc/named.h"
#include "rpc/unbound.h"
#include "rules/catalogue.h"
#include "rpc/segment.h"
#include "rules/findings.h"
#include "rules/frame_findings.h"
#include "show/conversation_filters.h"
#include "show/pdu_tree.h"
#include "show/untold_show.h"
#include "state/call.h"
#include "state/call_find.h"
#include "state/faults.h"
#include "state/handles.h"
#include "state/changes.h"
#include "state/listed.h"
#include "state/objects.h"
#include "state/untold.h"
#include "statistics/statistics.h"
#include "statistics/tap.h"

#include <gmodule.h>

/* On Windows Wireshark's macro exports within its own build only; everywhere else it imports. */
#ifdef _WIN32
#define CMRP_EXPORT __declspec(dllexport)
#else
#define CMRP_EXPORT WS_DLL_PUBLIC_DEF
#endif

int proto_cmrp = -1;

/* One protocol for both versions would make Wireshark complain about equal names at every start. */
static int proto_cmrp_2 = -1;

/* ---------------------------------------------------------------- a capture file */

static void reset(void)
{
    named_take_up();
    association_reset();
    frame_order_reset();
    fragments_reset();
    call_reset();
    call_find_reset();
    faults_reset();
    postdissector_reset();
    handles_reset();
    loss_reset();
    segment_reset();
    frame_findings_reset();
    notify_reset();
    objects_reset();
    changes_reset();
    listed_reset();
    tap_reset();
    unbound_reset();
    untold_reset();
    findings_forget();
    strings_reset();
}

/* ---------------------------------------------------------------- preferences */

static cmrp_boolean use_builtin;

/** Called when preferences were read or changed; Wireshark then dissects an open capture anew. */
static void apply(void)
{
    builtin_preferred(use_builtin);
}

static void register_preferences(int proto)
{
    module_t *module = prefs_register_protocol(proto, apply);

    prefs_register_bool_preference(
        module, "use_builtin", "Decode with Wireshark's built-in dissector instead",
        "Show ClusAPI calls as Wireshark does without this plugin (fields clusapi.*).",
        &use_builtin);
    prefs_register_bool_preference(
        module, "keep_place", "Help Wireshark to open NTLM inside SPNEGO",
        "Wireshark loses its place in the key stream behind the first sealed PDU. Needs the "
        "password (NTLMSSP).",
        &decryption_keeps_place);
    prefs_register_string_preference(
        module, "unbound", "Connections without their bind",
        "Read these as ClusAPI though the capture begins after their bind: "
        "CLIENT:PORT-SERVER:PORT/CONTEXT, with spaces between them. -z cmrp,unbound lists them.",
        &named_connections);
    prefs_register_static_text_preference(
        module, "keys",
        "Keys that open sealed calls are given to NTLMSSP (password) and KRB5 (keytab).",
        "Each sealed connection says in its packet details which one it takes, and whose.");
    prefs_register_static_text_preference(
        module, "findings",
        "Findings stand in the packet details, in Expert Information and in cmrp.finding:",
        "What cannot be decided from the capture is never a finding.");
    prefs_register_bool_preference(
        module, "find_must", "Find broken requirements (MUST)",
        "Report PDUs that break what MS-CMRP demands, as warnings and in cmrp.finding.",
        &findings_preferences.must);
    prefs_register_bool_preference(
        module, "find_should", "Find broken recommendations (SHOULD)",
        "Report PDUs that break what MS-CMRP recommends, as notes and in cmrp.finding.",
        &findings_preferences.should);
    prefs_register_bool_preference(
        module, "find_suspicions", "Find what looks suspicious",
        "Report PDUs that hint at a breach without proving one, as notes and in cmrp.finding.",
        &findings_preferences.suspicions);
    prefs_register_bool_preference(
        module, "tell_facts", "Tell facts that are no breach",
        "Point out statuses that the method does not list, PDUs that the capture cut short and the "
        "like, as chats.",
        &findings_preferences.facts);
}

/* ---------------------------------------------------------------- registration and hand-off */

static void register_protocol(void)
{
    proto_cmrp = proto_register_protocol("Failover Cluster Management Protocol (MS-CMRP, ClusAPI)",
                                         "CMRP", "cmrp");
    proto_cmrp_2 = proto_register_protocol_in_name_only(
        "Failover Cluster Management Protocol (MS-CMRP, ClusAPI), version 2.0", "CMRPv2", "cmrp2",
        proto_cmrp, FT_PROTOCOL);
    hash_start();
    fields_register(proto_cmrp);
    notify_fields_register(proto_cmrp);
    buffer_fields_register(proto_cmrp);
    findings_register(proto_cmrp, catalogue_rules());
    register_preferences(proto_cmrp);
    tap_register();
    statistics_register(proto_cmrp);
    conversation_filters_register();
    register_init_routine(reset);
}

static void hand_off(void)
{
    pdu_tree_start();
    untold_show_start(proto_cmrp_2);
    decryption_start();
    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        const cmrp_interface *interface = &cmrp_interfaces[i];

        builtin_register(interface->version, interface->version == 2 ? proto_cmrp_2 : proto_cmrp,
                         dissect_procedures(interface));
    }
    postdissector_watch(proto_cmrp_2);
}

/* ---------------------------------------------------------------- symbols */

CMRP_EXPORT const char plugin_version[] = CMRP_VERSION;
CMRP_EXPORT const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
CMRP_EXPORT const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

CMRP_EXPORT void plugin_register(void);
CMRP_EXPORT uint32_t plugin_describe(void);

void plugin_register(void)
{
    static proto_plugin plugin = { register_protocol, hand_off };

    proto_register_plugin(&plugin);
}

uint32_t plugin_describe(void)
{
    return WS_PLUGIN_DESC_DISSECTOR;
}
