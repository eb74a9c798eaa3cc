/* tap.c
 * What do statistics get to see of a PDU? The tap "cmrp".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/tap.h"

#include "rules/ndr_findings.h"
#include "state/faults.h"
#include "state/untold.h"

#include <epan/tap.h>

static int tap = -1;

/** An association that ended in a frame. File scope. */
typedef struct end {
    struct end *next; /**< another one of the same frame */
    const cmrp_association *association;
} end;

static wmem_map_t *ends; /* frame -> end */

/* Requests and responses of a frame that are known. */
static uint32_t known_in;
static unsigned known;

#define MAX_WATCHERS 4
static cmrp_watcher watchers[MAX_WATCHERS];

void tap_register(void)
{
    tap = register_tap("cmrp");
}

void tap_reset(void)
{
    ends = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    known_in = 0;
}

static void note_known(const packet_info *pinfo)
{
    known = known_in == pinfo->num ? known + 1 : 1;
    known_in = pinfo->num;
}

unsigned tap_known(const packet_info *pinfo)
{
    return known_in == pinfo->num ? known : 0;
}

void tap_watch(cmrp_watcher watcher)
{
    tap_unwatch(watcher);
    for (unsigned i = 0; i < MAX_WATCHERS; i++) {
        if (watchers[i] == NULL) {
            watchers[i] = watcher;
            return;
        }
    }
    ws_assert_not_reached();
}

void tap_unwatch(cmrp_watcher watcher)
{
    for (unsigned i = 0; i < MAX_WATCHERS; i++) {
        if (watchers[i] == watcher)
            watchers[i] = NULL;
    }
}

static void tell(packet_info *pinfo, const cmrp_tap *t)
{
    for (unsigned i = 0; i < MAX_WATCHERS; i++) {
        if (watchers[i])
            watchers[i](pinfo, t);
    }
    tap_queue_packet(tap, pinfo, t);
}

/* ---------------------------------------------------------------- PDUs */

static void add_life(cmrp_tap *t, const cmrp_life *life)
{
    if (life)
        t->lives[t->life_count++] = life;
}

static void add_lives(cmrp_tap *t, const cmrp_call *call, bool response)
{
    for (unsigned i = 0; i < CMRP_MAX_HANDLES; i++)
        add_life(t, handles_by_id(call->in[i]));
    if (response)
        add_life(t, handles_by_id(call->out));
}

/** When the request was that the response answers. */
static void add_time(cmrp_tap *t, const packet_info *pinfo, const nstime_t *asked)
{
    t->has_elapsed = true;
    t->request_time = *asked;
    nstime_delta(&t->elapsed, &pinfo->abs_ts, asked);
}

/** What does not depend on the stub. NULL if nobody is to be told. */
static cmrp_tap *tap_of(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    cmrp_tap *t;

    note_known(context->pinfo);
    if (context->again || !have_tap_listener(tap)) {
        findings_forget();
        return NULL;
    }
    t = wmem_new0(context->pinfo->pool, cmrp_tap);
    t->method = pdu->method;
    t->association = context->association;
    t->call = (const cmrp_call *)context->di->call_data->se_data;
    t->when = call_when(context);
    t->response = pdu->response;
    t->request_frame = context->request_frame;
    if (pdu->response && context->request_frame != 0)
        add_time(t, context->pinfo, &context->request_time);
    return t;
}

static bool is_handle(const cmrp_member *param)
{
    return param->role >= CMRP_ROLE_HANDLE_USED && param->role <= CMRP_ROLE_HANDLE_CLOSED;
}

/** The handles that findings are about. */
static void add_about(cmrp_tap *t, const cmrp_context *context)
{
    const cmrp_life **about;

    if (t->finding_count == 0)
        return;
    about = wmem_alloc0_array(context->pinfo->pool, const cmrp_life *, t->finding_count);
    for (unsigned i = 0; i < t->finding_count; i++) {
        const int param = t->findings[i].param;

        if (param != CMRP_NO_SIBLING && is_handle(&context->pdu->method->params[param]))
            about[i] = call_handle(context, (unsigned)param);
    }
    t->about = about;
}

void tap_pdu(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    cmrp_tap *t = tap_of(context);

    if (t == NULL)
        return;
    t->whole = pdu_whole(pdu);
    t->has_status = pdu->response && call_status(pdu, &t->status);
    if (context->call)
        add_lives(t, context->call, pdu->response);
    t->cut_short = ndr_findings_is_cut(pdu, context->pinfo);
    t->findings = findings_take(context->pinfo, &t->finding_count);
    add_about(t, context);
    tell(context->pinfo, t);
}

