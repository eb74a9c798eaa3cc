/* port.c
 * What is kept of a notification port (3.1.1.8), and which of its calls wait?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/port.h"

#include "base/bounds.h"
#include "base/frame_order.h"
#include "rpc/loss.h"

static wmem_map_t *ports; /* by id of the life */

void ports_reset(void)
{
    ports = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
}

const cmrp_port *port_find(const cmrp_life *life)
{
    return (const cmrp_port *)wmem_map_lookup(ports, GUINT_TO_POINTER(life->id));
}

cmrp_port *port_of(uint32_t life_id)
{
    const cmrp_life *life = handles_by_id(life_id);
    cmrp_port *port;

    if (life == NULL || life->type != CMRP_HNOTIFY)
        return NULL;
    port = (cmrp_port *)wmem_map_lookup(ports, GUINT_TO_POINTER(life_id));
    if (port)
        return port;
    port = wmem_new0(wmem_file_scope(), cmrp_port);
    port->life = life;
    wmem_map_insert(ports, GUINT_TO_POINTER(life_id), port);
    return port;
}

bool port_sees_all(const cmrp_port *port)
{
    const cmrp_association *association = port->life->association;

    /* Of older associations, and of those that are not known, there may be calls that nobody saw. */
    return port->life->opened_in != 0 && association->kind != CMRP_BY_CONVERSATION &&
           !association->older && loss_none_since(association, port->life->opened_in) &&
           frame_order_is_kept_since(port->life->opened_in);
}

/* ---------------------------------------------------------------- calls that wait */

void port_start_waiting(cmrp_port_call *call)
{
    cmrp_port *port = call->port;

    call->next = port->waiting;
    if (port->waiting)
        port->waiting->previous = call;
    port->waiting = call;
    call->waiting = true;
    port->gets++;
}

void port_stop_waiting(cmrp_port_call *call)
{
    /* Of a response in fragments dcerpc knows the first before the plugin is handed the whole. */
    if (!call->waiting)
        return;
    call->waiting = false;
    if (call->next)
        call->next->previous = call->previous;
    if (call->previous)
        call->previous->next = call->next;
    else
        call->port->waiting = call->next;
    call->next = call->previous = NULL;
}

/** A fault ends a call as well, but the plugin is not shown faults: dcerpc remembers their frame. */
static bool was_answered(const cmrp_port_call *call, uint32_t frame)
{
    return call->call_data->rep_frame != 0 && call->call_data->rep_frame < frame;
}

void port_forget_faults(cmrp_port *port, uint32_t frame)
{
    cmrp_port_call *call = port->waiting;

    for (unsigned steps = 0; call && steps < CMRP_MAX_PORT_SEARCH; steps++) {
        cmrp_port_call *next = call->next;

        if (was_answered(call, frame))
            port_stop_waiting(call);
        call = next;
    }
}

const cmrp_port_call *port_waiting(const cmrp_port *port, const cmrp_context *context,
                                   bool *certain)
{
    const cmrp_port_call *call = port->waiting;
    unsigned steps = 0;

    for (; call && steps < CMRP_MAX_PORT_SEARCH; call = call->next, steps++) {
        if (call->frame < context->pinfo->num && !was_answered(call, context->pinfo->num))
            break;
    }
    *certain = steps < CMRP_MAX_PORT_SEARCH;
    return *certain ? call : NULL;
}

void port_end_waits(const cmrp_port_call *stop, const cmrp_context *context, bool close)
{
    cmrp_port_call *call = stop->port->waiting;

    for (unsigned steps = 0; call && steps < CMRP_MAX_PORT_SEARCH; call = call->next, steps++) {
        if (call->frame >= stop->frame || call->ended_by != 0)
            continue;
        call->ended_by = context->pinfo->num;
        call->ended_by_close = close;
        call->ended_time = context->pinfo->abs_ts;
    }
}
