/* wireshark_compat.h
 * Where do Wireshark releases differ? The only file that knows.
 *
 * Supported: 4.0, 4.4 and 4.6. The rest of the plugin is written for the newest of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_WIRESHARK_COMPAT_H
#define CMRP_WIRESHARK_COMPAT_H

/* Wireshark's headers want this name for its log messages; set before the first of them. */
#ifndef WS_LOG_DOMAIN
#define WS_LOG_DOMAIN "cmrp"
#endif

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <wireshark.h>

#include <epan/conversation.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/dissectors/packet-dcerpc.h>
#include <ws_version.h>
#include <wsutil/pint.h>

#define CMRP_WIRESHARK_AT_LEAST(major, minor)                                                      \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Up to 4.0 truth values are gboolean in the signatures of taps and hash tables. */
#if CMRP_WIRESHARK_AT_LEAST(4, 2)
typedef bool cmrp_boolean;
#else
typedef gboolean cmrp_boolean;
#endif

/* 4.6 says in the names of its byte-order functions whether they are signed. */
#if !CMRP_WIRESHARK_AT_LEAST(4, 6)
#define pntohu16(p) pntoh16(p)
#define pntohu32(p) pntoh32(p)
#define pntohu64(p) pntoh64(p)
#define pletohu16(p) pletoh16(p)
#define pletohu32(p) pletoh32(p)
#define pletohu64(p) pletoh64(p)
#endif

#endif
