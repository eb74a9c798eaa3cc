/* protocol.h
 * What is the plugin called inside Wireshark?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PROTOCOL_H
#define CMRP_PROTOCOL_H

/** The protocol: version 3.0, and the owner of all fields. Set when the plugin is registered. */
extern int proto_cmrp;

#endif
