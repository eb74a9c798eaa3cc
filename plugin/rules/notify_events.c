/* notify.c
 * Do events and waits at notification ports keep the rules (3.1.4.2.56 to .66, .107, .136 to .138, .143)?
 *
 * Nothing is decided unless the port was made in the capture and no PDU was missed since. What rests on the
 * clock of the capture, or on numbers that other servers told or objects had, is a suspicion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "notify/notify_sequence.h"
#include "notify/notify_show.h"

static bool gets(const cmrp_method *method)
{
    return notify_act(method) == CMRP_PORT_GET;
}

static int status_param(const cmrp_method *method)
{
    return check_param(method, CMRP_ROLE_STATUS, CMRP_OUT);
}

/** The parameter that holds the events; of ApiGetNotify that with the bit. */
static int events_param(const cmrp_method *method)
{
    const int array = check_param_named(method, "Notifications");

    return array == CMRP_NO_PARAM ? check_param(method, CMRP_ROLE_FILTER, CMRP_OUT) : array;
}

/** "Event 3 (key 7, GROUP_STATE "Cluster Group")", of ApiGetNotify without its number. */
static const char *event_text(const cmrp_case *c, const cmrp_notification *event, unsigned place)
{
    wmem_allocator_t *pool = c->context->pinfo->pool;
    const char *number =
        c->method->opnum == CMRP_OP_ApiGetNotify ? "" : wmem_strdup_printf(pool, " %u", place + 1);

    return wmem_strdup_printf(pool, "Event%s (key %" PRIu64 ", %s \"%s\")", number, event->key,
                              notify_change_text(pool, &event->change), event->name);
}

/* ---------------------------------------------------------------- events and registrations */

/** The first event with a verdict; NULL if there is none. */
static const cmrp_notification *find_event(const cmrp_case *c, cmrp_event_verdict verdict,
                                           const cmrp_match **match, unsigned *place)
{
    const cmrp_port_call *call = notify_call(c->context);
    unsigned count;
    const cmrp_notification *events = notify_events(c->context, &count);

    for (*place = 0; call && *place < count && *place < call->match_count; ++*place) {
        *match = &call->matches[*place];
        if ((*match)->verdict == verdict)
            return &events[*place];
    }
    return NULL;
}

static cmrp_verdict too_early(cmrp_case *c)
{
    const cmrp_match *match;
    unsigned place;
    const cmrp_notification *event = find_event(c, CMRP_EVENT_TOO_EARLY, &match, &place);

    if (event == NULL)
        return CMRP_KEPT;
    c->evidence[0] = c->in[0]->opened_in;
    return check_broken(c, events_param(c->method), "%s came before.", event_text(c, event, place));
}

static cmrp_verdict key_unknown(cmrp_case *c)
{
    const cmrp_match *match;
    unsigned place;
    const cmrp_notification *event = find_event(c, CMRP_EVENT_KEY_UNKNOWN, &match, &place);

    if (event == NULL)
        return CMRP_KEPT;
    c->evidence[0] = c->in[0]->opened_in;
    return check_broken(c, events_param(c->method), "%s has none of them.",
                        event_text(c, event, place));
}

static cmrp_verdict not_asked(cmrp_case *c)
{
    const cmrp_match *match;
    unsigned place;
    const cmrp_notification *event = find_event(c, CMRP_EVENT_NOT_ASKED, &match, &place);

    if (event == NULL)
        return CMRP_KEPT;
    c->evidence[0] = c->in[0]->opened_in;
    c->evidence[1] = match->instead->answered_in;
    return check_broken(c, events_param(c->method), "%s matches none of them.",
                        event_text(c, event, place));
}

static cmrp_verdict other_key(cmrp_case *c)
{
    const cmrp_match *match;
    unsigned place;
    const cmrp_notification *event = find_event(c, CMRP_EVENT_OTHER_KEY, &match, &place);

    if (event == NULL)
        return CMRP_KEPT;
    c->evidence[0] = match->instead->answered_in;
    return check_broken(c, events_param(c->method), "%s was registered with key %u in frame %u.",
                        event_text(c, event, place), match->instead->asked.key,
                        match->instead->answered_in);
}

