/* association.h
 * Who talks to whom? Servers, and the clients' associations with them.
 *
 * A context handle belongs to the server that issued it and, there, to one client's association
 * (MS-RPCE 3.3.1.4.1; connectionless: to the client's address space, MS-RPCE 3.2.3.1.6). The
 * connections of one association group share its handles.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_ASSOCIATION_H
#define CMRP_ASSOCIATION_H

#include "base/context.h"
#include "rpc/link.h"

/** How an association is known. */
typedef enum {
    CMRP_BY_GROUP,       /**< TCP: the association group id of the bind_ack */
    CMRP_BY_ACTIVITY,    /**< UDP: the activity id */
    CMRP_BY_CONVERSATION /**< TCP: the bind was not captured; the connection stands for itself */
} cmrp_association_kind;

/** A server endpoint. File scope, made once for each address and port. */
typedef struct cmrp_server {
    cmrp_end end;
    bool udp;
    bool strangers; /**< it has associations that are not known from their beginning */
    uint8_t spoken; /**< versions of the interface that were spoken for certain: bit 2, bit 3 */
    struct cmrp_objects *objects; /**< what it tells of its cluster: objects_of() makes it */
    uint32_t
        pause_asked_in; /**< request and response of the last call that it refused as paused, */
    uint32_t paused_in; /**< which nobody has spoken of (state/service.c), or 0 */
} cmrp_server;

/** A client's association with a server. File scope, made once. */
struct cmrp_association {
    cmrp_server *server;
    address client;
    uint8_t kind;   /**< cmrp_association_kind */
    uint8_t id[16]; /**< group id, activity or conversation number: unique with kind and server */
    uint32_t connections; /**< TCP connections known to be open */
    uint32_t ended_in;    /**< frame that closed the last connection; 0 while there is one */
    bool older;           /**< began before the capture: it may have connections that nobody saw */
    bool joined;          /**< it had a connection, */
    bool shared;          /**< and more than one */
    uint32_t began_in;    /**< first frame that showed it */
    uint32_t missed_in; /**< last frame that showed that PDUs of it were missed (rpc/loss.h), or 0;
                                    UINT32_MAX: always some */
    uint32_t sequence;  /**< UDP: number of the newest call */
    uint32_t boot;      /**< UDP: when the server started, as it says; 0: it has not said */
    uint32_t run_down_in; /**< first frame after its handles may have been run down, or 0 */
    nstime_t last_seen;   /**< UDP */
    uint32_t changed_in;  /**< last response to a change that the server carried out for it */
    nstime_t changed_at;  /**< (state/service.c), or 0, and when */
    uint32_t busy_in;     /**< last request that neither opens nor closes (state/listed.c), or 0 */
    cmrp_call *call;      /**< UDP: its record; NULL if there was none */
};

/** Contexts of a bind that are looked at. */
#define CMRP_MAX_OFFERS 32

/** What a bind or alter_context offers. In the masks bit i is its context i. */
typedef struct cmrp_offer {
    struct cmrp_offer *next; /**< older ones that were not answered either */
    uint32_t call;           /**< the answer has the same number */
    uint32_t frame;
    uint32_t group;   /**< association group that the client wants to join, 0 for a new one */
    bool alters;      /**< alter_context */
    uint32_t ours;    /**< name the interface */
    uint32_t ndr;     /**< and offer it in this transfer syntax */
    uint32_t ndr64;   /**< or in this one */
    uint32_t several; /**< and in more than one */
    uint16_t ids[CMRP_MAX_OFFERS];
    uint16_t majors[CMRP_MAX_OFFERS]; /**< version of the interface */
} cmrp_offer;

/** How far Wireshark followed the key stream of NTLM in one direction (rpc/decryption.h). */
typedef struct {
    uint32_t next;  /**< number of the PDU that comes next */
    uint32_t frame; /**< of the last one; 0: none yet */
    bool lost;      /**< Wireshark has not its place any more */
    bool proven;    /**< and it had: a PDU behind the first one told much by itself */
} cmrp_key_stream;

/** How far one direction of a connection was followed, in sequence numbers of TCP (rpc/pdus.h). */
typedef struct {
    uint32_t began; /**< where the last PDU begins */
    uint32_t next;  /**< and the one behind it, which may not have been sent yet */
    bool known;
} cmrp_stream;

/** What one side of a connection sent, where Wireshark does not count it (rpc/gaps.h). */
typedef struct {
    uint32_t to; /**< sequence number behind all that is known to have been sent */
    uint32_t
        missing; /**< the first that is missing of it, and that behind the last: equal if none is */
    uint32_t missing_to;
    bool late; /**< some came behind what follows it */
    bool known;
} cmrp_sent;

/** What one side is sending in fragments (rpc/fragments.h). */
typedef struct {
    uint32_t call;     /**< number of the call */
    uint32_t first_in; /**< frame of its first fragment; 0: none is on its way */
    uint32_t again_in; /**< and of the last copy of that; 0: none */
    nstime_t time;     /**< of the first of them */
} cmrp_fragments;

struct cmrp_in_flight;

