/* script.c
 * What do a fuzzer's bytes mean? A script of records, each of which makes something travel.
 *
 * Layouts: C706 chapter 12, MS-RPCE 2.2.2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "script.h"

#include <string.h>

enum {
    PDU_REQUEST = 0,
    PDU_RESPONSE = 2,
    PDU_FAULT = 3,
    PDU_BIND = 11,
    PDU_BIND_ACK = 12,
    PDU_ALTER_CONTEXT = 14,
    PDU_ALTER_CONTEXT_RESP = 15
};

#define CO_HEADER 16
#define FIRST_FRAGMENT 1
#define LAST_FRAGMENT 2
#define MAX_FRAGMENT 5840
#define TRAILER 8

typedef struct {
    const uint8_t uuid[16]; /* as in a little-endian PDU */
    uint32_t version;
} syntax;

static const syntax clusapi = { { 0xb2, 0xb8, 0x7d, 0xb9, 0x63, 0x4c, 0xcf, 0x11, 0xbf, 0xf6, 0x08,
                                  0x00, 0x2b, 0xe2, 0x3f, 0x2f },
                                3 };
static const syntax another = { { 0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08,
                                  0x00, 0x2b, 0x14, 0xa0, 0xfa },
                                3 };
static const syntax ndr = { { 0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08,
                              0x00, 0x2b, 0x10, 0x48, 0x60 },
                            2 };
static const syntax ndr64 = { { 0x33, 0x05, 0x71, 0x71, 0xba, 0xbe, 0x37, 0x49, 0x83, 0x19, 0xb5,
                                0xdb, 0xef, 0x9c, 0xcc, 0x36 },
                              1 };

/** What is known of a connection while a script plays. */
typedef struct {
    bool begun;
    bool ndr64;
    uint32_t call;
    GByteArray *held; /* PDUs that wait; NULL if none do */
    bool held_by_server;
} connection;

struct script_player {
    network *net;
    connection connections[NETWORK_CONNECTIONS];
};

size_t script_read(const uint8_t *at, size_t left, script_record *record)
{
    if (left < SCRIPT_HEADER)
        return 0;
    record->kind = (script_kind)(at[0] % SCRIPT_KINDS);
    record->place = at[1];
    record->argument = (uint16_t)(at[2] | at[3] << 8);
    record->length = MIN((size_t)(at[4] | at[5] << 8), left - SCRIPT_HEADER);
    record->data = at + SCRIPT_HEADER;
    return SCRIPT_HEADER + record->length;
}

/* ---------------------------------------------------------------- PDUs of a connection */

