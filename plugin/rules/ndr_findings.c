/* ndr_findings.c
 * What do the notes of the NDR reader say of a PDU?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/ndr_findings.h"

#include "interface/fields.h"
#include "rpc/auth.h"
#include "rules/findings.h"

static cmrp_defect defect_of_breach(cmrp_breach_kind kind)
{
    switch (kind) {
    case CMRP_BREACH_OFFSET:
        return CMRP_DEFECT_NDR_OFFSET_NOT_ZERO;
    case CMRP_BREACH_ACTUAL:
        return CMRP_DEFECT_NDR_ACTUAL_EXCEEDS_MAXIMUM;
    case CMRP_BREACH_TERMINATOR:
        return CMRP_DEFECT_NDR_STRING_NOT_TERMINATED;
    default:
        return CMRP_DEFECT_NDR_COUNT_MISMATCH;
    }
}

static cmrp_defect defect_of_error(cmrp_read_error error)
{
    /* No other error can happen: no type of the interface nests too deep. */
    return error == CMRP_READ_COUNT ? CMRP_DEFECT_NDR_COUNT_EXCEEDS_DATA
                                    : CMRP_DEFECT_NDR_TRUNCATED;
}

static const char *describe_breach(wmem_allocator_t *pool, const cmrp_breach *breach)
{
    switch (breach->kind) {
    case CMRP_BREACH_OFFSET:
        return wmem_strdup_printf(pool, "that of %s is %" PRIu64 ".", breach->name, breach->found);
    case CMRP_BREACH_ACTUAL:
    case CMRP_BREACH_COUNT:
        return wmem_strdup_printf(pool, "that of %s is %" PRIu64 ", not %" PRIu64 ".", breach->name,
                                  breach->found, breach->expected);
    default:
        return wmem_strdup_printf(pool, "%s does not.", breach->name);
    }
}

/**
 * A stub that was not captured whole, or a fragment, shows less than was sent: no one has broken a rule.
 * That the frame was cut says nothing: a PDU that stands before the cut is whole.
 */
bool ndr_findings_is_cut(const cmrp_pdu *pdu, const packet_info *pinfo)
{
    const bool short_of_bytes = pdu->error == CMRP_READ_TRUNCATED || pdu->error == CMRP_READ_COUNT;

    return short_of_bytes &&
           (pinfo->fragmented || tvb_captured_length(pdu->tvb) < tvb_reported_length(pdu->tvb));
}

static void show_unread(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree)
{
    const cmrp_defect defect =
        ndr_findings_is_cut(pdu, pinfo) ? CMRP_DEFECT_CUT_SHORT : defect_of_error(pdu->error);
    const char *detail = wmem_strdup_printf(
        pinfo->pool, "reading %s at offset %" PRIu64 " of %u needs %" PRIu64 " %s.",
        pdu->error_name, pdu->error_offset, length, pdu->error_needs,
        pdu->error == CMRP_READ_COUNT ? "elements" : "bytes");
    proto_item *item = NULL;

    if (tree && pdu->end < length)
        item = proto_tree_add_item(tree, hf_cmrp_ndr_unread, pdu->tvb, (int)pdu->end,
                                   (int)(length - pdu->end), ENC_NA);
    finding_show(pinfo, tree, item, pdu->tvb, defect, pdu->method, detail);
}

/**
 * True if a verification trailer follows the stub (MS-RPCE 2.2.2.13): it is aligned to 4 bytes, so
 * that up to 3 bytes of padding stand before it. dcerpc cuts the trailer off before it calls us. Or if
 * the stub of a datagram is aligned to 8 bytes, for the security trailer (MS-RPCE 2.2.3.4).
 */
static bool is_padding(const cmrp_pdu *pdu, uint32_t length, const packet_info *pinfo)
{
    static const uint8_t signature[8] = { 0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71 };
    tvbuff_t *source = tvb_get_ds_tvb(pdu->tvb);
    const int after = tvb_raw_offset(pdu->tvb) + (int)length;

    if (length - pdu->end < 8 && auth_pads_datagram(pinfo, pdu->tvb))
        return true;
    return length - pdu->end < 4 && source != NULL &&
           tvb_bytes_exist(source, after, (int)sizeof(signature)) &&
           tvb_memeql(source, after, signature, sizeof(signature)) == 0;
}

static void show_trailing(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo,
                          proto_tree *tree)
{
    const uint32_t bytes = length - (uint32_t)pdu->end;
    proto_item *item = NULL;

    if (tree)
        item = proto_tree_add_item(tree, hf_cmrp_ndr_trailing, pdu->tvb, (int)pdu->end, (int)bytes,
                                   ENC_NA);
    if (!is_padding(pdu, length, pinfo))
        finding_show(pinfo, tree, item, pdu->tvb, CMRP_DEFECT_NDR_TRAILING_BYTES, pdu->method,
                     wmem_strdup_printf(pinfo->pool, "there are %u more bytes.", bytes));
}

void ndr_findings_show(const cmrp_pdu *pdu, uint32_t length, packet_info *pinfo, proto_tree *tree)
{
    for (unsigned i = 0; i < pdu->breach_count; i++) {
        const cmrp_breach *breach = &pdu->breaches[i];

        finding_show(pinfo, tree, breach->item, pdu->tvb, defect_of_breach(breach->kind),
                     pdu->method, describe_breach(pinfo->pool, breach));
    }
    if (!pdu_whole(pdu))
        show_unread(pdu, length, pinfo, tree);
    else if (pdu->end < length)
        show_trailing(pdu, length, pinfo, tree);
}
