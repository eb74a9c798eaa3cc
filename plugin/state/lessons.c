/* lessons.c
 * What does an answer teach about the objects of the cluster?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/lessons.h"

#include "cmrp_constants.h"
#include "interface/contents.h"
#include "ndr/pdu_text.h"
#include "state/changes.h"
#include "state/control.h"
#include "state/listed.h"
#include "state/object_types.h"

/* ---------------------------------------------------------------- handles */

/** True if the server took the handle for what it was given out for. */
static bool is_certain(const cmrp_context *ctx, const cmrp_life *life)
{
    const uint32_t ended = handles_ended_in(life);

    return association_may_be(life->association, ctx->association) &&
           (ended == 0 || ended >= ctx->request_frame);
}

/**
 * The object of a handle of the call; it gets one if it has none yet. NULL if the handle is not known, is of
 * another type than `type`, or if it is not certain that it is what the server took it for.
 */
static cmrp_object *object_of(const cmrp_context *context, const cmrp_source *source, uint32_t life,
                              cmrp_handle_type type)
{
    cmrp_life *of = handles_by_id(life);

    if (of == NULL || of->type != type || !is_certain(context, of))
        return NULL;
    if (of->object == 0)
        of->object = objects_apart(source, type, NULL);
    return objects_by_number(of->object);
}

/** The object of the request's handle in parameter `param`; likewise. */
static cmrp_object *object_at(const cmrp_context *context, const cmrp_source *source, int param)
{
    const cmrp_method *method = context->pdu->method;

    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++) {
        if (method->handle_params[i] == param)
            return object_of(context, source, context->call->in[i],
                             method_handle_type(method, param));
    }
    return NULL;
}

/* ---------------------------------------------------------------- one lesson */

/** The handle that the method returned means an object that was just made. */
static void learn_created(const cmrp_context *ctx, const cmrp_source *t)
{
    cmrp_life *life = handles_by_id(ctx->call->out);

    if (life)
        life->object = objects_apart(t, (cmrp_handle_type)life->type, life->name);
    if (life)
        object_created(t, objects_by_number(life->object));
}

/** The type of the objects that a fact is about; CMRP_HANDLE_NONE if it is a text. */
static cmrp_handle_type type_of(cmrp_fact_kind fact)
{
    switch (fact) {
    case CMRP_FACT_GROUP:
        return CMRP_HGROUP;
    case CMRP_FACT_OWNER_NODE:
    case CMRP_FACT_NODE:
        return CMRP_HNODE;
    case CMRP_FACT_NETWORK:
        return CMRP_HNETWORK;
    default:
        return CMRP_HANDLE_NONE;
    }
}

/** The server tells a text: a fact, or the name of the object that is the fact. */
static void learn_text(const cmrp_source *t, cmrp_object *object, cmrp_fact_kind fact,
                       const cmrp_string *text)
{
    const cmrp_handle_type type = type_of(fact);

    if (type == CMRP_HANDLE_NONE)
        object_learn_text(t, object, fact, text);
    else
        object_learn_object(t, object, fact, objects_told(t, type, text, NULL, true));
}

/** The string that is a lesson's value; NULL or "" if there is none. */
static const cmrp_string *string_of(const cmrp_context *ctx, int param)
{
    if (ctx->pdu->method->params[param].role == CMRP_ROLE_NAME)
        return ctx->call->name;
    return string_intern(pdu_text_of_string(ctx, (unsigned)param));
}

static bool is_handle(const cmrp_context *ctx, int param)
{
    return method_handle_type(ctx->pdu->method, param) != CMRP_HANDLE_NONE &&
           ctx->pdu->method->params[param].role >= CMRP_ROLE_HANDLE_USED &&
           ctx->pdu->method->params[param].role <= CMRP_ROLE_HANDLE_CLOSED;
}

/** True if the client gave the object its name, and the server did not tell it. */
static bool is_rename(const cmrp_context *ctx, const cmrp_lesson *lesson)
{
    return lesson->fact == CMRP_FACT_NAME && lesson->object != CMRP_LESSON_CLUSTER &&
           ctx->pdu->method->params[lesson->value].role == CMRP_ROLE_NAME;
}

