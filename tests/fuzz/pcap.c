/* pcap.c
 * Which capture do a fuzzer's inputs stand for? Writes it as a file that tshark reads.
 *
 *     fuzz_pcap INPUT… >CAPTURE
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "play.h"

#define MAGIC 0xa1b2c3d4 /* of captures with microseconds */
#define SNAPLEN 262144
#define ETHERNET 1

/** In place of a session of libwireshark: frames are written down. */
struct session {
    unsigned inputs;
    uint64_t time;
};

unsigned session_inputs(const session *s)
{
    return s->inputs;
}

uint64_t session_time(const session *s)
{
    return s->time;
}

void session_begin(session *s, unsigned options)
{
    (void)options;
    s->inputs++;
}

void session_end(session *s)
{
    (void)s;
}

static void put(uint32_t number)
{
    fwrite(&number, sizeof(number), 1, stdout);
}

void session_add(session *s, const uint8_t *bytes, size_t captured, size_t length, uint64_t time)
{
    s->time = MAX(s->time, time);
    put((uint32_t)(time / 1000000));
    put((uint32_t)(time % 1000000));
    put((uint32_t)captured);
    put((uint32_t)length);
    fwrite(bytes, 1, captured, stdout);
}

static void put_header(void)
{
    put(MAGIC);
    put(2 | 4 << 16); /* version 2.4 */
    put(0);
    put(0);
    put(SNAPLEN);
    put(ETHERNET);
}

int main(int argc, char **argv)
{
    session s = { 0 };
    char *input;
    gsize size;

    put_header();
    for (int i = 1; i < argc && g_file_get_contents(argv[i], &input, &size, NULL); i++) {
        if (size > 0)
            play(&s, (const uint8_t *)input, size);
        g_free(input);
    }
    if (s.inputs + 1U == (unsigned)argc && argc > 1 && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    fputs("Usage: fuzz_pcap INPUT… >CAPTURE\n", stderr);
    return EXIT_FAILURE;
}
