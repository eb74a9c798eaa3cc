/* host_statistics.h
 * Who listens to the plugin's statistics while a fuzzer runs?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_HOST_STATISTICS_H
#define CMRP_FUZZ_HOST_STATISTICS_H

#include <stdbool.h>

/** Starts a listener for each statistic of the plugin. Once, after libwireshark was started. */
void host_statistics_listen(void);

/** Empties all statistics; draws them before as tshark would at the end of a capture, if wanted. */
void host_statistics_end(bool draw);

#endif