/** The name that the object has now: Windows removes the blanks around that of a network (product note 86). */
static const cmrp_string *given_name(const cmrp_context *ctx, cmrp_handle_type type,
                                     const cmrp_string *name)
{
    if (name == NULL || type != CMRP_HNETWORK)
        return name;
    return string_intern(g_strstrip(wmem_strdup(ctx->pinfo->pool, name->utf8)));
}

static void learn_value(const cmrp_context *ctx, const cmrp_source *t, cmrp_object *object,
                        const cmrp_lesson *lesson)
{
    const cmrp_fact_kind fact = (cmrp_fact_kind)lesson->fact;

    if (lesson->value == CMRP_NO_SIBLING)
        object_learn_object(t, object, fact, NULL);
    else if (is_handle(ctx, lesson->value))
        object_learn_object(t, object, fact, object_at(ctx, t, lesson->value));
    else if (is_rename(ctx, lesson))
        object_renamed(t, object,
                       given_name(ctx, object ? objects_type(object) : CMRP_HANDLE_NONE,
                                  string_of(ctx, lesson->value)));
    else
        learn_text(t, object, fact, string_of(ctx, lesson->value));
}

static cmrp_object *subject_of(const cmrp_context *ctx, const cmrp_source *t,
                               const cmrp_lesson *lesson)
{
    const cmrp_life *life;

    switch ((cmrp_lesson_object)lesson->object) {
    case CMRP_LESSON_CLUSTER:
        return objects_by_number(objects_opened(t, CMRP_HCLUSTER, NULL));
    case CMRP_LESSON_OPENED:
        life = handles_by_id(ctx->call->out);
        return life ? objects_by_number(life->object) : NULL;
    default:
        return object_at(ctx, t, lesson->param);
    }
}

static void learn_lesson(const cmrp_context *ctx, const cmrp_source *t, const cmrp_lesson *lesson,
                         bool pending)
{
    const cmrp_fact_kind fact = (cmrp_fact_kind)lesson->fact;

    if (fact == CMRP_FACT_CREATED)
        learn_created(ctx, t);
    else if (fact == CMRP_FACT_DELETED)
        object_deleted(t, subject_of(ctx, t, lesson));
    else if (pending)
        object_learn_object(t, subject_of(ctx, t, lesson), fact, NULL);
    else
        learn_value(ctx, t, subject_of(ctx, t, lesson), lesson);
}

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

