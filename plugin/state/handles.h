/* handles.h
 * Which object does a context handle stand for? The lives of context handles.
 *
 * A life starts at the response that returns a non-NULL handle and ends at the response in which the
 * close method returns it as NULL, or with the association (section 3; MS-RPCE 3.3.3.7.1). The same
 * 20 bytes may start another life later.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_HANDLES_H
#define CMRP_HANDLES_H

#include "base/strings.h"
#include "interface/descriptors.h"
#include "rpc/association.h"

#define CMRP_HANDLE_BYTES 20

/** Access level that was granted when the handle was opened (3.1.1.11). */
typedef enum {
    CMRP_ACCESS_UNKNOWN,
    CMRP_ACCESS_READ,
    CMRP_ACCESS_ALL
} cmrp_access;

/** How a life ended. */
typedef enum {
    CMRP_OPEN,
    CMRP_CLOSED,  /**< by its close method */
    CMRP_REPLACED /**< the server issued the same bytes again: the close was not captured */
} cmrp_life_end;

/** What a life is called in a line of text: see state/handles_label.h. */
typedef struct {
    uint16_t length; /**< bytes of the text */
    char text[];
} cmrp_label;

/** One life of one handle. File scope: valid until handles_reset(). */
typedef struct cmrp_life {
    uint8_t bytes[CMRP_HANDLE_BYTES]; /**< its numbers little-endian, whoever sent them */
    uint32_t id;                      /**< 1, 2, … in the order of the capture */
    uint32_t asked_in;                /**< frame of the request that opened it */
    uint32_t opened_in;               /**< frame of the response; 0: before the capture */
    uint32_t closed_in;               /**< frame of the response; 0: not yet, or never */
    uint32_t first_seen;              /**< frame */
    uint32_t last_seen;               /**< frame of the last PDU that carried it */
    uint32_t
        accepted_in; /**< frame of the first response that took for valid what was not seen opened, or 0 */
    uint32_t uses; /**< requests that carried it, those of its close method not counted */
    uint32_t
        object; /**< number of what it stands for (state/objects.h); 0: none, or nobody knows yet */
    cmrp_association *association;
    struct cmrp_life *earlier; /**< previous life of the same bytes at the same server, or NULL */
    const cmrp_string *name;   /**< NULL if nobody knows */
    const cmrp_label *label;   /**< id and name; NULL: not made yet, or not for the whole life */
    uint8_t type;              /**< cmrp_handle_type */
    uint8_t access;            /**< cmrp_access */
    uint8_t end;               /**< cmrp_life_end */
    uint8_t version;           /**< of the interface that issued it */
    bool closing;              /**< a request asked to close it */
    bool deleted;              /**< its object was deleted by means of it */
    uint8_t port_version;      /**< of a port: 1 or 2; 0 for others, and if opened_in is 0 */
} cmrp_life;

/** Forgets everything: to be called when a capture file is closed or opened. */
void handles_reset(void);

/** True for the NULL handle: all 20 bytes zero (MS-RPCE 2.2.1.1.4). */
bool handle_is_null(const uint8_t *bytes);

/**
 * A response of `method`, whose request stood in `request_frame`, returned `bytes`, which is not NULL: a new life
 * begins; or, if a request that carries them stands before it out of order, the life that was seen used. The caller
 * sets its name and access.
 */
cmrp_life *handles_open(cmrp_association *association, const uint8_t *bytes, cmrp_handle_type type,
                        const cmrp_method *method, const packet_info *pinfo,
                        uint32_t request_frame);

/**
 * A request carries `bytes`, which is not NULL: the life that this means. One that was never seen
 * opened gets a life that began before the capture, with the type that the method expects. The caller
 * counts the use.
 */
cmrp_life *handles_use(cmrp_association *association, const uint8_t *bytes,
                       cmrp_handle_type expected, uint8_t version, uint32_t frame);

/** A response ended the life. */
void handles_close(cmrp_life *life, uint32_t frame);

/** A request asks to delete an object by a handle of a type. */
void handles_ask_deletion(cmrp_handle_type type);

/**
 * And is answered, in a frame, by whatever: the server may have deleted it at any moment between the two. Where nobody could
 * read what was to be deleted, this is not to be called: it may be anything.
 */
void handles_end_deletion(cmrp_handle_type type, uint32_t frame);

/**
 * True if the object may have been deleted since the life began: by means of it, or of another handle, on whatever
 * server, as objects go by many names, and before the answer says so.
 */
bool handles_may_be_deleted(const cmrp_life *life);

/** The life that `bytes` mean at this moment of the capture, or NULL. Changes nothing. */
cmrp_life *handles_at(const cmrp_association *association, const uint8_t *bytes, uint32_t frame);

/** A life by its id, or NULL. */
cmrp_life *handles_by_id(uint32_t id);

/** Keeps what a life is called, which is of file scope: each PDU that carries the handle asks for it. */
void handles_keep_label(const cmrp_life *life, const cmrp_label *label);

/** Frame in which the life ended, by its close method or with its association; 0 if it did not. */
uint32_t handles_ended_in(const cmrp_life *life);

/** "HGROUP_RPC" and so on. Static storage. */
const char *handle_type_name(cmrp_handle_type type);

#endif
