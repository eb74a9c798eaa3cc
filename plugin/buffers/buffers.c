/* buffers.c
 * What is inside the byte arrays of a PDU?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/buffers.h"

#include "base/bounds.h"
#include "buffers/buffer_fields.h"
#include "buffers/control_code.h"
#include "buffers/format.h"
#include "buffers/reader.h"
#include "buffers/registry_value.h"
#include "cmrp_constants.h"
#include "interface/contents.h"
#include "notify/event_data.h"
#include "state/control.h"

/** What all buffers of a PDU have in common. */
typedef struct {
    const cmrp_context *context;
    proto_tree *tree;
    bool judged;
    unsigned room;
    unsigned said;
    const cmrp_event_kind
        *kinds; /**< of notifications, by element; NULL until they are asked for */
    size_t kind_count;
} walk;

/**
 * Only what was sent as a whole can be wrong: what a failed call leaves in its buffers means nothing,
 * and ERROR_MORE_DATA is such a failure.
 */
static bool is_judged(const cmrp_pdu *pdu)
{
    uint32_t status;

    if (!pdu_whole(pdu))
        return false;
    return !pdu->response || !call_status(pdu, &status) || status == CMRP_ERROR_SUCCESS;
}

/** How many bytes of a value are meant. */
static uint32_t length_of(const walk *x, const cmrp_member *member, const cmrp_value *value)
{
    const int8_t told = member->format->length;

    if (told == CMRP_NO_SIBLING || !x->context->pdu->values[told].present)
        return value->length;
    return (uint32_t)MIN(value->length, x->context->pdu->values[told].number);
}

static void say_hidden(cmrp_buffer *b)
{
    /* The last item that a full tree may have says that it is full. */
    proto_item_set_generated(
        proto_tree_add_boolean(b->tree, hf_cmrp_buffer_hidden, b->tvb, buffer_at(b, 0), 0, true));
}

static const cmrp_format *format_of_event(walk *x, const cmrp_record *record)
{
    const cmrp_context *ctx = x->context;

    if (x->kinds == NULL)
        x->kinds = event_data_kinds(ctx->pdu, ctx->pinfo->pool, &x->kind_count);
    if (x->kinds == NULL || record->element < 0 || (size_t)record->element >= x->kind_count)
        return NULL;
    return event_data_format(&x->kinds[record->element]);
}

/** The format that holds for an array: its own, or the one that a code or an event chooses. */
static const cmrp_format *resolve(walk *x, const cmrp_format *format, const cmrp_record *record)
{
    const cmrp_control *control;
    uint32_t code;

    switch ((cmrp_format_kind)format->kind) {
    case CMRP_FORMAT_EVENT:
        return record ? format_of_event(x, record) : NULL;
    case CMRP_FORMAT_CONTROL_IN:
    case CMRP_FORMAT_CONTROL_OUT:
        control =
            control_code(x->context, &code) ? control_find(x->context->pdu->method, code) : NULL;
        if (control == NULL)
            return NULL;
        return format->kind == CMRP_FORMAT_CONTROL_IN ? control->in : control->out;
    case CMRP_FORMAT_CONTROL_CODE:
        return NULL;
    default:
        return format;
    }
}

static void read_array(walk *x, const cmrp_member *member, const cmrp_value *value,
                       const cmrp_record *record)
{
    const cmrp_pdu *pdu = x->context->pdu;
    const uint32_t length = length_of(x, member, value);
    const cmrp_format *format = resolve(x, member->format, record);
    cmrp_buffer b = { .c = { .data = pdu->data + value->offset, .length = length },
                      .tvb = pdu->tvb,
                      .base = value->offset,
                      .pinfo = x->context->pinfo,
                      .root = x->tree,
                      .item = value->item,
                      .name = member->name,
                      .judged = x->judged,
                      .of_client = !pdu->response,
                      .room = &x->room,
                      .said = &x->said,
                      .read_format = format_read };

    if (format == NULL || length == 0)
        return;
    if (value->item && x->room != 0)
        b.tree = proto_item_add_subtree(value->item, ett_cmrp_buffer);
    if (format->kind == CMRP_FORMAT_REGISTRY_VALUE)
        registry_value_read(&b, (uint32_t)pdu->values[format->told_by].number, length);
    else
        format_read(&b, format);
    if (b.tree && x->room == 0)
        say_hidden(&b);
}

void buffers_show(const cmrp_context *context, proto_tree *tree)
{
    const cmrp_pdu *pdu = context->pdu;
    walk x;

    /* Most methods have no buffers at all. */
    if (!pdu->method->has_formats && pdu->record_count == 0)
        return;
    x = (walk){ .context = context,
                .tree = tree,
                .judged = is_judged(pdu),
                .room = CMRP_MAX_BUFFER_ITEMS,
                .said = CMRP_MAX_BREACHES };
    for (unsigned i = 0; i < pdu->method->param_count; i++) {
        const cmrp_member *param = &pdu->method->params[i];

        if (param->format == NULL)
            continue;
        if (param->format->kind == CMRP_FORMAT_CONTROL_CODE)
            control_code_show(context, tree);
        else if (pdu->values[i].present && pdu->values[i].counted)
            read_array(&x, param, &pdu->values[i], NULL);
    }
    for (unsigned i = 0; i < pdu->record_count; i++) {
        const cmrp_record *record = &pdu->records[i];

        if (record->member->format && record->value.present)
            read_array(&x, record->member, &record->value, record);
    }
}
