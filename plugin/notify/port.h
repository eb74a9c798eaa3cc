/* port.h
 * What is kept of a notification port (3.1.1.8), and which of its calls wait?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PORT_H
#define CMRP_PORT_H

#include "notify/notify_read.h"

typedef enum {
    CMRP_ASKED,      /**< nobody saw the answer, or it is still to come */
    CMRP_REGISTERED, /**< the server said so */
    CMRP_REFUSED
} cmrp_registration_state;

/** An event that a registration brought. File scope. */
typedef struct cmrp_delivery {
    struct cmrp_delivery *next;
    uint32_t frame;
} cmrp_delivery;

/** What a client asked a port to tell. File scope. */
typedef struct cmrp_registration {
    struct cmrp_registration *next;         /**< the older one of the same port, key and type */
    struct cmrp_registration *next_of_name; /**< the older one of the same port, type and name */
    struct cmrp_alike *alike;               /**< those that ask for the same (notify_match.c) */
    struct cmrp_port *port;
    cmrp_asked asked;
    uint64_t brings;           /**< bits that its events may have */
    const cmrp_method *method; /**< that asked */
    const cmrp_life *object;   /**< its handle, or NULL */
    uint32_t asked_in;         /**< frame of the request */
    uint32_t answered_in;      /**< frame of the response; 0 if there is none */
    uint32_t events;
    cmrp_delivery *deliveries; /**< in the order of the capture */
    cmrp_delivery *last_delivery;
    uint8_t state;     /**< cmrp_registration_state */
    bool state_told;   /**< an event told the state of its object since it was asked */
    uint32_t newer_in; /**< owed: frame that told a newer sequence than it gave back; or 0 */
    struct cmrp_registration *next_owed; /**< the older one of the same port */
} cmrp_registration;

/** Why an event is not what its port was asked for. */
typedef enum {
    CMRP_EVENT_FITS,
    CMRP_EVENT_UNDECIDED,
    CMRP_EVENT_TOO_EARLY,   /**< nothing was registered yet */
    CMRP_EVENT_KEY_UNKNOWN, /**< nothing was registered with its key */
    CMRP_EVENT_NOT_ASKED,   /**< what was registered with its key does not ask for it */
    CMRP_EVENT_OTHER_KEY    /**< its object was registered with another key */
} cmrp_event_verdict;

/** What an event was found to be. File scope. */
typedef struct {
    cmrp_registration *registration; /**< that it belongs to, or NULL */
    const cmrp_registration
        *instead;    /**< CMRP_EVENT_OTHER_KEY: the one of its object or, if there is none, the one
                                           with its key; CMRP_EVENT_NOT_ASKED: one with its key */
    uint8_t verdict; /**< cmrp_event_verdict */
} cmrp_match;

/** One call on a port. File scope. */
typedef struct cmrp_port_call {
    struct cmrp_port *port;
    cmrp_registration *registration; /**< what it asks for, or NULL */
    cmrp_match *matches;             /**< one for each event of the response */
    uint32_t match_count;
    uint32_t sequence;   /**< that the request gives back */
    uint32_t fell_since; /**< frame that told a higher one than the response; or 0 */
    uint32_t timeout;    /**< milliseconds (version 2.0) */
    /* A call that waits for events: */
    const dcerpc_call_value *call_data; /**< tells whether a fault ended it */
    struct cmrp_port_call *next;        /**< waiting calls of the port */
    struct cmrp_port_call *previous;
    bool waiting;   /**< it is one of these */
    uint32_t frame; /**< of the request */
    nstime_t time;
    nstime_t waited;   /**< until the response */
    uint32_t ended_by; /**< first unblock or close that succeeded meanwhile, its response; or 0 */
    bool ended_by_close;
    nstime_t ended_time;
    const cmrp_registration *owed; /**< whose event this wait should have brought, or NULL */
} cmrp_port_call;

/** A port. File scope. */
typedef struct cmrp_port {
    const cmrp_life *life;
    uint32_t registrations; /**< that succeeded */
    uint32_t asked;         /**< that were asked for */
    uint32_t unanswered;    /**< of these, those without an answer */
    uint32_t gets;          /**< calls that asked for events */
    uint32_t answers;       /**< of these, those answered, with events or without */
    uint32_t events;
    nstime_t waited;           /**< of all answered calls together */
    uint32_t stop_asked_in;    /**< first frame that asked to unblock or close it; 0: none */
    uint32_t unblock_asked_in; /**< last frame that asked to unblock it; 0: none */
    cmrp_port_call *waiting;   /**< calls without an answer, newest first */
    cmrp_registration *owed;   /**< those for which the server must queue an event, newest first */
    uint32_t unmatched_in;     /**< last frame with an event of no registration; 0: none */
    bool crowded;              /**< too much in it to be searched: nothing is certain */
} cmrp_port;

/** Forgets everything: to be called when a capture file is closed or opened. */
void ports_reset(void);

/** The port of a life, made when it is first met; NULL if there is no such life, or it is of another type. */
cmrp_port *port_of(uint32_t life_id);

/** The port of a life; NULL if it is no port's, or nothing is known of it. */
const cmrp_port *port_find(const cmrp_life *life);

/** True if the port was made in the capture, and no PDU that concerns it was missed so far. */
bool port_sees_all(const cmrp_port *port);

/** The call waits for events from now on. */
void port_start_waiting(cmrp_port_call *call);

/** It does not wait any more; or did not. */
void port_stop_waiting(cmrp_port_call *call);

/** Forgets calls that a fault ended before `frame`. */
void port_forget_faults(cmrp_port *port, uint32_t frame);

/** Unblocking or closing the port succeeded: every call that waited before `stop` must end now. */
void port_end_waits(const cmrp_port_call *stop, const cmrp_context *context, bool close);

/**
 * A call that waits at the port since before the frame of the PDU, and was not ended by a fault, or
 * NULL. *certain is false if there are more than are searched.
 */
const cmrp_port_call *port_waiting(const cmrp_port *port, const cmrp_context *context,
                                   bool *certain);

#endif
