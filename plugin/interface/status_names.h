/* status_names.h
 * What is a status code called, and what does it mean?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_STATUS_NAMES_H
#define CMRP_STATUS_NAMES_H

#include "base/wireshark_compat.h"

/** The names of Win32 errors (MS-ERREF 2.2), for a field's `strings`: made at build time (cmrp_status_names.c). */
extern value_string_ext cmrp_statuses_ext;

/** The same for rpc_status, whose own values have the names of C706 appendix E. */
extern value_string_ext cmrp_rpc_statuses_ext;

/** The same for the status of a fault, whose own values have the names of C706 appendix E, too. */
extern value_string_ext cmrp_fault_statuses_ext;

/** What Win32 errors mean, in a few words: made at build time of idl/status_texts.tsv. */
extern value_string_ext cmrp_status_texts_ext;

/** The name of a status code, or NULL if it is no Win32 error. Static storage. */
const char *status_name(uint32_t status);

/** What a status code means, in a few words; NULL if the tables have none. Static storage. */
const char *status_text(uint32_t status);

/** The name of a fault PDU's status, or NULL. Static storage. */
const char *status_fault_name(uint32_t status);

/** True if C706 appendix E names the value of rpc_status. */
bool status_is_rpc(uint32_t status);

/** True if the status is one of the Win32 errors that belong to RPC alone. */
bool status_is_win32_of_rpc(uint32_t status);

#endif
