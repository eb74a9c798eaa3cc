/* gaps.c
 * Does the capture hold all segments of a TCP connection? For when Wireshark does not count them.
 *
 * What stands before a segment, and what it acknowledges, was sent before: if the capture did not show it by then, it
 * misses it. If it comes later, dcerpc gets it in the wrong order, which is no better. (Wireshark's preference "Analyze TCP sequence numbers", which many switch off for speed, says the same.)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/gaps.h"

#include "base/bounds.h"
#include "rpc/segment.h"

/** True if the bytes from `from` to `to` were missing up to now. */
static bool fills(cmrp_sent *sent, uint32_t from, uint32_t to)
{
    if (from == to || !segment_is_before(from, sent->missing_to) ||
        !segment_is_before(sent->missing, to))
        return false;
    if (!segment_is_before(sent->missing, from))
        sent->missing = segment_is_before(to, sent->missing_to) ? to : sent->missing_to;
    sent->late = true;
    return true;
}

/** One end sent the bytes from `from` to `to`. True if others before them were not seen, or not in their order. */
static bool note_sent(cmrp_sent *sent, uint32_t from, uint32_t to)
{
    bool disorder;
    const bool ahead = sent->known && segment_is_before(sent->to, from);
    /* Another connection of the same ports, whose beginning was not seen. */
    const bool behind = sent->known && !ahead && sent->to - from >= CMRP_STREAM_JUMP;

    if (!sent->known || behind) {
        *sent = (cmrp_sent){ .to = to, .missing = to, .missing_to = to, .known = true };
        return behind;
    }
    if (ahead) {
        if (sent->missing == sent->missing_to)
            sent->missing = sent->to;
        sent->missing_to = from;
    } else if (fills(sent, from, to)) {
        return true;
    }
    if (!segment_is_before(sent->to, to))
        return ahead;
    /* What begins with bytes that were seen is put together as if all of them were new. */
    disorder = ahead || sent->late || segment_is_before(from, sent->to);
    sent->late = false;
    sent->to = to;
    return disorder;
}

static bool look(const packet_info *pinfo, cmrp_connection *first)
{
    const unsigned side = segment_side(pinfo);
    const cmrp_segment *s = segment_find(pinfo);
    uint32_t end;
    bool gap;

    if (s == NULL)
        return true;
    if ((s->flags & SEGMENT_RST) && !(s->flags & SEGMENT_ACK))
        return false;
    /* Its number is the first of a connection. */
    if (s->flags & SEGMENT_SYN)
        first->sent[side].known = false;
    end =
        s->sequence + s->length + ((s->flags & SEGMENT_SYN) != 0) + ((s->flags & SEGMENT_FIN) != 0);
    gap = note_sent(&first->sent[side], s->sequence, end);
    if (s->flags & SEGMENT_ACK)
        gap |= note_sent(&first->sent[!side], s->acknowledged, s->acknowledged);
    else
        first->sent[!side].known = false;
    return gap;
}

bool gaps_look(const packet_info *pinfo, cmrp_connection *first)
{
    if (look(pinfo, first))
        first->gap_in = pinfo->num;
    return first->gap_in == pinfo->num;
}
