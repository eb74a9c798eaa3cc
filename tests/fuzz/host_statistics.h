/* host_statistics.h
 * Who listens to the plugin's statistics while a fuzzer runs?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_HOST_STATISTICS_H
#define CMRP_FUZZ_HOST_STATISTICS_H

/** Starts a listener for each statistic of the plugin. Once, after libwireshark was started. */
void host_statistics_listen(void);

/** Draws all statistics, as tshark would at the end of a capture, and empties them. */
void host_statistics_end(void);

#endif
