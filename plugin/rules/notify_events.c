/* notify_events.c
 * Are events those that the port was registered for (3.1.4.2.56, .64, .66, .138, .143)?
 *
 * Nothing is decided unless the port was made in the capture and no PDU was missed since.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "notify/notify.h"
#include "notify/notify_show.h"

static bool asks_for_events(const cmrp_method *method)
{
    return method->port == CMRP_PORT_GET;
}

/** The parameter that holds the events; of ApiGetNotify that with the bit. */
static int events_param(const cmrp_method *method)
{
    const int array = method_param_named(method, "Notifications");

    return array == CMRP_NO_SIBLING ? method->response[CMRP_ROLE_FILTER] : array;
}

/** "Event 3 (key 7, GROUP_STATE "Cluster Group")", of ApiGetNotify without its number. */
static const char *event_text(const cmrp_case *c, const cmrp_notification *event, unsigned place)
{
    wmem_allocator_t *pool = c->context->pinfo->pool;
    const char *number =
        c->method->opnum == CMRP_OP_ApiGetNotify ? "" : wmem_strdup_printf(pool, " %u", place + 1);

    return wmem_strdup_printf(pool, "event%s (key %" PRIu64 ", %s \"%s\")", number, event->key,
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

    /* What looks like another client's port may be one that nobody saw made. */
    if (c->verdicts[0] != CMRP_FIT)
        return NULL;
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
    if (c->method->port_version == 2)
        c->section = "3.1.4.2.136";
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
    return check_broken(c, events_param(c->method), "%s has no such key.",
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
    return check_broken(c, events_param(c->method), "%s is asked for by none.",
                        event_text(c, event, place));
}

static cmrp_verdict other_key(cmrp_case *c)
{
    const cmrp_match *match;
    unsigned place;
    const cmrp_notification *event = find_event(c, CMRP_EVENT_OTHER_KEY, &match, &place);

    if (event == NULL)
        return CMRP_KEPT;
    c->section = match->instead->method->section;
    c->evidence[0] = match->instead->answered_in;
    if (match->instead->asked.key == event->key)
        return check_broken(c, events_param(c->method),
                            "%s carries the key of \"%s\", registered in frame %u.",
                            event_text(c, event, place), match->instead->asked.name->utf8,
                            match->instead->answered_in);
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
    const uint64_t local = object_type_client_only(c->method->port_version, object_type);

    if (c->method->port_version == 2)
        return local;
    return local | CMRP_CLUSTER_CHANGE_REGISTRY_SUBTREE |
           (c->method->version == 2 ? CMRP_CLUSTER_CHANGE_CLUSTER_RECONNECT : 0);
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
    return asks_for_events(method) && method->opnum != CMRP_OP_ApiGetNotify;
}

static cmrp_verdict no_events(cmrp_case *c)
{
    unsigned count;

    if (notify_events(c->context, &count))
        return CMRP_KEPT;
    return check_broken(c, method_param_named(c->method, "dwNumNotifications"),
                        "this answer has none.");
}

const cmrp_rule rules_notify_events[] = {
    {
        .id = "notify-event-before-registration",
        .requirements = "N1-02, N2-13",
        .section = "3.1.4.2.56",
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must queue no event before the first registration of a port.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_events,
        .check = too_early,
    },
    {
        .id = "notify-key-unknown",
        .requirements = "RG-08, N1-14, N2-08",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must send an event with a key that was registered at the port.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_events,
        .check = key_unknown,
    },
    {
        .id = "notify-event-not-registered",
        .requirements = "N1-14, N2-08",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must send only events that a filter registered with their key asks for.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_events,
        .check = not_asked,
    },
    {
        .id = "notify-key-of-other-object",
        .requirements = "RG-08",
        .section = CMRP_SECTION_OF_REGISTRATION,
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must send an event with the key with which its object was registered.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_events,
        .check = other_key,
    },
    {
        .id = "notify-event-not-one-change",
        .requirements = "N1-14, N1-23, N2-08",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must send exactly one change in an event.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_events,
        .check = not_one_change,
    },
    {
        .id = "notify-client-only-event",
        .requirements = "N1-15, N1-16, N2-09",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must not send what only the client's own library queues.",
        .on = CMRP_ON_SUCCESS,
        .concerns = asks_for_events,
        .check = client_only_event,
    },
    {
        .id = "notify-no-events",
        .requirements = "N1-23, N2-08",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "server",
        .level = CMRP_MUST,
        .text = "Server must send at least one event with success.",
        .on = CMRP_ON_SUCCESS,
        .concerns = gets_several,
        .check = no_events,
    },
    CMRP_RULES_END,
};
