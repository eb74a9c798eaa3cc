/* object_types.c
 * Which types of objects does a notification port tell of, and by which handles are they registered?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/object_types.h"

#include "cmrp_constants.h"
#include "cmrp_tables.h"

const cmrp_object_type *object_type_of(uint32_t type)
{
    return &cmrp_object_types[type < cmrp_object_type_count ? type : 0];
}

uint32_t object_type_of_change(uint32_t change)
{
    for (uint32_t type = 0; type < cmrp_object_type_count; type++) {
        if (cmrp_object_types[type].changes & change)
            return type;
    }
    return CMRP_CLUSTER_OBJECT_TYPE_CLUSTER;
}

uint32_t object_type_of_handle(cmrp_handle_type handle)
{
    for (uint32_t type = 0; handle != CMRP_HCLUSTER && type < cmrp_object_type_count; type++) {
        if (cmrp_object_types[type].handle == handle)
            return type;
    }
    return CMRP_OBJECT_ANY;
}

uint32_t object_type_not_found(cmrp_handle_type type)
{
    switch (type) {
    case CMRP_HRES:
        return CMRP_ERROR_RESOURCE_NOT_FOUND;
    case CMRP_HGROUP:
        return CMRP_ERROR_GROUP_NOT_FOUND;
    case CMRP_HNODE:
        return CMRP_ERROR_CLUSTER_NODE_NOT_FOUND;
    case CMRP_HNETWORK:
        return CMRP_ERROR_CLUSTER_NETWORK_NOT_FOUND;
    case CMRP_HNETINTERFACE:
        return CMRP_ERROR_CLUSTER_NETINTERFACE_NOT_FOUND;
    case CMRP_HGROUPSET:
        return CMRP_ERROR_GROUPSET_NOT_FOUND;
    default:
        return 0;
    }
}

uint64_t object_type_client_only(unsigned port_version, uint32_t type)
{
    return port_version == 2 ? object_type_of(type)->client_only
                             : CMRP_CLUSTER_CHANGE_HANDLE_CLOSE | CMRP_CLUSTER_CHANGE_CLUSTER_STATE;
}

/** The type in the filter of ApiAddNotifyV2. */
static uint32_t registered_type(const cmrp_pdu *request)
{
    uint32_t type = CMRP_OBJECT_ANY;

    for (unsigned i = 0; i < request->record_count; i++) {
        if (strcmp(request->records[i].member->name, "dwObjectType") == 0)
            type = (uint32_t)request->records[i].value.number;
    }
    return type;
}

cmrp_handle_type object_type_handle(const cmrp_pdu *request)
{
    cmrp_handle_type handle;

    if (pdu_number_named(request, "isTargetedAtObject") == 0)
        return CMRP_HCLUSTER;
    handle = (cmrp_handle_type)object_type_of(registered_type(request))->handle;
    return handle == CMRP_HANDLE_NONE ? CMRP_HGENERIC : handle;
}
