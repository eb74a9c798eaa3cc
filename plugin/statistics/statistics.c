/* statistics.c
 * Which statistics are there, and where does Wireshark show them?
 *
 * Wireshark's own menus cannot put a table into a submenu of Statistics: the title of a table is one
 * menu entry, slashes included. What can is the menu interface for plugins (plugin_if.h). Its entries
 * do here what "wireshark -z NAME" does. The group of the tables is one that has no menu, so that they
 * do not appear twice.
 *
 * The tree of calls is no part of that submenu. Only Wireshark's own menu entry opens the window of a
 * tree, "-z" does not, and the submenu that such an entry may ask for is never the plugin's. So its
 * entry stands in Statistics, right above the submenu.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/statistics.h"

#include "base/wireshark_compat.h"
#include "statistics/unbound_menu.h"

#include <epan/plugin_if.h>
#include <epan/stat_tap_ui.h>

static void open_statistics(ext_menubar_gui_type gui _U_, gpointer window _U_, gpointer name)
{
    if (process_stat_cmd_arg((const char *)name))
        start_requested_stats();
}

static void apply_filter(ext_menubar_gui_type gui _U_, gpointer window _U_, gpointer filter)
{
    plugin_if_apply_filter((const char *)filter, TRUE);
}

static void add_menu(int proto)
{
    ext_menu_t *menu =
        ext_menubar_set_parentmenu(ext_menubar_register_menu(proto, "ClusAPI", TRUE), "Statistics");

    ext_menubar_add_entry(menu, "Context Handles", "The life of every context handle",
                          open_statistics, (gpointer) "cmrp,handles");
    if (stat_tap_by_name("cmrp,notify"))
        ext_menubar_add_entry(menu, "Notification Ports",
                              "Notification ports, and what they were told", open_statistics,
                              (gpointer) "cmrp,notify");
    ext_menubar_add_entry(menu, "Findings", "The rules of MS-CMRP that were broken",
                          open_statistics, (gpointer) "cmrp,findings");
    ext_menubar_add_entry(menu, "Response Times", "How long each method took", open_statistics,
                          (gpointer) "cmrp,srt");
    ext_menubar_add_separator(menu);
    ext_menubar_add_entry(menu, "Show Packets with Findings",
                          "Apply the display filter cmrp.finding", apply_filter,
                          (gpointer) "cmrp.finding");
    ext_menubar_add_entry(menu, "Show Failed Calls",
                          "Apply the display filter cmrp.outcome in {\"failure\", \"fault\"}",
                          apply_filter, (gpointer) "cmrp.outcome in {\"failure\", \"fault\"}");
    ext_menubar_add_separator(menu);
    unbound_menu_add(menu);
}

void statistics_register(int proto)
{
    stat_handles_register();
    stat_findings_register();
    stat_notify_register();
    stat_rules_register();
    stat_unbound_register();
    stat_json_register();
    stat_tree_register();
    stat_srt_register(proto);
    flow_register(proto);
    add_menu(proto);
}
