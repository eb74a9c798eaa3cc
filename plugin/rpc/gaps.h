/* gaps.h
 * Does the capture hold all segments of a TCP connection? For when Wireshark does not count them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_GAPS_H
#define CMRP_GAPS_H

#include "rpc/association.h"

/**
 * True if something that was sent on the connection before this frame is not in the capture, or comes later. `first` is
 * its record, that of pipe 0. To be called on the first visit to every frame of a connection, as often as one likes.
 */
bool gaps_look(const packet_info *pinfo, cmrp_connection *first);

#endif