/** None if the list is empty. */
static void read_entries(const cmrp_context *ctx, entries *e)
{
    const cmrp_pdu *pdu = ctx->pdu;
    int64_t last = -1;

    for (unsigned i = 0; i < pdu->record_count; i++)
        last = MAX(last, pdu->records[i].element);
    if (last < 0)
        return;
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

static void learn_listed(const cmrp_context *ctx, const cmrp_source *t, cmrp_handle_type type,
                         const cmrp_string *name)
{
    listed_note(ctx, type, name);
    if (name)
        designations_told(t, type, name);
}

/** What lessons `from` to `to` teach about one entry. */
static void learn_entry(const cmrp_context *ctx, const cmrp_source *t, const entries *e,
                        size_t entry, unsigned from, unsigned to)
{
    const cmrp_value **values = &e->values[entry * e->method->lesson_count];
    const cmrp_handle_type type = (cmrp_handle_type)e->method->lessons[from].handle_type;
    const cmrp_string *name = NULL, *id = NULL;
    cmrp_object *object;

    for (unsigned i = from; i < to; i++) {
        if (e->method->lessons[i].fact == CMRP_FACT_NAME)
            name = text_of(ctx, values[i]);
        else if (e->method->lessons[i].fact == CMRP_FACT_ID)
            id = text_of(ctx, values[i]);
        else if (e->method->lessons[i].fact == CMRP_FACT_LISTED)
            learn_listed(ctx, t, type, text_of(ctx, values[i]));
    }
    listed_note(ctx, type, name);
    object = objects_told(t, type, name, id, true);
    for (unsigned i = from; object && i < to; i++) {
        const cmrp_lesson *lesson = &e->method->lessons[i];

        if (lesson->fact == CMRP_FACT_GROUP || lesson->fact == CMRP_FACT_OWNER_NODE ||
            lesson->fact == CMRP_FACT_NODE || lesson->fact == CMRP_FACT_NETWORK)
            object_learn_object(t, object, (cmrp_fact_kind)lesson->fact,
                                lesson->member
                                    ? objects_told(t, type_of((cmrp_fact_kind)lesson->fact),
                                                   text_of(ctx, values[i]), NULL, true)
                                    : object_at(ctx, t, lesson->value));
    }
}

/** True if the request asked for objects of the type that entries with these bits are of. */
static bool asks_for(const cmrp_context *ctx, uint32_t bits)
{
    const uint64_t *asked = ctx->call->extra ? ctx->call->extra->numbers : NULL;
    const int type = method_param_named(ctx->pdu->method, "dwType");

    return bits == 0 || (asked && type != CMRP_NO_SIBLING && (asked[type] & bits));
}

/** A list of all objects of a type tells as well what is not there. */
static void learn_all_listed(const cmrp_context *ctx, const cmrp_source *t,
                             const cmrp_lesson *lesson)
{
    if (lesson->fact == CMRP_FACT_LISTED && ctx->request_frame != 0 && asks_for(ctx, lesson->only))
        objects_all_listed(t, (cmrp_handle_type)lesson->handle_type, ctx->request_frame);
}

static void learn_lists(const cmrp_context *ctx, const cmrp_source *t)
{
    const cmrp_method *method = ctx->pdu->method;
    entries e = { 0 };

    read_entries(ctx, &e);
    for (unsigned from = 0, to; from < method->lesson_count; from = to) {
        const uint32_t only = method->lessons[from].only;

        to = end_of_objects(method, from);
        for (size_t i = 0; i < e.count; i++) {
            if (only == 0 || (e.types[i] & only))
                learn_entry(ctx, t, &e, i, from, to);
        }
    }
    for (unsigned i = 0; i < method->lesson_count; i++)
        learn_all_listed(ctx, t, &method->lessons[i]);
}

/* ---------------------------------------------------------------- control codes */

static int out_buffer(const cmrp_method *method)
{
    for (int i = 0; i < method->param_count; i++) {
        const cmrp_format *format = method->params[i].format;

        if (format && format->kind == CMRP_FORMAT_CONTROL_OUT)
            return i;
    }
    return CMRP_NO_SIBLING;
}

static void learn_control(const cmrp_context *ctx, const cmrp_source *t)
{
    const cmrp_method *method = ctx->pdu->method;
    const cmrp_control *control = control_find(method, ctx->call->extra->control_code);
    const int buffer = out_buffer(method);

    if (control == NULL || control->fact == CMRP_FACT_NONE || buffer == CMRP_NO_SIBLING)
        return;
    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++) {
        const int param = method->handle_params[i];

        if (param != CMRP_NO_SIBLING && method_handle_type(method, param) == control->handle_type)
            learn_text(t, object_at(ctx, t, param), (cmrp_fact_kind)control->fact,
                       string_intern(pdu_text_in_buffer(ctx, &ctx->pdu->values[buffer])));
    }
}

/* ---------------------------------------------------------------- any answer */

static bool has_code(const cmrp_call *call)
{
    return call->extra && call->extra->control_code != 0;
}

/** True for Open methods, which list that there may be none; a Create method does not. */
static bool has_not_found(const cmrp_method *method, cmrp_handle_type type)
{
    for (unsigned i = 0; i < method->status_count; i++) {
        if (method->statuses[i] == object_type_not_found(type))
            return true;
    }
    return false;
}

/** The type that an Open method opens by a name; CMRP_HANDLE_NONE for others. */
static cmrp_handle_type opened_by_name(const cmrp_method *method)
{
    const int opened = method->response[CMRP_ROLE_HANDLE_OPENED];

    return opened != CMRP_NO_SIBLING && method->request[CMRP_ROLE_NAME] != CMRP_NO_SIBLING
               ? method_handle_type(method, opened)
               : CMRP_HANDLE_NONE;
}

/** An absence proves something only if nothing was made, renamed or deleted meanwhile, by whatever handle. */
static void keep_absence(const cmrp_context *ctx, cmrp_absence absence)
{
    if (absence.absent_in != 0 && changes_none_since(ctx, absence.seen_in))
        call_extra(ctx->call)->absence = absence;
}

