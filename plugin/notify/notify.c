/* notify.c
 * What goes on at a notification port (3.1.1.8): registrations, events, waiting calls?
 *
 * Model. A port belongs to the life of an HNOTIFY_RPC. Each call on it leaves a record that hangs at the
 * call: what it asked for, which registration each of its events belongs to, how long it waited. Calls
 * that wait are chained at the port until they are answered.
 *
 * What is true of a port is what its responses say, in the order of the capture. Calls travel on several
 * connections, so that an event may overtake the answer of the registration that it belongs to:
 * registrations count from their request on (notify/notify_match.c).
 *
 * Cost: one record for each call, registration and event. What must be searched is bounded by
 * CMRP_MAX_PORT_SEARCH.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/notify.h"

#include "base/bounds.h"
#include "base/slab.h"
#include "cmrp_constants.h"
#include "notify/notify_match.h"
#include "notify/notify_sequence.h"
#include "rpc/loss.h"
#include "state/objects.h"

static cmrp_slab port_calls;
static cmrp_slab registrations;
static cmrp_slab deliveries;

void notify_reset(void)
{
    ports_reset();
    port_calls = registrations = deliveries = (cmrp_slab){ 0 };
    matches_reset();
    sequences_reset();
}

const cmrp_port_call *notify_call(const cmrp_context *context)
{
    if (context->call == NULL || context->call->extra == NULL)
        return NULL;
    return context->call->extra->port_call;
}

/* ---------------------------------------------------------------- requests */

static uint32_t number_of_role(const cmrp_pdu *pdu, cmrp_role role)
{
    const int param = pdu->response ? pdu->method->response[role] : pdu->method->request[role];

    return param != CMRP_NO_SIBLING && pdu->values[param].present
               ? (uint32_t)pdu->values[param].number
               : 0;
}

/** ApiGetNotify of version 2.0 says how long it waits. */
static uint32_t timeout_of(const cmrp_pdu *pdu)
{
    const int param =
        pdu->method->version == 2 ? method_param_named(pdu->method, "Timeout") : CMRP_NO_SIBLING;

    return param != CMRP_NO_SIBLING ? (uint32_t)pdu->values[param].number : 0;
}

/** The object that is registered: a sequence and a key are its own, whatever it is called later. */
static void learn_named(const cmrp_context *ctx, cmrp_registration *registration)
{
    const cmrp_source source = { objects_of(ctx->association->server), call_when(ctx) };
    cmrp_asked *asked = &registration->asked;

    asked->named = string_key(asked->filter.object_type, asked->name);
    if (asked->filter.object_type == CMRP_CLUSTER_OBJECT_TYPE_RESOURCE_TYPE ||
        registration->object == NULL)
        return;
    asked->object = objects_now(registration->object->object);
    asked->shared =
        objects_name_is_shared(&source, (cmrp_handle_type)registration->object->type, asked->name);
}

static cmrp_registration *ask(const cmrp_context *ctx, cmrp_port *port)
{
    cmrp_registration *registration =
        (cmrp_registration *)slab_take(&registrations, sizeof(cmrp_registration));

    registration->port = port;
    registration->asked = notify_asked(ctx);
    registration->method = ctx->pdu->method;
    registration->object = handles_by_id(ctx->call->in[1]);
    if (registration->asked.name)
        learn_named(ctx, registration);
    registration->brings = registration->asked.filter.flags;
    /* A sequence that differs is told by an event of the state, whatever the filter says (3.1.4.2.64). */
    if (ctx->pdu->method->registers_again)
        registration->brings |= object_type_of(registration->asked.filter.object_type)->state;
    registration->asked_in = ctx->pinfo->num;
    matches_add(registration);
    port->asked++;
    port->unanswered++;
    return registration;
}

static void learn_request(const cmrp_context *ctx)
{
    const cmrp_port_act act = (cmrp_port_act)ctx->pdu->method->port;
    cmrp_port *port = port_of(ctx->call->in[0]);
    cmrp_port_call *call;

    if (port == NULL)
        return;
    port_forget_faults(port, ctx->pinfo->num);
    call = (cmrp_port_call *)slab_take(&port_calls, sizeof(cmrp_port_call));
    call->port = port;
    call->frame = ctx->pinfo->num;
    call->time = ctx->pinfo->abs_ts;
    call->call_data = ctx->di->call_data;
    call->timeout = timeout_of(ctx->pdu);
    call->sequence = number_of_role(ctx->pdu, CMRP_ROLE_SEQUENCE);
    call_extra(ctx->call)->port_call = call;
    if (act == CMRP_PORT_REGISTER)
        call->registration = ask(ctx, port);
    else if (act == CMRP_PORT_GET)
        port_start_waiting(call);
    else if (port->stop_asked_in == 0)
        port->stop_asked_in = ctx->pinfo->num;
    if (act == CMRP_PORT_UNBLOCK)
        port->unblock_asked_in = ctx->pinfo->num;
}

