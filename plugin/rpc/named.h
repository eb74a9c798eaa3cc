/* named.h
 * Which connections did the user name, whose bind the capture does not hold?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NAMED_H
#define CMRP_NAMED_H

#include "rpc/link.h"

/** The preference: connections as link_read() reads them, with spaces between them. */
extern const char *named_connections;

/**
 * Takes up what the preference says. To be called when a capture file is closed or opened, by a function that was registered
 * behind dcerpc's: then the calls of these connections are handed to the plugin from the first frame on.
 */
void named_take_up(void);

/** True if the user named any. */
bool named_any(void);

/** Is told of a context that was named. */
typedef void named_tell(const cmrp_link *link, void *data);

/** Calls `tell` for each context that was named of a conversation, which is one without named pipes. */
void named_of(const conversation_t *conversation, const packet_info *pinfo, named_tell *tell,
              void *data);

#endif
