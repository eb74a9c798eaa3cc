/* in_flight.h
 * Which calls of a connection wait for their answer?
 *
 * dcerpc tells the plugin of requests and responses, but not of faults. A fault names its call by
 * number: these lists say which call that is.
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
    uint32_t frame;  /**< of the request */
};

/** A request was seen for the first time. */
void in_flight_asked(const cmrp_context *context);

/** A response was seen for the first time. */
void in_flight_answered(const cmrp_context *context);

/** True if the answer to a call that is in flight may bring a handle, as far as is known. */
bool in_flight_opens(const cmrp_connection *connection);

/**
 * A fault answers the call of this number: takes it off the list. False if nobody knows it. Over UDP
 * `activity` is the activity id; NULL over TCP.
 */
bool in_flight_faulted(cmrp_connection *connection, uint32_t number, const e_guid_t *activity,
                       struct cmrp_in_flight *found);

#endif
