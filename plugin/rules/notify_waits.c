/* notify_waits.c
 * Do calls that wait at a notification port end when they must (3.1.4.2.56, .57, .66, .107, .138)?
 *
 * Nothing is decided unless the port was made in the capture and no PDU was missed since. What rests on the
 * clock of the capture is a suspicion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "base/frame_order.h"
#include "notify/notify.h"
#include "rpc/loss.h"

static bool asks_for_events(const cmrp_method *method)
{
    return method->port == CMRP_PORT_GET;
}

static int status_param(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_STATUS];
}

/** A wait at a port of which everything was seen, and whose handle was fit; NULL otherwise. */
static const cmrp_port_call *clear_wait(const cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);

    if (call == NULL || !c->has_status || c->verdicts[0] != CMRP_FIT ||
        !port_sees_all(call->port) || c->in[0]->port_version != c->method->port_version)
        return NULL;
    return call;
}

static cmrp_verdict ended_without_cause(cmrp_case *c)
{
    const cmrp_port_call *call = clear_wait(c);

    if (call == NULL ||
        (c->status != CMRP_ERROR_INVALID_FUNCTION && c->status != CMRP_ERROR_NO_MORE_ITEMS))
        return CMRP_UNDECIDED;
    if (call->port->stop_asked_in != 0)
        return CMRP_KEPT;
    if (!check_sees_every_request(c))
        return CMRP_UNDECIDED;
    c->evidence[0] = call->port->life->opened_in;
    return check_broken(c, status_param(c->method), "nobody asked for either.");
}

static cmrp_verdict outlived(cmrp_case *c, bool close)
{
    const cmrp_port_call *call = notify_call(c->context);
    double since;

    if (call == NULL || call->ended_by == 0 || call->ended_by_close != close)
        return CMRP_KEPT;
    since = frame_order_seconds_since(c->context->pinfo, &call->ended_time);
    if (since <= CMRP_NOTIFY_PATIENCE)
        return CMRP_KEPT;
    c->evidence[0] = call->frame;
    c->evidence[1] = call->ended_by;
    return check_broken(c, status_param(c->method), "this one went on for %.0f seconds.", since);
}

static cmrp_verdict outlived_close(cmrp_case *c)
{
    return outlived(c, true);
}

static cmrp_verdict outlived_unblock(cmrp_case *c)
{
    return outlived(c, false);
}

static bool has_timeout(const cmrp_method *method)
{
    return asks_for_events(method) && method->version == 2;
}

static cmrp_verdict timeout_early(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);
    double waited, wanted;

    if (call == NULL || !c->has_status || c->status != CMRP_WAIT_TIMEOUT)
        return CMRP_UNDECIDED;
    waited = nstime_to_sec(&call->waited);
    wanted = call->timeout / 1000.0;
    /* Clocks differ, and the first copy of the request may not have been captured. */
    if (waited + wanted / 10 + CMRP_NOTIFY_SETTLED >= wanted)
        return CMRP_KEPT;
    c->evidence[0] = call->frame;
    return check_broken(c, status_param(c->method), "%.3f seconds of %.3f were over.", waited,
                        wanted);
}

static cmrp_verdict timeout_late(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);
    double waited, wanted;

    if (call == NULL || call->timeout == UINT32_MAX)
        return CMRP_UNDECIDED;
    waited = nstime_to_sec(&call->waited);
    wanted = call->timeout / 1000.0;
    if (waited <= wanted + CMRP_NOTIFY_PATIENCE)
        return CMRP_KEPT;
    c->evidence[0] = call->frame;
    return check_broken(c, status_param(c->method), "this one took %.3f seconds instead of %.3f.",
                        waited, wanted);
}

/* ---------------------------------------------------------------- the client */

static bool closes(const cmrp_method *method)
{
    return method->port == CMRP_PORT_CLOSE;
}

static bool closes_of_3(const cmrp_method *method)
{
    /* Of 2.0 servers only the newer ones have ApiUnblockGetNotifyCall. */
    return closes(method) && method->version == 3;
}

