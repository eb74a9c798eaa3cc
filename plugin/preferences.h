/* preferences.h
 * What can the user choose?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PREFERENCES_H
#define CMRP_PREFERENCES_H

/** Registers the preferences of the protocol `proto`. */
void preferences_register(int proto);

#endif
