/* way.c
 * How does a PDU of a connection travel?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/way.h"

#include "cmrp_constants.h"

/** Which version it is, the bind would tell. */
static unsigned version_of(const cmrp_context *context)
{
    return context->guessed ? 0 : context->pdu->method->version;
}

static bool sets_password(const cmrp_method *method)
{
    return method->opnum == CMRP_OP_ApiSetServiceAccountPassword;
}

cmrp_way way_of_pdu(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    cmrp_way way = { .pinfo = context->pinfo,
                     .version = (uint16_t)version_of(context),
                     .sets_password = sets_password(pdu->method),
                     .big_endian = pdu->big_endian };

    way.auth_known = context->auth != NULL;
    if (way.auth_known)
        way.auth = *context->auth;
    return way;
}

cmrp_way way_of_bind(const cmrp_context *context, const cmrp_bind *bind)
{
    return (cmrp_way){ .pinfo = context->pinfo,
                       .bind = bind,
                       .version = bind->major,
                       .auth_known = bind->protected,
                       .auth = { .auth_type = bind->auth_type, .auth_level = bind->auth_level } };
}

uint32_t way_key(const cmrp_context *context)
{
    const cmrp_auth none = { 0 };
    const cmrp_auth *auth = context->auth ? context->auth : &none;

    /* All requests of a connection come from one address by one transport. */
    return 1U << 31 | (uint32_t)sets_password(context->pdu->method) << 24 |
           version_of(context) << 20 | (uint32_t)(context->auth != NULL) << 17 |
           (uint32_t)context->pdu->big_endian << 16 | (uint32_t)auth->auth_type << 8 |
           auth->auth_level;
}

cmrp_verdict way_broken(cmrp_way *way, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    way->detail = wmem_strdup_vprintf(way->pinfo->pool, format, arguments);
    va_end(arguments);
    return CMRP_BROKEN;
}
