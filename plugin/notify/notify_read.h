/* notify_read.h
 * What does a PDU say about a notification port: which registration, or which events?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_READ_H
#define CMRP_NOTIFY_READ_H

#include "state/call.h"
#include "state/object_types.h"

/** The bits of a filter or an event. */
typedef struct {
    uint64_t flags;
    uint32_t object_type;
    const cmrp_enumeration *meaning; /**< their names, or NULL */
} cmrp_change;

/** What a request asks a port to tell. */
typedef struct {
    cmrp_change filter;
    uint32_t key;
    uint32_t version; /**< dwVersion; 0 in methods that have none */
    bool targeted;    /**< not isTargetedAtObject == FALSE */
    const cmrp_string
        *name;      /**< that its handle was opened by; NULL: any object, or nobody knows */
    uint64_t named; /**< string_key() of type and name, whatever the server; 0 if it has no name */
    uint32_t
        object;  /**< number of the object at the server (state/objects.h); 0: none, or unknown */
    bool shared; /**< several objects may have had the name */
} cmrp_asked;

/** One event of a response. Packet scope. */
typedef struct cmrp_notification {
    cmrp_change change;
    uint64_t key;
    uint32_t sequence;
    bool has_sequence;
    bool version_2;
    const char *name;      /**< "" if there is none */
    const cmrp_string *of; /**< the same if it is an object's and was learnt, or NULL */
    uint64_t named;        /**< as in cmrp_asked, once learnt; 0: the name is no object's */
    uint32_t object;       /**< number of what bears the name at this moment, once learnt; or 0 */
    bool shared;           /**< several objects may have had the name */
    const cmrp_member *key_member;
    const cmrp_value *key_value; /**< where the key stands */
    /* Version 2; NULL if the pointer is. */
    const cmrp_value *buffer;
    const cmrp_value *buffer_size;
    const cmrp_value *object_id;
    const cmrp_value *parent_id;
    const cmrp_value *name_value;
    const cmrp_value *type;
} cmrp_notification;

/** What the request of a method that registers asks for. */
cmrp_asked notify_asked(const cmrp_context *context);

/**
 * The events of a response, *count of them; NULL if it has none. They are read once for a PDU. A
 * response that failed has no events.
 */
const cmrp_notification *notify_events(const cmrp_context *context, unsigned *count);

/** True if exactly one bit is set. */
bool notify_is_one_change(const cmrp_change *change);

/** True if the event's name is that of the object that was registered. */
bool notify_names_object(const cmrp_notification *event);

#endif
