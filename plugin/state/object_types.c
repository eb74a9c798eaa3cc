/* object_types.c
 * Which types of objects does a notification port tell of, and by which handles are they registered?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/object_types.h"

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
    static const uint8_t types[] = {
        [CMRP_OBJECT_CLUSTER] = CMRP_HCLUSTER,
        [CMRP_OBJECT_GROUP] = CMRP_HGROUP,
        [CMRP_OBJECT_RESOURCE] = CMRP_HRES,
        [CMRP_OBJECT_RESOURCE_TYPE] = CMRP_HCLUSTER,
        [CMRP_OBJECT_NETINTERFACE] = CMRP_HNETINTERFACE,
        [CMRP_OBJECT_NETWORK] = CMRP_HNETWORK,
        [CMRP_OBJECT_NODE] = CMRP_HNODE,
        [CMRP_OBJECT_REGISTRY] = CMRP_HKEY,
        [CMRP_OBJECT_QUORUM] = CMRP_HCLUSTER,
        [CMRP_OBJECT_SHARED_VOLUME] = CMRP_HCLUSTER,
        [CMRP_OBJECT_SPACEPORT] = CMRP_HCLUSTER,
        [CMRP_OBJECT_UPGRADE] = CMRP_HCLUSTER,
        [CMRP_OBJECT_GROUPSET] = CMRP_HGROUPSET,
    };
    uint32_t type;

    if (pdu_number_named(request, "isTargetedAtObject") == 0)
        return CMRP_HCLUSTER;
    type = registered_type(request);
    if (type >= G_N_ELEMENTS(types) || types[type] == 0)
        return CMRP_HGENERIC;
    return (cmrp_handle_type)types[type];
}
