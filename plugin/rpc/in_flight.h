/* in_flight.h
 * Which calls of a connection wait for their answer?
 *
 * dcerpc tells the plugin of requests and responses, but not of faults, nor of what is sealed. These name their call by
 * number: the lists say which call that is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_IN_FLIGHT_H
#define CMRP_IN_FLIGHT_H

#include "interface/descriptors.h"
#include "rpc/association.h"

/** A call that was asked and not answered. */
struct cmrp_in_flight {
    const cmrp_method *method;
    cmrp_call *call;
    cmrp_association *association;
    uint32_t number; /**< call id; over UDP the sequence number */
    uint32_t frame;  /**< of the request; of several fragments, of the first one. 0: not known */
    nstime_t time;   /**< and when that was */
};

/** A request was seen for the first time, by whatever way. The entry is copied. */
void in_flight_add(cmrp_connection *connection, const struct cmrp_in_flight *request);

/** The same of a request that dcerpc handed on. */
void in_flight_asked(const cmrp_context *context);

/** A response was seen for the first time. */
void in_flight_answered(const cmrp_context *context);

/** True if the answer to a call that is in flight may bring a handle, as far as is known. */
bool in_flight_opens(const cmrp_connection *connection);

/**
 * What dcerpc does not hand on, a fault or a sealed response, answers the call of this number: takes it off the list.
 * False if nobody knows it. Over UDP `activity` is the activity id; NULL over TCP.
 */
bool in_flight_take(cmrp_connection *connection, uint32_t number, const e_guid_t *activity,
                    struct cmrp_in_flight *found);

/** The youngest call of this number whose request began in a frame, or NULL. Valid until the list changes. */
const struct cmrp_in_flight *in_flight_of(const cmrp_connection *connection, uint32_t number,
                                          uint32_t frame);

#endif
