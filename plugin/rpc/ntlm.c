/* ntlm.c
 * Who authenticates with a message of NTLM?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/ntlm.h"

#include "base/bounds.h"

#include <epan/charsets.h>

/* Where what stands in the message (MS-NLMP 2.2.1.3): names are given by length and place. */
#define DOMAIN 28
#define USER 36
#define FLAGS 60
#define HEADER 64
#define UNICODE 0x01

/** One of its names; "" if it is empty or not in the message. */
static const char *read_name(wmem_allocator_t *pool, const uint8_t *message, uint32_t length,
                             unsigned field)
{
    const uint32_t size = MIN(pletohu16(message + field), CMRP_MAX_NAME);
    const uint32_t at = pletohu32(message + field + 4);

    if (at > length || length - at < size)
        return "";
    if (message[FLAGS] & UNICODE)
        return (const char *)get_utf_16_string(pool, message + at, (int)(size & ~1U),
                                               ENC_LITTLE_ENDIAN);
    return wmem_strndup(pool, (const char *)message + at, size);
}

const char *ntlm_read_user(wmem_allocator_t *pool, const uint8_t *token, uint32_t length)
{
    /* The signature, and the type of the message. */
    static const uint8_t head[] = { 'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 3, 0, 0, 0 };
    const uint8_t *message = (const uint8_t *)ws_memmem(token, length, head, sizeof(head));
    const char *domain, *user;
    uint32_t left;

    left = message ? length - (uint32_t)(message - token) : 0;
    if (left < HEADER)
        return NULL;
    domain = read_name(pool, message, left, DOMAIN);
    user = read_name(pool, message, left, USER);
    return *domain ? wmem_strconcat(pool, domain, "\\", user, NULL) : user;
}
