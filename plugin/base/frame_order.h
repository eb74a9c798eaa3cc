/* frame_order.h
 * How far does the order of frames tell the order of events?
 *
 * Files that were joined, and captures of several queues or taps, hold frames in another order than they were
 * sent. Their time stamps show it: where time goes back, what stands earlier in the file may have come later. A
 * conclusion from the order of two frames holds only if their time stamps do not speak against it.
 *
 * Two taps whose clocks differ, but whose frames were sorted by time, show nothing of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FRAME_ORDER_H
#define CMRP_FRAME_ORDER_H

#include "base/wireshark_compat.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void frame_order_reset(void);

/** A frame that the plugin learns from, at its first visit. May be called more than once for a frame. */
void frame_order_note(const packet_info *pinfo);

/**
 * True if frame `earlier`, which was noted, was captured before the frame of `pinfo` by their time stamps too, and
 * by more than the capture was seen to mix up. True for frame 0, which stands for none.
 */
bool frame_order_is_certain(uint32_t earlier, const packet_info *pinfo);

/** True if time did not go back behind frame `since`: what was not seen since then did not come since then. */
bool frame_order_is_kept_since(uint32_t since);

/** Seconds by the stamps from an earlier moment to a frame; less than 0 if time went back. */
double frame_order_seconds_since(const packet_info *pinfo, const nstime_t *earlier);

#endif
