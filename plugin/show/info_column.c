/* info_column.c
 * What does the Info column say of a PDU?
 *
 * A line that reads like a sentence:
 *   ApiOpenGroup request "Cluster Group"
 *   ApiReAddNotifyGroup request, HNOTIFY #1, HGROUP #3 "Cluster Group", filter STATE|DELETED, key 7
 *   ApiMoveGroupToNode response, HGROUP #2 "SQL", HNODE #4 "NODE2", ERROR_HOST_NODE_NOT_GROUP_OWNER
 * Only what was known when the frame was first visited stands here: every visit gives the same words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/info_column.h"

#include "base/decimal.h"
#include "cmrp_constants.h"
#include "interface/status_names.h"
#include "ndr/pdu_text.h"
#include "notify/notify_show.h"
#include "show/columns.h"
#include "state/handles_label.h"

/** The line being made. One append to the column at the end costs less than many. */
typedef struct {
    const cmrp_context *ctx;
    char text[CMRP_MAX_INFO];
    size_t length; /**< always less than the size of text */
} line;

static void append_bytes(line *l, const char *text, size_t length)
{
    const size_t room = sizeof(l->text) - 1 - l->length;

    if (length > room)
        length = room;
    memcpy(l->text + l->length, text, length);
    l->length += length;
}

/** Inline, so that the compiler knows the length of words that are written here. */
static inline void append(line *l, const char *text)
{
    append_bytes(l, text, strlen(text));
}

static void append_uint(line *l, uint32_t number)
{
    cmrp_decimal room;

    append(l, decimal_text(&room, number));
}

static void append_hex(line *l, uint64_t number)
{
    char digits[20];

    snprintf(digits, sizeof(digits), "0x%" PRIx64, number);
    append(l, digits);
}

static void append_quoted(line *l, const char *text)
{
    append(l, "\"");
    append(l, text);
    append(l, "\"");
}

/** `, HGROUP #3 "Cluster Group"` */
static void append_life(line *l, const cmrp_life *life)
{
    const cmrp_label *label = handles_label(l->ctx, life);

    append(l, ", ");
    append(l, handles_short_type(life));
    append_bytes(l, label->text, label->length);
}

static void append_handle(line *l, unsigned index)
{
    const cmrp_life *life = call_handle(l->ctx, index);

    if (life)
        append_life(l, life);
    else if (handle_is_null(l->ctx->pdu->data + l->ctx->pdu->values[index].offset))
        append(l, ", NULL handle");
}

/** The word that begins the bits of a method's object: of GROUP_STATE only STATE needs to be said. */
static const char *object_word(const cmrp_method *method)
{
    const int param = method->handle_params[1];

    switch (param < 0 ? CMRP_HANDLE_NONE : method_handle_type(method, param)) {
    case CMRP_HNODE:
        return "NODE_";
    case CMRP_HGROUP:
        return "GROUP_";
    case CMRP_HRES:
        return "RESOURCE_";
    case CMRP_HKEY:
        return "REGISTRY_";
    case CMRP_HNETWORK:
        return "NETWORK_";
    case CMRP_HNETINTERFACE:
        return "NETINTERFACE_";
    default:
        return "";
    }
}

/** "STATE|DELETED" for the bits of a mask. */
static void append_flags(line *l, const cmrp_enumeration *meaning, uint32_t value)
{
    const char *word = object_word(l->ctx->pdu->method);
    const size_t word_length = strlen(word);
    uint32_t unnamed = value;
    const char *separator = "";

    for (uint32_t i = 0; i < meaning->flag_count && unnamed != 0; i++) {
        const cmrp_flag *flag = &meaning->flags[i];
        const char *text = flag->short_name;

        if ((value & flag->mask) == 0)
            continue;
        if (word_length > 0 && strncmp(text, word, word_length) == 0)
            text += word_length;
        append(l, separator);
        append(l, text);
        separator = "|";
        unnamed &= ~flag->mask;
    }
    if (unnamed != 0 || value == 0) {
        append(l, separator);
        append_hex(l, unnamed);
    }
}

