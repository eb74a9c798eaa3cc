/* notify_v2_events.c
 * Does an event of a version 2 port carry the strings and the buffer that belong to it (3.1.4.2.138)?
 *
 * What is inside a buffer is the business of its readers (notify/event_data.h); here it is only as long as it
 * should be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "notify/notify_show.h"

/** What a string must be. A NULL pointer counts as an empty string: the tables use both words. */
typedef enum {
    ANYTHING,
    EMPTY,
    FILLED
} demand;

#define ANY_EVENT UINT32_MAX

typedef struct {
    uint32_t object_type;
    uint32_t events; /**< bits of FilterFlags */
    uint8_t object_id;
    uint8_t parent_id;
    uint8_t type;
} string_rule;

/* Of an object that was deleted nobody says what its parent was. */
static const string_rule string_rules[] = {
    /* GROUP_ADDED, NETWORK_ADDED and NODE_ADDED: the table gives an id where the text above wants none. */
    { CMRP_CLUSTER_OBJECT_TYPE_CLUSTER, 0x0004, ANYTHING, ANYTHING, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_CLUSTER, 0x0030, ANYTHING, EMPTY, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_CLUSTER, ~0x0034U, EMPTY, EMPTY, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_GROUP, 0x0001, ANYTHING, ANYTHING, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_GROUP, ~0x0001U, ANYTHING, FILLED, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_RESOURCE, 0x0080, ANYTHING, ANYTHING, ANYTHING },
    { CMRP_CLUSTER_OBJECT_TYPE_RESOURCE, ~0x0080U, ANYTHING, FILLED, FILLED },
    { CMRP_CLUSTER_OBJECT_TYPE_RESOURCE_TYPE, ANY_EVENT, EMPTY, EMPTY, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_NETWORK_INTERFACE, 0x0001, ANYTHING, ANYTHING, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_NETWORK_INTERFACE, ~0x0001U, ANYTHING, FILLED, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_NETWORK, ANY_EVENT, ANYTHING, EMPTY, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_NODE, ANY_EVENT, ANYTHING, EMPTY, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_REGISTRY, ANY_EVENT, ANYTHING, EMPTY, EMPTY },
    { CMRP_CLUSTER_OBJECT_TYPE_QUORUM, ANY_EVENT, ANYTHING, EMPTY, EMPTY },
};

typedef struct {
    uint32_t object_type;
    uint32_t events;
    uint32_t bytes;
    bool optional; /**< or none */
} buffer_rule;

static const buffer_rule buffer_rules[] = {
    { CMRP_CLUSTER_OBJECT_TYPE_CLUSTER, 0x0024, 4,
      false }, /* type of the group, state of the node */
    { CMRP_CLUSTER_OBJECT_TYPE_CLUSTER, 0x0650, 0,
      false }, /* NETWORK_ADDED, RESOURCE_TYPE_ADDED, LOST, RENAME */
    { CMRP_CLUSTER_OBJECT_TYPE_GROUP, 0x0001, 0, false },
    { CMRP_CLUSTER_OBJECT_TYPE_GROUP, 0x0008, 4, false },
    { CMRP_CLUSTER_OBJECT_TYPE_RESOURCE, 0x0002, 0, false },
    { CMRP_CLUSTER_OBJECT_TYPE_RESOURCE, 0x0004, 4, false },
    { CMRP_CLUSTER_OBJECT_TYPE_RESOURCE_TYPE, 0x0005, 0, false },
    { CMRP_CLUSTER_OBJECT_TYPE_NETWORK_INTERFACE, 0x0001, 0, false },
    { CMRP_CLUSTER_OBJECT_TYPE_NETWORK_INTERFACE, 0x0008, 4, false },
    { CMRP_CLUSTER_OBJECT_TYPE_NETWORK, 0x0001, 0, false },
    { CMRP_CLUSTER_OBJECT_TYPE_NETWORK, 0x0008, 4, false },
    { CMRP_CLUSTER_OBJECT_TYPE_NODE, 0x0010, 4, false },
    { CMRP_CLUSTER_OBJECT_TYPE_REGISTRY, ANY_EVENT, 0, false },
    { CMRP_CLUSTER_OBJECT_TYPE_QUORUM, 0x0001, 4, true }, /* only if there is a quorum disk */
};

