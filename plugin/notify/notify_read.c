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

bool notify_is_one_change(const cmrp_change *change)
{
    return change->flags != 0 && (change->flags & (change->flags - 1)) == 0;
}

bool notify_names_object(const cmrp_notification *event)
{
    const cmrp_object_type *type = object_type_of(event->change.object_type);

    return *event->name && type->named != CMRP_EVENTS_NAME_NONE &&
           !(event->version_2 && (event->change.flags & type->of_others));
}

/* ---------------------------------------------------------------- registrations */

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

    asked->filter =
        (cmrp_change){ ctx->pdu->values[filter].number, CMRP_CLUSTER_OBJECT_TYPE_RESOURCE_TYPE,
                       method->params[filter].meaning };
    asked->name = string_intern(pdu_text_of_string(ctx, (unsigned)name));
}

/** The name of the object whose handle the request carries, as far as events can be compared with it. */
static const cmrp_string *object_name(const cmrp_context *ctx, uint32_t object_type)
{
    const cmrp_life *object = handles_by_id(ctx->call->in[1]);

    if (object == NULL || object_type == CMRP_OBJECT_ANY ||
        object_type == CMRP_CLUSTER_OBJECT_TYPE_REGISTRY || object->type == CMRP_HCLUSTER ||
        object->type == CMRP_HKEY)
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

    if (method->port_version == 2)
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
        asked.filter = (cmrp_change){ pdu->values[filter].number,
                                      object_type_of_handle(
                                          method_handle_type(method, method->handle_params[1])),
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

    return (cmrp_notification){ .change = { bit, object_type_of_change(bit),
                                            method->params[filter].meaning },
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
        event->change =
            (cmrp_change){ value->number, object_type_of_change((uint32_t)value->number),
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
    if (pdu->method->port != CMRP_PORT_GET || !pdu->response || !pdu_whole(pdu) ||
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
