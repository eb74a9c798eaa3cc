/* pdu_text.c
 * What is an object called, in text that may be shown anywhere?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ndr/pdu_text.h"

#include <epan/strutil.h>

static uint32_t port_count;

void names_reset(void)
{
    port_count = 0;
}

static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || (unsigned char)*text > '~')
            return false;
    }
    return true;
}

const char *names_printable(wmem_allocator_t *pool, const char *text)
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
static const char *text_at(const cmrp_moment *m, uint32_t offset, uint32_t bytes, bool big_endian)
{
    wmem_allocator_t *pool = m->pinfo->pool;
    const char *text;

    bytes = MIN(bytes, 2 * CMRP_MAX_NAME);
    if (bytes == 0)
        return "";
    text = plain_text(pool, m->pdu->data + offset, bytes, big_endian);
    if (text)
        return text;
    return names_printable(pool,
                           (const char *)tvb_get_string_enc(
                               pool, m->pdu->tvb, (int)offset, (int)bytes,
                               ENC_UTF_16 | (big_endian ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN)));
}

const char *names_of_value(const cmrp_moment *moment, const cmrp_value *value)
{
    if (!value->present)
        return "";
    return text_at(moment, value->offset, value->length, moment->pdu->big_endian);
}

const char *names_in_buffer(const cmrp_moment *moment, const cmrp_value *value)
{
    const uint8_t *units = moment->pdu->data + value->offset;
    uint32_t bytes = 0;

    if (!value->present)
        return "";
    while (bytes + 1 < value->length && (units[bytes] != 0 || units[bytes + 1] != 0))
        bytes += 2;
    return text_at(moment, value->offset, bytes, false);
}

const char *names_of_string(const cmrp_moment *moment, unsigned index)
{
    return names_of_value(moment, &moment->pdu->values[index]);
}

/** Path of a key below the key that the request carried. The root key of the cluster is "\". */
static const cmrp_text *key_path(const cmrp_moment *m)
{
    const cmrp_life *parent = handles_by_id(m->call->in[0]);
    const cmrp_text *below = m->call->name;
    const char *path;

    if (below == NULL)
        return text_keep("\\");
    if (parent == NULL || parent->name == NULL || parent->type != CMRP_HKEY)
        return below;
    path =
        wmem_strconcat(m->pinfo->pool, parent->name->utf8,
                       g_str_has_suffix(parent->name->utf8, "\\") ? "" : "\\", below->utf8, NULL);
    if (strlen(path) > CMRP_MAX_NAME)
        return below;
    return text_keep(path);
}

const cmrp_text *names_of_opened(const cmrp_moment *moment, cmrp_handle_type type)
{
    const cmrp_life *of;

    switch (type) {
    case CMRP_HKEY:
        return key_path(moment);
    case CMRP_HNOTIFY:
        return text_keep(wmem_strdup_printf(moment->pinfo->pool, "port %u", ++port_count));
    case CMRP_HBATCH_PORT:
        of = handles_by_id(moment->call->in[0]);
        return of && of->type == CMRP_HKEY ? of->name : NULL;
    default:
        return moment->call->name;
    }
}
