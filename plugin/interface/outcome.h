/* outcome.h
 * How did a call end, for somebody who asks what went wrong?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_OUTCOME_H
#define CMRP_OUTCOME_H

#include "interface/descriptors.h"

typedef enum {
    CMRP_OUTCOME_SUCCEEDED,
    CMRP_OUTCOME_CONTINUES, /**< it still runs, there is more to ask for, or there was nothing to tell */
    CMRP_OUTCOME_FAILED
} cmrp_outcome;

/** Their names, for a field's `strings`. */
extern const value_string cmrp_outcomes[];

/** What the status of a method says (idl/outcomes.tsv). */
cmrp_outcome outcome_of(const cmrp_method *method, uint32_t status);

/** Its name. Static storage. */
const char *outcome_name(cmrp_outcome outcome);

#endif
