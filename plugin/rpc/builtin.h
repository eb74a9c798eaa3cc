/* builtin.h
 * Whose dissector gets the calls: the plugin's or the one that Wireshark has built in?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_BUILTIN_H
#define CMRP_BUILTIN_H

#include "base/wireshark_compat.h"

/**
 * Registers the plugin for a version of the interface and remembers what stood there before. `procedures`
 * end with a row of zeros and are kept until Wireshark ends. To be called once a version, at hand-off.
 */
void builtin_register(uint16_t version, int proto, dcerpc_sub_dissector *procedures);

/** The key of a version that was registered, in dcerpc's tables; it is not to be changed. NULL: there is none. */
guid_key *builtin_key(uint16_t version);

/**
 * Gives the calls to the built-in dissector, or back to the plugin. What Wireshark has no dissector for
 * (version 2.0) is then unknown to it, as it is without the plugin. May be called at any time.
 */
void builtin_preferred(bool preferred);

/** True if the plugin is to say something of calls: it is not disabled, and the built-in is not preferred. */
bool builtin_is_replaced(void);

#endif