/** A call that succeeds with a handle tells that its object is there. */
static void learn_presence_of_handle(const cmrp_context *ctx, const cmrp_source *t)
{
    const cmrp_method *method = ctx->pdu->method;
    const cmrp_life *life = handles_by_id(ctx->call->in[0]);
    cmrp_absence absence;

    /* A handle of what is gone can be closed. */
    if (method->request[CMRP_ROLE_HANDLE_CLOSED] != CMRP_NO_SIBLING || life == NULL ||
        life->object == 0 || life->deleted || !is_certain(ctx, life) ||
        objects_named(t, (cmrp_handle_type)life->type, objects_name(life->object)) !=
            objects_now(life->object))
        return;
    if (method->version == 3 && method->demand == CMRP_DEMANDS_ALL) {
        objects_disturbed(t, (cmrp_handle_type)life->type, objects_name(life->object));
        return;
    }
    absence = objects_present(t, (cmrp_handle_type)life->type, objects_name(life->object),
                              ctx->request_frame);
    keep_absence(ctx, absence);
}

static void learn_absence(const cmrp_context *ctx, const cmrp_source *t, cmrp_handle_type type)
{
    const uint32_t listed_in = listed_before(ctx, type, ctx->call->name);

    objects_absent(t, type, ctx->call->name, ctx->request_frame);
    if (listed_in != 0 && !objects_all_asked_since(t, type, listed_in))
        call_extra(ctx->call)->listed_in = listed_in;
}

/** What the answer tells of whether objects are there. */
static void learn_presence(const cmrp_context *ctx, const cmrp_source *t, uint32_t status)
{
    const cmrp_handle_type type = opened_by_name(ctx->pdu->method);
    cmrp_absence absence;

    if (type != CMRP_HANDLE_NONE && status == object_type_not_found(type) &&
        status != CMRP_ERROR_SUCCESS)
        learn_absence(ctx, t, type);
    if (status != CMRP_ERROR_SUCCESS)
        return;
    if (type == CMRP_HANDLE_NONE || !has_not_found(ctx->pdu->method, type)) {
        learn_presence_of_handle(ctx, t);
        return;
    }
    absence = objects_present(t, type, ctx->call->name, ctx->request_frame);
    keep_absence(ctx, absence);
}

/** The method renames an object: its new name is in doubt from the request to the answer. */
static void learn_doubt(const cmrp_context *ctx, const cmrp_source *t)
{
    const cmrp_method *method = ctx->pdu->method;

    for (unsigned i = 0; i < method->lesson_count; i++) {
        const cmrp_lesson *lesson = &method->lessons[i];
        cmrp_handle_type type;
        const cmrp_string *name;

        if (lesson->object != CMRP_LESSON_HANDLE || !is_rename(ctx, lesson))
            continue;
        type = method_handle_type(method, lesson->param);
        name = given_name(ctx, type, ctx->call->name);
        if (ctx->pdu->response)
            objects_rename_answered(t, type, name);
        else
            objects_rename_asked(t, type, name);
    }
}

static void learn_asked(const cmrp_context *ctx)
{
    listed_note_request(ctx);
    if (ctx->pdu->method->may_change)
        changes_note(ctx);
}

void lessons_learn(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    const cmrp_method *method = pdu->method;
    const cmrp_source source = { objects_of(context->association->server), call_when(context) };
    uint32_t status;
    bool lists = false;

    if (method->renames)
        learn_doubt(context, &source);
    if (!pdu->response)
        learn_asked(context);
    if (!pdu->response || pdu->breach_count > 0 || !call_status(pdu, &status))
        return;
    learn_presence(context, &source, status);
    if ((method->lesson_count == 0 && !has_code(context->call)) ||
        (status != CMRP_ERROR_SUCCESS && status != CMRP_ERROR_IO_PENDING))
        return;
    for (unsigned i = 0; i < method->lesson_count; i++) {
        const cmrp_lesson *lesson = &method->lessons[i];

        if (lesson->object == CMRP_LESSON_ENTRIES)
            lists = true;
        else
            learn_lesson(context, &source, lesson, status != CMRP_ERROR_SUCCESS);
    }
    if (status != CMRP_ERROR_SUCCESS)
        return;
    if (lists)
        learn_lists(context, &source);
    else if (has_code(context->call))
        learn_control(context, &source);
}
