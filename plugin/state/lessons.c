/* lessons.c
 * What does an answer teach about the objects of the cluster?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/lessons.h"

#include "cmrp_constants.h"
#include "interface/contents.h"
#include "ndr/pdu_text.h"
#include "notify/notify_read.h"
#include "state/control.h"

/* ---------------------------------------------------------------- handles */

/** True if the server took the handle for what it was given out for. */
static bool is_certain(const cmrp_context *ctx, const cmrp_life *life)
{
    const uint32_t ended = handles_ended_in(life);

    return association_may_be(life->association, ctx->association) &&
           (ended == 0 || ended >= ctx->di->call_data->req_frame);
}

cmrp_object *lessons_object_of(const cmrp_context *context, const cmrp_source *source,
                               uint32_t life, cmrp_handle_type type)
{
    cmrp_life *of = handles_by_id(life);

    if (of == NULL || of->type != type || !is_certain(context, of))
        return NULL;
    if (of->object == 0)
        of->object = objects_apart(source, type, NULL);
    return objects_by_number(of->object);
}

cmrp_object *lessons_object_at(const cmrp_context *context, const cmrp_source *source, int param)
{
    const cmrp_method *method = context->pdu->method;

    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++) {
        if (method->handle_params[i] == param)
            return lessons_object_of(context, source, context->call->in[i],
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
}

cmrp_handle_type lessons_type_of(cmrp_fact_kind fact)
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
    const cmrp_handle_type type = lessons_type_of(fact);

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

static void learn_value(const cmrp_context *ctx, const cmrp_source *t, cmrp_object *object,
                        const cmrp_lesson *lesson)
{
    const cmrp_fact_kind fact = (cmrp_fact_kind)lesson->fact;

    if (lesson->value == CMRP_NO_SIBLING)
        object_learn_object(t, object, fact, NULL);
    else if (is_handle(ctx, lesson->value))
        object_learn_object(t, object, fact, lessons_object_at(ctx, t, lesson->value));
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
        return lessons_object_at(ctx, t, lesson->param);
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
            learn_text(t, lessons_object_at(ctx, t, param), (cmrp_fact_kind)control->fact,
                       string_intern(pdu_text_in_buffer(ctx, &ctx->pdu->values[buffer])));
    }
}

/* ---------------------------------------------------------------- any answer */

static bool has_code(const cmrp_call *call)
{
    return call->extra && call->extra->control_code != 0;
}

void lessons_learn(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    const cmrp_method *method = pdu->method;
    const cmrp_source source = { context->association->server->objects, call_when(context) };
    uint32_t status;
    bool lists = false;

    if (!pdu->response || (method->lesson_count == 0 && method->opnum != CMRP_OP_ApiGetNotifyV2 &&
                           !has_code(context->call)))
        return;
    if (pdu->breach_count > 0 || !call_status(pdu, &status) ||
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
        lessons_learn_lists(context, &source);
    else if (method->opnum == CMRP_OP_ApiGetNotifyV2)
        lessons_learn_events(context, &source);
    else if (has_code(context->call))
        learn_control(context, &source);
}
