/* case.c
 * What is put before a rule? Questions that several families ask of a case.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/case.h"

#include "rpc/in_flight.h"
#include "rpc/loss.h"
#include "rpc/unbound.h"

bool check_is_of_version_2(const cmrp_method *method)
{
    return method->version == 2;
}

bool check_is_of_version_3(const cmrp_method *method)
{
    return method->version == 3;
}

bool check_lists_status(const cmrp_method *method, uint32_t status)
{
    for (unsigned i = 0; i < method->status_count; i++) {
        if (method->statuses[i] == status)
            return true;
    }
    return false;
}

bool check_number(const cmrp_case *c, int param, uint64_t *number)
{
    if (param == CMRP_NO_SIBLING || !c->pdu->values[param].present)
        return false;
    *number = c->pdu->values[param].number;
    return true;
}

bool check_request_number(const cmrp_case *c, int param, uint64_t *number)
{
    if (param == CMRP_NO_SIBLING || c->call->extra == NULL || c->call->extra->numbers == NULL)
        return false;
    *number = c->call->extra->numbers[param];
    return true;
}

uint16_t check_unit(const cmrp_case *c, int param, uint32_t index)
{
    const cmrp_value *value = &c->pdu->values[param];
    const uint8_t *unit = c->pdu->data + value->offset + 2 * (size_t)index;

    if (index >= value->length / 2)
        return 0;
    return c->pdu->big_endian ? pntohu16(unit) : pletohu16(unit);
}

bool check_succeeded(const cmrp_case *c)
{
    return c->has_status && c->status == CMRP_ERROR_SUCCESS;
}

bool check_handle_is_null(const cmrp_case *c, int param)
{
    return handle_is_null(c->pdu->data + c->pdu->values[param].offset);
}

cmrp_verdict check_broken(cmrp_case *c, int param, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    c->detail = wmem_strdup_vprintf(c->context->pinfo->pool, format, arguments);
    va_end(arguments);
    c->param = param;
    return CMRP_BROKEN;
}

void check_leave(cmrp_case *c, uint32_t number)
{
    call_leave(c->context->call, c->rule, number);
}

bool check_left(const cmrp_case *c, uint32_t *number)
{
    return call_left(c->call, c->rule, number);
}

bool check_is_certain(const cmrp_life *life)
{
    return life->opened_in != 0 && loss_none_since(life->association, life->opened_in);
}

bool check_is_dead(const cmrp_case *c, const cmrp_life *life)
{
    /* One that was never seen to begin may be one of two that had the same bytes. */
    if (life->opened_in == 0 && life->association != c->context->association)
        return false;
    /* In what was missed the server may have issued the same bytes again. */
    return life->closed_in != 0 && life->end == CMRP_CLOSED && life->closed_in < c->request_frame &&
           loss_none_since(life->association, life->closed_in);
}

bool check_is_foreign(const cmrp_case *c, const cmrp_life *life)
{
    const cmrp_association *mine = c->context->association;

    /* The bytes may have been given out again, on a connection that nobody saw, or in what was missed. Of an older
     * association nobody knows when it ended. */
    if ((handles_ended_in(life) != 0 || life->association->older) &&
        (mine->older || !loss_none_in(mine)))
        return false;
    /* Activities of one client share its address space, a connection without a bind may be of any
     * association, and a client may have several addresses. */
    return life->opened_in != 0 && life->association->kind == CMRP_BY_GROUP &&
           mine->kind == CMRP_BY_GROUP && !association_may_be(life->association, mine);
}

bool check_sees_every_request(const cmrp_case *c)
{
    const cmrp_association *association = c->context->association;

    return association->kind == CMRP_BY_GROUP && association->connections == 1 &&
           loss_none_in(association);
}

/** True if every answer of the association up to now was seen. */
static bool sees_every_answer(const cmrp_case *c)
{
    const cmrp_association *association = c->context->association;

    /* The answer that brings a handle may stand behind its use, if the capture mixed them up. */
    return association->kind == CMRP_BY_GROUP && !association->shared &&
           !association->server->strangers && !unbound_serves(&association->server->end) &&
           association->run_down_in == 0 && loss_none_in(association) &&
           loss_is_noticed(c->context->connection) && !in_flight_opens(c->context->connection);
}

bool check_is_never_obtained(const cmrp_case *c, const cmrp_life *life)
{
    const cmrp_association *mine = c->context->association;

    if (life->opened_in != 0 ||
        (life->accepted_in != 0 && life->accepted_in < c->context->pinfo->num))
        return false;
    if (life->association != mine && association_may_be(life->association, mine))
        return false;
    return sees_every_answer(c);
}

bool check_is_alive(const cmrp_case *c, const cmrp_life *life)
{
    /* It may have been closed in what was missed, or run down. */
    return life->opened_in < c->request_frame && life->association == c->context->association &&
           handles_ended_in(life) == 0 && life->opened_in > life->association->run_down_in &&
           check_is_certain(life);
}

bool check_may_be_invalid(const cmrp_case *c, unsigned place)
{
    const bool closes = c->method->request[CMRP_ROLE_HANDLE_CLOSED] != CMRP_NO_SIBLING;

    /* It may be closed on a connection of an older association that nobody saw. */
    return (c->in[place]->closing && !closes) || c->in[place]->association->older ||
           handles_may_be_deleted(c->in[place]);
}

bool check_takes_port(const cmrp_method *method)
{
    return method->handle_params[0] != CMRP_NO_SIBLING && method->port_version != 0;
}

cmrp_verdict check_port_version(const cmrp_case *c)
{
    const cmrp_life *port = c->in[0];

    if (port == NULL || c->verdicts[0] != CMRP_FIT || port->type != CMRP_HNOTIFY)
        return CMRP_UNDECIDED;
    return port->port_version == c->method->port_version ? CMRP_KEPT : CMRP_BROKEN;
}
