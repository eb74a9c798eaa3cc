/* notify_read.c
 * What does a PDU say about a notification port: which registration, or which events?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify_read.h"

#include "cmrp_constants.h"
#include "ndr/pdu_text.h"

/** What the number in a parameter or member means, now that its sibling is known. */
static const cmrp_enumeration *meaning_of(const cmrp_member *member, uint32_t chosen)
{
    for (unsigned i = 0; i < member->choice_count; i++) {
        if (member->choices[i].value == chosen)
            return member->choices[i].meaning;
    }
    return member->meaning;
}

/* ---------------------------------------------------------------- the changes */

/** The objects that bits of CLUSTER_CHANGE are about (2.2.2.7). */
static const struct {
    uint32_t bits;
    uint32_t object_type;
    uint32_t state; /**< the bit that says that the object's state changed */
} changes[] = {
    { 0x0000000f, CMRP_OBJECT_NODE, 0x00000001 },
    { 0x000000f0, CMRP_OBJECT_REGISTRY, 0 },
    { 0x00000f00, CMRP_OBJECT_RESOURCE, 0x00000100 },
    { 0x0000f000, CMRP_OBJECT_GROUP, 0x00001000 },
    { 0x00070000, CMRP_OBJECT_RESOURCE_TYPE, 0 },
    { 0x00f00000, CMRP_OBJECT_NETWORK, 0x00100000 },
    { 0x0f000000, CMRP_OBJECT_NETINTERFACE, 0x01000000 },
    { 0x10000000, CMRP_OBJECT_QUORUM, 0 },
};

static uint32_t type_of_change(uint32_t bit)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        if (changes[i].bits & bit)
            return changes[i].object_type;
    }
    return CMRP_OBJECT_CLUSTER;
}

uint32_t notify_state_bit(uint32_t object_type)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        if (changes[i].object_type == object_type)
            return changes[i].state;
    }
    return 0;
}

bool notify_is_one_change(const cmrp_change *change)
{
    return change->flags != 0 && (change->flags & (change->flags - 1)) == 0;
}

uint64_t notify_client_only(const cmrp_method *method, uint32_t object_type)
{
    static const uint16_t version_2[CMRP_OBJECT_AFFINITY_RULE + 1] = {
        [CMRP_OBJECT_CLUSTER] = 0x00b,  [CMRP_OBJECT_GROUP] = 0x200,
        [CMRP_OBJECT_RESOURCE] = 0x200, [CMRP_OBJECT_NETINTERFACE] = 0x010,
        [CMRP_OBJECT_NETWORK] = 0x010,  [CMRP_OBJECT_NODE] = 0x080,
        [CMRP_OBJECT_REGISTRY] = 0x010, [CMRP_OBJECT_GROUPSET] = 0x100,
    };

    if (!notify_is_version_2(method))
        return 0xa0000000; /* CLUSTER_CHANGE_HANDLE_CLOSE, CLUSTER_CHANGE_CLUSTER_STATE */
    return object_type < G_N_ELEMENTS(version_2) ? version_2[object_type] : 0;
}

bool notify_names_object(const cmrp_notification *event)
{
    const uint64_t flags = event->change.flags;

    if (*event->name == '\0')
        return false;
    switch (event->change.object_type) {
    case CMRP_OBJECT_GROUP: /* CLUSTER_CHANGE_GROUP_RESOURCE_ADDED_V2 names the resource */
        return !event->version_2 || flags != 0x40;
    case CMRP_OBJECT_NODE: /* CLUSTER_CHANGE_NODE_NETINTERFACE_ADDED_V2 names the interface */
        return !event->version_2 || flags != 0x1;
    case CMRP_OBJECT_RESOURCE:
    case CMRP_OBJECT_RESOURCE_TYPE:
    case CMRP_OBJECT_NETWORK:
    case CMRP_OBJECT_NETINTERFACE:
    case CMRP_OBJECT_GROUPSET:
        return true;
    default: /* keys are named relatively, the others are not registered by name */
        return false;
    }
}

