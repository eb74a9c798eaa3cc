/* judge.h
 * Does a PDU keep the rules of MS-CMRP? Checks of single calls against the rules.
 *
 * A check is a row: the rule, when it applies, and a function that looks at one case and says kept,
 * broken or undecided. What cannot be decided from the capture is never a finding. Checks run once, on
 * the first visit; their findings are kept with the call and shown at every visit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_JUDGE_H
#define CMRP_JUDGE_H

#include "rpc/binds.h"
#include "rules/rule.h"
#include "state/call.h"

typedef enum {
    CMRP_KEPT,
    CMRP_BROKEN,
    CMRP_UNDECIDED /**< the capture does not hold what it takes */
} cmrp_verdict;

enum {
    CMRP_ON_REQUEST = 1 << 0,
    CMRP_ON_RESPONSE = 1 << 1, /**< of a call whose request was read whole */
    CMRP_ON_UNREAD = 1 << 2,   /**< response of a call whose request could not be read to its end */
    CMRP_ON_FAULT = 1 << 3,    /**< that answers a call */
    CMRP_ON_BIND = 1 << 4,     /**< or alter_context, for the interface */
    CMRP_ON_BIND_ACK = 1 << 5, /**< the answer to one */
    CMRP_ONCE = 1 << 6,  /**< holds for a connection: found once, on the first PDU that shows it */
    CMRP_FIRST = 1 << 7, /**< likewise, and the first PDU that decides it is the only one asked */
    /* For the sake of speed: a check of a PDU that was learnt finds no breach unless */
    CMRP_IF_SUCCESS = 1 << 8, /**< the status of the response is success */
    CMRP_IF_FAILURE = 1 << 9, /**< the response has a status, and it is none */
    CMRP_IF_SUSPECT_HANDLES =
        1 << 10 /**< a handle of the request is NULL, unfit, of the other version or of what
                               was deleted; or the request was no consistent NDR */
};

#define CMRP_NO_PARAM (-1)

/** Is a handle of the request what the method needs, as far as the capture shows? */
typedef enum {
    CMRP_FIT_UNKNOWN, /**< there is none, or nobody saw it opened, or it may have ended */
    CMRP_FIT,         /**< certainly; what follows is unfit */
    CMRP_UNFIT_CLOSED,
    CMRP_UNFIT_TYPE,
    CMRP_UNFIT_FOREIGN /**< given to another association or client */
} cmrp_handle_verdict;

/**
 * One PDU before its judges. A check that finds a breach fills the last three members. Binds and
 * faults have neither a `pdu` nor a `di` in their `context`; binds have no method and no call.
 */
typedef struct {
    const cmrp_context *context;
    const cmrp_method *method;
    const cmrp_pdu *pdu;
    const cmrp_bind *bind;  /**< only for binds and their answers */
    uint32_t fault;         /**< only for faults: their status */
    uint32_t request_frame; /**< of the call */
    const cmrp_call *call;
    const cmrp_life
        *in[CMRP_MAX_HANDLES]; /**< lives of the request's handles, in wire order; or NULL */
    cmrp_handle_verdict verdicts[CMRP_MAX_HANDLES];
    bool suspect_handles; /**< CMRP_IF_SUSPECT_HANDLES holds */
    const cmrp_life *out; /**< life that the response began, or NULL */
    bool has_status;
    uint32_t status;
    const char *detail;   /**< what exactly is wrong: a sentence, packet scope */
    int param;            /**< parameter that it is about, or CMRP_NO_PARAM */
    uint32_t evidence[2]; /**< frames that prove it, 0 if there are less */
} cmrp_case;

typedef struct {
    cmrp_rule rule;
    uint16_t on;                                 /**< CMRP_ON_REQUEST and so on */
    bool (*concerns)(const cmrp_method *method); /**< asked once for each method; NULL: all */
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
void judge_check(const cmrp_context *context);

/** Runs the checks on how the PDU travelled. Its stub need not have been read. For first visits. */
void judge_check_transport(const cmrp_context *context);

/** Runs the checks on a response whose request could not be read. For first visits. */
void judge_check_unread(const cmrp_context *context);

/** Runs the checks on a fault that answers the moment's call. Findings go to the frame. */
void judge_check_fault(const cmrp_context *context, const cmrp_method *method,
                       uint32_t request_frame, uint32_t status);

/** Runs the checks on a bind or its answer. Findings go to the frame. */
void judge_check_bind(const cmrp_context *context, const cmrp_bind *bind);

/** Shows the findings that are kept for the PDU. `tree` may be NULL. */
void judge_show(const cmrp_context *context, proto_tree *tree);

#endif
