/* segment.h
 * Where in a frame does what TCP or UDP carry begin and end?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_SEGMENT_H
#define CMRP_SEGMENT_H

#include "base/wireshark_compat.h"

/** Flags of the TCP header (RFC 9293 3.1). */
#define SEGMENT_FIN 0x01
#define SEGMENT_RST 0x04

/** What a TCP segment or a UDP datagram carries, as far as it was captured. Lives as long as the dissection. */
typedef struct {
    const uint8_t *bytes; /**< NULL if nobody knows where it stands */
    uint32_t length;
    uint32_t sequence; /**< TCP: number of the first byte, as it was sent */
    uint8_t flags;     /**< TCP: SEGMENT_FIN and so on */
    bool whole;        /**< all of it was captured */
} cmrp_segment;

/**
 * Finds the segment or datagram of this frame, the innermost if it travels in a tunnel. It ends where IP says: bytes
 * behind that belong to the network. False if the frame has no TCP or UDP header that can be found.
 */
bool segment_find(const packet_info *pinfo, cmrp_segment *segment);

/** Forgets everything: to be called when a capture file is closed or opened. */
void segment_reset(void);

/** The bytes of a data source that were captured: NULL if there are none. */
const uint8_t *segment_source(const GSList *source, uint32_t *length);

#endif
