/* SPDX-License-Identifier: GPL-2.0-or-later
 * Do the sanitizers report anything at all? A plugin that breaks the rules when it is registered, in the way
 * that the environment variable CMRP_CANARY names.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <epan/packet.h>
#include <ws_version.h>

WS_DLL_PUBLIC_DEF const char plugin_version[] = "0";
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;
WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC uint32_t plugin_describe(void);

void plugin_register(void)
{
    const char *fault = getenv("CMRP_CANARY");

    if (fault && strcmp(fault, "heap") == 0) {
        volatile char *bytes = (char *)malloc(8);
        bytes[8] = 1;
        free((void *)bytes);
    } else if (fault && strcmp(fault, "signed") == 0) {
        volatile int largest = INT_MAX;
        largest = largest + 1;
    }
}

/* Asked for by Wireshark 4.2 and newer. */
uint32_t plugin_describe(void)
{
    return 1;
}
