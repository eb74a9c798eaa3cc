/* notify_sequences.c
 * Do client and server keep to the sequences when a registration is made again (3.1.4.2.62 to .65, .143)?
 *
 * What rests on numbers that other servers told or objects had is a suspicion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "notify/notify.h"
#include "notify/notify_sequence.h"

static bool asks_for_events(const cmrp_method *method)
{
    return method->port == CMRP_PORT_GET;
}

static int status_param(const cmrp_method *method)
{
    return method->response[CMRP_ROLE_STATUS];
}

static cmrp_verdict change_not_told(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);

    if (call == NULL || call->owed == NULL)
        return CMRP_KEPT;
    c->section = call->owed->method->section;
    c->evidence[0] = call->owed->asked_in;
    c->evidence[1] = call->owed->newer_in;
    return check_broken(c, status_param(c->method),
                        "that of \"%s\", registered in frame %u, did not come.",
                        call->owed->asked.name->utf8, call->owed->answered_in);
}

static bool registers_again(const cmrp_method *method)
{
    return method->port == CMRP_PORT_REGISTER && method->registers_again;
}

static int sequence_param(const cmrp_method *method)
{
    return method->request[CMRP_ROLE_SEQUENCE];
}

static cmrp_verdict sequence(cmrp_case *c, cmrp_sequence_verdict looked_for, const char *format)
{
    const cmrp_port_call *call = notify_call(c->context);
    const cmrp_asked *asked = call && call->registration ? &call->registration->asked : NULL;

    if (asked == NULL || asked->name == NULL)
        return CMRP_UNDECIDED;
    if (sequences_judge(c->context, asked, call->sequence, c->evidence) != looked_for)
        return CMRP_KEPT;
    return check_broken(c, sequence_param(c->method), "%u %s.", call->sequence, format);
}

static cmrp_verdict sequence_invented(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);

    /* Numbers come in events: a client that was not seen to fetch any fetches them where nobody sees it. */
    if (call == NULL || call->port->answers == 0)
        return CMRP_UNDECIDED;
    return sequence(c, CMRP_SEQUENCE_INVENTED, "was told of this object by no answer");
}

static cmrp_verdict sequence_outdated(cmrp_case *c)
{
    return sequence(c, CMRP_SEQUENCE_OUTDATED, "came in an event, and a newer event told another");
}

static cmrp_verdict never_added(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);
    const cmrp_asked *asked = call && call->registration ? &call->registration->asked : NULL;

    if (asked == NULL || asked->name == NULL || sequences_know(asked))
        return CMRP_UNDECIDED;
    return check_broken(
        c, CMRP_NO_SIBLING,
        "it registered this before the capture, or elsewhere: it seems to have reconnected.");
}

/** Of groups and resources the text says that their number only grows. */
static bool tells_number(const cmrp_method *method)
{
    const int object = method->handle_params[1];

    return method->port == CMRP_PORT_REGISTER && !method->registers_again &&
           method->response[CMRP_ROLE_SEQUENCE] != CMRP_NO_SIBLING &&
           (method_handle_type(method, object) == CMRP_HGROUP ||
            method_handle_type(method, object) == CMRP_HRES);
}

static cmrp_verdict sequence_fell(cmrp_case *c)
{
    const cmrp_port_call *call = notify_call(c->context);

    if (call == NULL || call->fell_since == 0)
        return CMRP_KEPT;
    /* An object that was deleted and made again begins anew. */
    if (c->verdicts[1] != CMRP_FIT || check_may_be_invalid(c, 1))
        return CMRP_UNDECIDED;
    if (c->in[1]->type == CMRP_HRES)
        c->section = "3.1.4.2.13";
    c->evidence[0] = c->in[1]->opened_in;
    c->evidence[1] = call->fell_since;
    return check_broken(c, c->method->response[CMRP_ROLE_SEQUENCE],
                        "this one is below that of frame %u, told for the same handle.",
                        call->fell_since);
}

const cmrp_rule rules_notify_sequences[] = {
    {
        .id = "notify-change-not-told",
        .requirements = "RG-07, N1-13",
        .section = CMRP_SECTION_OF_REGISTRATION,
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must queue the event of the state if a client registers again with another "
                "sequence than the object's.",
        .on = CMRP_ON_RESPONSE,
        .concerns = asks_for_events,
        .check = change_not_told,
    },
    {
        .id = "notify-sequence-never-handed-out",
        .requirements = "RG-06, N1-12",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_SUSPICION,
        .text = "Client must give back a StateSequence that a server told it.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_again,
        .check = sequence_invented,
    },
    {
        .id = "notify-sequence-outdated",
        .requirements = "RG-06, N1-12",
        .section = CMRP_SECTION_OF_METHOD,
        .party = "client",
        .level = CMRP_SUSPICION,
        .text =
            "Client must give back the StateSequence of the registration or of the latest event.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_again,
        .check = sequence_outdated,
    },
    {
        .id = "notify-sequence-went-down",
        .requirements = "S-04",
        .section = "3.1.4.2.46",
        .party = "server",
        .level = CMRP_SUSPICION,
        .text = "Server must count the sequence of a group or a resource upwards.",
        .on = CMRP_ON_SUCCESS,
        .concerns = tells_number,
        .check = sequence_fell,
    },
    {
        .id = "notify-readd-without-add",
        .requirements = "RG-10",
        .section = "3.2.4.6",
        .party = "client",
        .level = CMRP_CHAT,
        .text = "Client should register again only what it registered before.",
        .on = CMRP_ON_REQUEST,
        .concerns = registers_again,
        .check = never_added,
    },
    CMRP_RULES_END,
};
