/* case.h
 * What is put before a rule? One PDU with all that the capture says of it, and questions that several
 * families ask.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CASE_H
#define CMRP_CASE_H

#include "cmrp_constants.h"
#include "rules/catalogue.h"
#include "state/call.h"

/** Is a handle of the request what the method needs, as far as the capture shows? */
typedef enum {
    CMRP_FIT_UNKNOWN, /**< there is none, or nobody saw it opened, or it may have ended */
    CMRP_FIT,         /**< certainly; what follows is unfit */
    CMRP_UNFIT_CLOSED,
    CMRP_UNFIT_TYPE,
    CMRP_UNFIT_FOREIGN,       /**< given to another association or client */
    CMRP_UNFIT_NEVER_OBTAINED /**< no answer gave it to its association */
} cmrp_handle_verdict;

/**
 * One PDU of a call before its judges. A check that finds a breach fills the last four members, the section only if need be. Faults have
 * neither a `pdu` nor a `di` in their `context`. On its maker's stack.
 */
typedef struct cmrp_case {
    const cmrp_context *context;
    const cmrp_rule *rule; /**< that is being asked */
    const cmrp_method *method;
    const cmrp_pdu *pdu;
    uint32_t fault;         /**< only for faults: their status */
    uint32_t request_frame; /**< of the call */
    const cmrp_call *call;
    const cmrp_life
        *in[CMRP_MAX_HANDLES]; /**< lives of the request's handles, in wire order; or NULL */
    cmrp_handle_verdict verdicts[CMRP_MAX_HANDLES];
    uint8_t suspects;     /**< bit i: handle i of the request is suspect (see check_handle) */
    const cmrp_life *out; /**< life that the response began, or NULL */
    bool has_status;
    uint32_t status;
    const char *section;  /**< where the demand stands, if not where the rule says; NULL; static */
    const char *detail;   /**< what was instead: the second half of a sentence, packet scope */
    int param;            /**< parameter that it is about, or CMRP_NO_SIBLING */
    uint32_t evidence[2]; /**< frames that prove it, 0 if there are less */
} cmrp_case;

/** For rules that concern one version of the interface. */
bool check_is_of_version_2(const cmrp_method *method);
bool check_is_of_version_3(const cmrp_method *method);

/** True if the method's page lists the status. */
bool check_lists_status(const cmrp_method *method, uint32_t status);

/** A parameter's number. False if it was not in the PDU. */
bool check_number(const cmrp_case *c, int param, uint64_t *number);

/** A number of the request, asked on the response. False if it is not known. */
bool check_request_number(const cmrp_case *c, int param, uint64_t *number);

/** A code unit of a string parameter that is there; 0 at its end. */
uint16_t check_unit(const cmrp_case *c, int param, uint32_t index);

/** True if the response says that the method succeeded. */
bool check_succeeded(const cmrp_case *c);

/** True if the parameter holds the NULL handle. */
bool check_handle_is_null(const cmrp_case *c, int param);

/**
 * Records a breach: the parameter, and what was, in the manner of printf. It goes on where the rule's own sentence ends:
 * "Client must set dwOptions to 0; this one is 0x00000001." Returns CMRP_BROKEN.
 */
cmrp_verdict check_broken(cmrp_case *c, int param, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** Leaves a number to the same rule when it is asked on the response. Overwrites what it left before. */
void check_leave(cmrp_case *c, uint32_t number);

/** What the rule left when it was asked on the request; false if nothing. */
bool check_left(const cmrp_case *c, uint32_t *number);

/** True if the life was seen to begin, and its bytes certainly mean no other one since. */
bool check_is_certain(const cmrp_life *life);

/** True if the life certainly was over when the PDU was sent. */
bool check_is_dead(const cmrp_case *c, const cmrp_life *life);

/** True if the life was seen to begin, belongs to the case's association and certainly goes on. */
bool check_is_alive(const cmrp_case *c, const cmrp_life *life);

/**
 * True if a handle of the request that is fit may have become invalid before the server looked at it: somebody closes it
 * meanwhile, or its object may have been deleted, and whether the handle outlives that no page says.
 */
bool check_may_be_invalid(const cmrp_case *c, unsigned place);

/** True if the method's first handle is a port, of one version, that it does not close. */
bool check_takes_port(const cmrp_method *method);

/** Is the request's port of the version that its method takes? For methods that check_takes_port(). */
cmrp_verdict check_port_version(const cmrp_case *c);

/**
 * True if no request of the association can have been missed without a trace: a server that acknowledges
 * one shows it on the connection on which it answers, but not on another one.
 */
bool check_sees_every_request(const cmrp_case *c);

/**
 * True if no answer gave the handle of the life to the case's association, which began in the capture, as did all others
 * of its server, and has one connection, of which nothing was missed. Once the server took it for valid nobody asks
 * again: it may know more.
 */
bool check_is_never_obtained(const cmrp_case *c, const cmrp_life *life);

/** True if it is certain that the life belongs to another association than the case. */
bool check_is_foreign(const cmrp_case *c, const cmrp_life *life);

#endif