/* ---------------------------------------------------------------- events by themselves */

static cmrp_verdict not_one_change(cmrp_case *c)
{
    unsigned count;
    const cmrp_notification *events = notify_events(c->context, &count);

    for (unsigned i = 0; i < count; i++) {
        if (!notify_is_one_change(&events[i].change))
            return check_broken(c, events_param(c->method), "%s has %s.",
                                event_text(c, &events[i], i),
                                events[i].change.flags ? "several" : "none");
    }
    return CMRP_KEPT;
}

/** The bits that a server never returns (3.1.4.1.66, 3.1.4.2.66, 3.1.4.2.138). */
static uint64_t never_returned(const cmrp_case *c, uint32_t object_type)
{
    const uint64_t local = notify_client_only(c->method, object_type);

    if (notify_is_version_2(c->method))
        return local;
    /* CLUSTER_CHANGE_REGISTRY_SUBTREE; in version 2.0 CLUSTER_CHANGE_CLUSTER_RECONNECT as well. */
    return local | 0x80 | (c->method->version == 2 ? 0x80000 : 0);
}

static cmrp_verdict client_only_event(cmrp_case *c)
{
    unsigned count;
    const cmrp_notification *events = notify_events(c->context, &count);

    for (unsigned i = 0; i < count; i++) {
        if (events[i].change.flags & never_returned(c, events[i].change.object_type))
            return check_broken(c, events_param(c->method), "%s is no event of a server.",
                                event_text(c, &events[i], i));
    }
    return CMRP_KEPT;
}

static bool gets_several(const cmrp_method *method)
{
    return gets(method) && method->opnum != CMRP_OP_ApiGetNotify;
}

static cmrp_verdict no_events(cmrp_case *c)
{
    unsigned count;

    if (!c->has_status || c->status != CMRP_ERROR_SUCCESS || notify_events(c->context, &count))
        return CMRP_KEPT;
    return check_broken(c, check_param_named(c->method, "dwNumNotifications"), "There is none.");
}

/* ---------------------------------------------------------------- waits */

/** A wait at a port of which everything was seen, and whose handle was fit; NULL otherwise. */
static const cmrp_port_call *clear_wait(const cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);
    const bool version_2 = c->in[0] && c->in[0]->origin == CMRP_OP_ApiCreateNotifyV2;

    if (call == NULL || !c->has_status || c->verdicts[0] != CMRP_FIT ||
        !port_sees_all(call->port) || version_2 != notify_is_version_2(c->method))
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
    return check_broken(c, status_param(c->method), "Nobody asked for either of this port.");
}

static cmrp_verdict outlived(cmrp_case *c, bool close)
{
    const cmrp_port_call *call = notify_call(c->context);
    nstime_t since;

    if (call == NULL || call->ended_by == 0 || call->ended_by_close != close)
        return CMRP_KEPT;
    nstime_delta(&since, &c->context->pinfo->abs_ts, &call->ended_time);
    if (nstime_to_sec(&since) <= CMRP_NOTIFY_PATIENCE)
        return CMRP_KEPT;
    c->evidence[0] = call->frame;
    c->evidence[1] = call->ended_by;
    return check_broken(c, status_param(c->method), "This one went on for %.0f seconds.",
                        nstime_to_sec(&since));
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
    return gets(method) && method->version == 2;
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
    return check_broken(c, status_param(c->method), "This one took %.3f seconds instead of %.3f.",
                        waited, wanted);
}

static cmrp_verdict change_not_told(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);

    if (call == NULL || call->owed == NULL)
        return CMRP_KEPT;
    c->evidence[0] = call->owed->asked_in;
    c->evidence[1] = call->owed->newer_in;
    return check_broken(c, status_param(c->method),
                        "That of \"%s\", registered in frame %u, was not queued.",
                        call->owed->asked.name->utf8, call->owed->answered_in);
}

