/* handles.c
 * Which object does a context handle stand for? The lives of context handles.
 *
 * Model. Lives are numbered and stored in blocks, so that a call record needs 4 bytes to name one. A
 * hash set finds the newest life of 20 bytes at one server; older lives of the same bytes hang behind
 * it. Looking up goes by frame and by association, never "the newest": two associations that hold
 * equal bytes find the right one. It happens on first visits only, so that all lives it meets began
 * before; later visits read what the call records remember.
 *
 * The association is no part of the key because it is not always known: a connection whose bind was
 * not captured may belong to any, and the activities of a client share its handles. A life that is
 * alive and the asking association's own is preferred; one that belongs to another client is the answer
 * only if there is no better.
 *
 * Cost: one block slot and one slot of the hash set per life. The chain behind a hash entry grows
 * only when a server issues the same bytes again; a search of it begins at its newest end, stops at
 * the first life that fits perfectly, and gives up after CMRP_MAX_SEARCH steps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/handles.h"

#include "base/bounds.h"
#include "base/frame_order.h"
#include "base/hash.h"
#include "cmrp_tables.h"

/** Lives per block: large enough that the block list stays short. */
#define BLOCK 1024

static GPtrArray *blocks;  /* of cmrp_life[BLOCK], file scope */
static GHashTable *newest; /* set of cmrp_life, by server and bytes */
static uint32_t life_count;
static uint32_t deleted_in[CMRP_HANDLE_TYPES]; /* last answer to a deletion; 0: none */
static uint32_t deletions[CMRP_HANDLE_TYPES];  /* that were asked for and not answered */

static unsigned life_hash(const void *key)
{
    const cmrp_life *life = (const cmrp_life *)key;

    /* The bytes come from the wire: only a hash with a secret seed keeps look-ups short. */
    return hash_words(life->bytes, CMRP_HANDLE_BYTES / 4) ^
           GPOINTER_TO_UINT(life->association->server);
}

static gboolean life_equal(const void *a, const void *b)
{
    const cmrp_life *l = (const cmrp_life *)a;
    const cmrp_life *r = (const cmrp_life *)b;

    return l->association->server == r->association->server &&
           memcmp(l->bytes, r->bytes, CMRP_HANDLE_BYTES) == 0;
}

void handles_reset(void)
{
    if (blocks)
        g_ptr_array_free(blocks, TRUE);
    if (newest)
        g_hash_table_destroy(newest);
    blocks = g_ptr_array_new();
    newest = g_hash_table_new(life_hash, life_equal);
    life_count = 0;
    memset(deleted_in, 0, sizeof(deleted_in));
    memset(deletions, 0, sizeof(deletions));
}

bool handle_is_null(const uint8_t *bytes)
{
    static const uint8_t null[CMRP_HANDLE_BYTES];

    return memcmp(bytes, null, CMRP_HANDLE_BYTES) == 0;
}

static cmrp_life *new_life(cmrp_association *association, const uint8_t *bytes,
                           cmrp_handle_type type, uint8_t version, cmrp_life *earlier,
                           uint32_t frame)
{
    cmrp_life *life;

    if (life_count % BLOCK == 0)
        g_ptr_array_add(blocks, wmem_alloc(wmem_file_scope(), BLOCK * sizeof(cmrp_life)));
    life = &((cmrp_life *)g_ptr_array_index(blocks, life_count / BLOCK))[life_count % BLOCK];
    life_count++;
    *life = (cmrp_life){ .id = life_count,
                         .association = association,
                         .earlier = earlier,
                         .type = (uint8_t)type,
                         .version = version,
                         .first_seen = frame,
                         .last_seen = frame };
    memcpy(life->bytes, bytes, CMRP_HANDLE_BYTES);
    g_hash_table_add(newest, life);
    return life;
}

static cmrp_life *newest_life(const cmrp_association *association, const uint8_t *bytes)
{
    cmrp_life key;

    key.association = (cmrp_association *)association;
    memcpy(key.bytes, bytes, CMRP_HANDLE_BYTES);
    return (cmrp_life *)g_hash_table_lookup(newest, &key);
}

/** How well a life answers the question what its bytes mean in an association at a frame. */
typedef enum {
    FOREIGN_DEAD, /**< of another client */
    FOREIGN,
    NEIGHBOUR_DEAD, /**< of another association of the same client address */
    NEIGHBOUR,
    ALIKE_DEAD, /**< of another client address, which may be the same client */
    ALIKE,
    SHARED_DEAD, /**< the associations may be one */
    OWN_DEAD,
    SHARED,
    OWN
} closeness;