/* ---------------------------------------------------------------- registrations */

/** If the client gave back an old sequence, the server owes an event (3.1.4.2.63 to .65, .91, .100). */
static void owe(const cmrp_context *ctx, const cmrp_port_call *call)
{
    cmrp_registration *r = call->registration;
    uint32_t newer;

    if (r->state_told || call->port->unmatched_in > call->frame)
        return;
    newer = sequences_told_other(ctx, &r->asked, call->sequence, call->port->life->opened_in);
    /* The server may have compared with what it had before it told the newer one. */
    if (newer == 0 || newer >= call->frame)
        return;
    r->newer_in = newer;
    r->next_owed = call->port->owed;
    call->port->owed = r;
}

/** The server tells the object's own number. */
static void learn_number(const cmrp_context *ctx, cmrp_port_call *call)
{
    const cmrp_registration *r = call->registration;
    const uint32_t sequence = number_of_role(ctx->pdu, CMRP_ROLE_SEQUENCE);

    sequences_told(ctx, (cmrp_sequence_of){ r->asked.object, r->asked.named }, sequence,
                   CMRP_TOLD_REGISTERED);
    if (r->object)
        call->fell_since = sequences_fell(ctx, r->object, sequence);
}

static void learn_registered(const cmrp_context *ctx, cmrp_port_call *call)
{
    const cmrp_method *method = ctx->pdu->method;
    cmrp_registration *r = call->registration;
    uint32_t status;

    r->answered_in = ctx->pinfo->num;
    call->port->unanswered--;
    if (!call_status(ctx->pdu, &status) || status != CMRP_ERROR_SUCCESS) {
        r->state = CMRP_REFUSED;
        return;
    }
    r->state = CMRP_REGISTERED;
    call->port->registrations++;
    matches_confirm(r);
    if (r->asked.name == NULL || method->port_version == 2 ||
        object_type_of(r->asked.filter.object_type)->state == 0)
        return;
    if (method->registers_again)
        owe(ctx, call);
    else
        learn_number(ctx, call);
}

/* ---------------------------------------------------------------- events */

static void deliver(cmrp_registration *registration, uint32_t frame)
{
    cmrp_delivery *delivery = (cmrp_delivery *)slab_take(&deliveries, sizeof(cmrp_delivery));

    delivery->frame = frame;
    if (registration->last_delivery)
        registration->last_delivery->next = delivery;
    else
        registration->deliveries = delivery;
    registration->last_delivery = delivery;
    registration->events++;
}

/** An event whose number is told. */
typedef struct {
    const cmrp_context *context;
    const cmrp_notification *event;
} told_event;

static void hear(const cmrp_registration *registration, void *data)
{
    const told_event *t = (const told_event *)data;

    sequences_heard(t->context, (cmrp_sequence_of){ objects_now(registration->asked.object), 0 },
                    t->event->sequence);
}

/** The object that an event is about: the one that was registered, or what bears the name. 0: nobody can tell. */
static uint32_t object_of(const cmrp_notification *event, const cmrp_match *match)
{
    if (match->registration && match->registration->asked.object)
        return objects_now(match->registration->asked.object);
    return event->shared ? 0 : event->object;
}

static void learn_sequence(const cmrp_context *ctx, cmrp_port *port, const cmrp_notification *event,
                           const cmrp_match *match)
{
    const uint32_t state = object_type_of(event->change.object_type)->state;
    const cmrp_sequence_of of = { object_of(event, match), event->named };
    const bool tells_state = event->change.flags == state;

    if (event->version_2 || state == 0 || event->of == NULL)
        return;
    if (tells_state && of.object)
        matches_tell_state(port, of.object);
    if (!event->has_sequence)
        return;
    matches_of_key(port, event, hear, &(told_event){ ctx, event });
    sequences_told(ctx, of, event->sequence,
                   tells_state ? CMRP_TOLD_STATE_EVENT : CMRP_TOLD_OTHER_EVENT);
}

/**
 * An event of no registration: the server says that it dropped some, or calls an object by another name
 * than the client does. What it owes may be among them.
 */
static void forgive(cmrp_port *port, uint32_t frame)
{
    port->owed = NULL;
    port->unmatched_in = frame;
}