/* ---------------------------------------------------------------- the client */

static bool registers_again(const cmrp_method *method)
{
    return notify_act(method) == CMRP_PORT_REGISTER && notify_is_readd(method);
}

static int sequence_param(const cmrp_method *method)
{
    return check_param(method, CMRP_ROLE_SEQUENCE, CMRP_IN);
}

static cmrp_verdict sequence(cmrp_case *c, cmrp_sequence_verdict looked_for, const char *format)
{
    const cmrp_port_call *call = notify_call(c->context);
    const cmrp_asked *asked = call && call->registration ? &call->registration->asked : NULL;

    if (asked == NULL || asked->name == NULL)
        return CMRP_UNDECIDED;
    if (sequences_judge(c->context, asked->object, call->sequence, c->evidence) != looked_for)
        return CMRP_KEPT;
    return check_broken(c, sequence_param(c->method), "%u %s.", call->sequence, format);
}

static cmrp_verdict sequence_invented(cmrp_case *c)
{
    return sequence(c, CMRP_SEQUENCE_INVENTED, "was told for this object by no response");
}

static cmrp_verdict sequence_outdated(cmrp_case *c)
{
    return sequence(c, CMRP_SEQUENCE_OUTDATED, "came in an event, and a newer event told another");
}

static cmrp_verdict never_added(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);
    const cmrp_asked *asked = call && call->registration ? &call->registration->asked : NULL;

    if (asked == NULL || asked->name == NULL || sequences_know(asked->object))
        return CMRP_UNDECIDED;
    return check_broken(c, CMRP_NO_PARAM,
                        "That was before the capture: the client seems to have reconnected.");
}

static bool closes_of_3(const cmrp_method *method)
{
    /* Of 2.0 servers only the newer ones have ApiUnblockGetNotifyCall. */
    return notify_act(method) == CMRP_PORT_CLOSE && method->version == 3;
}

static cmrp_verdict closed_while_waiting(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);
    const cmrp_port_call *waiting;
    nstime_t since;
    bool certain;

    if (call == NULL || !port_sees_all(call->port))
        return CMRP_UNDECIDED;
    waiting = port_waiting(call->port, c->context, &certain);
    if (waiting == NULL || waiting->frame < call->port->unblock_asked_in)
        return CMRP_KEPT;
    nstime_delta(&since, &c->context->pinfo->abs_ts, &waiting->time);
    if (nstime_to_sec(&since) <= CMRP_NOTIFY_SETTLED)
        return CMRP_UNDECIDED;
    c->evidence[0] = waiting->frame;
    return check_broken(c, check_handle_param(c->method, 0), "The call in frame %u waits still.",
                        waiting->frame);
}

static cmrp_verdict closed_unread(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);

    if (call == NULL || !port_sees_all(call->port) || !check_sees_every_request(c))
        return CMRP_UNDECIDED;
    if (call->port->gets > 0 || call->port->registrations == 0)
        return CMRP_KEPT;
    c->evidence[0] = call->port->life->opened_in;
    return check_broken(c, check_handle_param(c->method, 0), "Nobody asked for any of this port.");
}

