/* handles_show.c
 * How does the life of a context handle appear in the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "handles_show.h"

#include "fields.h"
#include "objects.h"
#include "plan.h"
#include "wanted.h"

const char *handles_short_type(const cmrp_life *life)
{
    static const char *const names[CMRP_HANDLE_TYPES] = {
        [CMRP_HANDLE_NONE] = "handle",
        [CMRP_HCLUSTER] = "HCLUSTER",
        [CMRP_HNODE] = "HNODE",
        [CMRP_HGROUP] = "HGROUP",
        [CMRP_HRES] = "HRES",
        [CMRP_HKEY] = "HKEY",
        [CMRP_HNOTIFY] = "HNOTIFY",
        [CMRP_HNETWORK] = "HNETWORK",
        [CMRP_HNETINTERFACE] = "HNETINTERFACE",
        [CMRP_HBATCH_PORT] = "HBATCH_PORT",
        [CMRP_HGENERIC] = "HGENERIC",
        [CMRP_HGROUPSET] = "HGROUPSET",
    };

    return names[life->type];
}

const char *handles_name_at(const cmrp_life *life, const cmrp_when *when)
{
    cmrp_known known;

    if (life->type == CMRP_HNOTIFY)
        return NULL;
    if (life->name)
        return *life->name ? life->name : NULL;
    return object_known(life->object, CMRP_FACT_NAME, when, &known) ? known.text : NULL;
}

static void add_generated(proto_item *item)
{
    proto_item_set_generated(item);
}

/** Something that was learnt about the object, and where. */
static void show_known(proto_tree *tree, tvbuff_t *tvb, int hf, const cmrp_known *known)
{
    proto_item *item = proto_tree_add_string(tree, hf, tvb, 0, 0, known->text);

    add_generated(item);
    add_generated(proto_tree_add_uint(proto_item_add_subtree(item, ett_cmrp_handle),
                                      hf_cmrp_handle_learnt_in, tvb, 0, 0, known->learnt_in));
}

static void show_name(proto_tree *tree, tvbuff_t *tvb, const cmrp_life *life, const cmrp_when *when)
{
    cmrp_known known;
    bool is_known;

    if (life->name)
        add_generated(proto_tree_add_string(tree, hf_cmrp_handle_name, tvb, 0, 0, life->name));
    is_known = object_known(life->object, CMRP_FACT_NAME, when, &known);
    if (is_known && life->name == NULL)
        show_known(tree, tvb, hf_cmrp_handle_name, &known);
    else if (is_known && strcmp(life->name, known.text) != 0)
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

    for (size_t i = 0; life->object != 0 && i < G_N_ELEMENTS(shown); i++) {
        if (object_known(life->object, shown[i].fact, when, &known))
            show_known(tree, tvb, *shown[i].hf, &known);
    }
}

/**
 * The item's own text and the life: `hNotify: 0000… (HNOTIFY_RPC #2 "port 1")`. Made anew, because to append to
 * an item's text makes Wireshark format what it had first.
 */
static void show_text(proto_item *item, const char *what, const cmrp_life *life, const char *type,
                      const char *name)
{
    if (name)
        proto_item_set_text(item, "%s (%s #%u \"%s\")", what, type, life->id, name);
    else
        proto_item_set_text(item, "%s (%s #%u)", what, type, life->id);
}

/** The fields of a life, below the item of the handle, whose own text is `what`. */
static void show_life(proto_item *item, const char *what, tvbuff_t *tvb, const cmrp_life *life,
                      const cmrp_when *when)
{
    proto_tree *tree = proto_item_add_subtree(item, ett_cmrp_handle);
    const char *type = handle_type_name((cmrp_handle_type)life->type);
    const uint32_t ended = handles_ended_in(life);

    if (*what)
        show_text(item, what, life, type, handles_name_at(life, when));
    /* For filters only: the line above says it. */
    proto_item_set_hidden(proto_tree_add_string(tree, hf_cmrp_handle_type, tvb, 0, 0, type));
    add_generated(proto_tree_add_uint(tree, hf_cmrp_handle_id, tvb, 0, 0, life->id));
    show_name(tree, tvb, life, when);
    if (life->opened_in != 0)
        add_generated(
            proto_tree_add_uint(tree, hf_cmrp_handle_opened_in, tvb, 0, 0, life->opened_in));
    if (ended != 0)
        add_generated(proto_tree_add_uint(tree, hf_cmrp_handle_closed_in, tvb, 0, 0, ended));
    show_object(tree, tvb, life, when);
}

