/* datagram.c
 * What does the header of a connectionless PDU say (C706 12.5)?
 *
 * dcerpc does not hand it on, but it stands right before the stub. A stub that was put together of fragments stands
 * alone: the header of the last one is that of this frame, at the beginning of what UDP carries. Where no UDP header
 * is found, because the PDU was exported to a file of its own, the interface's UUID tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/datagram.h"

#include "rpc/segment.h"
#include "rpc/wire.h"

static bool read_header(const uint8_t *pdu, uint32_t length, cmrp_datagram *datagram)
{
    if (length < WIRE_DG_HEADER || pdu[0] != WIRE_DG_VERSION)
        return false;
    /* Client and server write in byte orders of their own. */
    wire_guid(pdu, WIRE_DG_ACTIVITY, &datagram->activity);
    datagram->boot = wire_number(pdu, WIRE_DG_BOOT, 4);
    datagram->sequence = wire_number(pdu, WIRE_DG_SEQUENCE, 4);
    datagram->type = pdu[1];
    datagram->has_status = length >= WIRE_DG_HEADER + 4;
    datagram->status = datagram->has_status ? wire_number(pdu, WIRE_DG_HEADER, 4) : 0;
    return true;
}

static bool read_behind_interface(const packet_info *pinfo, cmrp_datagram *datagram)
{
    uint32_t length;
    const uint8_t *bytes = pinfo->data_src ? segment_source(pinfo->data_src, &length) : NULL;
    const uint8_t *found = bytes ? wire_find_interface(bytes, length) : NULL;

    if (found == NULL || found - bytes < WIRE_DG_INTERFACE)
        return false;
    found -= WIRE_DG_INTERFACE;
    return read_header(found, (uint32_t)(bytes + length - found), datagram);
}

bool datagram_find(const packet_info *pinfo, cmrp_datagram *datagram)
{
    const cmrp_segment *segment = segment_find(pinfo);

    if (segment)
        return read_header(segment->bytes, segment->length, datagram);
    return read_behind_interface(pinfo, datagram);
}

bool datagram_of_stub(const packet_info *pinfo, tvbuff_t *stub, cmrp_datagram *datagram)
{
    tvbuff_t *source = tvb_get_ds_tvb(stub);
    const int start = tvb_raw_offset(stub) - WIRE_DG_HEADER;

    if (source && start >= 0 && tvb_captured_length_remaining(source, start) >= WIRE_DG_HEADER &&
        read_header(tvb_get_ptr(source, start, WIRE_DG_HEADER), WIRE_DG_HEADER, datagram))
        return true;
    return datagram_find(pinfo, datagram);
}
