/* notify_object.c
 * Which object of the cluster does a name mean?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify_object.h"

static wmem_map_t *numbers; /* by type and folded name */
static uint32_t count;

void objects_reset(void)
{
    /* Names come from the wire; wmem_str_hash has a secret seed. */
    numbers = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
    count = 0;
}

/** Copies plain ASCII in lower case. False if a character is not. */
static bool fold_ascii(char *to, const char *from)
{
    while (*from) {
        if ((unsigned char)*from >= 0x80)
            return false;
        *to++ = (char)(*from >= 'A' && *from <= 'Z' ? *from | 0x20 : *from);
        from++;
    }
    *to = '\0';
    return true;
}

/** The type as one character, then the name in a form that has no case. */
static char *make_key(wmem_allocator_t *pool, uint32_t object_type, const char *name)
{
    char *key = (char *)wmem_alloc(pool, strlen(name) + 2);
    char *folded, *other;

    /* A type that is none shares the last place. */
    key[0] = (char)('A' + MIN(object_type, 26));
    if (fold_ascii(key + 1, name))
        return key;
    folded = g_utf8_casefold(name, -1);
    other = wmem_strdup_printf(pool, "%c%s", key[0], folded);
    g_free(folded);
    return other;
}

uint32_t object_number(wmem_allocator_t *pool, uint32_t object_type, const char *name, bool make)
{
    const char *key = make_key(pool, object_type, name);
    uint32_t number = GPOINTER_TO_UINT(wmem_map_lookup(numbers, key));

    if (number == 0 && make) {
        number = ++count;
        wmem_map_insert(numbers, wmem_strdup(wmem_file_scope(), key), GUINT_TO_POINTER(number));
    }
    return number;
}
