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
#define SEGMENT_SYN 0x02
#define SEGMENT_RST 0x04
#define SEGMENT_ACK 0x10

/** What a TCP segment or a UDP datagram carries, as far as it was captured. Lives as long as the dissection. */
typedef struct {
    const uint8_t *bytes; /**< NULL if nobody knows where it stands */
    uint32_t length;
    uint32_t sequence; /**< TCP: number of the first byte, as it was sent */
    uint32_t
        acknowledged; /**< TCP: number of the byte that the sender waits for, if SEGMENT_ACK says so */
    uint8_t flags;    /**< TCP: SEGMENT_FIN and so on */
    bool whole;       /**< all of it was captured */
    bool empty;       /**< TCP: it was certainly sent without data */
} cmrp_segment;

/**
 * Finds the segment or datagram of this frame, the innermost if it travels in a tunnel. It ends where IP says: bytes
 * behind that belong to the network. NULL if the frame has no TCP or UDP header that can be found. Valid until another
 * frame is asked for.
 */
const cmrp_segment *segment_find(const packet_info *pinfo);

/** True if the innermost TCP segment of this frame was certainly sent without data, be its header captured whole or not. */
bool segment_is_empty(const packet_info *pinfo);

/** Which end of its connection sent this frame: 0 the lower port, or of equal ones the lower address, 1 the other. */
unsigned segment_side(const packet_info *pinfo);

/** True if sequence number `a` comes before `b`. */
static inline bool segment_is_before(uint32_t a, uint32_t b)
{
    return a != b && b - a <= INT32_MAX;
}

/** Forgets everything: to be called when a capture file is closed or opened. */
void segment_reset(void);

/** The bytes of a data source that were captured: NULL if there are none. */
const uint8_t *segment_source(const GSList *source, uint32_t *length);

/** True if these bytes are the segment's own. */
static inline bool segment_holds(const cmrp_segment *segment, const uint8_t *bytes)
{
    return bytes >= segment->bytes && bytes < segment->bytes + segment->length;
}

#endif
