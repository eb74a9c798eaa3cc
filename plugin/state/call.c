/* call.c
 * What was learnt from one call: its request and its response?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/call.h"

#include "base/slab.h"
#include "interface/plan.h"
#include "ndr/pdu_text.h"
#include "notify/notify_read.h"
#include "rpc/loss.h"
#include "state/objects.h"

static cmrp_records calls;
static cmrp_records extras;

void call_reset(void)
{
    calls = extras = (cmrp_records){ 0 };
}

static cmrp_call *new_call(const cmrp_method *method)
{
    cmrp_call *call = (cmrp_call *)records_take(&calls, sizeof(cmrp_call));

    call->opnum = method->opnum;
    call->version = method->version;
    return call;
}

static bool is_answered(const cmrp_call *call)
{
    return (call->flags & (CMRP_RESPONSE_LEARNT | CMRP_FAULTED)) != 0;
}

/**
 * The record for a request over UDP. An activity makes one call at a time, each with a sequence number
 * above the last (C706 10.1): the same number again is the same call, a lower one a copy that came late.
 */
static cmrp_call *datagram_call(const cmrp_moment *m)
{
    cmrp_association *activity = m->association;
    const cmrp_method *method = m->pdu->method;
    const int32_t newer = activity->call ? (int32_t)(m->di->call_id - activity->sequence) : 1;
    cmrp_call *call;

    if (newer == 0 && activity->call->opnum == method->opnum &&
        activity->call->version == method->version)
        return activity->call;
    call = new_call(method);
    if (newer <= 0) {
        call->flags |= CMRP_CALL_STALE;
        return call;
    }
    /* The next call begins when the last one was answered. */
    if (activity->call ? newer > 1 || !is_answered(activity->call) : m->di->call_id != 0)
        loss_note(activity, m->pinfo->num);
    activity->sequence = m->di->call_id;
    activity->call = call;
    return call;
}

cmrp_call *call_of(const cmrp_moment *moment)
{
    dcerpc_call_value *call_data = moment->di->call_data;

    if (call_data->se_data == NULL && !moment->pdu->response && !moment->pinfo->fd->visited)
        call_data->se_data = moment->association->kind == CMRP_BY_ACTIVITY
                                 ? datagram_call(moment)
                                 : new_call(moment->pdu->method);
    return (cmrp_call *)call_data->se_data;
}

cmrp_call_extra *call_extra(cmrp_call *call)
{
    if (call->extra == NULL)
        call->extra = (cmrp_call_extra *)records_take(&extras, sizeof(cmrp_call_extra));
    return call->extra;
}

bool call_status(const cmrp_pdu *pdu, uint32_t *status)
{
    const int param = pdu->method->status_param;

    if (param == CMRP_NO_SIBLING || !pdu->values[param].present)
        return false;
    *status = (uint32_t)pdu->values[param].number;
    return true;
}

/** The 20 bytes of a handle. False if it is NULL or not there. */
static bool read_handle(const cmrp_pdu *pdu, unsigned index, uint8_t bytes[CMRP_HANDLE_BYTES])
{
    /* Attributes, and the first members of the UUID: both sides write them in their own byte order. */
    static const uint8_t numbers[] = { 4, 4, 2, 2 };
    unsigned at = 0;

    if (!pdu->values[index].present)
        return false;
    memcpy(bytes, pdu->data + pdu->values[index].offset, CMRP_HANDLE_BYTES);
    for (unsigned i = 0; pdu->big_endian && i < sizeof(numbers); at += numbers[i++]) {
        for (unsigned low = at, high = at + numbers[i] - 1; low < high; low++, high--) {
            const uint8_t byte = bytes[low];

            bytes[low] = bytes[high];
            bytes[high] = byte;
        }
    }
    return !handle_is_null(bytes);
}

/* ---------------------------------------------------------------- requests */

