/* notify_lessons.c
 * What do the events of version 2 ports teach about the objects of the cluster?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify_lessons.h"

#include "cmrp_constants.h"
#include "ndr/pdu_text.h"
#include "notify/notify_read.h"
#include "state/objects.h"

/** The handle type of an object whose name and id its events tell. */
static cmrp_handle_type type_of_event(uint32_t object_type)
{
    const cmrp_object_type *type = object_type_of(object_type);

    return type->named == CMRP_EVENTS_IDENTIFY_IT ? (cmrp_handle_type)type->handle
                                                  : CMRP_HANDLE_NONE;
}

/** The event says that the object moved; its buffer says where, by an id. */
static void learn_move(const cmrp_context *ctx, const cmrp_source *t,
                       const cmrp_notification *event, cmrp_object *object)
{
    const cmrp_handle_type type = type_of_event(event->change.object_type);
    const cmrp_string *id =
        event->buffer ? string_intern(pdu_text_in_buffer(ctx, event->buffer)) : NULL;

    if (type == CMRP_HGROUP && event->change.flags == CMRP_CLUSTER_CHANGE_GROUP_OWNER_NODE_V2)
        object_learn_object(t, object, CMRP_FACT_OWNER_NODE,
                            objects_told(t, CMRP_HNODE, NULL, id, false));
    else if (type == CMRP_HRES &&
             event->change.flags == CMRP_CLUSTER_CHANGE_RESOURCE_OWNER_GROUP_V2)
        object_learn_object(t, object, CMRP_FACT_GROUP,
                            objects_told(t, CMRP_HGROUP, NULL, id, false));
}

/** Events may have waited at the port: what they call an object by is believed if nothing speaks against it. */
static void learn_event(const cmrp_context *ctx, const cmrp_source *t,
                        const cmrp_notification *event)
{
    const cmrp_handle_type type = type_of_event(event->change.object_type);
    const cmrp_string *id;

    if (event->change.object_type == CMRP_CLUSTER_OBJECT_TYPE_CLUSTER &&
        event->change.flags == CMRP_CLUSTER_CHANGE_CLUSTER_RENAME_V2)
        object_learn_text(t, objects_by_number(objects_opened(t, CMRP_HCLUSTER, NULL)),
                          CMRP_FACT_NAME, string_intern(event->name));
    if (!notify_names_object(event))
        return;
    id = event->object_id ? string_intern(pdu_text_of_value(ctx, event->object_id)) : NULL;
    if (id && *id->utf8)
        learn_move(ctx, t, event, objects_told(t, type, string_intern(event->name), id, false));
}

void notify_lessons_learn(const cmrp_context *context)
{
    const cmrp_source source = { objects_of(context->association->server), call_when(context) };
    unsigned count;
    const cmrp_notification *events;

    if (context->pdu->method->opnum != CMRP_OP_ApiGetNotifyV2 || context->pdu->breach_count > 0)
        return;
    events = notify_events(context, &count);

    for (unsigned i = 0; events && i < count; i++)
        learn_event(context, &source, &events[i]);
}
