/* journal.c
 * Which inputs did a capture hold when the fuzzer ended?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
/* For ftruncate(). */
#define _GNU_SOURCE

#include "journal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <glib.h>

#define ROOM (8U << 20)

static uint8_t *room; /* NULL: nothing is kept */
static size_t used;

void journal_start(void)
{
    const char *path = g_getenv("CMRP_FUZZ_JOURNAL");
    const int file = path ? open(path, O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;

    if (path == NULL)
        return;
    if (file < 0 || ftruncate(file, ROOM) != 0 ||
        (room = (uint8_t *)mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)) ==
            MAP_FAILED)
        g_error("The journal %s cannot be written.", path);
    close(file);
}

void journal_begin(void)
{
    used = 0;
}

void journal_add(const uint8_t *data, size_t size)
{
    const uint32_t length = (uint32_t)size, end = 0;

    if (room == NULL || size + 2 * sizeof(length) > ROOM - used)
        return;
    memcpy(room + used + sizeof(length), data, size);
    memcpy(room + used + sizeof(length) + size, &end, sizeof(end));
    memcpy(room + used, &length, sizeof(length));
    used += sizeof(length) + size;
}
