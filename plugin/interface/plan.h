/* plan.h
 * What can be said of a method before any PDU of it is seen?
 *
 * Each PDU is asked the same things about its method: which parameter is the status, which the key, whether
 * any buffer is to be looked into. The answers are worked out from the descriptors when Wireshark starts, so
 * that the way of a PDU has no search through parameters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PLAN_H
#define CMRP_PLAN_H

#include "interface/descriptors.h"

typedef struct {
    uint16_t number;                  /**< of the method, below plan_count(): tables may go by it */
    int8_t in[CMRP_MAX_SIBLINGS + 1]; /**< parameters that go in, as on the wire; -1 ends them */
    int8_t out[CMRP_MAX_SIBLINGS + 1]; /**< likewise, those that go out */
    int8_t request[CMRP_ROLE_TOLD];    /**< by role: first parameter of it that goes in, or -1 */
    int8_t response[CMRP_ROLE_TOLD];   /**< likewise, that goes out */
    int8_t control_code;               /**< parameter with a control code, or -1 */
    bool keeps_numbers; /**< somebody asks on the response what the request's numbers were */
    bool has_counts;    /**< some parameter's count stands in another one */
    bool has_formats;   /**< the bytes of some parameter, or of a member in one, have a meaning */
} cmrp_plan;

/** Makes the plans of all methods. To be called once. */
void plan_start(void);

/** How many methods there are, of both versions. */
unsigned plan_count(void);

/** The plan of a method. */
const cmrp_plan *plan_of(const cmrp_method *method);

/** Its parameters in one direction: indexes in the order of the wire, -1 at the end. */
static inline const int8_t *plan_params(const cmrp_plan *plan, bool response)
{
    return response ? plan->out : plan->in;
}

#endif
