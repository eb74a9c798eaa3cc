/* way.h
 * How does a PDU of a connection travel? What is put before rules on connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_WAY_H
#define CMRP_WAY_H

#include "rpc/auth.h"
#include "rpc/binds.h"
#include "rules/catalogue.h"
#include "state/call.h"

/**
 * How a PDU of a connection travels: all that a check_way is asked of. The stub need not have been read. A
 * check that finds a breach fills the last member. On its maker's stack.
 */
typedef struct cmrp_way {
    const packet_info *pinfo;
    const cmrp_bind *bind; /**< only for binds and their answers */
    uint16_t version;      /**< of the interface; 0: not known for certain */
    bool sets_password;    /**< a call that carries a password (version 2.0) */
    bool big_endian;
    bool auth_known; /**< the capture tells how the PDU is protected: */
    cmrp_auth auth;
    const char *detail; /**< what was instead: the second half of a sentence, packet scope */
} cmrp_way;

/** The way of a request or response. */
cmrp_way way_of_pdu(const cmrp_context *context);

/** The way of a bind or its answer. */
cmrp_way way_of_bind(const cmrp_context *context, const cmrp_bind *bind);

/**
 * A number, never 0, that is the same for two requests, or two responses, of a connection only if every
 * check_way must say the same of the ways of both.
 */
uint32_t way_key(const cmrp_context *context);

/** Records a breach: a sentence in the manner of printf. Returns CMRP_BROKEN. */
cmrp_verdict way_broken(cmrp_way *way, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