static closeness judge(const cmrp_life *life, const cmrp_association *association, uint32_t frame)
{
    const uint32_t ended = handles_ended_in(life);
    const bool alive = ended == 0 || ended >= frame;

    if (life->association == association)
        return alive ? OWN : OWN_DEAD;
    if (association_may_share(life->association, association))
        return alive ? SHARED : SHARED_DEAD;
    if (association_is_alike(life->association, association))
        return alive ? ALIKE : ALIKE_DEAD;
    if (addresses_equal(&life->association->client, &association->client))
        return alive ? NEIGHBOUR : NEIGHBOUR_DEAD;
    return alive ? FOREIGN : FOREIGN_DEAD;
}

/** The life among `newest` and the older ones of its bytes that answers best. */
static cmrp_life *find_best(cmrp_life *newest_of_bytes, const cmrp_association *association,
                            uint32_t frame)
{
    cmrp_life *best = NULL;
    closeness closest = FOREIGN_DEAD;
    unsigned steps = 0;

    for (cmrp_life *life = newest_of_bytes; life && steps < CMRP_MAX_SEARCH && closest < OWN;
         life = life->earlier, steps++) {
        const closeness fit = judge(life, association, frame);

        /* Of equals the newest: it comes first. */
        if (best == NULL || fit > closest) {
            best = life;
            closest = fit;
        }
    }
    return best;
}

cmrp_life *handles_at(const cmrp_association *association, const uint8_t *bytes, uint32_t frame)
{
    return find_best(newest_life(association, bytes), association, frame);
}

/**
 * True if a life that was only seen used, or closed, is the one that begins in this frame: a handle cannot be used
 * before it exists. So it is if nobody used it before the call that opens it was sent, or if the time stamps say that
 * the use stands too early in the capture.
 */
static bool begins_here(const cmrp_life *life, cmrp_handle_type type, const packet_info *pinfo,
                        uint32_t request_frame)
{
    return life->opened_in == 0 && life->type == type &&
           (life->first_seen > request_frame || !frame_order_is_certain(life->first_seen, pinfo));
}

cmrp_life *handles_open(cmrp_association *association, const uint8_t *bytes, cmrp_handle_type type,
                        const cmrp_method *method, const packet_info *pinfo, uint32_t request_frame)
{
    cmrp_life *last = newest_life(association, bytes);
    cmrp_life *life = find_best(last, association, pinfo->num);
    const bool mine = life && association_may_share(life->association, association);

    if (mine && begins_here(life, type, pinfo, request_frame)) {
        life->association = association;
    } else {
        if (mine && handles_ended_in(life) == 0) {
            life->closed_in = pinfo->num;
            life->end = CMRP_REPLACED;
        }
        life = new_life(association, bytes, type, method->version, last, pinfo->num);
    }
    life->asked_in = request_frame;
    life->opened_in = pinfo->num;
    life->port_version = method->port_version;
    return life;
}

cmrp_life *handles_use(cmrp_association *association, const uint8_t *bytes,
                       cmrp_handle_type expected, uint8_t version, uint32_t frame)
{
    cmrp_life *life = handles_at(association, bytes, frame);

    if (life == NULL)
        life = new_life(association, bytes, expected, version, NULL, frame);
    life->last_seen = frame;
    return life;
}

void handles_close(cmrp_life *life, uint32_t frame)
{
    if (life->closed_in != 0)
        return;
    life->closed_in = frame;
    life->end = CMRP_CLOSED;
}

void handles_ask_deletion(cmrp_handle_type type)
{
    deletions[type]++;
    /* Its resources may go with a group. */
    if (type == CMRP_HGROUP)
        deletions[CMRP_HRES]++;
}

static void end_deletion(cmrp_handle_type type, uint32_t frame)
{
    deleted_in[type] = frame;
    if (deletions[type] > 0)
        deletions[type]--;
}

void handles_end_deletion(cmrp_handle_type type, uint32_t frame)
{
    end_deletion(type, frame);
    if (type == CMRP_HGROUP)
        end_deletion(CMRP_HRES, frame);
}

bool handles_may_be_deleted(const cmrp_life *life)
{
    /* The server may have opened it before the deletion, and answered behind it. */
    return life->deleted || deletions[life->type] > 0 || deleted_in[life->type] > life->asked_in;
}

cmrp_life *handles_by_id(uint32_t id)
{
    if (id == 0 || id > life_count)
        return NULL;
    return &((cmrp_life *)g_ptr_array_index(blocks, (id - 1) / BLOCK))[(id - 1) % BLOCK];
}

void handles_keep_label(const cmrp_life *life, const cmrp_label *label)
{
    handles_by_id(life->id)->label = label;
}

uint32_t handles_ended_in(const cmrp_life *life)
{
    if (life->closed_in != 0)
        return life->closed_in;
    return life->association->ended_in;
}

const char *handle_type_name(cmrp_handle_type type)
{
    return type < CMRP_HANDLE_TYPES ? cmrp_handle_type_names[type] : cmrp_handle_type_names[0];
}
