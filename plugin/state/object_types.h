/* object_types.h
 * Which types of objects does a notification port tell of, and by which handles are they registered?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_OBJECT_TYPES_H
#define CMRP_OBJECT_TYPES_H

#include "ndr/pdu.h"
#include "state/handles.h"

/**
 * Beside the values of CLUSTER_OBJECT_TYPE (2.2.2.11): version 1 ports do not send them. There the type follows from
 * the bit of CLUSTER_CHANGE, or from the handle that is registered; the cluster's stands for any.
 */
#define CMRP_OBJECT_ANY 0

/** What is known of a type. Never NULL: of a type that does not exist, or of CMRP_OBJECT_ANY, nothing is. */
const cmrp_object_type *object_type_of(uint32_t type);

/** The type of the object that a bit of CLUSTER_CHANGE is about. */
uint32_t object_type_of_change(uint32_t change);

/** The type that is registered with a handle in version 1; CMRP_OBJECT_ANY for the handle of a cluster. */
uint32_t object_type_of_handle(cmrp_handle_type handle);

/** What a method answers that finds no object of a type; 0 if there is no such status. */
uint32_t object_type_not_found(cmrp_handle_type type);

/** The events of a type that only a client's own library may queue, at ports of a version (2.2.2.7, 2.2.2.12 to .26). */
uint64_t object_type_client_only(unsigned port_version, uint32_t type);

/**
 * The type of hObject, a handle of any type, in the request of ApiAddNotifyV2: it follows from what is
 * registered (3.1.4.2.137). CMRP_HGENERIC if it does not.
 */
cmrp_handle_type object_type_handle(const cmrp_pdu *request);

#endif
