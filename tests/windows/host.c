/* host.c
 * Does a DLL load, and does it register? For a Wireshark of which there is no tshark.exe here: stand-ins take the place of
 * its libraries (tools/windows-test).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

/** What a plugin hands to proto_register_plugin. */
typedef struct {
    void (*register_protoinfo)(void);
    void (*register_handoff)(void);
} plugin_functions;

static HMODULE plugin;

static void *need(HMODULE module, const char *name)
{
    void *found = (void *)GetProcAddress(module, name);

    if (found == NULL) {
        fprintf(stderr, "There is no %s.\n", name);
        exit(1);
    }
    return found;
}

static void check(const char *what, int found, int expected)
{
    if (found != expected) {
        fprintf(stderr, "%s is %d, not %d.\n", what, found, expected);
        exit(1);
    }
}

/** The table of interfaces, which hand-off looks into: empty. */
static void make_table(HMODULE wireshark)
{
    HMODULE glib = LoadLibraryA("glib-2.0-0.dll");
    void **table = need(wireshark, "dcerpc_uuids");

    *table = ((void *(*)(void *, void *))need(glib, "g_hash_table_new"))(NULL, NULL);
}

int main(int argc, char **argv)
{
    HMODULE wireshark = LoadLibraryA("libwireshark.dll");
    const plugin_functions *const *given;

    if (argc != 4 || wireshark == NULL)
        return 2;
    make_table(wireshark);
    plugin = LoadLibraryA(argv[1]);
    if (plugin == NULL) {
        fprintf(stderr, "%s does not load: error %lu.\n", argv[1], GetLastError());
        return 1;
    }
    printf("version %s\n", (const char *)need(plugin, "plugin_version"));
    check("plugin_want_major", *(int *)need(plugin, "plugin_want_major"), atoi(argv[2]));
    check("plugin_want_minor", *(int *)need(plugin, "plugin_want_minor"), atoi(argv[3]));
    check("plugin_describe()", ((uint32_t(*)(void))need(plugin, "plugin_describe"))(), 1);
    given = need(wireshark, "stand_in_plugin");
    ((void (*)(void))need(plugin, "plugin_register"))();
    if (*given == NULL) {
        fprintf(stderr, "plugin_register registers nothing.\n");
        return 1;
    }
    (*given)->register_protoinfo();
    printf("registered\n");
    (*given)->register_handoff();
    printf("handed off\n");
    return 0;
}