const cmrp_check checks_notify[] = {
    { { "notify-event-before-registration", "N1-02, N2-13", "3.1.4.2.56", "server", CMRP_MUST,
        "A port has no event before the first registration." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gets,
      too_early },
    { { "notify-key-unknown", "RG-08, N1-14, N2-08", CMRP_SECTION_OF_METHOD, "server", CMRP_MUST,
        "The key of an event is that of a registration of the port." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gets,
      key_unknown },
    { { "notify-event-not-registered", "N1-14, N2-08", CMRP_SECTION_OF_METHOD, "server", CMRP_MUST,
        "An event matches a filter that was registered with its key." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gets,
      not_asked },
    { { "notify-key-of-other-object", "RG-08", "3.1.4.2.64", "server", CMRP_SUSPICION,
        "An event carries the key with which its object was registered." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gets,
      other_key },
    { { "notify-event-not-one-change", "N1-14, N1-23, N2-08", CMRP_SECTION_OF_METHOD, "server",
        CMRP_MUST, "An event is exactly one change." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gets,
      not_one_change },
    { { "notify-client-only-event", "N1-15, N1-16, N2-09", CMRP_SECTION_OF_METHOD, "server",
        CMRP_MUST, "A server does not return what only the client's own library queues." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gets,
      client_only_event },
    { { "notify-no-events", "N1-23, N2-08", CMRP_SECTION_OF_METHOD, "server", CMRP_MUST,
        "A response that succeeds brings at least one event." },
      CMRP_ON_RESPONSE | CMRP_IF_SUCCESS,
      gets_several,
      no_events },
    { { "notify-wait-ended-without-cause", "N1-17, N2-12", CMRP_SECTION_OF_METHOD, "server",
        CMRP_MUST, "A call that waits ends with an event unless the port is unblocked or closed." },
      CMRP_ON_RESPONSE | CMRP_IF_FAILURE,
      gets,
      ended_without_cause },
    { { "notify-wait-outlived-close", "N1-19", "3.1.4.2.57", "server", CMRP_SUSPICION,
        "Closing a port completes every call that waits." },
      CMRP_ON_RESPONSE,
      gets,
      outlived_close },
    { { "notify-wait-outlived-unblock", "N1-20", "3.1.4.2.107", "server", CMRP_SUSPICION,
        "Unblocking a port completes every call that waits." },
      CMRP_ON_RESPONSE,
      gets,
      outlived_unblock },
    { { "notify-timeout-early", "N1-18", "3.1.4.1.66", "server", CMRP_SUSPICION,
        "WAIT_TIMEOUT is for a timeout that is over." },
      CMRP_ON_RESPONSE | CMRP_IF_FAILURE,
      has_timeout,
      timeout_early },
    { { "notify-timeout-late", "N1-18", "3.1.4.1.66", "server", CMRP_SUSPICION,
        "A call that waits is completed when its timeout is over." },
      CMRP_ON_RESPONSE,
      has_timeout,
      timeout_late },
    { { "notify-change-not-told", "RG-07, N1-13", "3.1.4.2.64", "server", CMRP_SUSPICION,
        "Who registers again with an old sequence is sent the event of the state." },
      CMRP_ON_RESPONSE,
      gets,
      change_not_told },
    { { "notify-sequence-never-handed-out", "RG-06, N1-12", CMRP_SECTION_OF_METHOD, "client",
        CMRP_SUSPICION, "StateSequence was told by the server before." },
      CMRP_ON_REQUEST,
      registers_again,
      sequence_invented },
    { { "notify-sequence-outdated", "RG-06, N1-12", CMRP_SECTION_OF_METHOD, "client",
        CMRP_SUSPICION, "StateSequence is that of the registration or of the latest event." },
      CMRP_ON_REQUEST,
      registers_again,
      sequence_outdated },
    { { "notify-readd-without-add", "RG-10", "3.2.4.6", "client", CMRP_CHAT,
        "A method that registers again follows one that registered." },
      CMRP_ON_REQUEST,
      registers_again,
      never_added },
    { { "notify-close-without-unblock", "N1-21", "3.2.4.5.1", "client", CMRP_SHOULD,
        "A client unblocks the calls that wait before it closes the port." },
      CMRP_ON_REQUEST,
      closes_of_3,
      closed_while_waiting },
    { { "notify-port-never-read", "N1-22", "3.2.4.5.1", "client", CMRP_SHOULD,
        "A client that registered asks for events." },
      CMRP_ON_REQUEST,
      closes_of_3,
      closed_unread },
    { { NULL, NULL, NULL, NULL, CMRP_CHAT, NULL }, 0, NULL, NULL },
};
