/* rules_problem.h
 * Can every row of the rules work?
 *
 * A row may be written so that it is never asked, or asked where it cannot answer. That is found out when
 * the first PDU is judged, so that whoever adds a rule sees it in every test that reads a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_RULES_PROBLEM_H
#define CMRP_RULES_PROBLEM_H

#include "rules/rule.h"

/**
 * What is wrong with the rules, all of them, NULL at the end: one sentence, to be freed with g_free(); NULL
 * if nothing is.
 */
char *rules_problem(const cmrp_rule *const *rules);

#endif