/** The life that a handle of the request means; 0 if it is NULL. */
static uint32_t learn_use(const cmrp_moment *m, unsigned index, unsigned place)
{
    const cmrp_member *param = &m->pdu->method->params[index];
    uint8_t bytes[CMRP_HANDLE_BYTES];
    cmrp_handle_type expected;
    cmrp_life *life;

    if (!read_handle(m->pdu, index, bytes))
        return 0;
    expected = method_handle_type(m->pdu->method, (int)index);
    if (expected == CMRP_HGENERIC)
        expected = notify_object_handle(m->pdu);
    life = handles_use(m->association, bytes, expected, m->pdu->method->version, m->pinfo->num);
    if (param->role == CMRP_ROLE_HANDLE_USED && (place == 0 || m->call->in[0] != life->id))
        life->uses++;
    life->closing |= param->role == CMRP_ROLE_HANDLE_CLOSED;
    return life->id;
}

/** The same for a request that teaches nothing: 0 if the handle is not known either. */
static uint32_t look_up(const cmrp_moment *m, unsigned index)
{
    uint8_t bytes[CMRP_HANDLE_BYTES];
    const cmrp_life *life;

    if (!read_handle(m->pdu, index, bytes))
        return 0;
    life = handles_at(m->association, bytes, m->pinfo->num);
    return life ? life->id : 0;
}

static void remember_handles(const cmrp_moment *m, bool learn)
{
    const int8_t *params = m->pdu->method->handle_params;

    for (unsigned i = 0; i < CMRP_MAX_HANDLES && params[i] != CMRP_NO_SIBLING; i++)
        m->call->in[i] =
            learn ? learn_use(m, (unsigned)params[i], i) : look_up(m, (unsigned)params[i]);
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
    const cmrp_plan *plan = m->pdu->plan;
    const int name = plan->request[CMRP_ROLE_NAME];

    remember_handles(m, true);
    if (name != CMRP_NO_SIBLING && m->pdu->values[name].present)
        m->call->name = text_keep(names_of_string(m, (unsigned)name));
    if (plan->control_code != CMRP_NO_SIBLING)
        call_extra(m->call)->control_code = (uint32_t)m->pdu->values[plan->control_code].number;
    if (plan->keeps_numbers)
        keep_numbers(m);
}

/* ---------------------------------------------------------------- responses */

/** What the response says was granted; a plain Open or Create gives All (3.1.4.2). */
static cmrp_access granted_access(const cmrp_pdu *pdu)
{
    cmrp_access access = CMRP_ACCESS_ALL;

    for (unsigned i = 0; i < pdu->method->param_count; i++) {
        if (pdu->method->params[i].role == CMRP_ROLE_ACCESS && pdu->values[i].present)
            access = pdu->values[i].number == CMRP_GENERIC_ALL    ? CMRP_ACCESS_ALL
                     : pdu->values[i].number == CMRP_GENERIC_READ ? CMRP_ACCESS_READ
                                                                  : CMRP_ACCESS_UNKNOWN;
    }
    return access;
}

static void learn_opened(const cmrp_moment *m, unsigned index)
{
    const cmrp_member *param = &m->pdu->method->params[index];
    const cmrp_handle_type type = method_handle_type(m->pdu->method, (int)index);
    uint8_t bytes[CMRP_HANDLE_BYTES];
    uint32_t status = 0;
    cmrp_life *life;

    if (!read_handle(m->pdu, index, bytes))
        return;
    /* A handle that is the return value means success by itself; the bytes of an [out] parameter
     * mean nothing after a failure (section 3; 3.1.4.2.113). */
    if (param->type->kind == CMRP_POINTER && call_status(m->pdu, &status) && status != 0)
        return;
    life = handles_open(m->association, bytes, type, m->pdu->method, names_of_opened(m, type),
                        granted_access(m->pdu), m->pinfo->num);
    life->object = objects_opened(&(cmrp_teller){ m->association->server->objects, call_when(m) },
                                  type, life->name);
    m->call->out = life->id;
}

static void learn_closed(const cmrp_moment *m, unsigned index)
{
    cmrp_life *life = handles_by_id(m->call->in[0]);
    uint8_t bytes[CMRP_HANDLE_BYTES];
    uint32_t status = 0;

    if (life && !read_handle(m->pdu, index, bytes) && call_status(m->pdu, &status) && status == 0)
        handles_close(life, m->pinfo->num);
}