static cmrp_verdict closed_while_waiting(cmrp_case *c, unsigned port_version)
{
    const cmrp_port_call *call = notify_call(c->context);
    const cmrp_port_call *waiting;
    bool certain;

    if (call == NULL || call->port->life->port_version != port_version ||
        !port_sees_all(call->port))
        return CMRP_UNDECIDED;
    waiting = port_waiting(call->port, c->context, &certain);
    if (waiting == NULL || waiting->frame < call->port->unblock_asked_in)
        return CMRP_KEPT;
    if (frame_order_seconds_since(c->context->pinfo, &waiting->time) <= CMRP_NOTIFY_SETTLED)
        return CMRP_UNDECIDED;
    c->evidence[0] = waiting->frame;
    return check_broken(c, c->method->handle_params[0], "the call in frame %u waits still.",
                        waiting->frame);
}

static cmrp_verdict closed_1_while_waiting(cmrp_case *c)
{
    return closed_while_waiting(c, 1);
}

static cmrp_verdict closed_2_while_waiting(cmrp_case *c)
{
    return closed_while_waiting(c, 2);
}

/** Over UDP the calls of an activity are numbered. */
static bool sees_every_get(const cmrp_case *c)
{
    const cmrp_association *association = c->context->association;

    return check_sees_every_request(c) ||
           (association->kind == CMRP_BY_ACTIVITY && loss_none_in(association));
}

static cmrp_verdict closed_unread(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);

    if (call == NULL || !port_sees_all(call->port) || !sees_every_get(c))
        return CMRP_UNDECIDED;
    if (call->port->gets > 0 || call->port->registrations == 0)
        return CMRP_KEPT;
    if (call->port->life->port_version == 2)
        c->section = "3.2.4.5.2";
    c->evidence[0] = call->port->life->opened_in;
    return check_broken(c, c->method->handle_params[0], "nobody asked for any of this port.");
}

const cmrp_rule rules_notify_waits[] = {
    {
        .id = "notify-wait-ended-without-cause",
        .requirements = "N1-17, N2-12",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must end a wait without an event only if the port is unblocked or closed.",
        .on = CMRP_ON_FAILURE,
        .concerns = asks_for_events,
        .check = ended_without_cause,
    },
    {
        .id = "notify-wait-outlived-close",
        .requirements = "N1-19, N1-25",
        .section = "3.1.4.2.57",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text =
            "Server must complete every wait, and flush what was not fetched, when it closes the "
            "port.",
        .on = CMRP_ON_RESPONSE,
        .concerns = asks_for_events,
        .check = outlived_close,
    },
    {
        .id = "notify-wait-outlived-unblock",
        .requirements = "N1-20",
        .section = "3.1.4.2.107",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must complete every wait when it unblocks the port.",
        .on = CMRP_ON_RESPONSE,
        .concerns = asks_for_events,
        .check = outlived_unblock,
    },
    {
        .id = "notify-timeout-early",
        .requirements = "N1-18",
        .section = "3.1.4.1.66",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must return WAIT_TIMEOUT only when the timeout is over.",
        .on = CMRP_ON_FAILURE,
        .concerns = has_timeout,
        .check = timeout_early,
    },
    {
        .id = "notify-timeout-late",
        .requirements = "N1-18",
        .section = "3.1.4.1.66",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must complete a wait when its timeout is over.",
        .on = CMRP_ON_RESPONSE,
        .concerns = has_timeout,
        .check = timeout_late,
    },
    {
        .id = "notify-close-without-unblock",
        .requirements = "N1-21",
        .section = "3.2.4.5.1",
        .party = "client",
        .level = CMRP_SUSPICION,
        .note = "Towards servers later than 2012 R2 Windows does not: product note 226",
        .text = "Client should unblock the calls that wait before it closes the port.",
        .on = CMRP_ON_REQUEST,
        .concerns = closes_of_3,
        .check = closed_1_while_waiting,
    },
    {
        .id = "notify-close-without-unblock-v2",
        .requirements = "N1-21",
        .section = "3.2.4.5.2",
        .party = "client",
        .level = CMRP_SHOULD,
        .text = "Client should unblock the calls that wait before it closes the port.",
        .on = CMRP_ON_REQUEST,
        .concerns = closes_of_3,
        .check = closed_2_while_waiting,
    },
    {
        .id = "notify-port-never-read",
        .requirements = "N1-22",
        .section = "3.2.4.5.1",
        .party = "client",
        .level = CMRP_SHOULD,
        .text = "Client should ask for events when it has registered for them.",
        .on = CMRP_ON_REQUEST,
        .concerns = closes,
        .check = closed_unread,
    },
    CMRP_RULES_END,
};