/** What the plugin knows of one connection; over UDP, of one client's port and one server's. File scope. */
struct cmrp_connection {
    cmrp_association *association;  /**< NULL until a bind_ack or a call was seen */
    struct cmrp_contexts *contexts; /**< what was offered and accepted (rpc/contexts.h), or NULL */
    bool ending;                    /**< one side sent its FIN */
    bool ended;                     /**< both did, or one sent RST */
    bool met;                       /**< what the user named of it was looked for (rpc/unbound.h) */
    bool guessed;                   /**< and found: the interface of some context was guessed */
    bool read_only;          /**< this client was shown not to be entitled to more than Read */
    uint32_t read_only_in;   /**< and the frame that showed it */
    uint32_t all_granted_in; /**< first frame behind it that granted the client All; 0: none */
    address first_end;       /**< sender of the first FIN: address and port */
    uint32_t first_end_port;
    cmrp_key_stream key_streams[2]; /**< of requests, of responses */
    uint32_t key_context;           /**< auth context id of the NTLM that was agreed on last */
    uint32_t judged;  /**< bit i: rule i on connections was found broken, or needs no more asking */
    uint32_t ways[2]; /**< how the last request and the last response travelled (rules/way.h) */
    unsigned pending_count;
    unsigned pending_room;
    struct cmrp_in_flight *pending; /**< calls without an answer, the oldest first */
    uint32_t newest_number;         /**< the greatest number of a call */
    bool numbers_again;             /**< the client gives the same number to several calls */
    uint32_t gap_in; /**< last frame before which something is missing of it (rpc/loss.h), or 0 */
    struct cmrp_keys *keys;     /**< who authenticated, and how (rpc/keys.h), or NULL */
    struct cmrp_copies *copies; /**< its last PDUs (rpc/copies.h), or NULL */
    uint32_t muddled
        [2]; /**< 1 + number of the last call of which a fragment came twice: request, response */
    cmrp_fragments fragments[2];       /**< of a request, of a response */
    cmrp_stream streams[2];            /**< from the lower port and from the higher one */
    cmrp_sent sent[2];                 /**< likewise; of pipe 0, for all pipes */
    uint64_t pipe;                     /**< number of the SMB pipe; 0: the connection itself */
    struct cmrp_connection *next_pipe; /**< of the same conversation, which begins with pipe 0 */
    const struct tcp_analysis
        *tcp; /**< Wireshark's record (rpc/loss.c); NULL: none, or not asked */
};

/** Forgets everything: to be called when a capture file is closed or opened. */
void association_reset(void);

/**
 * The connection that a conversation stands for or, if `pipe` is not 0, the named pipe of SMB that has this number
 * within it: each pipe is bound for itself. Made when it is first met.
 */
cmrp_connection *association_connection(conversation_t *conv, uint64_t pipe);

/** The connection of this frame, or NULL if nothing is known of it. */
cmrp_connection *association_connection_of_frame(packet_info *pinfo);

/** The same, where the frame's conversation was found already. */
cmrp_connection *association_connection_in(conversation_t *conv, packet_info *pinfo);

/**
 * The association of a PDU that the plugin was handed. `request` tells which end is the server. Never
 * NULL; lives as long as the capture file.
 */
cmrp_association *association_of(packet_info *pinfo, dcerpc_info *di, tvbuff_t *stub, bool request,
                                 cmrp_connection *connection);

/** The same of a PDU over TCP that it was not handed. `connection` is the frame's. */
cmrp_association *association_of_frame(packet_info *pinfo, cmrp_connection *connection,
                                       bool request);

/** True if calls of this interface went to this TCP port, on any server. */
bool association_serves(uint32_t port);

/**
 * Versions of the interface that the server at this TCP endpoint spoke for certain so far, bit 2 and bit 3; 0: it spoke none.
 */
unsigned association_spoken(const cmrp_end *server);

/** A call of a version was handed on, or the server agreed to it. Not to be called if that was guessed. */
void association_speaks(cmrp_server *server, unsigned version);

/** True if two associations are one, or may be as far as their client's address tells: they share its handles. */
bool association_may_share(const cmrp_association *a, const cmrp_association *b);

/**
 * True if two associations of different client addresses bear the same number at the same time: one client that has
 * several addresses, the two sides of an address translation, or a server that gives all clients one number.
 */
bool association_is_alike(const cmrp_association *a, const cmrp_association *b);

/** False if it is certain that two associations are not one. */
bool association_may_be(const cmrp_association *a, const cmrp_association *b);

/**
 * A bind or alter_context in this frame offers the interface. The connection, or NULL if Wireshark knows none.
 */
cmrp_connection *association_bind(packet_info *pinfo);

/**
 * A bind_ack or alter_context_resp gave the connection of this frame its association group. `answered` is the offer
 * of the interface that it accepts, NULL if it accepts none.
 */
void association_bind_ack(packet_info *pinfo, uint32_t group, const cmrp_offer *answered);

/** Is told of an association that ended in a frame. */
typedef void cmrp_association_ended(const packet_info *pinfo, const cmrp_association *association);

/**
 * One side of this frame's TCP connection ended it: by FIN, or at once by RST. Calls `tell` for each association
 * that ended with it: several if there were several named pipes.
 */
void association_connection_ended(packet_info *pinfo, bool reset, cmrp_association_ended *tell);

#endif