static void append_number(line *l, const cmrp_member *param, uint64_t value)
{
    const cmrp_enumeration *meaning = param->meaning;

    switch (param->role) {
    case CMRP_ROLE_KEY:
        append(l, ", key ");
        append_uint(l, (uint32_t)value);
        return;
    case CMRP_ROLE_SEQUENCE:
        /* A request only gives back what it was told. */
        if (!l->ctx->pdu->response)
            return;
        append(l, ", sequence ");
        append_uint(l, (uint32_t)value);
        return;
    case CMRP_ROLE_FILTER:
        append(l, ", filter ");
        break;
    default:
        if (meaning == NULL)
            return;
        append(l, ", ");
        break;
    }
    if (meaning && meaning->flags)
        append_flags(l, meaning, (uint32_t)value);
    else if (meaning)
        append(l, val_to_str(l->ctx->pinfo->pool, (uint32_t)value, meaning->values, "0x%x"));
    else
        append_hex(l, value);
}

static void append_status(line *l, uint32_t status)
{
    const char *name;

    if (status == CMRP_ERROR_SUCCESS)
        return;
    name = status_name(status);
    append(l, name ? ", " : ", status ");
    if (name)
        append(l, name);
    else
        append_hex(l, status);
}

static void append_string(line *l, unsigned index, bool first)
{
    const cmrp_context *ctx = l->ctx;

    /* "ApiOpenGroup request "Cluster Group"": what comes first is the object, no afterthought. */
    append(l, first && !ctx->pdu->response ? " " : ", ");
    if (ctx->pdu->method->params[index].role == CMRP_ROLE_NAME && ctx->call &&
        (ctx->call->flags & CMRP_REQUEST_LEARNT))
        append_quoted(l, ctx->call->name->utf8);
    else
        append_quoted(l, pdu_text_of_string(ctx, index));
}

static bool is_string(const cmrp_type *type)
{
    while (type->kind == CMRP_POINTER)
        type = type->of;
    return type->kind == CMRP_STRING;
}

/** The life that a close ended: the response itself carries NULL. */
static void append_closed(line *l)
{
    const cmrp_life *life = l->ctx->call ? handles_by_id(l->ctx->call->in[0]) : NULL;

    if (life == NULL || life->closed_in != l->ctx->pinfo->num)
        return;
    append_life(l, life);
    append(l, " closed");
}

/** What a failed call was about: the request's handles, and the name that it gave. */
static void append_asked(line *l)
{
    const cmrp_call *call = l->ctx->call;

    if (call == NULL)
        return;
    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++) {
        const cmrp_life *life = handles_by_id(call->in[i]);

        if (life)
            append_life(l, life);
    }
    if (call->name && (call->flags & CMRP_REQUEST_LEARNT)) {
        append(l, ", ");
        append_quoted(l, call->name->utf8);
    }
}

/* ---------------------------------------------------------------- notification ports */

static void append_change(line *l, const cmrp_change *change, const char *without)
{
    l->length +=
        notify_write_change(l->text + l->length, sizeof(l->text) - l->length, change, without);
}

/** `, key 7, GROUP_STATE "Cluster Group", sequence 4`. False if the PDU has no events. */
static bool append_events(line *l)
{
    unsigned count;
    const cmrp_notification *events = notify_events(l->ctx, &count);

    if (events == NULL)
        return false;
    append(l, ", ");
    if (count > 1) {
        append_uint(l, count);
        append(l, " events, the first with ");
    }
    append(l, "key ");
    append_uint(l, (uint32_t)events->key);
    append(l, ", ");
    append_change(l, &events->change, "");
    if (*events->name) {
        append(l, " ");
        append_quoted(l, events->name);
    }
    if (events->has_sequence) {
        append(l, ", sequence ");
        append_uint(l, events->sequence);
    }
    return true;
}