const char *notify_type_name(uint32_t object_type)
{
    static const char *const names[] = {
        "ANY",     "CLUSTER",  "GROUP",      "RESOURCE", "RESOURCE_TYPE", "NETINTERFACE",
        "NETWORK", "NODE",     "REGISTRY",   "QUORUM",   "SHARED_VOLUME", "SPACEPORT",
        "UPGRADE", "GROUPSET", "SBL_DEVICE", "CERT",     "AFFINITYRULE",
    };

    return object_type < G_N_ELEMENTS(names) ? names[object_type] : NULL;
}

/* ---------------------------------------------------------------- registrations */

static uint32_t type_of_handle(cmrp_handle_type type)
{
    switch (type) {
    case CMRP_HNODE:
        return CMRP_OBJECT_NODE;
    case CMRP_HGROUP:
        return CMRP_OBJECT_GROUP;
    case CMRP_HRES:
        return CMRP_OBJECT_RESOURCE;
    case CMRP_HKEY:
        return CMRP_OBJECT_REGISTRY;
    case CMRP_HNETWORK:
        return CMRP_OBJECT_NETWORK;
    case CMRP_HNETINTERFACE:
        return CMRP_OBJECT_NETINTERFACE;
    default:
        return CMRP_OBJECT_ANY;
    }
}

/** ApiAddNotifyV2: the filter is a structure. */
static void read_filter_and_type(const cmrp_pdu *pdu, cmrp_asked *asked)
{
    const cmrp_member *flags = NULL;

    for (unsigned i = 0; i < pdu->record_count; i++) {
        const cmrp_record *record = &pdu->records[i];

        if (strcmp(record->member->name, "dwObjectType") == 0) {
            asked->filter.object_type = (uint32_t)record->value.number;
        } else if (strcmp(record->member->name, "FilterFlags") == 0) {
            asked->filter.flags = record->value.number;
            flags = record->member;
        }
    }
    if (flags)
        asked->filter.meaning = meaning_of(flags, asked->filter.object_type);
}

/** ApiAddNotifyResourceTypeV2. */
static void read_resource_type_filter(const cmrp_context *ctx, cmrp_asked *asked)
{
    const cmrp_method *method = ctx->pdu->method;
    const int filter = method_param_named(method, "filter");
    const int name = method_param_named(method, "resTypeName");

    asked->filter = (cmrp_change){ ctx->pdu->values[filter].number, CMRP_OBJECT_RESOURCE_TYPE,
                                   method->params[filter].meaning };
    asked->name = string_intern(pdu_text_of_string(ctx, (unsigned)name));
}

/** The name of the object whose handle the request carries, as far as events can be compared with it. */
static const cmrp_string *object_name(const cmrp_context *ctx, uint32_t object_type)
{
    const cmrp_life *object = handles_by_id(ctx->call->in[1]);

    if (object == NULL || object_type == CMRP_OBJECT_ANY || object_type == CMRP_OBJECT_REGISTRY ||
        object->type == CMRP_HCLUSTER || object->type == CMRP_HKEY)
        return NULL;
    return object->name && *object->name->utf8 ? object->name : NULL;
}

cmrp_asked notify_asked(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    const cmrp_method *method = pdu->method;
    const int filter = pdu->method->request[CMRP_ROLE_FILTER];
    const int key = pdu->method->request[CMRP_ROLE_KEY];
    cmrp_asked asked = { .targeted = true };

    if (notify_is_version_2(method))
        asked.version = (uint32_t)pdu_number_named(pdu, "dwVersion");
    asked.key = (uint32_t)pdu->values[key].number;
    if (method->opnum == CMRP_OP_ApiAddNotifyResourceTypeV2) {
        read_resource_type_filter(context, &asked);
        return asked;
    }
    if (method->opnum == CMRP_OP_ApiAddNotifyV2) {
        read_filter_and_type(pdu, &asked);
        asked.targeted = pdu_number_named(pdu, "isTargetedAtObject") != 0;
    } else {
        asked.filter =
            (cmrp_change){ pdu->values[filter].number,
                           type_of_handle(method_handle_type(method, method->handle_params[1])),
                           method->params[filter].meaning };
    }
    if (asked.targeted)
        asked.name = object_name(context, asked.filter.object_type);
    return asked;
}

/* ---------------------------------------------------------------- events */

