/* preferences.c
 * What can the user choose?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "preferences.h"

#include "base/wireshark_compat.h"
#include "rpc/builtin.h"
#include "rules/findings.h"

static cmrp_boolean use_builtin;

/** Called when preferences were read or changed; Wireshark then dissects an open capture anew. */
static void apply(void)
{
    builtin_preferred(use_builtin);
}

void preferences_register(int proto)
{
    module_t *module = prefs_register_protocol(proto, apply);

    prefs_register_bool_preference(
        module, "use_builtin", "Decode with Wireshark's built-in dissector instead",
        "Show ClusAPI calls as Wireshark does without this plugin (fields clusapi.*).",
        &use_builtin);
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
