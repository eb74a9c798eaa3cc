/* pdu.h
 * What did one request or response say?
 *
 * The NDR reader fills a cmrp_pdu; handles, conformance, the Info column and the tree read it. It
 * lives on the stack of the dissector function and borrows the stub's bytes: nothing in it outlives
 * the PDU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PDU_H
#define CMRP_PDU_H

#include "base/bounds.h"
#include "base/context.h"
#include "base/cursor.h"
#include "interface/descriptors.h"

/** One parameter as it stood in the stub. */
typedef struct {
    bool present;     /**< on the wire, and no NULL pointer on the way to it */
    bool counted;     /**< an array or a string: `maximum` is valid */
    uint32_t offset;  /**< of the value's own bytes, in the stub */
    uint32_t length;  /**< of the value's own bytes; a string's without its terminator */
    uint64_t number;  /**< a number, or the count of elements of an array or a string */
    uint64_t maximum; /**< the maximum count of an array or a string */
    proto_item *item; /**< NULL if no tree is built */
} cmrp_value;

/** The demands of strict NDR consistency (3.1.4.1, 3.1.4.2) that can be broken without losing our way. */
typedef enum {
    CMRP_BREACH_OFFSET,     /**< offset of a string or varying array is not 0 */
    CMRP_BREACH_ACTUAL,     /**< actual count above the maximum count */
    CMRP_BREACH_TERMINATOR, /**< string without a NUL at its end */
    CMRP_BREACH_COUNT       /**< count differs from the parameter that gives it */
} cmrp_breach_kind;

typedef struct {
    cmrp_breach_kind kind;
    const char *name; /**< of the parameter or member */
    uint32_t offset;  /**< in the stub */
    uint32_t length;
    uint64_t found;    /**< the number that is wrong */
    uint64_t expected; /**< what it should have been, or should not exceed */
    proto_item *item;  /**< of the value, or NULL */
} cmrp_breach;

/** A member of a structure that has a role or a format, as it stood in the stub. */
typedef struct {
    const cmrp_member *member;
    int64_t element; /**< place of its structure in the outermost array, or -1 */
    cmrp_value value;
} cmrp_record;

struct cmrp_pdu {
    const cmrp_method *method;
    bool response;
    cmrp_syntax syntax;
    bool big_endian;
    tvbuff_t *tvb; /**< the stub */
    const uint8_t *data;
    cmrp_value values[CMRP_MAX_SIBLINGS]; /**< by index of the parameter */
    cmrp_record *records; /**< in wire order; packet scope, NULL if there are none */
    unsigned record_count;
    unsigned record_room;
    struct cmrp_notification *events; /**< of notify/notify_read.h, read when first asked for */
    unsigned event_count;
    cmrp_breach breaches[CMRP_MAX_BREACHES];
    unsigned breach_count;
    cmrp_read_error error;    /**< CMRP_READ_OK: the PDU was read to its end */
    const char *error_name;   /**< parameter or member in which reading stopped */
    uint64_t error_offset;    /**< and where */
    uint64_t error_needs;     /**< bytes or elements it wanted */
    uint64_t end;             /**< first byte after the last value read */
    uint64_t elements_hidden; /**< array elements beyond CMRP_MAX_ELEMENTS_SHOWN */
};

/** True if the PDU was read to its end. Only then may any state learn from it. */
static inline bool pdu_whole(const cmrp_pdu *pdu)
{
    return pdu->error == CMRP_READ_OK;
}

/** The number in the parameter of that name; 0 if the method has none. */
static inline uint64_t pdu_number_named(const cmrp_pdu *pdu, const char *name)
{
    const int param = method_param_named(pdu->method, name);

    return param == CMRP_NO_SIBLING ? 0 : pdu->values[param].number;
}

#endif
