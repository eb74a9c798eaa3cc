/* win32_errors.c
 * Which Win32 errors does Wireshark's header list? Only preprocessed, never compiled: the build reads the names
 * and numbers from the text (idl/cmrpidl/back/emit_status_names.py).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <epan/dissectors/packet-windows-common.h>

#define CMRP_ROW(name, value) cmrp_win32_error name value;

WERR_errors_VALUE_STRING_LIST(CMRP_ROW)