/** The text of a handle's item as Wireshark makes it, "" if nobody sees it. Packet scope. */
static const char *text_of(const cmrp_moment *m, const cmrp_value *value)
{
    const field_info *info = PITEM_FINFO(value->item);

    if (info == NULL || !PTREE_DATA(value->item)->visible)
        return "";
    return wmem_strconcat(
        m->pinfo->pool, info->hfinfo->name, ": ",
        bytes_to_str(m->pinfo->pool, m->pdu->data + value->offset, CMRP_HANDLE_BYTES), NULL);
}

/** A response does not repeat its request's handles, but is about them. */
static void show_of_request(const cmrp_moment *m, proto_tree *tree, const cmrp_when *when)
{
    const cmrp_method *method = m->pdu->method;
    const int8_t *params = method->handle_params;

    for (unsigned i = 0; i < CMRP_MAX_HANDLES && params[i] != CMRP_NO_SIBLING; i++) {
        const cmrp_life *life = handles_by_id(m->call->in[i]);
        const char *name = life ? handles_name_at(life, when) : NULL;
        proto_item *item;

        if (life == NULL)
            continue;
        /* No field's item: its text is all that it has. */
        proto_tree_add_subtree_format(
            tree, m->pdu->tvb, 0, 0, ett_cmrp_handle, &item, "%s of the request (%s #%u%s%s%s)",
            method->params[params[i]].name, handle_type_name((cmrp_handle_type)life->type),
            life->id, name ? " \"" : "", name ? name : "", name ? "\"" : "");
        add_generated(item);
        show_life(item, "", m->pdu->tvb, life, when);
    }
}

static bool has_handles(const cmrp_pdu *pdu)
{
    return pdu->method->handle_params[0] != CMRP_NO_SIBLING ||
           plan_of(pdu->method)->response[CMRP_ROLE_HANDLE_OPENED] != CMRP_NO_SIBLING;
}

static bool is_wanted(proto_tree *tree)
{
    static int *const fields[] = {
        &hf_cmrp_handle_type,       &hf_cmrp_handle_id,        &hf_cmrp_handle_name,
        &hf_cmrp_handle_opened_in,  &hf_cmrp_handle_closed_in, &hf_cmrp_handle_object_name,
        &hf_cmrp_handle_object_id,  &hf_cmrp_handle_group,     &hf_cmrp_handle_resource_type,
        &hf_cmrp_handle_owner_node, &hf_cmrp_handle_node,      &hf_cmrp_handle_network,
        &hf_cmrp_handle_learnt_in,
    };

    return wanted_any(tree, fields, G_N_ELEMENTS(fields));
}

void handles_show(const cmrp_moment *moment, proto_tree *tree)
{
    const cmrp_method *method = moment->pdu->method;
    const cmrp_when when = call_when(moment);

    if (!has_handles(moment->pdu) || !is_wanted(tree))
        return;
    for (unsigned i = 0; i < method->param_count; i++) {
        const cmrp_value *value = &moment->pdu->values[i];
        const cmrp_life *life;

        if (method->params[i].role < CMRP_ROLE_HANDLE_USED ||
            method->params[i].role > CMRP_ROLE_HANDLE_CLOSED || !value->present)
            continue;
        life = call_handle(moment, i);
        if (life)
            show_life(value->item, text_of(moment, value), moment->pdu->tvb, life, &when);
        else if (handle_is_null(moment->pdu->data + value->offset))
            proto_item_append_text(value->item, " (NULL)");
    }
    if (moment->pdu->response && moment->call)
        show_of_request(moment, tree, &when);
}
