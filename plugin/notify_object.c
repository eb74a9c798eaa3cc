/* notify_object.c
 * Which object of the cluster does a name mean?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify_object.h"

#include "names.h"

static wmem_map_t *numbers; /* by type and folded name */
static uint32_t count;

void notify_objects_reset(void)
{
    /* Names come from the wire; wmem_str_hash has a secret seed. */
    numbers = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
    count = 0;
}

uint32_t object_number(wmem_allocator_t *pool, uint32_t object_type, const char *name, bool make)
{
    /* A type that is none shares the last place. */
    const char *key = names_key(pool, (char)('A' + MIN(object_type, 26)), name);
    uint32_t number = GPOINTER_TO_UINT(wmem_map_lookup(numbers, key));

    if (number == 0 && make) {
        number = ++count;
        wmem_map_insert(numbers, wmem_strdup(wmem_file_scope(), key), GUINT_TO_POINTER(number));
    }
    return number;
}