static void put_syntax(GByteArray *to, const syntax *s, uint32_t version, bool big)
{
    static const uint8_t swapped[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

    for (unsigned i = 0; i < 16; i++)
        g_byte_array_append(to, &s->uuid[big ? swapped[i] : i], 1);
    network_put(to, version, 4, big);
}

/** Sends bytes of the stream, unless they are to wait. */
static void send(script_player *p, uint8_t place, bool server, const uint8_t *bytes, size_t length)
{
    const unsigned number = place & SCRIPT_CONNECTION;
    connection *c = &p->connections[number];

    if (c->held && (c->held_by_server != server || c->held->len + length > UINT16_MAX)) {
        network_segment(p->net, number, c->held_by_server, NETWORK_PSH | NETWORK_ACK, c->held->data,
                        c->held->len);
        g_byte_array_free(c->held, TRUE);
        c->held = NULL;
    }
    if (c->held == NULL)
        c->held = g_byte_array_new();
    c->held_by_server = server;
    g_byte_array_append(c->held, bytes, (unsigned)length);
    if (place & SCRIPT_HOLD)
        return;
    network_segment(p->net, number, server, NETWORK_PSH | NETWORK_ACK, c->held->data, c->held->len);
    g_byte_array_free(c->held, TRUE);
    c->held = NULL;
}

/** Sends a PDU with this body. */
static void send_pdu(script_player *p, uint8_t place, bool server, uint8_t type, uint16_t token,
                     uint32_t call, const GByteArray *body)
{
    const bool big = (place & SCRIPT_BIG_ENDIAN) != 0;
    const uint8_t flags = (uint8_t)((place & SCRIPT_NOT_FIRST ? 0 : FIRST_FRAGMENT) |
                                    (place & SCRIPT_NOT_LAST ? 0 : LAST_FRAGMENT));
    const uint8_t start[] = { 5, 0, type, flags, big ? 0x00 : 0x10, 0, 0, 0 };
    GByteArray *pdu = g_byte_array_new();

    g_byte_array_append(pdu, start, sizeof(start));
    network_put(pdu, MIN(CO_HEADER + body->len, UINT16_MAX), 2, big);
    network_put(pdu, token, 2, big);
    network_put(pdu, call, 4, big);
    g_byte_array_append(pdu, body->data, body->len);
    send(p, place, server, pdu->data, pdu->len);
    g_byte_array_free(pdu, TRUE);
}

static void bind(script_player *p, const script_record *r)
{
    const bool big = (r->place & SCRIPT_BIG_ENDIAN) != 0;
    const bool both = (r->argument & 2) != 0;
    const syntax *interface = r->argument & 4 ? &another : &clusapi;
    const bool alter = (r->argument & 8) != 0;
    const uint16_t token = r->length > TRAILER ? (uint16_t)(r->length - TRAILER) : 0;
    connection *c = &p->connections[r->place & SCRIPT_CONNECTION];
    GByteArray *body = g_byte_array_new();

    network_put(body, MAX_FRAGMENT, 2, big);
    network_put(body, MAX_FRAGMENT, 2, big);
    network_put(body, r->argument >> 4, 4, big);
    network_put(body, both ? 2 : 1, 4, false);
    for (unsigned i = 0; i < (both ? 2U : 1U); i++) {
        network_put(body, alter ? i + 1 : i, 2, big);
        network_put(body, 1, 2, false);
        put_syntax(body, interface, r->argument & 1 ? 2 : interface->version, big);
        put_syntax(body, i ? &ndr64 : &ndr, i ? ndr64.version : ndr.version, big);
    }
    if (token)
        g_byte_array_append(body, r->data, (unsigned)r->length);
    c->ndr64 = both;
    send_pdu(p, r->place, false, alter ? PDU_ALTER_CONTEXT : PDU_BIND, token, ++c->call, body);
    g_byte_array_free(body, TRUE);
}

static void answer_bind(script_player *p, const script_record *r)
{
    const bool big = (r->place & SCRIPT_BIG_ENDIAN) != 0;
    const bool wide = (r->argument & 4) != 0;
    const bool alter = (r->argument & 8) != 0;
    connection *c = &p->connections[r->place & SCRIPT_CONNECTION];
    GByteArray *body = g_byte_array_new();

    network_put(body, MAX_FRAGMENT, 2, big);
    network_put(body, MAX_FRAGMENT, 2, big);
    network_put(body, r->argument >> 4, 4, big);
    network_put(body, 0, 4, big); /* no secondary address, and padding */
    network_put(body, wide ? 2 : 1, 4, false);
    for (unsigned i = 0; i < (wide ? 2U : 1U); i++) {
        network_put(body, r->argument & 3, 2, big);
        network_put(body, 0, 2, big);
        put_syntax(body, i ? &ndr64 : &ndr, i ? ndr64.version : ndr.version, big);
    }
    send_pdu(p, r->place, true, alter ? PDU_ALTER_CONTEXT_RESP : PDU_BIND_ACK, 0, c->call, body);
    g_byte_array_free(body, TRUE);
}

/** A connection that calls without a bind gets one: without it nobody knows the interface. */
static void begin(script_player *p, uint8_t place)
{
    const unsigned number = place & SCRIPT_CONNECTION;
    const uint8_t how = place & (SCRIPT_CONNECTION | SCRIPT_BIG_ENDIAN);
    const bool wide = number % 2 == 1;
    const script_record bound = { .place = how, .argument = wide ? 2 : 0 };
    const script_record answered = { .place = how, .argument = (uint16_t)((wide ? 4 : 0) | 0x10) };

    if (p->connections[number].begun)
        return;
    p->connections[number].begun = true;
    network_segment(p->net, number, false, NETWORK_SYN, NULL, 0);
    network_segment(p->net, number, true, NETWORK_SYN | NETWORK_ACK, NULL, 0);
    bind(p, &bound);
    answer_bind(p, &answered);
}

static void call(script_player *p, const script_record *r)
{
    const bool big = (r->place & SCRIPT_BIG_ENDIAN) != 0;
    const bool request = r->kind == SCRIPT_REQUEST;
    connection *c = &p->connections[r->place & SCRIPT_CONNECTION];
    GByteArray *body = g_byte_array_new();
    uint32_t number = c->call - r->argument;

    begin(p, r->place);
    if (request && !(r->place & SCRIPT_NOT_FIRST))
        c->call++;
    number = request ? c->call : c->call - r->argument;
    network_put(body, r->length, 4, big);
    network_put(body, request ? (r->argument >> 12) + c->ndr64 : c->ndr64, 2, big);
    network_put(body, request ? r->argument & 0xfff : 0, 2, big);
    if (r->kind == SCRIPT_FAULT) {
        uint8_t status[8] = { 0 };

        memcpy(status, r->data, MIN(r->length, sizeof(status)));
        g_byte_array_append(body, status, sizeof(status));
        send_pdu(p, r->place, true, PDU_FAULT, 0, number, body);
    } else {
        g_byte_array_append(body, r->data, (unsigned)r->length);
        send_pdu(p, r->place, !request, request ? PDU_REQUEST : PDU_RESPONSE, 0, number, body);
    }
    g_byte_array_free(body, TRUE);
}

static void any_pdu(script_player *p, const script_record *r)
{
    const bool server = (r->place & SCRIPT_SERVER) != 0;
    const uint8_t type = (uint8_t)r->argument;
    connection *c = &p->connections[r->place & SCRIPT_CONNECTION];
    GByteArray *body = g_byte_array_new();

    c->begun = true;
    g_byte_array_append(body, r->data, (unsigned)r->length);
    if (!server && !(r->place & SCRIPT_NOT_FIRST))
        c->call++;
    send_pdu(p, r->place, server, type, r->argument >> 8, c->call, body);
    g_byte_array_free(body, TRUE);
}

/* ---------------------------------------------------------------- datagrams */

/** What stands before the body in a record's data. */
enum {
    DG_TYPE,
    DG_FLAGS,
    DG_SEQUENCE,
    DG_ACTIVITY,
    DG_START
};

static void datagram(script_player *p, const script_record *r)
{
    /* Between the script's byte and the number of the input. */
    static const uint8_t activity[13] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                          0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd };
    const bool big = (r->place & SCRIPT_BIG_ENDIAN) != 0;
    const uint8_t *d = r->data;
    const uint8_t label[] = { big ? 0x00 : 0x10, 0, 0, 0 };
    const size_t length = r->length > DG_START ? r->length - DG_START : 0;
    const syntax nothing = { { 0 }, 0 };
    GByteArray *pdu;

    if (r->length < DG_START)
        return;
    pdu = g_byte_array_new();
    network_put(pdu, 4, 1, big);
    g_byte_array_append(pdu, d, 2);
    network_put(pdu, 0, 1, big);
    g_byte_array_append(pdu, label, sizeof(label));
    put_syntax(pdu, &nothing, 0, big);
    g_byte_array_set_size(pdu, pdu->len - 4);
    put_syntax(pdu, &clusapi, 0, big);
    g_byte_array_set_size(pdu, pdu->len - 4);
    g_byte_array_append(pdu, &d[DG_ACTIVITY], 1);
    g_byte_array_append(pdu, activity, sizeof(activity));
    network_put(pdu, p->net->number, 2, true);
    network_put(pdu, 0, 4, big);
    network_put(pdu, 2, 4, big);
    network_put(pdu, d[DG_SEQUENCE], 4, big);
    network_put(pdu, r->argument & 0xff, 2, big);
    network_put(pdu, UINT32_MAX, 4, big);
    network_put(pdu, length, 2, big);
    network_put(pdu, r->argument >> 8, 2, big);
    network_put(pdu, 0, 2, big);
    g_byte_array_append(pdu, d + DG_START, (unsigned)length);
    network_datagram(p->net, r->place & SCRIPT_CONNECTION, (r->place & SCRIPT_SERVER) != 0,
                     pdu->data, pdu->len);
    g_byte_array_free(pdu, TRUE);
}

