/* host.h
 * How does a fuzzer make libwireshark read frames? A host program for libwireshark, without a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_HOST_H
#define CMRP_FUZZ_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <epan/epan.h>
#include <epan/epan_dissect.h>

/** What a user may have chosen. */
typedef enum {
    HOST_TREE_AT_ONCE = 1 << 0, /**< the first visit builds a tree that is shown */
    HOST_FILTERED = 1 << 1,     /**< the first visit builds one for a display filter */
    HOST_BACKWARDS = 1 << 2,    /**< the last frame is clicked first */
    HOST_STATISTICS = 1 << 3    /**< statistics are drawn; they are gathered in any case */
} host_options;

typedef struct host_capture host_capture;

/** Starts libwireshark with the plugin that is linked in. Once; ends the program if that fails. */
void host_start(void);

/** Opens a capture that has no frames yet. `options` are host_options. Only one may be open. */
host_capture *host_open(unsigned options);

/**
 * One more Ethernet frame of `length` bytes, of which `captured` are in the capture. Copied. `time` is
 * in microseconds. The frame is visited for the first time. False if the capture is full.
 */
bool host_add(host_capture *capture, const uint8_t *bytes, size_t captured, size_t length,
              uint64_t time);

/**
 * Shows a frame that is no part of the capture to the dissector of `encapsulation` (a WTAP_ENCAP_x),
 * with a tree or without one.
 */
void host_show(host_capture *capture, int encapsulation, const uint8_t *bytes, size_t length,
               bool tree);

/** Visits all frames again, shows them, and closes the capture. */
void host_close(host_capture *capture);

#endif
