/* registry_batch.h
 * Which commands does a registry batch hold, and is it well-formed? (2.2.3.17)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_REGISTRY_BATCH_H
#define CMRP_REGISTRY_BATCH_H

#include "buffers/reader.h"

/** Reads a CLUSTER_REG_BATCH_UPDATE. False if it could not be read to its end. */
bool registry_batch_read(cmrp_buffer *b);

#endif
