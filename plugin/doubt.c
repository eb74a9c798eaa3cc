/* doubt.c
 * Is a stub what the sender wrote, or was it decrypted wrongly?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "doubt.h"

/** The attributes of a context handle are 0 (C706 appendix N). */
static bool is_handle(const cmrp_pdu *pdu, const cmrp_value *value)
{
    static const uint8_t none[4];

    return memcmp(pdu->data + value->offset, none, sizeof(none)) == 0;
}

static bool is_string(const cmrp_type *type)
{
    while (type->kind == CMRP_POINTER)
        type = type->of;
    return type->kind == CMRP_STRING;
}

bool doubt_is_plausible(const cmrp_pdu *pdu, uint32_t length)
{
    bool marked = length == 0;

    if (!pdu_whole(pdu) || pdu->breach_count > 0 || pdu->end < length)
        return false;
    for (unsigned i = 0; i < pdu->method->param_count; i++) {
        const cmrp_value *value = &pdu->values[i];

        if (!value->present)
            continue;
        switch (pdu->method->params[i].role) {
        case CMRP_ROLE_HANDLE_USED:
        case CMRP_ROLE_HANDLE_OPENED:
        case CMRP_ROLE_HANDLE_CLOSED:
            if (!is_handle(pdu, value))
                return false;
            marked = true;
            break;
        case CMRP_ROLE_STATUS:
            if (value->number > 0xffff)
                return false;
            marked = true;
            break;
        default:
            marked |= is_string(pdu->method->params[i].type);
            break;
        }
    }
    /* Where there are only numbers, any bytes read as well as the right ones. */
    return marked;
}