void tap_unread(const cmrp_context *context, cmrp_unread why)
{
    cmrp_tap *t = tap_of(context);

    if (t == NULL)
        return;
    t->cut_short = why == CMRP_UNREAD_CUT;
    t->doubtful = why == CMRP_UNREAD_DOUBTFUL;
    t->unfit = why == CMRP_UNREAD_UNSETTLED && context->guessed;
    t->findings = findings_take(context->pinfo, &t->finding_count);
    tell(context->pinfo, t);
}

/* ---------------------------------------------------------------- what is no PDU of ours */

void tap_association_ended(const packet_info *pinfo, const cmrp_association *association)
{
    end *e = wmem_new(wmem_file_scope(), end);

    e->next = (end *)wmem_map_lookup(ends, GUINT_TO_POINTER(pinfo->num));
    e->association = association;
    wmem_map_insert(ends, GUINT_TO_POINTER(pinfo->num), e);
}

/** `alone`: it is the only fault of the frame, so that findings on faults are its own. */
static void tell_fault(packet_info *pinfo, const cmrp_fault *f, bool alone)
{
    cmrp_tap *t;

    if (f->again)
        return;
    t = wmem_new0(pinfo->pool, cmrp_tap);
    t->method = f->request.method;
    t->association = f->request.association;
    t->call = f->request.call;
    t->when.frame = pinfo->num;
    t->response = true;
    t->fault = true;
    t->fault_status = f->status;
    t->request_frame = f->request.frame;
    if (t->call)
        add_lives(t, t->call, false);
    if (alone)
        t->findings = findings_take(pinfo, &t->finding_count);
    tell(pinfo, t);
}

static void tell_faults(packet_info *pinfo, const cmrp_fault *last)
{
    const cmrp_fault *f = last;

    do {
        f = f->next;
        tell_fault(pinfo, f, f->next == f);
    } while (f != last);
}

/** A request or response that was not handed on. */
static void tell_untold(packet_info *pinfo, const cmrp_untold *u)
{
    cmrp_tap *t;

    note_known(pinfo);
    if (u->again)
        return;
    t = wmem_new0(pinfo->pool, cmrp_tap);
    t->method = u->method;
    t->association = u->association;
    t->call = u->call;
    t->when.frame = pinfo->num;
    t->response = u->response;
    t->sealed = u->sealed;
    t->whole = !u->sealed;
    t->request_frame = u->request_frame;
    if (u->request_frame != 0)
        add_time(t, pinfo, &u->request_time);
    tell(pinfo, t);
}

static void tell_untolds(packet_info *pinfo, const cmrp_untold *last)
{
    const cmrp_untold *u = last;

    do {
        u = u->next;
        tell_untold(pinfo, u);
    } while (u != last);
}

static void tell_end(packet_info *pinfo, const cmrp_association *association)
{
    cmrp_tap *t = wmem_new0(pinfo->pool, cmrp_tap);

    t->association = association;
    t->ended = true;
    tell(pinfo, t);
}

static void tell_unbound(packet_info *pinfo)
{
    for (const cmrp_unbound_call *c = unbound_calls(pinfo->num); c; c = c->next) {
        cmrp_tap *t = wmem_new0(pinfo->pool, cmrp_tap);

        t->unbound = c->of;
        if (!c->response)
            tell(pinfo, t);
    }
}

/** Findings of the frame that stand beside its PDUs. */
static void tell_findings(packet_info *pinfo)
{
    unsigned count;
    const cmrp_finding *found = findings_take(pinfo, &count);
    cmrp_tap *t;

    if (count == 0)
        return;
    t = wmem_new0(pinfo->pool, cmrp_tap);
    t->findings = found;
    t->finding_count = count;
    tell(pinfo, t);
}

void tap_frame_over(packet_info *pinfo)
{
    const cmrp_untold *untold;
    const cmrp_fault *fault;

    if (!have_tap_listener(tap)) {
        findings_forget();
        return;
    }
    untold = untold_of(pinfo);
    if (untold)
        tell_untolds(pinfo, untold);
    fault = faults_of(pinfo);
    if (fault)
        tell_faults(pinfo, fault);
    tell_unbound(pinfo);
    tell_findings(pinfo);
    for (const end *e = (const end *)wmem_map_lookup(ends, GUINT_TO_POINTER(pinfo->num)); e;
         e = e->next)
        tell_end(pinfo, e->association);
}
