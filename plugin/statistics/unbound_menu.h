/* unbound_menu.h
 * How does one have connections read in Wireshark whose bind the capture does not hold?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_UNBOUND_MENU_H
#define CMRP_UNBOUND_MENU_H

#include "base/wireshark_compat.h"

#include <epan/plugin_if.h>

/** Adds entries to the menu of the plugin: they fill the preference, and Wireshark dissects the capture anew. */
void unbound_menu_add(ext_menu_t *menu);

#endif
