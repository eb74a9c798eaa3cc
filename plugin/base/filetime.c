/* filetime.c
 * How does a FILETIME of Windows get into the tree?
 *
 * Wireshark asks the C library for the date, and that of Windows knows none before 1970 and after 3000. Servers do send
 * such times: 0 says that there is none. So their text is made here, on all systems, as Wireshark makes the others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/filetime.h"

#include <wsutil/nstime.h>

#define TICKS_OF_SECOND UINT64_C(10000000)
#define TICKS_OF_DAY (86400 * TICKS_OF_SECOND)

/** GDate counts days from the first of the year 1; this is the first of 1601. */
#define FIRST_DAY 584389

/** The last second of the year 3000, since 1970. */
#define LAST_KNOWN INT64_C(32535215999)

static const char *date_text(wmem_allocator_t *pool, uint64_t filetime)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    const uint64_t of_day = filetime % TICKS_OF_DAY;
    const unsigned second = (unsigned)(of_day / TICKS_OF_SECOND);
    GDate date;

    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)(FIRST_DAY + filetime / TICKS_OF_DAY));
    return wmem_strdup_printf(pool, "%s %2u, %u %02u:%02u:%02u.%07u00 UTC",
                              months[g_date_get_month(&date) - 1], g_date_get_day(&date),
                              g_date_get_year(&date), second / 3600, second / 60 % 60, second % 60,
                              (unsigned)(of_day % TICKS_OF_SECOND));
}

proto_item *filetime_add(proto_tree *tree, int hf, tvbuff_t *tvb, int offset, uint64_t filetime)
{
    nstime_t when = NSTIME_INIT_ZERO;

    if (!filetime_to_nstime(&when, filetime))
        nstime_set_zero(&when);
    if (tree == NULL || (when.secs >= 0 && when.secs <= LAST_KNOWN))
        return proto_tree_add_time(tree, hf, tvb, offset, 8, &when);
    return proto_tree_add_time_format_value(tree, hf, tvb, offset, 8, &when, "%s",
                                            date_text(PTREE_DATA(tree)->pinfo->pool, filetime));
}
