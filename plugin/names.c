/* names.c
 * What is an object called, in text that may be shown anywhere?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "names.h"

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

const char *names_of_value(const cmrp_moment *moment, const cmrp_value *value)
{
    const cmrp_pdu *pdu = moment->pdu;
    const unsigned order = pdu->big_endian ? ENC_BIG_ENDIAN : ENC_LITTLE_ENDIAN;
    const uint32_t bytes = MIN(value->length, 2 * CMRP_MAX_NAME);
    wmem_allocator_t *pool = moment->pinfo->pool;
    const char *text;

    if (!value->present || bytes == 0)
        return "";
    text = plain_text(pool, pdu->data + value->offset, bytes, pdu->big_endian);
    if (text)
        return text;
    return names_printable(pool,
                           (const char *)tvb_get_string_enc(pool, pdu->tvb, (int)value->offset,
                                                            (int)bytes, ENC_UTF_16 | order));
}

const char *names_of_string(const cmrp_moment *moment, unsigned index)
{
    return names_of_value(moment, &moment->pdu->values[index]);
}

/** Path of a key below the key that the request carried. The root key of the cluster is "\". */
static const char *key_path(const cmrp_moment *m)
{
    const cmrp_life *parent = handles_by_id(m->call->in[0]);
    const char *below = m->call->name;
    const char *path;

    if (below == NULL)
        return handles_keep_name("\\");
    if (parent == NULL || parent->name == NULL || parent->type != CMRP_HKEY)
        return below;
    path = wmem_strconcat(m->pinfo->pool, parent->name,
                          g_str_has_suffix(parent->name, "\\") ? "" : "\\", below, NULL);
    if (strlen(path) > CMRP_MAX_NAME)
        return below;
    return handles_keep_name(path);
}

const char *names_of_opened(const cmrp_moment *moment, cmrp_handle_type type)
{
    const cmrp_life *of;

    switch (type) {
    case CMRP_HKEY:
        return key_path(moment);
    case CMRP_HNOTIFY:
        return handles_keep_name(wmem_strdup_printf(moment->pinfo->pool, "port %u", ++port_count));
    case CMRP_HBATCH_PORT:
        of = handles_by_id(moment->call->in[0]);
        return of && of->type == CMRP_HKEY ? of->name : NULL;
    default:
        return moment->call->name;
    }
}
