/* pdu_text.c
 * What is an object called, in text that may be shown anywhere?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/pdu_text.h"

#include <epan/strutil.h>

static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            return false;
    }
    return true;
}

const char *pdu_text_printable(wmem_allocator_t *pool, const char *text)
{
    return is_plain(text) ? text : format_text(pool, text, strlen(text));
}

/**
 * Most names are plain ASCII: copied as they are. NULL if a character is not, which takes Wireshark's
 * own conversion.
 */
static const char *plain_text(wmem_allocator_t *pool, const uint8_t *units, uint32_t bytes,
                              bool big_endian)
{
    char *text = (char *)wmem_alloc(pool, bytes / 2 + 1);
    uint32_t length = 0;

    for (uint32_t at = 0; at + 1 < bytes; at += 2) {
        const uint8_t low = units[at + big_endian];

        if (units[at + !big_endian] != 0 || low < ' ' || low > '~')
            return NULL;
        text[length++] = (char)low;
    }
    text[length] = '\0';
    return text;
}

/** A text of `bytes` bytes in the stub: printable, cut to CMRP_MAX_NAME characters. */
static const char *text_at(const cmrp_context *ctx, uint32_t offset, uint32_t bytes,
                           bool big_endian)
{
    wmem_allocator_t *pool = ctx->pinfo->pool;
    const char *text;

    bytes = MIN(bytes, 2 * CMRP_MAX_NAME);
    if (bytes == 0)
        return "";
    text = plain_text(pool, ctx->pdu->data + offset, bytes, big_endian);
    if (text)
        return text;
    return pdu_text_printable(pool,
                              (const char *)tvb_get_string_enc(
                                  pool, ctx->pdu->tvb, (int)offset, (int)bytes,
                                  ENC_UTF_16 | (big_endian ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN)));
}

const char *pdu_text_of_value(const cmrp_context *context, const cmrp_value *value)
{
    if (!value->present)
        return "";
    return text_at(context, value->offset, value->length, context->pdu->big_endian);
}

const char *pdu_text_in_buffer(const cmrp_context *context, const cmrp_value *value)
{
    const uint8_t *units = context->pdu->data + value->offset;
    uint32_t bytes = 0;

    if (!value->present)
        return "";
    while (bytes + 1 < value->length && (units[bytes] != 0 || units[bytes + 1] != 0))
        bytes += 2;
    return text_at(context, value->offset, bytes, false);
}

const char *pdu_text_of_string(const cmrp_context *context, unsigned index)
{
    return pdu_text_of_value(context, &context->pdu->values[index]);
}