/** The filters of version 2 ports: a structure, or a number of 64 bits. False if the value is none. */
static bool append_filter(line *l, const cmrp_type *type)
{
    const cmrp_method *method = l->ctx->pdu->method;
    const cmrp_life *object;
    const char *own = NULL;
    cmrp_asked asked;

    if ((type->kind != CMRP_STRUCT && type->kind != CMRP_UINT64) || l->ctx->call == NULL ||
        method->port != CMRP_PORT_REGISTER || method->port_version != 2 || !pdu_whole(l->ctx->pdu))
        return false;
    asked = notify_asked(l->ctx);
    /* "HGROUP #3, filter STATE": the handle says of whom, or the method's name does. */
    object = handles_by_id(l->ctx->call->in[1]);
    if (object == NULL || object->type != CMRP_HCLUSTER)
        own = object_type_of(asked.filter.object_type)->name;
    append(l, ", filter ");
    append_change(l, &asked.filter, own ? own : "");
    return true;
}

/* ---------------------------------------------------------------- any value */

static void append_value(line *l, unsigned index, bool first)
{
    const cmrp_pdu *pdu = l->ctx->pdu;
    const cmrp_member *param = &pdu->method->params[index];
    const cmrp_value *value = &pdu->values[index];

    switch (param->role) {
    case CMRP_ROLE_HANDLE_USED:
        append_handle(l, index);
        break;
    case CMRP_ROLE_HANDLE_OPENED:
        if (!handle_is_null(pdu->data + value->offset))
            append_handle(l, index);
        break;
    case CMRP_ROLE_HANDLE_CLOSED:
        if (pdu->response)
            append_closed(l);
        else
            append_handle(l, index);
        break;
    case CMRP_ROLE_STATUS:
        append_status(l, (uint32_t)value->number);
        break;
    case CMRP_ROLE_RPC_STATUS:
        break;
    default:
        if (is_string(param->type))
            append_string(l, index, first);
        else if (!append_filter(l, param->type) && !value->counted)
            append_number(l, param, value->number);
        break;
    }
}

static void append_values(line *l)
{
    const cmrp_pdu *pdu = l->ctx->pdu;
    bool first = true;

    for (const int8_t *i = method_params(pdu->method, pdu->response); *i != CMRP_NO_SIBLING; i++) {
        if (!pdu->values[*i].present)
            continue;
        append_value(l, (unsigned)*i, first);
        first = false;
    }
}

void info_column_append(const cmrp_context *context)
{
    uint32_t status = CMRP_ERROR_SUCCESS;
    line l;

    if (!columns_info_is_wanted(context->pinfo))
        return;
    l.ctx = context;
    l.length = 0;
    /* What else the response holds means nothing then. */
    if (pdu_whole(context->pdu) && call_status(context->pdu, &status) &&
        status != CMRP_ERROR_SUCCESS) {
        append_asked(&l);
        append_status(&l, status);
    } else if (!append_events(&l))
        append_values(&l);
    if (l.length == 0)
        return;
    l.text[l.length] = '\0';
    columns_append_info(context->pinfo, l.text);
}

const char *info_of_fault(const cmrp_context *context, uint32_t status)
{
    const char *name = status_fault_name(status);
    line l = { .ctx = context };

    append(&l, context->pdu->method->name);
    append(&l, " fault");
    append_asked(&l);
    append(&l, name ? ", " : ", status ");
    if (name)
        append(&l, name);
    else
        append_hex(&l, status);
    l.text[l.length] = '\0';
    return wmem_strdup(context->pinfo->pool, l.text);
}

/** " CMRP V3" behind "ApiOpenCluster request": the interface's name and version. */
static bool is_interface(const char *text)
{
    static const char name[] = " CMRP V";
    const size_t length = sizeof(name) - 1;

    return strncmp(text, name, length) == 0 && (text[length] == '2' || text[length] == '3') &&
           strchr(",; ", text[length + 1]) != NULL;
}

void info_clean(packet_info *pinfo, proto_tree *tree)
{
    const char *text = columns_info(pinfo);
    char *cleaned, *to;

    if (text == NULL || strstr(text, " CMRP V") == NULL)
        return;
    cleaned = to = wmem_strdup(pinfo->pool, text);
    while (*text) {
        if (is_interface(text))
            text += sizeof(" CMRP V3") - 1;
        else
            *to++ = *text++;
    }
    *to = '\0';
    columns_set_info(pinfo, tree, cleaned);
}
