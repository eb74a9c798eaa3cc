/* conformance.h
 * Does a PDU keep the rules of MS-CMRP? Checks of single calls against the rules.
 *
 * A check is a row: the rule, when it applies, and a function that looks at one case and says kept,
 * broken or undecided. What cannot be decided from the capture is never a finding. Checks run once, on
 * the first visit; their findings are kept with the call and shown at every visit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CONFORMANCE_H
#define CMRP_CONFORMANCE_H

#include "call.h"
#include "rules.h"

typedef enum {
    CMRP_KEPT,
    CMRP_BROKEN,
    CMRP_UNDECIDED /**< the capture does not hold what it takes */
} cmrp_verdict;

enum {
    CMRP_ON_REQUEST = 1 << 0,
    CMRP_ON_RESPONSE = 1 << 1 /**< of a call whose request was read whole */
};

#define CMRP_NO_PARAM (-1)

/** One PDU before its judges. A check that finds a breach fills the last three members. */
typedef struct {
    const cmrp_moment *moment;
    const cmrp_method *method;
    const cmrp_pdu *pdu;
    const cmrp_call *call;
    const cmrp_life *in[CMRP_MAX_HANDLES]; /**< lives of the request's handles, in wire order; or NULL */
    const cmrp_life *out;                  /**< life that the response began, or NULL */
    bool has_status;
    uint32_t status;
    const char *detail;   /**< what exactly is wrong: a sentence, packet scope */
    int param;            /**< parameter that it is about, or CMRP_NO_PARAM */
    uint32_t evidence[2]; /**< frames that prove it, 0 if there are less */
} cmrp_case;

typedef struct {
    cmrp_rule rule;
    uint8_t on;                                    /**< CMRP_ON_REQUEST, CMRP_ON_RESPONSE */
    bool (*concerns)(const cmrp_method *method);   /**< asked once for each method */
    cmrp_verdict (*test)(cmrp_case *the_case);
} cmrp_check;

/** A finding that is kept with its call. File scope. */
typedef struct cmrp_finding {
    struct cmrp_finding *next;
    const cmrp_check *check;
    const char *detail;
    uint32_t evidence[2];
    int16_t param;
    bool response;
} cmrp_finding;

/**
 * All checks, by family, for the registration of expert items. Each family is an array that ends with
 * a check whose rule has no id; a NULL ends the list.
 */
extern const cmrp_check *const cmrp_families[];

/** Runs the checks that concern the PDU's method, on a PDU that was just learnt. */
void conformance_check(const cmrp_moment *moment);

/** Shows the findings that are kept for the PDU. `tree` may be NULL. */
void conformance_show(const cmrp_moment *moment, proto_tree *tree);

#endif
