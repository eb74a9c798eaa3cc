/* host.h
 * How is libwireshark started inside a fuzzer?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_HOST_H
#define CMRP_FUZZ_HOST_H

#include "base/wireshark_compat.h"

#include <epan/column-info.h>

/** Starts libwireshark with the plugin that is linked in. Once; ends the program if that fails. */
void host_start(void);

/** Sets a preference by its name, for example "tcp.analyze_sequence_numbers"; ends the program if there is none. */
void host_set(const char *preference, const char *value);

/** The columns that a user sees unless others were chosen. They belong to the program. */
column_info *host_columns(void);

#endif
