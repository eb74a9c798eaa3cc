/* conversation.c
 * Can a conversation break the plugin? The fuzzer of whole captures, through libwireshark's DCE/RPC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "host.h"
#include "script.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    host_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    host_capture *capture;

    if (size == 0)
        return 0;
    capture = host_open(data[0]);
    script_play(data + 1, size - 1, capture);
    host_close(capture);
    return 0;
}