/** The one event of ApiGetNotify. */
static cmrp_notification read_event(const cmrp_context *ctx)
{
    const cmrp_pdu *pdu = ctx->pdu;
    const cmrp_method *method = pdu->method;
    const int key = pdu->method->response[CMRP_ROLE_KEY];
    const int filter = pdu->method->response[CMRP_ROLE_FILTER];
    const int sequence = pdu->method->response[CMRP_ROLE_SEQUENCE];
    const int name = method_param_named(method, "Name");
    const uint32_t bit = (uint32_t)pdu->values[filter].number;

    return (
        cmrp_notification){ .change = { bit, type_of_change(bit), method->params[filter].meaning },
                            .key = pdu->values[key].number,
                            .sequence = (uint32_t)pdu->values[sequence].number,
                            .has_sequence = true,
                            .name = pdu_text_of_string(ctx, (unsigned)name),
                            .key_member = &method->params[key],
                            .key_value = &pdu->values[key] };
}

/** Puts a member where it belongs in its event. */
static void take(const cmrp_context *ctx, const cmrp_record *record, cmrp_notification *event)
{
    const char *name = record->member->name;
    const cmrp_value *value = &record->value;

    event->version_2 = ctx->pdu->method->opnum == CMRP_OP_ApiGetNotifyV2;
    if (strcmp(name, "dwNotifyKey") == 0) {
        event->key = value->number;
        event->key_member = record->member;
        event->key_value = value;
    } else if (strcmp(name, "dwFilter") == 0) {
        event->change = (cmrp_change){ value->number, type_of_change((uint32_t)value->number),
                                       record->member->meaning };
    } else if (strcmp(name, "dwObjectType") == 0) {
        event->change.object_type = (uint32_t)value->number;
    } else if (strcmp(name, "FilterFlags") == 0) {
        event->change.flags = value->number;
        event->change.meaning = meaning_of(record->member, event->change.object_type);
    } else if (strcmp(name, "Name") == 0) {
        event->name = pdu_text_of_value(ctx, value);
        event->name_value = value;
    } else if (strcmp(name, "buffer") == 0) {
        event->buffer = value;
    } else if (strcmp(name, "dwBufferSize") == 0) {
        event->buffer_size = value;
    } else if (strcmp(name, "ObjectId") == 0) {
        event->object_id = value;
    } else if (strcmp(name, "ParentId") == 0) {
        event->parent_id = value;
    } else if (strcmp(name, "Type") == 0) {
        event->type = value;
    }
}

/** The events of ApiGetNotifyV2 and ApiGetNotifyAsync. */
static void read_events(const cmrp_context *ctx)
{
    cmrp_pdu *pdu = ctx->pdu;
    int64_t last = -1;

    for (unsigned i = 0; i < pdu->record_count; i++)
        last = MAX(last, pdu->records[i].element);
    if (last < 0)
        return;
    /* Each element has records, which stood in the stub: its length bounds their number. */
    pdu->event_count = (unsigned)last + 1;
    pdu->events = wmem_alloc0_array(ctx->pinfo->pool, cmrp_notification, pdu->event_count);
    for (unsigned i = 0; i < pdu->event_count; i++)
        pdu->events[i].name = "";
    for (unsigned i = 0; i < pdu->record_count; i++) {
        if (pdu->records[i].element >= 0 && pdu->records[i].member->role == CMRP_ROLE_TOLD)
            take(ctx, &pdu->records[i], &pdu->events[pdu->records[i].element]);
    }
}

const cmrp_notification *notify_events(const cmrp_context *context, unsigned *count)
{
    cmrp_pdu *pdu = context->pdu;
    uint32_t status;

    *count = 0;
    if (notify_act(pdu->method) != CMRP_PORT_GET || !pdu->response || !pdu_whole(pdu) ||
        !call_status(pdu, &status) || status != CMRP_ERROR_SUCCESS)
        return NULL;
    if (pdu->events == NULL && pdu->method->opnum == CMRP_OP_ApiGetNotify) {
        pdu->events = wmem_new(context->pinfo->pool, cmrp_notification);
        *pdu->events = read_event(context);
        pdu->event_count = 1;
    } else if (pdu->events == NULL) {
        read_events(context);
    }
    *count = pdu->event_count;
    return pdu->events;
}
