/* call.c
 * What was learnt from one call: its request and its response?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/call.h"

#include "base/slab.h"
#include "cmrp_constants.h"
#include "ndr/pdu_text.h"
#include "rpc/loss.h"
#include "state/object_types.h"
#include "state/objects.h"

static cmrp_slab calls, extras;
static uint32_t port_count; /* notification ports that were opened */

void call_reset(void)
{
    calls = extras = (cmrp_slab){ 0 };
    port_count = 0;
}

cmrp_call *call_new(const cmrp_method *method)
{
    cmrp_call *call = (cmrp_call *)slab_take(&calls, sizeof(cmrp_call));

    call->opnum = method->opnum;
    call->version = method->version;
    return call;
}

cmrp_call_extra *call_extra(cmrp_call *call)
{
    if (call->extra == NULL)
        call->extra = (cmrp_call_extra *)slab_take(&extras, sizeof(cmrp_call_extra));
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
static uint32_t learn_use(const cmrp_context *ctx, unsigned index, unsigned place)
{
    const cmrp_member *param = &ctx->pdu->method->params[index];
    uint8_t bytes[CMRP_HANDLE_BYTES];
    cmrp_handle_type expected;
    cmrp_life *life;

    if (!read_handle(ctx->pdu, index, bytes))
        return 0;
    expected = method_handle_type(ctx->pdu->method, (int)index);
    if (expected == CMRP_HGENERIC)
        expected = object_type_handle(ctx->pdu);
    life =
        handles_use(ctx->association, bytes, expected, ctx->pdu->method->version, ctx->pinfo->num);
    if (param->role == CMRP_ROLE_HANDLE_USED && (place == 0 || ctx->call->in[0] != life->id))
        life->uses++;
    life->closing |= param->role == CMRP_ROLE_HANDLE_CLOSED;
    if (ctx->pdu->method->deletes && place == 0)
        handles_ask_deletion((cmrp_handle_type)life->type);
    return life->id;
}

/** The same for a request that teaches nothing: 0 if the handle is not known either. */
static uint32_t look_up(const cmrp_context *ctx, unsigned index)
{
    uint8_t bytes[CMRP_HANDLE_BYTES];
    const cmrp_life *life;

    if (!read_handle(ctx->pdu, index, bytes))
        return 0;
    life = handles_at(ctx->association, bytes, ctx->pinfo->num);
    return life ? life->id : 0;
}

static void remember_handles(const cmrp_context *ctx, bool learn)
{
    const int8_t *params = ctx->pdu->method->handle_params;

    for (unsigned i = 0; i < CMRP_MAX_HANDLES && params[i] != CMRP_NO_SIBLING; i++)
        ctx->call->in[i] =
            learn ? learn_use(ctx, (unsigned)params[i], i) : look_up(ctx, (unsigned)params[i]);
}

static void keep_numbers(const cmrp_context *ctx)
{
    const unsigned count = ctx->pdu->method->param_count;
    uint64_t *numbers = wmem_alloc_array(wmem_file_scope(), uint64_t, count);

    for (unsigned i = 0; i < count; i++)
        numbers[i] = ctx->pdu->values[i].number;
    call_extra(ctx->call)->numbers = numbers;
}

static void learn_request(const cmrp_context *ctx)
{
    const cmrp_method *method = ctx->pdu->method;
    const int name = method->request[CMRP_ROLE_NAME];

    remember_handles(ctx, true);
    if (name != CMRP_NO_SIBLING && ctx->pdu->values[name].present)
        ctx->call->name = string_intern(pdu_text_of_string(ctx, (unsigned)name));
    if (method->control_code != CMRP_NO_SIBLING)
        call_extra(ctx->call)->control_code =
            (uint32_t)ctx->pdu->values[method->control_code].number;
    if (method->keeps_numbers)
        keep_numbers(ctx);
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

/** Path of a key below the key that the request carried. The root key of the cluster is "\". */
static const cmrp_string *key_path(const cmrp_context *ctx)
{
    const cmrp_life *parent = handles_by_id(ctx->call->in[0]);
    const cmrp_string *below = ctx->call->name;
    const char *path;

    if (below == NULL)
        return string_intern("\\");
    if (parent == NULL || parent->name == NULL || parent->type != CMRP_HKEY)
        return below;
    path =
        wmem_strconcat(ctx->pinfo->pool, parent->name->utf8,
                       g_str_has_suffix(parent->name->utf8, "\\") ? "" : "\\", below->utf8, NULL);
    if (strlen(path) > CMRP_MAX_NAME)
        return below;
    return string_intern(path);
}

/**
 * Name for a handle of a type that the response returns: what the client asked for. A key's is its path, a
 * notification port's its number. NULL if nobody knows.
 */
static const cmrp_string *name_of_opened(const cmrp_context *ctx, cmrp_handle_type type)
{
    const cmrp_life *of;

    switch (type) {
    case CMRP_HKEY:
        return key_path(ctx);
    case CMRP_HNOTIFY:
        return string_intern(wmem_strdup_printf(ctx->pinfo->pool, "port %u", ++port_count));
    case CMRP_HBATCH_PORT:
        of = handles_by_id(ctx->call->in[0]);
        return of && of->type == CMRP_HKEY ? of->name : NULL;
    default:
        return ctx->call->name;
    }
}

static void learn_opened(const cmrp_context *ctx, unsigned index)
{
    const cmrp_member *param = &ctx->pdu->method->params[index];
    const cmrp_handle_type type = method_handle_type(ctx->pdu->method, (int)index);
    uint8_t bytes[CMRP_HANDLE_BYTES];
    uint32_t status = CMRP_ERROR_SUCCESS;
    cmrp_life *life;

    if (!read_handle(ctx->pdu, index, bytes))
        return;
    /* A handle that is the return value means success by itself; the bytes of an [out] parameter
     * mean nothing after a failure (section 3; 3.1.4.2.113). */
    if (param->type->kind == CMRP_POINTER && call_status(ctx->pdu, &status) &&
        status != CMRP_ERROR_SUCCESS)
        return;
    life = handles_open(ctx->association, bytes, type, ctx->pdu->method, ctx->pinfo,
                        ctx->di->call_data->req_frame);
    life->name = name_of_opened(ctx, type);
    life->access = (uint8_t)granted_access(ctx->pdu);
    if (life->access == CMRP_ACCESS_ALL && ctx->connection->all_granted_in == 0)
        ctx->connection->all_granted_in = ctx->pinfo->num;
    life->object = objects_opened(
        &(cmrp_source){ objects_of(ctx->association->server), call_when(ctx) }, type, life->name);
    ctx->call->out = life->id;
}

static void learn_closed(const cmrp_context *ctx, unsigned index)
{
    cmrp_life *life = handles_by_id(ctx->call->in[0]);
    uint8_t bytes[CMRP_HANDLE_BYTES];
    uint32_t status = CMRP_ERROR_SUCCESS;

    if (life && !read_handle(ctx->pdu, index, bytes) && call_status(ctx->pdu, &status) &&
        status == CMRP_ERROR_SUCCESS)
        handles_close(life, ctx->pinfo->num);
}

/** The object of the handle was deleted: the handle outlives it. */
static void learn_deleted(const cmrp_context *ctx)
{
    cmrp_life *life = handles_by_id(ctx->call->in[0]);
    uint32_t status;

    if (life == NULL)
        return;
    handles_end_deletion((cmrp_handle_type)life->type, ctx->pinfo->num);
    life->deleted |= call_status(ctx->pdu, &status) && status == CMRP_ERROR_SUCCESS;
}

/** The server took handles for valid that nobody saw it give out. */
static void learn_accepted(const cmrp_context *ctx)
{
    uint32_t status;

    if (!call_status(ctx->pdu, &status) || status != CMRP_ERROR_SUCCESS)
        return;
    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++) {
        cmrp_life *life = handles_by_id(ctx->call->in[i]);

        if (life && life->opened_in == 0 && life->accepted_in == 0)
            life->accepted_in = ctx->pinfo->num;
    }
}

/** A client that asked for All, or for as much as it may have, and got less has no more than Read. */
static void learn_entitlement(const cmrp_context *ctx)
{
    const uint32_t above_read =
        CMRP_CLUSAPI_CHANGE_ACCESS | CMRP_GENERIC_ALL | CMRP_GENERIC_WRITE | CMRP_GENERIC_EXECUTE;
    const cmrp_method *method = ctx->pdu->method;
    const uint64_t *numbers = ctx->call->extra ? ctx->call->extra->numbers : NULL;
    uint64_t wanted = 0, granted = 0;
    uint32_t status;

    if (numbers == NULL || !call_status(ctx->pdu, &status))
        return;
    for (unsigned i = 0; i < method->param_count; i++) {
        if (method->params[i].role != CMRP_ROLE_ACCESS)
            continue;
        if (method->params[i].directions == CMRP_IN)
            wanted = numbers[i];
        else if (ctx->pdu->values[i].present)
            granted = ctx->pdu->values[i].number;
    }
    if ((status == CMRP_ERROR_ACCESS_DENIED && (wanted & above_read)) ||
        (status == CMRP_ERROR_SUCCESS && (wanted & CMRP_MAXIMUM_ALLOWED) &&
         granted == CMRP_GENERIC_READ)) {
        ctx->connection->read_only = true;
        ctx->connection->read_only_in = ctx->pinfo->num;
        ctx->connection->all_granted_in = 0;
    }
}

static void learn_response(const cmrp_context *ctx)
{
    const cmrp_method *method = ctx->pdu->method;
    const int opened = method->response[CMRP_ROLE_HANDLE_OPENED];
    const int closed = method->response[CMRP_ROLE_HANDLE_CLOSED];

    if (opened != CMRP_NO_SIBLING && ctx->pdu->values[opened].present)
        learn_opened(ctx, (unsigned)opened);
    if (closed != CMRP_NO_SIBLING && ctx->pdu->values[closed].present)
        learn_closed(ctx, (unsigned)closed);
    if (method->deletes)
        learn_deleted(ctx);
    learn_accepted(ctx);
    if (method->tells_entitlement)
        learn_entitlement(ctx);
}

/* ---------------------------------------------------------------- both */

bool call_learn(const cmrp_context *context)
{
    const bool response = context->pdu->response;
    const uint8_t mine = response ? CMRP_RESPONSE_LEARNT : CMRP_REQUEST_LEARNT;
    cmrp_call *call = context->call;

    if (context->pinfo->fd->visited || call == NULL || (call->flags & mine))
        return false;
    if (!pdu_whole(context->pdu) || (call->flags & CMRP_CALL_STALE)) {
        if (!response)
            remember_handles(context, false);
        return false;
    }
    /* What the response says can only be understood with its request. */
    if (response && !(call->flags & CMRP_REQUEST_LEARNT))
        return false;
    call->flags |= mine;
    if (response)
        learn_response(context);
    else
        learn_request(context);
    return true;
}

void call_faulted(cmrp_call *call, const cmrp_method *method, uint32_t frame)
{
    const cmrp_life *life = handles_by_id(call->in[0]);

    call->flags |= CMRP_FAULTED;
    if (method->deletes && life && (call->flags & CMRP_REQUEST_LEARNT))
        handles_end_deletion((cmrp_handle_type)life->type, frame);
}

void call_unread(const cmrp_method *method)
{
    if (method->deletes)
        handles_ask_deletion(method_handle_type(method, method->handle_params[0]));
}

void call_missed(const cmrp_context *context)
{
    const cmrp_call *call = context->call;
    const bool request_missed =
        context->pdu->response && (call == NULL || !(call->flags & CMRP_REQUEST_LEARNT));

    if (request_missed || !pdu_whole(context->pdu) || (call->flags & CMRP_CALL_STALE))
        loss_note(context->association, context->pinfo->num);
    if (!context->pdu->response && !pdu_whole(context->pdu))
        call_unread(context->pdu->method);
}

/** File scope. */
typedef struct call_note {
    struct call_note *next;
    const void *by;
    uint32_t number;
} call_note;

static call_note *note_of(const cmrp_call *call, const void *by)
{
    call_note *note = call->extra ? call->extra->notes : NULL;

    while (note && note->by != by)
        note = note->next;
    return note;
}

void call_leave(cmrp_call *call, const void *by, uint32_t number)
{
    call_note *note = note_of(call, by);

    if (note == NULL) {
        note = wmem_new(wmem_file_scope(), call_note);
        note->next = call_extra(call)->notes;
        note->by = by;
        call->extra->notes = note;
    }
    note->number = number;
}

bool call_left(const cmrp_call *call, const void *by, uint32_t *number)
{
    const call_note *note = note_of(call, by);

    if (note)
        *number = note->number;
    return note != NULL;
}

static void forget_notes(cmrp_call_extra *extra)
{
    while (extra->notes) {
        call_note *next = extra->notes->next;

        wmem_free(wmem_file_scope(), extra->notes);
        extra->notes = next;
    }
}

void call_forget(cmrp_call *call)
{
    cmrp_call_extra *extra = call->extra;

    if (extra == NULL)
        return;
    wmem_free(wmem_file_scope(), extra->numbers);
    extra->numbers = NULL;
    forget_notes(extra);
    if (extra->control_code == 0 && extra->port_call == NULL) {
        slab_give_back(&extras, extra);
        call->extra = NULL;
    }
}

const cmrp_life *call_handle(const cmrp_context *context, unsigned index)
{
    const int8_t *params = context->pdu->method->handle_params;
    const cmrp_call *call = context->call;
    uint8_t bytes[CMRP_HANDLE_BYTES];
    const cmrp_life *life;
    uint32_t id;

    if (call == NULL || !read_handle(context->pdu, index, bytes))
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
