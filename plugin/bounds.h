/* bounds.h
 * How much of anything is accepted? All bounds of the plugin, each with its reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_BOUNDS_H
#define CMRP_BOUNDS_H

/** Structures and pointers inside each other. ClusAPI itself needs 5; the stack stays small. */
#define CMRP_MAX_NESTING 32

/** Array elements that get tree items. Later ones are read and checked, but only counted in the tree. */
#define CMRP_MAX_ELEMENTS_SHOWN 10000

/** Breaches of NDR consistency that one PDU reports one by one; nobody reads more. */
#define CMRP_MAX_BREACHES 16

/** Context handles in one request: hResource and hNode. The IDL compiler checks it. */
#define CMRP_MAX_HANDLES 2

/** Lives of the same 20 bytes at one server that a look-up goes through. Servers issue UUIDs: two are
 * rare, and only a forged capture has thousands in associations of their own. */
#define CMRP_MAX_SEARCH 64

/** Characters of an object's name that are kept for the life of its handle. 3.0 allows cluster and
 * node names of 128 bytes (3.1.4.2); group and resource names have no limit, but no reader either. */
#define CMRP_MAX_NAME 256

#endif
