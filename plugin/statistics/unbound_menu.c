/* unbound_menu.c
 * How does one have connections read in Wireshark whose bind the capture does not hold?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/unbound_menu.h"

#include "rpc/named.h"
#include "rpc/unbound.h"

/* ---------------------------------------------------------------- what the preference becomes */

/** Adds a connection, unless it is there. */
static void add(GString *value, const cmrp_unbound *unbound)
{
    const cmrp_link link = unbound_link(unbound);
    char text[LINK_TEXT];

    link_write(&link, text);
    if (!unbound->pipe && strstr(value->str, text) == NULL)
        g_string_append_printf(value, "%s%s", value->len ? " " : "", text);
}

/** Saves the preference if it became longer. */
static void save(GString *value)
{
    if (strcmp(value->str, named_connections) != 0)
        plugin_if_save_preference("cmrp", "unbound", value->str);
    g_string_free(value, TRUE);
}

/* ---------------------------------------------------------------- entries */

static void read_known(ext_menubar_gui_type gui _U_, gpointer window _U_, gpointer unused _U_)
{
    GString *value = g_string_new(named_connections);

    for (const cmrp_unbound *u = unbound_first(); u; u = u->next) {
        if (unbound_service(u) == CMRP_UNBOUND_OURS)
            add(value, u);
    }
    save(value);
}

static void *number_of(frame_data *frame, void *unused _U_)
{
    return GUINT_TO_POINTER(frame->num);
}

static void read_selected(ext_menubar_gui_type gui _U_, gpointer window _U_, gpointer unused _U_)
{
    const uint32_t frame = GPOINTER_TO_UINT(plugin_if_get_frame_data(number_of, NULL));
    GString *value = g_string_new(named_connections);

    for (const cmrp_unbound_call *call = unbound_calls(frame); call; call = call->next)
        add(value, call->of);
    save(value);
}

void unbound_menu_add(ext_menu_t *menu)
{
    ext_menubar_add_entry(
        menu, "Read Selected Connection as ClusAPI",
        "The connection of the selected packet, if its bind is not in the capture", read_selected,
        NULL);
    ext_menubar_add_entry(
        menu, "Read Older Connections as ClusAPI",
        "All connections without their bind whose server speaks ClusAPI on other ones", read_known,
        NULL);
}
