/* way.c
 * How does a PDU of a connection travel?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/way.h"

#include "cmrp_constants.h"

cmrp_way way_of_pdu(const cmrp_context *context)
{
    const cmrp_pdu *pdu = context->pdu;
    cmrp_way way = { .pinfo = context->pinfo,
                     .version = pdu->method->version,
                     .sets_password = pdu->method->opnum == CMRP_OP_ApiSetServiceAccountPassword,
                     .big_endian = pdu->big_endian };

    /* Which version it is, the bind would tell. */
    if (context->guessed)
        way.version = 0;
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

uint32_t way_key(const cmrp_way *way)
{
    /* All requests of a connection come from one address by one transport. */
    return 1U << 31 | (uint32_t)way->sets_password << 24 | (uint32_t)way->version << 20 |
           (uint32_t)way->auth_known << 17 | (uint32_t)way->big_endian << 16 |
           (uint32_t)way->auth.auth_type << 8 | way->auth.auth_level;
}

cmrp_verdict way_broken(cmrp_way *way, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    way->detail = wmem_strdup_vprintf(way->pinfo->pool, format, arguments);
    va_end(arguments);
    return CMRP_BROKEN;
}
