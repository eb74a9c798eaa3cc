/* link.h
 * How is a connection written, so that a user can name it?
 *
 * As CLIENT-SERVER/CONTEXT or CLIENT-SERVER/CONTEXT/VERSION. Both ends are ADDRESS:PORT, an address of IPv6 stands in
 * brackets: 192.0.2.1:50000-192.0.2.7:49200/0, [2001:db8::1]:50000-[2001:db8::7]:49200/0/2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_LINK_H
#define CMRP_LINK_H

#include "base/wireshark_compat.h"

/** An end of a TCP connection. */
typedef struct {
    address addr;
    uint16_t port;
} cmrp_end;

/** A presentation context of a connection. */
typedef struct {
    cmrp_end client;
    cmrp_end server;
    uint16_t context;
    uint8_t version; /**< of the interface in it: 2 or 3 */
} cmrp_link;

/** For tables of ends. */
unsigned link_end_hash(const void *end);
gboolean link_end_equal(const void *a, const void *b);

/** The connection of a frame, context and version left 0. `response` tells which end is the server. The addresses are the
 * frame's. */
cmrp_link link_of_frame(const packet_info *pinfo, bool response);

/** Room for an end as text. */
#define LINK_END_TEXT 56

/** Room for a connection as text. */
#define LINK_TEXT (2 * LINK_END_TEXT + 16)

/** Writes "192.0.2.7:49200". */
void link_write_end(const cmrp_end *end, char text[LINK_END_TEXT]);

/** Writes a connection as link_read() reads it. The version is left out if it is 3. */
void link_write(const cmrp_link *link, char text[LINK_TEXT]);

/**
 * Reads a connection; without a version it is 3. False if the text is none. The addresses are the caller's then: to be
 * freed by link_free().
 */
bool link_read(const char *text, cmrp_link *link);

void link_free(cmrp_link *link);

#endif
