/* notify_object.h
 * Which object of the cluster does a name mean?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_OBJECT_H
#define CMRP_NOTIFY_OBJECT_H

#include "wireshark_compat.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void notify_objects_reset(void);

/**
 * The number of the object of a CLUSTER_OBJECT_TYPE and a name, whatever the server; from 1 on, equal for
 * names that differ in case only. 0 if nobody named it before, unless `make` says that it gets a number.
 */
uint32_t object_number(wmem_allocator_t *pool, uint32_t object_type, const char *name, bool make);

#endif
