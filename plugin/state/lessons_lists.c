/* lessons_lists.c
 * What do lists of objects teach about them, and events of notification ports?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/lessons.h"

#include "ndr/pdu_text.h"
#include "notify/notify_read.h"

/* ---------------------------------------------------------------- lists */

/** The strings of all entries, and their types. Packet scope. */
typedef struct {
    const cmrp_method *method;
    const cmrp_value **values; /**< `lesson_count` for each entry; NULL where there is none */
    uint32_t *types;
    size_t count;
} entries;

/** The parameter whose list a record belongs to: lists stand one behind the other. */
static int list_of(const cmrp_pdu *pdu, const cmrp_record *record)
{
    int list = CMRP_NO_SIBLING;

    for (int i = 0; i < pdu->method->param_count; i++) {
        if (pdu->values[i].present && (pdu->method->params[i].directions & CMRP_OUT) &&
            pdu->values[i].offset <= record->value.offset)
            list = i;
    }
    return list;
}

static void take(entries *e, const cmrp_record *record, int list)
{
    const cmrp_value **values = &e->values[(size_t)record->element * e->method->lesson_count];

    if (strcmp(record->member->name, "Type") == 0)
        e->types[record->element] = (uint32_t)record->value.number;
    for (unsigned i = 0; i < e->method->lesson_count; i++) {
        const cmrp_lesson *lesson = &e->method->lessons[i];

        if (lesson->member && lesson->value == list &&
            strcmp(lesson->member, record->member->name) == 0)
            values[i] = &record->value;
    }
}

static bool read_entries(const cmrp_context *ctx, entries *e)
{
    const cmrp_pdu *pdu = ctx->pdu;
    int64_t last = -1;

    for (unsigned i = 0; i < pdu->record_count; i++)
        last = MAX(last, pdu->records[i].element);
    if (last < 0)
        return false;
    /* Each entry has records, which stood in the stub: its length bounds their number. */
    e->method = pdu->method;
    e->count = (size_t)last + 1;
    e->values = wmem_alloc0_array(ctx->pinfo->pool, const cmrp_value *,
                                  e->count * pdu->method->lesson_count);
    e->types = wmem_alloc0_array(ctx->pinfo->pool, uint32_t, e->count);
    for (unsigned i = 0; i < pdu->record_count; i++) {
        if (pdu->records[i].element >= 0 && pdu->records[i].member->role == CMRP_ROLE_TOLD)
            take(e, &pdu->records[i], list_of(pdu, &pdu->records[i]));
    }
    return true;
}

/** Lessons of a method about the same objects follow each other: the first one behind those of `from`. */
static unsigned end_of_objects(const cmrp_method *method, unsigned from)
{
    unsigned to = from;

    while (to < method->lesson_count &&
           method->lessons[to].handle_type == method->lessons[from].handle_type &&
           method->lessons[to].only == method->lessons[from].only)
        to++;
    return to;
}

/** The text of one lesson in one entry, NULL if there is none. */
static const cmrp_string *text_of(const cmrp_context *ctx, const cmrp_value *value)
{
    return value ? string_intern(pdu_text_of_value(ctx, value)) : NULL;
}

/** What lessons `from` to `to` teach about one entry. */
static void learn_entry(const cmrp_context *ctx, const cmrp_source *t, const entries *e,
                        size_t entry, unsigned from, unsigned to)
{
    const cmrp_value **values = &e->values[entry * e->method->lesson_count];
    const cmrp_string *name = NULL, *id = NULL;
    cmrp_object *object;

    for (unsigned i = from; i < to; i++) {
        if (e->method->lessons[i].fact == CMRP_FACT_NAME)
            name = text_of(ctx, values[i]);
        else if (e->method->lessons[i].fact == CMRP_FACT_ID)
            id = text_of(ctx, values[i]);
    }
    object =
        objects_told(t, (cmrp_handle_type)e->method->lessons[from].handle_type, name, id, true);
    for (unsigned i = from; object && i < to; i++) {
        const cmrp_lesson *lesson = &e->method->lessons[i];

        if (lesson->fact == CMRP_FACT_GROUP || lesson->fact == CMRP_FACT_OWNER_NODE ||
            lesson->fact == CMRP_FACT_NODE || lesson->fact == CMRP_FACT_NETWORK)
            object_learn_object(t, object, (cmrp_fact_kind)lesson->fact,
                                lesson->member
                                    ? objects_told(t, lessons_type_of((cmrp_fact_kind)lesson->fact),
                                                   text_of(ctx, values[i]), NULL, true)
                                    : lessons_object_at(ctx, t, lesson->value));
    }
}

