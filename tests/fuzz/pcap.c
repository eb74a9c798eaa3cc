/* pcap.c
 * Which capture does a fuzzer's input stand for? Writes it as a file that tshark reads.
 *
 *     fuzz_pcap INPUT >CAPTURE
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "host.h"
#include "script.h"

#define MAGIC 0xa1b2c3d4 /* of captures with microseconds */
#define SNAPLEN 262144
#define ETHERNET 1

static void put(uint32_t number)
{
    fwrite(&number, sizeof(number), 1, stdout);
}

bool host_add(host_capture *capture, const uint8_t *bytes, size_t captured, size_t length,
              uint64_t time)
{
    (void)capture;
    put((uint32_t)(time / 1000000));
    put((uint32_t)(time % 1000000));
    put((uint32_t)captured);
    put((uint32_t)length);
    fwrite(bytes, 1, captured, stdout);
    return true;
}

int main(int argc, char **argv)
{
    char *input;
    gsize size;

    if (argc != 2 || !g_file_get_contents(argv[1], &input, &size, NULL)) {
        fputs("Usage: fuzz_pcap INPUT >CAPTURE\n", stderr);
        return EXIT_FAILURE;
    }
    put(MAGIC);
    put(2 | 4 << 16); /* version 2.4 */
    put(0);
    put(0);
    put(SNAPLEN);
    put(ETHERNET);
    if (size > 0)
        script_play((const uint8_t *)input + 1, size - 1, NULL);
    g_free(input);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