/* ---------------------------------------------------------------- all of it */

static void pass_time(network *net, int64_t milliseconds)
{
    net->time += (uint64_t)(milliseconds * 1000);
}

static void cut_or_trail(network *net, bool trail, const script_record *r)
{
    if (trail) {
        net->trailer = r->data;
        net->trailer_length = r->length;
    } else {
        net->cut = r->argument;
    }
}

static void play(script_player *p, const script_record *r)
{
    const unsigned number = r->place & SCRIPT_CONNECTION;
    const bool server = (r->place & SCRIPT_SERVER) != 0;

    switch (r->kind) {
    case SCRIPT_REQUEST:
    case SCRIPT_RESPONSE:
    case SCRIPT_FAULT:
        call(p, r);
        break;
    case SCRIPT_BIND:
        p->connections[number].begun = true;
        bind(p, r);
        break;
    case SCRIPT_BIND_ACK:
        answer_bind(p, r);
        break;
    case SCRIPT_PDU:
        any_pdu(p, r);
        break;
    case SCRIPT_RAW:
        p->connections[number].begun = true;
        send(p, r->place, server, r->data, r->length);
        break;
    case SCRIPT_DATAGRAM:
        datagram(p, r);
        break;
    case SCRIPT_RAW_DATAGRAM:
        network_datagram(p->net, number, server, r->data, r->length);
        break;
    case SCRIPT_FLAGS:
        network_segment(p->net, number, server, (uint8_t)r->argument, NULL, 0);
        break;
    case SCRIPT_LOSE:
        p->net->sequence[number][server] += r->argument;
        break;
    case SCRIPT_AGAIN:
        network_again(p->net);
        break;
    case SCRIPT_WAIT:
        pass_time(p->net, server ? -(int64_t)r->argument : r->argument);
        break;
    case SCRIPT_CUT:
    case SCRIPT_KINDS:
        cut_or_trail(p->net, server, r);
        break;
    }
}

script_player *script_begin(network *net)
{
    script_player *p = g_new0(script_player, 1);

    p->net = net;
    return p;
}

void script_play(script_player *p, const uint8_t *records, size_t size)
{
    script_record record;
    size_t taken;

    while ((taken = script_read(records, size, &record)) != 0) {
        play(p, &record);
        records += taken;
        size -= taken;
    }
}

void script_end(script_player *p)
{
    for (unsigned i = 0; i < NETWORK_CONNECTIONS; i++) {
        if (p->connections[i].held)
            g_byte_array_free(p->connections[i].held, TRUE);
    }
    g_free(p);
}