void lessons_learn_lists(const cmrp_context *context, const cmrp_source *source)
{
    const cmrp_method *method = context->pdu->method;
    entries e;

    if (!read_entries(context, &e))
        return;
    for (unsigned from = 0, to; from < method->lesson_count; from = to) {
        const uint32_t only = method->lessons[from].only;

        to = end_of_objects(method, from);
        for (size_t i = 0; i < e.count; i++) {
            if (only == 0 || (e.types[i] & only))
                learn_entry(context, source, &e, i, from, to);
        }
    }
}

/* ---------------------------------------------------------------- events */

/* Bits of CLUSTER_CHANGE_CLUSTER_V2, CLUSTER_CHANGE_GROUP_V2 and CLUSTER_CHANGE_RESOURCE_V2. */
#define CLUSTER_RENAME 0x400
#define GROUP_OWNER_NODE 0x10
#define RESOURCE_OWNER_GROUP 0x8

static cmrp_handle_type type_of_event(uint32_t object_type)
{
    switch (object_type) {
    case CMRP_OBJECT_GROUP:
        return CMRP_HGROUP;
    case CMRP_OBJECT_RESOURCE:
        return CMRP_HRES;
    case CMRP_OBJECT_NETINTERFACE:
        return CMRP_HNETINTERFACE;
    case CMRP_OBJECT_NETWORK:
        return CMRP_HNETWORK;
    case CMRP_OBJECT_NODE:
        return CMRP_HNODE;
    default:
        return CMRP_HANDLE_NONE;
    }
}

/** The event says that the object moved; its buffer says where, by an id. */
static void learn_move(const cmrp_context *ctx, const cmrp_source *t,
                       const cmrp_notification *event, cmrp_object *object)
{
    const cmrp_handle_type type = type_of_event(event->change.object_type);
    const cmrp_string *id =
        event->buffer ? string_intern(pdu_text_in_buffer(ctx, event->buffer)) : NULL;

    if (type == CMRP_HGROUP && event->change.flags == GROUP_OWNER_NODE)
        object_learn_object(t, object, CMRP_FACT_OWNER_NODE,
                            objects_told(t, CMRP_HNODE, NULL, id, false));
    else if (type == CMRP_HRES && event->change.flags == RESOURCE_OWNER_GROUP)
        object_learn_object(t, object, CMRP_FACT_GROUP,
                            objects_told(t, CMRP_HGROUP, NULL, id, false));
}

/** Events may have waited at the port: what they call an object by is believed if nothing speaks against it. */
static void learn_event(const cmrp_context *ctx, const cmrp_source *t,
                        const cmrp_notification *event)
{
    const cmrp_handle_type type = type_of_event(event->change.object_type);
    const cmrp_string *id;

    if (event->change.object_type == CMRP_OBJECT_CLUSTER && event->change.flags == CLUSTER_RENAME)
        object_learn_text(t, objects_by_number(objects_opened(t, CMRP_HCLUSTER, NULL)),
                          CMRP_FACT_NAME, string_intern(event->name));
    if (!notify_names_object(event))
        return;
    id = text_of(ctx, event->object_id);
    if (id && *id->utf8)
        learn_move(ctx, t, event, objects_told(t, type, string_intern(event->name), id, false));
}

void lessons_learn_events(const cmrp_context *context, const cmrp_source *source)
{
    unsigned count;
    const cmrp_notification *events = notify_events(context, &count);

    for (unsigned i = 0; events && i < count; i++)
        learn_event(context, source, &events[i]);
}
