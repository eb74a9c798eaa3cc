/* wireshark_sequence.h
 * How does Wireshark's library take the arrows of a flow graph?
 *
 * The library exports what is declared here, but the header that declares it (epan/sequence_analysis.h)
 * is not installed by any release. Only what statistics/stat_flow.c needs, and of the structures only the first members:
 * the library itself allocates them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_WIRESHARK_SEQUENCE_H
#define CMRP_WIRESHARK_SEQUENCE_H

#include "base/wireshark_compat.h"

#include <epan/tap.h>

/** One arrow. */
typedef struct {
    uint32_t frame_number;
    address src_addr;
    uint16_t port_src;
    address dst_addr;
    uint16_t port_dst;
    char *frame_label; /**< above the arrow */
    char *time_str;
    char *comment;     /**< beside the graph */
    uint16_t conv_num; /**< arrows of one conversation look alike */
    unsigned fg_color;
    unsigned bg_color;
    cmrp_boolean has_color_filter;
    cmrp_boolean display;
    unsigned src_node;
    unsigned dst_node;
    uint16_t line_style; /**< width of the arrow */
} seq_analysis_item_t;

/** The graph. */
typedef struct {
    const char *name;
    cmrp_boolean any_addr;
    int nconv;
    GQueue *items; /**< of seq_analysis_item_t */
} seq_analysis_info_t;

WS_DLL_PUBLIC void register_seq_analysis(const char *name, const char *ui_name, const int proto_id,
                                         const char *tap_listener, unsigned tap_flags,
                                         tap_packet_cb tap_func);
WS_DLL_PUBLIC seq_analysis_item_t *sequence_analysis_create_sai_with_addresses(
    packet_info *pinfo, seq_analysis_info_t *sainfo);
WS_DLL_PUBLIC void sequence_analysis_use_color_filter(packet_info *pinfo, seq_analysis_item_t *sai);

#endif
