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

/** Tree items below all byte arrays of one PDU. They come after the parameters that follow the array, and
 * Wireshark 4.6 takes 50,000 items in a row that go back in the bytes for a loop without an end. */
#define CMRP_MAX_BUFFER_ITEMS 40000

/** Breaches of NDR consistency that one PDU reports one by one; nobody reads more. */
#define CMRP_MAX_BREACHES 16

/** Named pipes of one SMB connection whose ends are followed. An administrator's tool opens one or two. */
#define CMRP_MAX_PIPES 64

/** Calls of one connection that wait for their answer. Clients have few in flight; beyond this the oldest
 * is forgotten, and a fault that answers it tells nothing. */
#define CMRP_MAX_PENDING 64

/** Places in a segment from which PDUs are followed to its end, where it is not known where one begins. Few bytes
 * look like a header by chance; a forged segment of nothing else is given up. */
#define CMRP_MAX_CHAINS 16

/** Sequence numbers of TCP that are further apart, in bytes, belong to two connections: no window is so large. */
#define CMRP_STREAM_JUMP (1U << 24)

/** Last PDUs of a connection that are remembered, so that copies of them are known: mirror ports and
 * retransmissions are not much later than what they repeat. */
#define CMRP_MAX_COPIES 256

/** Binds of one connection that wait for their answer. A client has one. */
#define CMRP_MAX_BINDS 4

/** Presentation contexts of one connection that are known. A client has one for each syntax. */
#define CMRP_MAX_CONTEXTS 64

/** Connections whose bind is not in the capture that a user can name: dcerpc looks through all of them for each. */
#define CMRP_MAX_NAMED 1000

/** Security contexts of one connection that are told apart, for what would open them. A client has one. */
#define CMRP_MAX_SECURITIES 8

/** Context handles in one request: hResource and hNode. The IDL compiler checks it. */
#define CMRP_MAX_HANDLES 2

/** Lives of the same 20 bytes at one server that a look-up goes through. Servers issue UUIDs: two are
 * rare, and only a forged capture has thousands in associations of their own. */
#define CMRP_MAX_SEARCH 64

/** Names of an object that are compared with that in an event. Groups are renamed once or twice; an object that had
 * more names may have had any. */
#define CMRP_MAX_NAMES 8

/** Registrations of one port with the same key, or for the same object, that a look-up goes through, and
 * calls that wait at one port. A client has one or two of each; what is beyond is not judged. */
#define CMRP_MAX_PORT_SEARCH 64

/** Links from a registration to its events that the tree shows. */
#define CMRP_MAX_EVENTS_SHOWN 100

/** Seconds after which a call that waits, or an event that was delivered, is no matter of timing on the
 * way between client and server any more. */
#define CMRP_NOTIFY_SETTLED 1

/** Seconds that a server may take to end calls that wait, so that lost segments that TCP sends again are
 * no breach. */
#define CMRP_NOTIFY_PATIENCE 10

/** Seconds for which a list of objects is believed: meanwhile a client that nobody sees may delete one. */
#define CMRP_JUST_LISTED 1

/** Last requests for changes of the cluster that are remembered. Clients have few in flight. */
#define CMRP_MAX_CHANGES 64

/** Seconds after which nobody waits any more for the answer to a change: it was missed. */
#define CMRP_LONGEST_CHANGE 120

/** Seconds in which no server leaves its state read/write and comes back to it, all associations alive: it leaves its
 * cluster, finds the other nodes and joins them. */
#define CMRP_STEADY 10

/** Seconds of silence after which a server may have run down the handles of a connectionless client: 5
 * minutes (MS-RPCE 3.2.3.1.6), less what the capture may have missed of the client's last signs of life. */
#define CMRP_RUN_DOWN 240

/** Seconds that queues of a network card, or taps, may mix up frames; what goes back further is another file, or a
 * clock that was set. */
#define CMRP_MAX_DISORDER 1

/** Characters of an object's name that are kept for the life of its handle. 3.0 allows cluster and
 * node names of 128 bytes (3.1.4.2); group and resource names have no limit, but no reader either. */
#define CMRP_MAX_NAME 256

/** Objects of clusters that are told apart. Failover clusters have some ten thousand groups and resources at
 * most; their nodes, which are servers of their own, may all be in one capture. */
#define CMRP_MAX_OBJECTS 250000

/** Facts that are kept about objects, each an answer of its own: those that change when groups move. */
#define CMRP_MAX_FACTS 2000000

/** Characters that a PDU adds to the Info column. Its width on a screen is some hundred. */
#define CMRP_MAX_INFO 1024

#endif