/** Which object does an event name, and may it be another one? */
static void learn_name(const cmrp_context *ctx, cmrp_notification *event)
{
    const cmrp_source source = { objects_of(ctx->association->server), call_when(ctx) };
    const uint32_t type = event->change.object_type;
    const cmrp_handle_type handle = (cmrp_handle_type)object_type_of(type)->handle;

    if (!notify_names_object(event))
        return;
    event->of = string_intern(event->name);
    event->named = string_key(type, event->of);
    if (type == CMRP_CLUSTER_OBJECT_TYPE_RESOURCE_TYPE)
        return;
    event->object = objects_named(&source, handle, event->of);
    if (event->object == 0)
        objects_doubt_name(&source, handle, event->of);
    event->shared = objects_name_is_shared(&source, handle, event->of);
}

static void learn_event(const cmrp_context *ctx, cmrp_port_call *call, unsigned place)
{
    cmrp_notification *event = &ctx->pdu->events[place];
    cmrp_match *match = &call->matches[place];

    learn_name(ctx, event);
    *match = matches_find(call->port, event);
    if (match->registration) {
        if (event->change.flags == object_type_of(event->change.object_type)->state)
            match->registration->state_told = true;
        deliver(match->registration, ctx->pinfo->num);
    } else {
        forgive(call->port, ctx->pinfo->num);
    }
    learn_sequence(ctx, call->port, event, match);
}

static void learn_events(const cmrp_context *ctx, cmrp_port_call *call)
{
    unsigned count;

    if (notify_events(ctx, &count) == NULL)
        return;
    call->matches = wmem_alloc_array(wmem_file_scope(), cmrp_match, count);
    call->match_count = count;
    call->port->events += count;
    for (unsigned i = 0; i < count; i++)
        learn_event(ctx, call, i);
}

/**
 * The wait ended without an event, so that the port's queue was empty. An event that the server owed
 * before the wait began is missing, unless another call may have fetched it.
 */
static const cmrp_registration *find_owed(const cmrp_context *ctx, const cmrp_port_call *call)
{
    cmrp_registration **link = &call->port->owed;
    bool certain;

    if (call->port->crowded || !port_sees_all(call->port) ||
        nstime_to_sec(&call->waited) < CMRP_NOTIFY_SETTLED ||
        port_waiting(call->port, ctx, &certain) != NULL || !certain)
        return NULL;
    for (unsigned steps = 0; *link && steps < CMRP_MAX_PORT_SEARCH; steps++) {
        cmrp_registration *r = *link;

        if (!r->state_told && r->answered_in >= call->frame) {
            link = &r->next_owed;
            continue;
        }
        *link = r->next_owed;
        if (!r->state_told)
            return r;
    }
    return NULL;
}

static bool ended_empty(uint32_t status)
{
    return status == CMRP_ERROR_INVALID_FUNCTION || status == CMRP_ERROR_NO_MORE_ITEMS ||
           status == CMRP_WAIT_TIMEOUT;
}

static void learn_got(const cmrp_context *ctx, cmrp_port_call *call)
{
    cmrp_port *port = call->port;
    uint32_t status = CMRP_ERROR_SUCCESS;

    port_stop_waiting(call);
    nstime_delta(&call->waited, &ctx->pinfo->abs_ts, &call->time);
    nstime_add(&port->waited, &call->waited);
    port->answers++;
    learn_events(ctx, call);
    if (call_status(ctx->pdu, &status) && ended_empty(status))
        call->owed = find_owed(ctx, call);
}

/* ---------------------------------------------------------------- responses */

static void learn_response(const cmrp_context *ctx)
{
    const cmrp_port_act act = (cmrp_port_act)ctx->pdu->method->port;
    cmrp_port_call *call = ctx->call->extra ? ctx->call->extra->port_call : NULL;
    uint32_t status;

    if (act == CMRP_PORT_CREATE && ctx->call->out != 0)
        port_of(ctx->call->out);
    if (call == NULL)
        return;
    port_forget_faults(call->port, ctx->pinfo->num);
    if (act == CMRP_PORT_REGISTER)
        learn_registered(ctx, call);
    else if (act == CMRP_PORT_GET)
        learn_got(ctx, call);
    else if (call_status(ctx->pdu, &status) && status == CMRP_ERROR_SUCCESS)
        port_end_waits(call, ctx, act == CMRP_PORT_CLOSE);
}

void notify_learn(const cmrp_context *context)
{
    if (context->pdu->method->port == CMRP_PORT_NOTHING)
        return;
    if (context->pdu->response)
        learn_response(context);
    else if (context->pdu->method->port != CMRP_PORT_CREATE)
        learn_request(context);
}
