/* stat_unbound.c
 * Which connections does the capture hold without their bind? The list "cmrp,unbound", for tshark -q -z cmrp,unbound.
 *
 * A heading, then a line for each presentation context, with a tab between the columns: the connection as the
 * preference cmrp.unbound takes it; its service: "clusapi" if its server spoke ClusAPI there, "other" if it is
 * another one, "unknown"; requests, how many of these are sealed, responses. Connections that the preference names are
 * not among them. It is written when the capture was read, as what comes later tells of what came before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/wireshark_compat.h"
#include "rpc/unbound.h"
#include "statistics/statistics.h"

#include <stdio.h>

#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

static void print_unbound(const cmrp_unbound *u)
{
    const cmrp_link link = unbound_link(u);
    char text[LINK_TEXT];

    link_write(&link, text);
    printf("%s%s\t%s\t%u\t%u\t%u\n", text, u->pipe ? "/pipe" : "", unbound_service_name(u),
           u->requests, u->sealed, u->responses);
}

static void print_all(void *data _U_)
{
    printf("Connections without their bind\n");
    for (const cmrp_unbound *u = unbound_first(); u; u = u->next)
        print_unbound(u);
}

static cmrp_stat_started start(const char *argument _U_, void *data _U_)
{
    static int listener;
    GString *error = register_tap_listener("cmrp", &listener, NULL, TL_REQUIRES_NOTHING, NULL, NULL,
                                           print_all, NULL);

    if (error) {
        ws_warning("cmrp,unbound: %s", error->str);
        g_string_free(error, TRUE);
    }
    /* A value in some releases of Wireshark, nothing in others. */
    return CMRP_STAT_STARTED; /* NOLINT(readability-redundant-control-flow) */
}

void stat_unbound_register(void)
{
    static stat_tap_ui ui = { REGISTER_STAT_GROUP_GENERIC,
                              "ClusAPI Connections Without Bind",
                              "cmrp,unbound",
                              start,
                              0,
                              NULL };

    register_stat_tap_ui(&ui, NULL);
}
