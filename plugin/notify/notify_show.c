/* notify_show.c
 * How do registrations and events appear in the tree and in the Info column?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify_show.h"

#include "base/bounds.h"

static int hf_registered_in = -1;
static int hf_object = -1;
static int hf_event_in = -1;
static int hf_more_events = -1;

static int ett_registration = -1;

void notify_fields_register(int proto)
{
    static hf_register_info hf[] = {
        { &hf_registered_in,
          { "Registered in", "cmrp.notify.registered_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
            "The response, or the request that is not answered yet, that asked for this event",
            HFILL } },
        { &hf_object,
          { "Object", "cmrp.notify.object", FT_STRING, BASE_NONE, NULL, 0x0,
            "The object that was registered", HFILL } },
        { &hf_event_in,
          { "Event in", "cmrp.notify.event_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
            "A response that brought an event of this registration", HFILL } },
        { &hf_more_events,
          { "More events", "cmrp.notify.more_events", FT_UINT32, BASE_DEC, NULL, 0x0,
            "Events of this registration that are not listed", HFILL } },
    };
    static int *ett[] = { &ett_registration };

    proto_register_field_array(proto, hf, G_N_ELEMENTS(hf));
    proto_register_subtree_array(ett, G_N_ELEMENTS(ett));
}

/* ---------------------------------------------------------------- names of changes */

/** Text that grows in a place of fixed size; what does not fit is left out. */
typedef struct {
    char *to;
    size_t room;
    size_t length;
} text;

static void append(text *t, const char *from, size_t length)
{
    length = MIN(length, t->room - 1 - t->length);
    memcpy(t->to + t->length, from, length);
    t->length += length;
}

static bool starts_with(const char *name, const char *prefix, size_t *length)
{
    *length = strlen(prefix);
    return strncmp(name, prefix, *length) == 0;
}

/** "GROUP_STATE" of CLUSTER_CHANGE_GROUP_STATE and of CLUSTER_CHANGE_GROUP_STATE_V2. */
static void append_change(text *t, const char *name, const char *without)
{
    size_t length;

    if (starts_with(name, "CLUSTER_CHANGE_", &length) || starts_with(name, "CLUSTER_", &length))
        name += length;
    if (starts_with(name, without, &length) && name[length] == '_')
        name += length + 1;
    length = strlen(name);
    if (length > 3 && g_ascii_strcasecmp(name + length - 3, "_V2") == 0)
        length -= 3;
    append(t, name, length);
}

size_t notify_write_change(char *to, size_t room, const cmrp_change *change, const char *without)
{
    const cmrp_enumeration *meaning = change->meaning;
    uint64_t unnamed = change->flags;
    text t = { to, room, 0 };
    char number[20];

    for (uint32_t i = 0; meaning && i < meaning->flag_count && unnamed != 0; i++) {
        const cmrp_flag *flag = &meaning->flags[i];

        /* A name for several bits together says nothing that theirs do not. */
        if (flag->mask == 0 || (unnamed & flag->mask) != flag->mask)
            continue;
        if (t.length > 0)
            append(&t, "|", 1);
        append_change(&t, flag->name, without);
        unnamed &= ~(uint64_t)flag->mask;
    }
    if (unnamed != 0 || change->flags == 0) {
        snprintf(number, sizeof(number), "%s0x%" PRIx64, t.length > 0 ? "|" : "", unnamed);
        append(&t, number, strlen(number));
    }
    to[t.length] = '\0';
    return t.length;
}

const char *notify_change_text(wmem_allocator_t *pool, const cmrp_change *change)
{
    char made[CMRP_MAX_INFO];

    notify_write_change(made, sizeof(made), change, "");
    return wmem_strdup(pool, made);
}

/* ---------------------------------------------------------------- the tree */

/** The frame that stands for a registration in the eyes of an event in `frame`. */
static uint32_t frame_of(const cmrp_registration *registration, uint32_t frame)
{
    const uint32_t answered = registration->answered_in;

    return answered != 0 && answered <= frame ? answered : registration->asked_in;
}

static void show_registration(const cmrp_context *ctx, proto_tree *tree,
                              const cmrp_registration *registration)
{
    tvbuff_t *tvb = ctx->pdu->tvb;
    proto_item *item = proto_tree_add_uint(tree, hf_registered_in, tvb, 0, 0,
                                           frame_of(registration, ctx->pinfo->num));
    proto_tree *below = proto_item_add_subtree(item, ett_registration);

    proto_item_set_generated(item);
    proto_item_append_text(item, " (key %u, filter %s)", registration->asked.key,
                           notify_change_text(ctx->pinfo->pool, &registration->asked.filter));
    if (registration->asked.name)
        proto_item_set_generated(
            proto_tree_add_string(below, hf_object, tvb, 0, 0, registration->asked.name->utf8));
}

/** Where to show what is known of an event: beside its key. NULL if that is not shown. */
static proto_tree *tree_of(const cmrp_notification *event)
{
    proto_item *key = event->key_value ? event->key_value->item : NULL;

    return key ? cmrp_tree_around(key, *event->key_member->hf) : NULL;
}

static void show_events(const cmrp_context *ctx, const cmrp_port_call *call)
{
    unsigned count;
    const cmrp_notification *events = notify_events(ctx, &count);

    for (unsigned i = 0; i < count && i < call->match_count; i++) {
        proto_tree *where = tree_of(&events[i]);

        if (where && call->matches[i].registration)
            show_registration(ctx, where, call->matches[i].registration);
    }
}

static void show_deliveries(tvbuff_t *tvb, proto_tree *tree, const cmrp_registration *registration)
{
    const cmrp_delivery *delivery = registration->deliveries;
    unsigned shown = 0;

    for (; delivery && shown < CMRP_MAX_EVENTS_SHOWN; delivery = delivery->next, shown++)
        proto_item_set_generated(
            proto_tree_add_uint(tree, hf_event_in, tvb, 0, 0, delivery->frame));
    if (delivery)
        proto_item_set_generated(
            proto_tree_add_uint(tree, hf_more_events, tvb, 0, 0, registration->events - shown));
}

void notify_show(const cmrp_context *context, proto_tree *tree)
{
    const cmrp_port_call *call = notify_call(context);

    if (tree == NULL || call == NULL)
        return;
    if (call->registration)
        show_deliveries(context->pdu->tvb, tree, call->registration);
    if (context->pdu->response && call->match_count > 0)
        show_events(context, call);
}
