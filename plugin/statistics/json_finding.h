/* json_finding.h
 * How is a finding written as JSON? docs/json.md says what its members mean.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_JSON_FINDING_H
#define CMRP_JSON_FINDING_H

#include "statistics/tap.h"

/** A stream of TCP or UDP, as Wireshark numbers them. */
typedef struct {
    bool known;
    uint32_t number;
} cmrp_json_stream;

/** Writes a finding of what the tap was told, by its place there, as a line on standard output. */
void json_finding_write(const packet_info *pinfo, const cmrp_tap *t, unsigned place,
                        const cmrp_json_stream *stream);

#endif
