/* call.c
 * What was learnt from one call: its request and its response?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "call.h"

#include "names.h"

cmrp_call *call_of(packet_info *pinfo, dcerpc_info *di, bool request)
{
    dcerpc_call_value *call_data = di->call_data;

    if (call_data->se_data == NULL && request && !pinfo->fd->visited)
        call_data->se_data = wmem_new0(wmem_file_scope(), cmrp_call);
    return (cmrp_call *)call_data->se_data;
}

cmrp_call_extra *call_extra(cmrp_call *call)
{
    if (call->extra == NULL)
        call->extra = wmem_new0(wmem_file_scope(), cmrp_call_extra);
    return call->extra;
}

bool call_status(const cmrp_pdu *pdu, uint32_t *status)
{
    for (unsigned i = pdu->method->param_count; i-- > 0;) {
        if (pdu->method->params[i].role == CMRP_ROLE_STATUS && pdu->values[i].present) {
            *status = (uint32_t)pdu->values[i].number;
            return true;
        }
    }
    return false;
}

static const uint8_t *handle_bytes(const cmrp_pdu *pdu, unsigned index)
{
    return pdu->data + pdu->values[index].offset;
}

static cmrp_handle_type handle_type(const cmrp_member *param)
{
    const cmrp_type *type = param->type;

    while (type->kind == CMRP_POINTER)
        type = type->of;
    return (cmrp_handle_type)type->count;
}

/* ---------------------------------------------------------------- requests */

static uint32_t learn_use(const cmrp_moment *m, unsigned index)
{
    const cmrp_member *param = &m->pdu->method->params[index];
    const uint8_t *bytes = handle_bytes(m->pdu, index);
    cmrp_life *life;

    if (handle_is_null(bytes))
        return 0;
    life = handles_use(m->association, bytes, handle_type(param), m->pdu->method->version,
                       m->pinfo->num);
    if (param->role == CMRP_ROLE_HANDLE_USED)
        life->uses++;
    return life->id;
}

/** True if somebody asks on the response what the request's numbers were. */
static bool keeps_numbers(const cmrp_method *method)
{
    for (unsigned i = 0; i < method->param_count; i++) {
        const cmrp_member *param = &method->params[i];

        if (param->directions == CMRP_IN &&
            (param->role == CMRP_ROLE_ACCESS || param->role == CMRP_ROLE_FILTER))
            return true;
        if ((param->directions & CMRP_OUT) && param->size_is != CMRP_NO_SIBLING)
            return true;
    }
    return false;
}

static void keep_numbers(const cmrp_moment *m)
{
    const unsigned count = m->pdu->method->param_count;
    uint64_t *numbers = wmem_alloc_array(wmem_file_scope(), uint64_t, count);

    for (unsigned i = 0; i < count; i++)
        numbers[i] = m->pdu->values[i].number;
    call_extra(m->call)->numbers = numbers;
}

static void learn_request(const cmrp_moment *m)
{
    const cmrp_method *method = m->pdu->method;
    unsigned handles = 0;

    for (unsigned i = 0; i < method->param_count; i++) {
        if (!m->pdu->values[i].present)
            continue;
        if (method->params[i].role == CMRP_ROLE_HANDLE_USED ||
            method->params[i].role == CMRP_ROLE_HANDLE_CLOSED)
            m->call->in[handles++] = learn_use(m, i);
        else if (method->params[i].role == CMRP_ROLE_NAME)
            m->call->name = handles_keep_name(names_of_string(m, i));
    }
    if (keeps_numbers(method))
        keep_numbers(m);
}

/* ---------------------------------------------------------------- responses */

/** What the response says was granted; a plain Open or Create gives All (3.1.4.2). */
static cmrp_access granted_access(const cmrp_pdu *pdu)
{
    const uint32_t generic_all = 0x10000000;

    for (unsigned i = 0; i < pdu->method->param_count; i++) {
        if (pdu->method->params[i].role == CMRP_ROLE_ACCESS && pdu->values[i].present)
            return pdu->values[i].number == generic_all ? CMRP_ACCESS_ALL : CMRP_ACCESS_READ;
    }
    return CMRP_ACCESS_ALL;
}

static void learn_opened(const cmrp_moment *m, unsigned index)
{
    const cmrp_member *param = &m->pdu->method->params[index];
    const uint8_t *bytes = handle_bytes(m->pdu, index);
    const cmrp_handle_type type = handle_type(param);
    uint32_t status = 0;

    if (handle_is_null(bytes))
        return;
    /* A handle that is the return value means success by itself; the bytes of an [out] parameter
     * mean nothing after a failure (section 3; 3.1.4.2.113). */
    if (param->type->kind == CMRP_POINTER && call_status(m->pdu, &status) && status != 0)
        return;
    m->call->out = handles_open(m->association, bytes, type, m->pdu->method,
                                names_of_opened(m, type), granted_access(m->pdu), m->pinfo->num)
                       ->id;
}

static void learn_closed(const cmrp_moment *m, unsigned index)
{
    cmrp_life *life = handles_by_id(m->call->in[0]);
    uint32_t status = 0;

    if (life && handle_is_null(handle_bytes(m->pdu, index)) && call_status(m->pdu, &status) &&
        status == 0)
        handles_close(life, m->pinfo->num);
}

static void learn_response(const cmrp_moment *m)
{
    const cmrp_method *method = m->pdu->method;

    for (unsigned i = 0; i < method->param_count; i++) {
        if (!m->pdu->values[i].present)
            continue;
        if (method->params[i].role == CMRP_ROLE_HANDLE_OPENED)
            learn_opened(m, i);
        else if (method->params[i].role == CMRP_ROLE_HANDLE_CLOSED)
            learn_closed(m, i);
    }
}

/* ---------------------------------------------------------------- both */

bool call_learn(const cmrp_moment *moment)
{
    const bool response = moment->pdu->response;
    const uint16_t mine = response ? CMRP_RESPONSE_LEARNT : CMRP_REQUEST_LEARNT;

    if (moment->pinfo->fd->visited || moment->call == NULL || (moment->call->flags & mine) ||
        !pdu_whole(moment->pdu))
        return false;
    /* What the response says can only be understood with its request. */
    if (response && !(moment->call->flags & CMRP_REQUEST_LEARNT))
        return false;
    moment->call->flags |= mine;
    if (response)
        learn_response(moment);
    else
        learn_request(moment);
    return true;
}

void call_forget(cmrp_call *call)
{
    if (call->extra == NULL || call->extra->numbers == NULL)
        return;
    wmem_free(wmem_file_scope(), call->extra->numbers);
    call->extra->numbers = NULL;
}

const cmrp_life *call_handle(const cmrp_moment *moment, unsigned index)
{
    const cmrp_method *method = moment->pdu->method;
    const cmrp_call *call = moment->call;
    const uint8_t *bytes = handle_bytes(moment->pdu, index);
    unsigned place = 0;

    if (!moment->pdu->values[index].present || handle_is_null(bytes))
        return NULL;
    if (call && method->params[index].role == CMRP_ROLE_HANDLE_OPENED && call->out != 0)
        return handles_by_id(call->out);
    if (call && (call->flags & CMRP_REQUEST_LEARNT) && !moment->pdu->response) {
        for (unsigned i = 0; i < index; i++)
            place += method->params[i].role == CMRP_ROLE_HANDLE_USED ||
                     method->params[i].role == CMRP_ROLE_HANDLE_CLOSED;
        return handles_by_id(call->in[place]);
    }
    return handles_at(moment->association, bytes, moment->pinfo->num);
}