/** ApiDeleteResource and ApiDeleteGroup: the handle outlives its object (3.1.4.2.11, 3.1.4.2.44). */
static void learn_deleted(const cmrp_moment *m)
{
    cmrp_life *life = handles_by_id(m->call->in[0]);
    uint32_t status;

    if ((m->call->opnum == 10 || m->call->opnum == 43) && life && call_status(m->pdu, &status) &&
        status == 0)
        life->deleted = true;
}

/** A client that asked for All, or for as much as it may have, and got less has no more than Read. */
static void learn_entitlement(const cmrp_moment *m)
{
    const uint32_t above_read = 0x2 | CMRP_GENERIC_ALL | 0x40000000 | 0x20000000;
    const uint32_t maximum_allowed = 0x02000000;
    const cmrp_method *method = m->pdu->method;
    const uint64_t *numbers = m->call->extra ? m->call->extra->numbers : NULL;
    uint64_t wanted = 0, granted = 0;
    uint32_t status;

    if (numbers == NULL || method->version != 3 ||
        m->pdu->plan->request[CMRP_ROLE_ACCESS] == CMRP_NO_SIBLING || !call_status(m->pdu, &status))
        return;
    for (unsigned i = 0; i < method->param_count; i++) {
        if (method->params[i].role != CMRP_ROLE_ACCESS)
            continue;
        if (method->params[i].directions == CMRP_IN)
            wanted = numbers[i];
        else if (m->pdu->values[i].present)
            granted = m->pdu->values[i].number;
    }
    if ((status == 5 && (wanted & above_read)) ||
        (status == 0 && (wanted & maximum_allowed) && granted == CMRP_GENERIC_READ)) {
        m->connection->read_only = true;
        m->connection->read_only_in = m->pinfo->num;
    }
}

static void learn_response(const cmrp_moment *m)
{
    const cmrp_plan *plan = m->pdu->plan;
    const int opened = plan->response[CMRP_ROLE_HANDLE_OPENED];
    const int closed = plan->response[CMRP_ROLE_HANDLE_CLOSED];

    if (opened != CMRP_NO_SIBLING && m->pdu->values[opened].present)
        learn_opened(m, (unsigned)opened);
    if (closed != CMRP_NO_SIBLING && m->pdu->values[closed].present)
        learn_closed(m, (unsigned)closed);
    learn_deleted(m);
    learn_entitlement(m);
}

/* ---------------------------------------------------------------- both */

bool call_learn(const cmrp_moment *moment)
{
    const bool response = moment->pdu->response;
    const uint8_t mine = response ? CMRP_RESPONSE_LEARNT : CMRP_REQUEST_LEARNT;
    cmrp_call *call = moment->call;

    if (moment->pinfo->fd->visited || call == NULL || (call->flags & mine))
        return false;
    if (!pdu_whole(moment->pdu) || (call->flags & CMRP_CALL_STALE)) {
        if (!response)
            remember_handles(moment, false);
        return false;
    }
    /* What the response says can only be understood with its request. */
    if (response && !(call->flags & CMRP_REQUEST_LEARNT))
        return false;
    call->flags |= mine;
    if (response)
        learn_response(moment);
    else
        learn_request(moment);
    return true;
}

void call_forget(cmrp_call *call)
{
    cmrp_call_extra *extra = call->extra;

    if (extra == NULL)
        return;
    wmem_free(wmem_file_scope(), extra->numbers);
    extra->numbers = NULL;
    if (extra->findings == NULL && extra->control_code == 0 && extra->port_call == NULL) {
        records_give_back(&extras, extra);
        call->extra = NULL;
    }
}

const cmrp_life *call_handle(const cmrp_moment *moment, unsigned index)
{
    const int8_t *params = moment->pdu->method->handle_params;
    const cmrp_call *call = moment->call;
    uint8_t bytes[CMRP_HANDLE_BYTES];
    const cmrp_life *life;
    uint32_t id;

    if (call == NULL || !read_handle(moment->pdu, index, bytes))
        return NULL;
    id = call->out;
    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++) {
        if (params[i] == (int)index)
            id = call->in[i];
    }
    life = handles_by_id(id);
    /* A Close that failed may return anything, a copy of a PDU may differ from what was learnt. */
    return life && memcmp(life->bytes, bytes, CMRP_HANDLE_BYTES) == 0 ? life : NULL;
}
