/* info.c
 * What does the Info column say of a PDU?
 *
 * A line that reads like a sentence:
 *   ApiOpenGroup request "Cluster Group"
 *   ApiReAddNotifyGroup request, HNOTIFY #1, HGROUP #3 "Cluster Group", filter STATE|DELETED, key 7
 *   ApiReAddNotifyGroup response, ERROR_INVALID_HANDLE
 * Only what was known when the frame was first visited stands here: every visit gives the same words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "info.h"

#include "handles_show.h"
#include "names.h"
#include "win32_errors.h"

static void append(const cmrp_moment *m, const char *text)
{
    col_append_str(m->pinfo->cinfo, COL_INFO, text);
}

static void append_quoted(const cmrp_moment *m, const char *text)
{
    append(m, "\"");
    append(m, text);
    append(m, "\"");
}

static void append_life(const cmrp_moment *m, const cmrp_life *life)
{
    append(m, ", ");
    append(m, handles_label(m->pinfo->pool, life));
    if (handles_has_name(life)) {
        append(m, " ");
        append_quoted(m, life->name);
    }
}

static void append_handle(const cmrp_moment *m, unsigned index)
{
    const cmrp_life *life = call_handle(m, index);

    if (life)
        append_life(m, life);
    else if (handle_is_null(m->pdu->data + m->pdu->values[index].offset))
        append(m, ", NULL handle");
}

/** True if the method's name speaks of the object whose name has `length` characters: "GROUP". */
static bool is_about(const cmrp_method *method, const char *object, size_t length)
{
    for (const char *at = method->name; *at; at++) {
        if (g_ascii_strncasecmp(at, object, length) == 0)
            return true;
    }
    return false;
}

/**
 * "STATE|DELETED" for the bits of a mask. What the method's object says already is left out: of
 * GROUP_STATE in a method on groups only STATE stays.
 */
static void append_flags(const cmrp_moment *m, const cmrp_enumeration *meaning, uint32_t value)
{
    uint32_t unnamed = value;
    const char *separator = "";

    for (uint32_t i = 0; i < meaning->flag_count; i++) {
        const cmrp_flag *flag = &meaning->flags[i];
        const char *end = strchr(flag->short_name, '_');
        const char *text = flag->short_name;

        if (flag->mask == 0 || (value & flag->mask) != flag->mask)
            continue;
        if (end && is_about(m->pdu->method, text, (size_t)(end - text)))
            text = end + 1;
        append(m, separator);
        append(m, text);
        separator = "|";
        unnamed &= ~flag->mask;
    }
    if (unnamed != 0 || value == 0)
        col_append_fstr(m->pinfo->cinfo, COL_INFO, "%s0x%x", separator, unnamed);
}

static void append_number(const cmrp_moment *m, const cmrp_member *param, uint64_t value)
{
    const cmrp_enumeration *meaning = param->meaning;

    switch (param->role) {
    case CMRP_ROLE_KEY:
        col_append_fstr(m->pinfo->cinfo, COL_INFO, ", key %" PRIu64, value);
        return;
    case CMRP_ROLE_SEQUENCE:
        col_append_fstr(m->pinfo->cinfo, COL_INFO, ", sequence %" PRIu64, value);
        return;
    case CMRP_ROLE_FILTER:
        append(m, ", filter ");
        break;
    default:
        if (meaning == NULL)
            return;
        append(m, ", ");
        break;
    }
    if (meaning && meaning->flags)
        append_flags(m, meaning, (uint32_t)value);
    else if (meaning)
        append(m, val_to_str_wmem(m->pinfo->pool, (uint32_t)value, meaning->values, "0x%x"));
    else
        col_append_fstr(m->pinfo->cinfo, COL_INFO, "0x%" PRIx64, value);
}

static void append_status(const cmrp_moment *m, uint32_t status)
{
    const char *name;

    if (status == 0)
        return;
    name = win32_error_name(status);
    if (name == NULL) {
        col_append_fstr(m->pinfo->cinfo, COL_INFO, ", status 0x%08x", status);
        return;
    }
    append(m, ", ");
    append(m, name);
}

static void append_string(const cmrp_moment *m, unsigned index, bool first)
{
    /* "ApiOpenGroup request "Cluster Group"": what comes first is the object, no afterthought. */
    append(m, first && !m->pdu->response ? " " : ", ");
    if (m->pdu->method->params[index].role == CMRP_ROLE_NAME && m->call &&
        (m->call->flags & CMRP_REQUEST_LEARNT))
        append_quoted(m, m->call->name);
    else
        append_quoted(m, names_of_string(m, index));
}

static bool is_string(const cmrp_type *type)
{
    while (type->kind == CMRP_POINTER)
        type = type->of;
    return type->kind == CMRP_STRING;
}

/** The life that a close ended: the response itself carries NULL. */
static void append_closed(const cmrp_moment *m)
{
    const cmrp_life *life = m->call ? handles_by_id(m->call->in[0]) : NULL;

    if (life == NULL || life->closed_in != m->pinfo->num)
        return;
    append_life(m, life);
    append(m, " closed");
}

static void append_value(const cmrp_moment *m, unsigned index, bool first)
{
    const cmrp_member *param = &m->pdu->method->params[index];
    const cmrp_value *value = &m->pdu->values[index];

    switch (param->role) {
    case CMRP_ROLE_HANDLE_USED:
        append_handle(m, index);
        break;
    case CMRP_ROLE_HANDLE_OPENED:
        if (!handle_is_null(m->pdu->data + value->offset))
            append_handle(m, index);
        break;
    case CMRP_ROLE_HANDLE_CLOSED:
        if (m->pdu->response)
            append_closed(m);
        else
            append_handle(m, index);
        break;
    case CMRP_ROLE_STATUS:
        append_status(m, (uint32_t)value->number);
        break;
    case CMRP_ROLE_RPC_STATUS:
        break;
    default:
        if (is_string(param->type))
            append_string(m, index, first);
        else if (!value->counted)
            append_number(m, param, value->number);
        break;
    }
}

void info_append(const cmrp_moment *moment)
{
    const cmrp_method *method = moment->pdu->method;
    uint32_t status = 0;
    bool first = true;

    if (!col_get_writable(moment->pinfo->cinfo, COL_INFO))
        return;
    /* A failure is the whole message: what else the response holds means nothing then. */
    if (moment->pdu->response && call_status(moment->pdu, &status) && status != 0 &&
        pdu_whole(moment->pdu)) {
        append_status(moment, status);
        return;
    }
    for (unsigned i = 0; i < method->param_count; i++) {
        if (!moment->pdu->values[i].present)
            continue;
        append_value(moment, i, first);
        first = false;
    }
}
