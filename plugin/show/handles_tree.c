/* handles_tree.c
 * How does the life of a context handle appear in the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/handles_tree.h"

#include "base/referenced.h"
#include "interface/fields.h"
#include "state/handles_label.h"
#include "state/objects.h"

#include <epan/to_str.h>

/** Longer names may not be whole in the line of a handle: Wireshark cuts it at ITEM_LABEL_LENGTH. */
#define NAME_IN_LINE 100

/** Something that was learnt about the object, and where. */
static void show_known(proto_tree *tree, tvbuff_t *tvb, int hf, const cmrp_known *known)
{
    proto_item *item = proto_tree_add_string(tree, hf, tvb, 0, 0, known->text);

    proto_item_set_generated(item);
    proto_item_set_generated(proto_tree_add_uint(proto_item_add_subtree(item, ett_cmrp_handle),
                                                 hf_cmrp_handle_learnt_in, tvb, 0, 0,
                                                 known->learnt_in));
}

/** The name that the object bears, if it is not the one that the handle was opened by. */
static void show_name(proto_tree *tree, tvbuff_t *tvb, const cmrp_life *life, const cmrp_when *when)
{
    cmrp_known known;

    if (!object_known(life->object, CMRP_FACT_NAME, when, &known))
        return;
    if (life->name == NULL)
        show_known(tree, tvb, hf_cmrp_handle_name, &known);
    else if (strcmp(life->name->utf8, known.text) != 0)
        show_known(tree, tvb, hf_cmrp_handle_object_name, &known);
}

/** What was known of the life's object. */
static void show_object(proto_tree *tree, tvbuff_t *tvb, const cmrp_life *life,
                        const cmrp_when *when)
{
    static const struct {
        cmrp_fact_kind fact;
        int *hf;
    } shown[] = {
        { CMRP_FACT_ID, &hf_cmrp_handle_object_id },
        { CMRP_FACT_RESOURCE_TYPE, &hf_cmrp_handle_resource_type },
        { CMRP_FACT_GROUP, &hf_cmrp_handle_group },
        { CMRP_FACT_OWNER_NODE, &hf_cmrp_handle_owner_node },
        { CMRP_FACT_NODE, &hf_cmrp_handle_node },
        { CMRP_FACT_NETWORK, &hf_cmrp_handle_network },
    };
    cmrp_known known;

    for (size_t i = 0; i < G_N_ELEMENTS(shown); i++) {
        if (object_known(life->object, shown[i].fact, when, &known))
            show_known(tree, tvb, *shown[i].hf, &known);
    }
}

static proto_item *add_frame(proto_tree *tree, int hf, tvbuff_t *tvb, uint32_t frame)
{
    proto_item *item = proto_tree_add_uint(tree, hf, tvb, 0, 0, frame);

    proto_item_set_generated(item);
    return item;
}

/** The type, id and name of a life. What the line above says is hidden: filters, columns and JSON have it. */
static proto_item *show_identity(proto_tree *tree, tvbuff_t *tvb, const cmrp_life *life,
                                 const cmrp_when *when)
{
    static int *const fields[] = { &hf_cmrp_handle_type };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };
    proto_item *id, *name;

    if (referenced_in_list(tree, &wanted))
        proto_item_set_hidden(proto_tree_add_string(
            tree, hf_cmrp_handle_type, tvb, 0, 0, handle_type_name((cmrp_handle_type)life->type)));
    id = proto_tree_add_uint(tree, hf_cmrp_handle_id, tvb, 0, 0, life->id);
    if (life->name == NULL)
        return id;
    name = proto_tree_add_string(tree, hf_cmrp_handle_name, tvb, 0, 0, life->name->utf8);
    if (handles_name_at(life, when) && strlen(life->name->utf8) <= NAME_IN_LINE)
        proto_item_set_hidden(name);
    else
        proto_item_set_generated(name);
    return id;
}

/** What the line above does not say: where the life began and ended, and what was told of its object. */
static void show_story(proto_tree *tree, tvbuff_t *tvb, const cmrp_life *life,
                       const cmrp_when *when)
{
    const uint32_t ended = handles_ended_in(life);

    if (life->opened_in != 0)
        add_frame(tree, hf_cmrp_handle_opened_in, tvb, life->opened_in);
    if (ended != 0)
        add_frame(tree, hf_cmrp_handle_closed_in, tvb, ended);
    if (object_has_facts(life->object)) {
        show_name(tree, tvb, life, when);
        show_object(tree, tvb, life, when);
    }
}

/** The fields of a life, below the item of the handle. */
static void show_life(proto_tree *tree, tvbuff_t *tvb, const cmrp_life *life, const cmrp_when *when)
{
    proto_item *id = show_identity(tree, tvb, life, when);

    /* The frame that opened it marks all uses of a life as well, and leads there. */
    if (life->opened_in == 0)
        proto_item_set_generated(id);
    else
        proto_item_set_hidden(id);
    show_story(tree, tvb, life, when);
}

