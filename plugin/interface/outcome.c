/* outcome.c
 * How did a call end, for somebody who asks what went wrong?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "interface/outcome.h"

#include "cmrp_constants.h"
#include "cmrp_tables.h"

static const struct {
    const char *name;
    const char *word;
} outcomes[] = { [CMRP_OUTCOME_SUCCEEDED] = { "Succeeded", "success" },
                 [CMRP_OUTCOME_CONTINUES] = { "Continues", "continues" },
                 [CMRP_OUTCOME_FAILED] = { "Failed", "failure" },
                 [CMRP_OUTCOME_FAULT] = { "Fault", "fault" } };

cmrp_outcome outcome_of(const cmrp_method *method, uint32_t status)
{
    if (status == CMRP_ERROR_SUCCESS)
        return CMRP_OUTCOME_SUCCEEDED;
    for (unsigned i = 0; i < cmrp_no_failure_count; i++) {
        const cmrp_no_failure *row = &cmrp_no_failures[i];

        if (row->status == status && (row->opnum == method->opnum || row->opnum == CMRP_ANY_OPNUM))
            return CMRP_OUTCOME_CONTINUES;
    }
    return CMRP_OUTCOME_FAILED;
}

const char *outcome_name(cmrp_outcome outcome)
{
    return outcomes[outcome].name;
}

const char *outcome_word(cmrp_outcome outcome)
{
    return outcomes[outcome].word;
}