static bool gets_version_2(const cmrp_method *method)
{
    return method->port == CMRP_PORT_GET && method->port_version == 2;
}

static bool concerns(uint32_t object_type, uint32_t events, const cmrp_change *change)
{
    return object_type == change->object_type && notify_is_one_change(change) &&
           (change->flags & events) != 0;
}

static bool keeps(demand wanted, const cmrp_value *string)
{
    const bool filled = string && string->length > 0;

    return wanted == ANYTHING || filled == (wanted == FILLED);
}

static bool breaks_string(cmrp_case *c, const cmrp_notification *event, const char *name,
                          demand wanted, const cmrp_value *string)
{
    if (keeps(wanted, string))
        return false;
    check_broken(c, method_param_named(c->method, "Notifications"),
                 "%s of %s \"%s\" (key %" PRIu64 ") is %s.", name,
                 notify_change_text(c->context->pinfo->pool, &event->change), event->name,
                 event->key, wanted == EMPTY ? "not empty" : "empty");
    return true;
}

static cmrp_verdict judge_strings(cmrp_case *c, const cmrp_notification *event)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(string_rules); i++) {
        const string_rule *rule = &string_rules[i];

        if (!concerns(rule->object_type, rule->events, &event->change))
            continue;
        if (breaks_string(c, event, "ObjectId", (demand)rule->object_id, event->object_id) ||
            breaks_string(c, event, "ParentId", (demand)rule->parent_id, event->parent_id) ||
            breaks_string(c, event, "Type", (demand)rule->type, event->type))
            return CMRP_BROKEN;
    }
    return CMRP_KEPT;
}

static cmrp_verdict wrong_strings(cmrp_case *c)
{
    unsigned count;
    const cmrp_notification *events = notify_events(c->context, &count);

    for (unsigned i = 0; i < count; i++) {
        if (judge_strings(c, &events[i]) == CMRP_BROKEN)
            return CMRP_BROKEN;
    }
    return CMRP_KEPT;
}

static cmrp_verdict judge_buffer(cmrp_case *c, const cmrp_notification *event)
{
    const uint64_t bytes = event->buffer_size ? event->buffer_size->number : 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(buffer_rules); i++) {
        const buffer_rule *rule = &buffer_rules[i];

        if (!concerns(rule->object_type, rule->events, &event->change) || bytes == rule->bytes ||
            (rule->optional && bytes == 0))
            continue;
        return check_broken(c, method_param_named(c->method, "Notifications"),
                            "that of %s \"%s\" (key %" PRIu64 ") has %" PRIu64 " bytes, not %u.",
                            notify_change_text(c->context->pinfo->pool, &event->change),
                            event->name, event->key, bytes, rule->bytes);
    }
    return CMRP_KEPT;
}

static cmrp_verdict wrong_buffer(cmrp_case *c)
{
    unsigned count;
    const cmrp_notification *events = notify_events(c->context, &count);

    for (unsigned i = 0; i < count; i++) {
        if (judge_buffer(c, &events[i]) == CMRP_BROKEN)
            return CMRP_BROKEN;
    }
    return CMRP_KEPT;
}

const cmrp_rule rules_notify_v2_events[] = {
    {
        .id = "notify-v2-event-strings",
        .requirements = "N2-10",
        .section = "3.1.4.2.138",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must fill ObjectId, ParentId and Type as the kind of event wants.",
        .on = CMRP_ON_RESPONSE,
        .concerns = gets_version_2,
        .check = wrong_strings,
    },
    {
        .id = "notify-v2-event-buffer",
        .requirements = "N2-11",
        .section = "3.1.4.2.138",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must send a buffer of the size that the kind of event wants.",
        .on = CMRP_ON_RESPONSE,
        .concerns = gets_version_2,
        .check = wrong_buffer,
    },
    CMRP_RULES_END,
};