/** `hNotify: 0000… (HNOTIFY_RPC #2)` for a handle that the PDU carries, and its life. */
static void show_carried(const cmrp_context *ctx, const cmrp_value *value, const cmrp_life *life,
                         const cmrp_when *when)
{
    const field_info *info = PITEM_FINFO(value->item);

    /* Made anew: to append to an item's text makes Wireshark format what it had first. */
    if (info && PTREE_DATA(value->item)->visible)
        proto_item_set_text(
            value->item, "%s: %s (%s%s)", info->hfinfo->name,
            bytes_to_str(ctx->pinfo->pool, ctx->pdu->data + value->offset, CMRP_HANDLE_BYTES),
            handle_type_name((cmrp_handle_type)life->type), handles_label(ctx, life)->text);
    show_life(proto_item_add_subtree(value->item, ett_cmrp_handle), ctx->pdu->tvb, life, when);
}

/** Of a handle that stands in the request, where it says all: what the response adds, or somebody asks for. */
static void show_again(const cmrp_context *ctx, proto_tree *tree, const cmrp_life *life,
                       const cmrp_when *when)
{
    static int *const fields[] = {
        &hf_cmrp_handle_opened_in,  &hf_cmrp_handle_closed_in, &hf_cmrp_handle_object_name,
        &hf_cmrp_handle_object_id,  &hf_cmrp_handle_group,     &hf_cmrp_handle_resource_type,
        &hf_cmrp_handle_owner_node, &hf_cmrp_handle_node,      &hf_cmrp_handle_network,
        &hf_cmrp_handle_learnt_in,
    };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };
    tvbuff_t *tvb = ctx->pdu->tvb;

    proto_item_set_hidden(show_identity(tree, tvb, life, when));
    if (referenced_by_name(tree, &wanted)) {
        show_story(tree, tvb, life, when);
        return;
    }
    if (handles_ended_in(life) == ctx->pinfo->num)
        add_frame(tree, hf_cmrp_handle_closed_in, tvb, ctx->pinfo->num);
    if (life->name == NULL && object_has_facts(life->object))
        show_name(tree, tvb, life, when);
}

/** A response does not repeat its request's handles, but is about them. */
static void show_of_request(const cmrp_context *ctx, proto_tree *tree, const cmrp_when *when)
{
    const cmrp_method *method = ctx->pdu->method;
    const int8_t *params = method->handle_params;

    for (unsigned i = 0; i < CMRP_MAX_HANDLES && params[i] != CMRP_NO_SIBLING; i++) {
        const cmrp_life *life = handles_by_id(ctx->call->in[i]);
        const char *name = method->params[params[i]].name;
        proto_item *item;

        if (life == NULL)
            continue;
        item = proto_tree_add_string_format(
            tree, hf_cmrp_handle_of_request, ctx->pdu->tvb, 0, 0, name, "%s of the request (%s%s)",
            name, handle_type_name((cmrp_handle_type)life->type), handles_label(ctx, life)->text);
        proto_item_set_generated(item);
        show_again(ctx, proto_item_add_subtree(item, ett_cmrp_handle), life, when);
    }
}

static bool has_handles(const cmrp_pdu *pdu)
{
    return pdu->method->handle_params[0] != CMRP_NO_SIBLING ||
           pdu->method->response[CMRP_ROLE_HANDLE_OPENED] != CMRP_NO_SIBLING;
}

static bool is_wanted(proto_tree *tree)
{
    static int *const fields[] = {
        &hf_cmrp_handle_type,       &hf_cmrp_handle_id,         &hf_cmrp_handle_name,
        &hf_cmrp_handle_opened_in,  &hf_cmrp_handle_closed_in,  &hf_cmrp_handle_object_name,
        &hf_cmrp_handle_object_id,  &hf_cmrp_handle_group,      &hf_cmrp_handle_resource_type,
        &hf_cmrp_handle_owner_node, &hf_cmrp_handle_node,       &hf_cmrp_handle_network,
        &hf_cmrp_handle_learnt_in,  &hf_cmrp_handle_of_request,
    };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };

    return referenced_any(tree, &wanted);
}

void handles_tree_show(const cmrp_context *context, proto_tree *tree)
{
    const cmrp_method *method = context->pdu->method;
    const cmrp_when when = call_when(context);

    if (!has_handles(context->pdu) || !is_wanted(tree))
        return;
    for (unsigned i = 0; i < method->param_count; i++) {
        const cmrp_value *value = &context->pdu->values[i];
        const cmrp_life *life;

        if (method->params[i].role < CMRP_ROLE_HANDLE_USED ||
            method->params[i].role > CMRP_ROLE_HANDLE_CLOSED || !value->present)
            continue;
        life = call_handle(context, i);
        if (life)
            show_carried(context, value, life, &when);
        else if (handle_is_null(context->pdu->data + value->offset))
            proto_item_append_text(value->item, " (NULL)");
    }
    if (context->pdu->response && context->call)
        show_of_request(context, tree, &when);
}
