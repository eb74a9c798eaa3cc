/* untold.c
 * What is known of requests and responses that dcerpc does not hand on?
 *
 * What is kept is kept by frame, for later visits. Which request a response answers is known from the calls in flight
 * (rpc/in_flight.h), as with faults. Where a client gives its calls one number, and TCP missed something between the
 * two, they need not belong together: then nothing is said of the method, nor of the time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/untold.h"

#include "interface/methods.h"
#include "rpc/copies.h"
#include "rpc/fragments.h"
#include "rpc/in_flight.h"
#include "rpc/loss.h"
#include "rpc/wire.h"

static wmem_map_t *untold; /* frame -> its last one */
static uint32_t last_in;   /* frame */

void untold_reset(void)
{
    untold = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    last_in = 0;
}

const cmrp_untold *untold_of(const packet_info *pinfo)
{
    /* For speed: this is asked of every frame, and in most captures none has any. */
    if (last_in == 0 || (!pinfo->fd->visited && last_in != pinfo->num))
        return NULL;
    return (const cmrp_untold *)wmem_map_lookup(untold, GUINT_TO_POINTER(pinfo->num));
}

static void keep(const packet_info *pinfo, cmrp_untold *u)
{
    cmrp_untold *last = (cmrp_untold *)wmem_map_lookup(untold, GUINT_TO_POINTER(pinfo->num));

    u->next = last ? last->next : u;
    if (last)
        last->next = u;
    wmem_map_insert(untold, GUINT_TO_POINTER(pinfo->num), u);
    last_in = pinfo->num;
}

/** True if a PDU of no bytes says all that there is to say. */
static bool has_parameters(const cmrp_method *method, bool response)
{
    return method_params(method, response)[0] != CMRP_NO_SIBLING;
}

/* ---------------------------------------------------------------- requests */

/** The frame in which a request began, and when. */
static void note_begin(cmrp_connection *connection, const packet_info *pinfo, const uint8_t *pdu,
                       struct cmrp_in_flight *request)
{
    if (!(pdu[WIRE_CO_FLAGS] & WIRE_CO_FIRST_FRAGMENT)) {
        if (!fragments_begun(connection, pdu, &request->frame, &request->time))
            request->frame = 0;
        return;
    }
    request->frame = pinfo->num;
    request->time = pinfo->abs_ts;
}

static void learn_request(cmrp_untold *u, cmrp_connection *connection, const packet_info *pinfo,
                          const uint8_t *pdu)
{
    struct cmrp_in_flight request = { .method = u->method,
                                      .association = (cmrp_association *)u->association,
                                      .number = u->number };

    u->call = request.call = call_new(u->method);
    if (u->sealed)
        call_unread(u->method);
    else
        u->call->flags |= CMRP_REQUEST_LEARNT;
    note_begin(connection, pinfo, pdu, &request);
    in_flight_add(connection, &request);
}

cmrp_call *untold_call(const cmrp_connection *connection, uint32_t number, uint32_t frame)
{
    const struct cmrp_in_flight *request = in_flight_of(connection, number, frame);
    const cmrp_untold *last = (const cmrp_untold *)wmem_map_lookup(untold, GUINT_TO_POINTER(frame));
    const cmrp_untold *u = last;

    if (request)
        return request->call;
    /* Too many others may have been in flight since. */
    while (u) {
        u = u->next;
        if (u->number == number && !u->response)
            return u->call;
        if (u == last)
            break;
    }
    return NULL;
}

/* ---------------------------------------------------------------- responses */

/** True if the response of a number may answer another call than the one that is known. */
static bool is_uncertain(packet_info *pinfo, cmrp_connection *connection,
                         const struct cmrp_in_flight *request)
{
    return connection->numbers_again &&
           (connection->gap_in > request->frame || loss_is_before(pinfo, connection));
}

static void learn_response(cmrp_untold *u, cmrp_connection *connection, packet_info *pinfo,
                           const uint8_t *pdu)
{
    struct cmrp_in_flight request;

    if (!(pdu[WIRE_CO_FLAGS] & WIRE_CO_FIRST_FRAGMENT))
        fragments_begun(connection, pdu, &request.frame, &request.time);
    if (!in_flight_take(connection, u->number, NULL, &request) ||
        is_uncertain(pinfo, connection, &request))
        return;
    u->method = request.method;
    u->call = request.call;
    u->association = request.association;
    u->request_frame = request.frame;
    u->request_time = request.time;
    u->call->flags |= CMRP_ANSWERED;
    call_forget(u->call);
}

/* ---------------------------------------------------------------- both */

/** A PDU that was seen before: what was found out then holds for this one as well. */
static bool learn_copy(cmrp_untold *u, const cmrp_seen *seen)
{
    if (seen == NULL)
        return false;
    u->again = true;
    u->call = seen->call;
    if (u->call) {
        u->method = method_find(u->call->version, u->call->opnum);
        u->sealed &= !(u->call->flags & (u->response ? CMRP_RESPONSE_LEARNT : CMRP_REQUEST_LEARNT));
    }
    return true;
}

const cmrp_untold *untold_learn(packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu,
                                uint32_t length, const cmrp_auth *auth, uint16_t version,
                                unsigned place)
{
    const cmrp_print print = copies_print(pinfo, pdu, length);
    const bool response = pdu[2] == WIRE_RESPONSE;
    const cmrp_method *method =
        response ? NULL : method_find(version, wire_number(pdu, WIRE_CO_OPNUM, 2));
    cmrp_untold *u;

    if (response ? version != 2 && version != 3 : method == NULL)
        return NULL;
    u = wmem_new0(wmem_file_scope(), cmrp_untold);
    u->method = method;
    u->association = association_of_frame(pinfo, connection, !response);
    u->number = print.number;
    u->place = (uint16_t)MIN(place, UINT16_MAX);
    u->version = (uint8_t)version;
    u->response = response;
    u->pieces = !(pdu[WIRE_CO_FLAGS] & WIRE_CO_FIRST_FRAGMENT);
    u->sealed = response || u->pieces || auth->stub_length > 0 || has_parameters(method, false);
    if (!learn_copy(u, copies_find(connection, &print, NULL))) {
        if (response)
            learn_response(u, connection, pinfo, pdu);
        else
            learn_request(u, connection, pinfo, pdu);
        copies_note(connection, pinfo, &print, u->call);
    }
    keep(pinfo, u);
    return u;
}
