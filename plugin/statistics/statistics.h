/* statistics.h
 * Which statistics are there, and where does Wireshark show them?
 *
 * By name, for tshark -q -z NAME[,FILTER] and wireshark -z NAME:
 *   cmrp,handles   statistics/stat_handles.c    the life of every context handle
 *   cmrp,findings  statistics/stat_findings.c   the rules that were broken
 *   cmrp,notify    statistics/stat_notify.c     notification ports
 *   cmrp,rules     statistics/stat_rules.c      the rules that the plugin knows (tshark only)
 *   cmrp,unbound   statistics/stat_unbound.c    connections without their bind (tshark only)
 *   cmrp,json      statistics/stat_json.c       findings and counts for programs (tshark only)
 *   cmrp,tree      statistics/stat_tree.c       calls and their outcomes
 *   cmrp,srt       statistics/stat_srt.c        response times
 *   flow,cmrp      statistics/stat_flow.c            calls as arrows between client and server
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_STATISTICS_H
#define CMRP_STATISTICS_H

/** Registers all of the above, and the menu Statistics > ClusAPI. */
void statistics_register(int proto);

void stat_handles_register(void);
void stat_findings_register(void);
void stat_notify_register(void);
void stat_rules_register(void);
void stat_unbound_register(void);
void stat_json_register(void);
void stat_tree_register(void);
void stat_srt_register(int proto);
void flow_register(int proto);

#endif
