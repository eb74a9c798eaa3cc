/* status_show.c
 * What does a status say in words?
 *
 *   Return value: ERROR_HOST_NODE_NOT_GROUP_OWNER (5016), HRESULT 0x80071398: another node owns the group, or this one may not
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "show/status_show.h"

#include "base/referenced.h"
#include "cmrp_constants.h"
#include "interface/fields.h"
#include "interface/status_names.h"
#include "state/call.h"

/** PowerShell prints no status, but the HRESULT of it: this, and the status, if that has no more than 16 bits. */
#define HRESULT_OF_WIN32 0x80070000U

void status_show_words(proto_item *item, uint32_t status)
{
    const char *text;

    /* Wireshark formats a line that is appended to: only where somebody reads it. */
    if (item == NULL || !PTREE_DATA(item)->visible || status == CMRP_ERROR_SUCCESS ||
        status > UINT16_MAX)
        return;
    text = status_text(status);
    proto_item_append_text(item, ", HRESULT 0x%08x%s%s", HRESULT_OF_WIN32 | status,
                           text ? ": " : "", text ? text : "");
}

void status_show_name(proto_tree *tree, tvbuff_t *tvb, const char *(*name_of)(uint32_t),
                      uint32_t status)
{
    static int *const fields[] = { &hf_cmrp_status_name };
    static cmrp_referenced wanted = { fields, G_N_ELEMENTS(fields), NULL };
    const char *name = referenced_in_list(tree, &wanted) ? name_of(status) : NULL;

    if (name)
        proto_item_set_hidden(proto_tree_add_string(tree, hf_cmrp_status_name, tvb, 0, 0, name));
}

void status_show(const cmrp_context *context, proto_tree *tree)
{
    const cmrp_pdu *pdu = context->pdu;
    uint32_t status;

    if (tree == NULL || !pdu->response || !call_status(pdu, &status))
        return;
    status_show_words(pdu->values[pdu->method->status_param].item, status);
    status_show_name(tree, pdu->tvb, status_name, status);
}
