/* service.c
 * Did a server say that it is paused while it carried out what needs its state read/write (3.1.1)?
 *
 * Model. An association remembers the last change that its server carried out for it; the server the last call that it
 * refused with ERROR_SHARING_PAUSED. The next change for the same association shows that the server was there all the
 * time: its handles would not have outlived a restart, nor a cluster's address that went to another node.
 *
 * Cost: two moments for each association and each server.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/service.h"

#include "base/bounds.h"
#include "base/frame_order.h"
#include "cmrp_constants.h"

/** What brings resources online or moves them says by the same status that a node is paused: of what changes
 * something, only what makes something speaks of the server for certain. Resources have statuses of their own. */
static bool speaks_of_server(const cmrp_method *method)
{
    return method->control_code == CMRP_NO_SIBLING &&
           (!method->needs_read_write ||
            method->response[CMRP_ROLE_HANDLE_OPENED] != CMRP_NO_SIBLING);
}

static void note_pause(const cmrp_context *ctx)
{
    cmrp_server *server = ctx->association->server;

    server->pause_asked_in = ctx->request_frame;
    server->paused_in = ctx->pinfo->num;
}

/** True if the server carried out a change before somebody asked what it refused, and another one asked behind that. */
static bool is_between(const cmrp_context *ctx)
{
    const cmrp_association *mine = ctx->association;
    if (mine->changed_in == 0 || mine->ended_in != 0 ||
        mine->changed_in >= mine->server->pause_asked_in ||
        mine->server->paused_in >= ctx->request_frame ||
        !frame_order_is_kept_since(mine->changed_in))
        return false;
    return frame_order_seconds_since(ctx->pinfo, &mine->changed_at) <= CMRP_STEADY;
}

static void note_change(const cmrp_context *ctx)
{
    cmrp_association *mine = ctx->association;
    cmrp_server *server = mine->server;

    if (is_between(ctx)) {
        call_extra(ctx->call)->pause = (cmrp_pause){ mine->changed_in, server->paused_in };
        /* It is said once. */
        server->pause_asked_in = server->paused_in = 0;
    }
    mine->changed_in = ctx->pinfo->num;
    mine->changed_at = ctx->pinfo->abs_ts;
}

void service_learn(const cmrp_context *context)
{
    const cmrp_method *method = context->pdu->method;
    uint32_t status;

    if (!context->pdu->response || context->request_frame == 0 ||
        context->association->kind == CMRP_BY_CONVERSATION || !call_status(context->pdu, &status))
        return;
    if (status == CMRP_ERROR_SUCCESS && method->needs_read_write)
        note_change(context);
    else if (status == CMRP_ERROR_SHARING_PAUSED && speaks_of_server(method))
        note_pause(context);
}
