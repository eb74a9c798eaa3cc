/* case.h
 * What do the families of checks share? Their tables, and questions that several of them ask.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CASE_H
#define CMRP_CASE_H

#include "cmrp_constants.h"
#include "rules/judge.h"

/* The families; each ends with a row without id. */
extern const cmrp_check checks_open[];
extern const cmrp_check checks_close[];
extern const cmrp_check checks_handle[];
extern const cmrp_check checks_status[];
extern const cmrp_check checks_access[];
extern const cmrp_check checks_filter[];
extern const cmrp_check checks_notify[];
extern const cmrp_check checks_event[];
extern const cmrp_check checks_transport[];
extern const cmrp_check checks_fault[];
extern const cmrp_check checks_ndr[];
extern const cmrp_check checks_state[];
extern const cmrp_check checks_enum[];
extern const cmrp_check checks_control[];
extern const cmrp_check checks_registry[];
extern const cmrp_check checks_batch[];
extern const cmrp_check checks_flags[];
extern const cmrp_check checks_node[];
extern const cmrp_check checks_name[];

/** How a PDU travelled: all that the checks of transport ask of one PDU of a connection; never 0. */
uint32_t checks_way_of(const cmrp_context *context);

/** The first parameter of a role that goes in a direction (CMRP_IN, CMRP_OUT), or CMRP_NO_PARAM. */
int check_param(const cmrp_method *method, cmrp_role role, unsigned direction);

/** The parameter of a name, or CMRP_NO_PARAM. */
int check_param_named(const cmrp_method *method, const char *name);

/** The parameter in which the request's handle number `place` stands. */
int check_handle_param(const cmrp_method *method, unsigned place);

/** The handle type that the method expects in a parameter. */
cmrp_handle_type check_handle_type(const cmrp_method *method, int param);

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

/** Records a breach: the parameter, and a sentence in the manner of printf. Returns CMRP_BROKEN. */
cmrp_verdict check_broken(cmrp_case *c, int param, const char *format, ...) G_GNUC_PRINTF(3, 4);

/** True if the life was seen to begin, and its bytes certainly mean no other one since. */
bool check_is_certain(const cmrp_life *life);

/** True if the life certainly was over when the PDU was sent. */
bool check_is_dead(const cmrp_case *c, const cmrp_life *life);

/** True if the life was seen to begin, belongs to the case's association and certainly goes on. */
bool check_is_alive(const cmrp_case *c, const cmrp_life *life);

/**
 * True if no request of the association can have been missed without a trace: a server that acknowledges
 * one shows it on the connection on which it answers, but not on another one.
 */
bool check_sees_every_request(const cmrp_case *c);

/** True if it is certain that the life belongs to another association than the case. */
bool check_is_foreign(const cmrp_case *c, const cmrp_life *life);

#endif
