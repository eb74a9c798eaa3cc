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
    CMRP_OUTCOME_FAILED,
    CMRP_OUTCOME_FAULT /**< RPC failed before or in the method */
} cmrp_outcome;

/** What the status of a method says (idl/outcomes.tsv). */
cmrp_outcome outcome_of(const cmrp_method *method, uint32_t status);

/** Its name, as one says it of calls: "Succeeded". Static storage. */
const char *outcome_name(cmrp_outcome outcome);

/** Its word, as filters have it: "success". Static storage. */
const char *outcome_word(cmrp_outcome outcome);

#endif
