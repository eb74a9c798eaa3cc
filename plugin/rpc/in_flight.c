/* in_flight.c
 * Which calls of a connection wait for their answer?
 *
 * Few calls are in flight at a time, and the youngest is mostly the next to be answered: a short array
 * that is searched from its end. What falls out at its bound, or was never answered, is a call whose
 * fault, or sealed response, tells nothing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/in_flight.h"

#include "base/bounds.h"
#include "ndr/pdu.h"

/** Room that the array begins with. */
#define FIRST_ROOM 4

static void make_room(cmrp_connection *c)
{
    if (c->pending_count < c->pending_room)
        return;
    if (c->pending_room == CMRP_MAX_PENDING) {
        c->pending_count--;
        memmove(c->pending, c->pending + 1, c->pending_count * sizeof(c->pending[0]));
        return;
    }
    c->pending_room = c->pending_room ? 2 * c->pending_room : FIRST_ROOM;
    c->pending = (struct cmrp_in_flight *)wmem_realloc(wmem_file_scope(), c->pending,
                                                       c->pending_room * sizeof(c->pending[0]));
}

void in_flight_add(cmrp_connection *connection, const struct cmrp_in_flight *request)
{
    cmrp_connection *c = connection;

    make_room(c);
    c->pending[c->pending_count++] = *request;
    c->numbers_again |= c->newest_number >= request->number;
    c->newest_number = MAX(c->newest_number, request->number);
}

void in_flight_asked(const cmrp_context *context)
{
    const bool known = context->request_frame != 0;

    in_flight_add(context->connection,
                  &(struct cmrp_in_flight){
                      .method = context->pdu->method,
                      .call = context->call,
                      .association = context->association,
                      .number = context->di->call_id,
                      .frame = known ? context->request_frame : context->pinfo->num,
                      .time = known ? context->request_time : context->pinfo->abs_ts,
                  });
}

static void remove_at(cmrp_connection *c, unsigned index)
{
    c->pending_count--;
    memmove(c->pending + index, c->pending + index + 1,
            (c->pending_count - index) * sizeof(c->pending[0]));
}

void in_flight_answered(const cmrp_context *context)
{
    cmrp_connection *c = context->connection;

    for (unsigned i = c->pending_count; i-- > 0;) {
        if (c->pending[i].call == context->call) {
            remove_at(c, i);
            return;
        }
    }
}

bool in_flight_opens(const cmrp_connection *connection)
{
    /* One may have been forgotten. */
    if (connection->pending_count == CMRP_MAX_PENDING)
        return true;
    for (unsigned i = 0; i < connection->pending_count; i++) {
        if (connection->pending[i].method->response[CMRP_ROLE_HANDLE_OPENED] != CMRP_NO_SIBLING)
            return true;
    }
    return false;
}

static bool is_of_activity(const struct cmrp_in_flight *pending, const e_guid_t *activity)
{
    const cmrp_association *association = pending->association;

    return activity == NULL || association->kind != CMRP_BY_ACTIVITY ||
           memcmp(association->id, activity, sizeof(*activity)) == 0;
}

bool in_flight_take(cmrp_connection *connection, uint32_t number, const e_guid_t *activity,
                    struct cmrp_in_flight *found)
{
    for (unsigned i = connection->pending_count; i-- > 0;) {
        const struct cmrp_in_flight *pending = &connection->pending[i];

        if (pending->number == number && is_of_activity(pending, activity)) {
            *found = *pending;
            remove_at(connection, i);
            return true;
        }
    }
    return false;
}

const struct cmrp_in_flight *in_flight_of(const cmrp_connection *connection, uint32_t number,
                                          uint32_t frame)
{
    for (unsigned i = connection->pending_count; i-- > 0;) {
        const struct cmrp_in_flight *pending = &connection->pending[i];

        if (pending->number == number && pending->frame == frame)
            return pending;
    }
    return NULL;
}
