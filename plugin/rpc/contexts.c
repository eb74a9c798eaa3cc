/* contexts.c
 * In which presentation contexts of a connection is the interface called, and in which transfer syntax?
 *
 * dcerpc goes by the offer: of several syntaxes it takes the last. Where a client offers one syntax for each context,
 * as nearly all do, that is right, and nobody asks here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/contexts.h"

#include "base/bounds.h"

/** A context that left a choice, or was offered again. */
typedef struct {
    uint16_t id;
    uint16_t major; /**< version of the interface */
    uint8_t syntax; /**< cmrp_context_syntax */
    bool guessed;   /**< it was not offered */
} known_context;

/** Of one connection. File scope. */
struct cmrp_contexts {
    cmrp_offer *waiting; /**< offers without an answer, the newest first */
    known_context known[CMRP_MAX_CONTEXTS];
    unsigned count;
    bool leave_choice;
};

static struct cmrp_contexts *contexts_of(cmrp_connection *connection)
{
    if (connection->contexts == NULL)
        connection->contexts = wmem_new0(wmem_file_scope(), struct cmrp_contexts);
    return connection->contexts;
}

/* ---------------------------------------------------------------- what is known */

static known_context *find(struct cmrp_contexts *contexts, uint16_t id)
{
    for (unsigned i = 0; i < contexts->count; i++) {
        if (contexts->known[i].id == id)
            return &contexts->known[i];
    }
    return NULL;
}

/** Notes what is known of context `i` of an offer; of one that offers nothing of ours it is a guess. */
static void note(struct cmrp_contexts *contexts, const cmrp_offer *offer, unsigned i,
                 cmrp_context_syntax syntax)
{
    known_context *known = find(contexts, offer->ids[i]);

    if (known == NULL && contexts->count < CMRP_MAX_CONTEXTS)
        known = &contexts->known[contexts->count++];
    if (known)
        *known =
            (known_context){ offer->ids[i], offer->majors[i], (uint8_t)syntax, offer->ours == 0 };
}

bool contexts_wait(const cmrp_connection *connection)
{
    return connection->contexts && connection->contexts->waiting;
}

bool contexts_leave_choice(const cmrp_connection *connection)
{
    return connection->contexts && connection->contexts->leave_choice;
}

cmrp_context_syntax contexts_syntax(const cmrp_connection *connection, uint16_t id, uint16_t *major)
{
    const known_context *known = find(connection->contexts, id);

    *major = known ? known->major : 0;
    if (known)
        return (cmrp_context_syntax)known->syntax;
    return connection->contexts->count < CMRP_MAX_CONTEXTS ? CMRP_CONTEXT_PLAIN : CMRP_CONTEXT_OPEN;
}

/** The same of an offer that nobody was seen to answer. */
static uint16_t offered_version(const cmrp_offer *offer, uint16_t id)
{
    for (unsigned i = 0; i < CMRP_MAX_OFFERS; i++) {
        if ((offer->ours & 1U << i) && offer->ids[i] == id)
            return offer->majors[i];
    }
    return 0;
}

uint16_t contexts_version(const cmrp_connection *connection, uint16_t id)
{
    struct cmrp_contexts *contexts = connection->contexts;
    const known_context *known = contexts ? find(contexts, id) : NULL;
    uint16_t version = known ? known->major : 0;

    if (contexts == NULL)
        return 0;
    for (const cmrp_offer *o = contexts->waiting; o && version == 0; o = o->next)
        version = offered_version(o, id);
    return version;
}

/* ---------------------------------------------------------------- offers */

/** Takes an offer off the list; NULL if there is none with this number. */
static cmrp_offer *take(struct cmrp_contexts *contexts, uint32_t call)
{
    for (cmrp_offer **link = &contexts->waiting; *link; link = &(*link)->next) {
        cmrp_offer *offer = *link;

        if (offer->call == call) {
            *link = offer->next;
            return offer;
        }
    }
    return NULL;
}

/** Forgets the offers that wait longest, so that a client that is never answered costs no more. */
static void forget_oldest(struct cmrp_contexts *contexts)
{
    cmrp_offer **link = &contexts->waiting;

    for (unsigned i = 0; *link && i + 1 < CMRP_MAX_BINDS; i++)
        link = &(*link)->next;
    while (*link) {
        cmrp_offer *offer = *link;

        *link = offer->next;
        wmem_free(wmem_file_scope(), offer);
    }
}

/** Contexts that leave a choice are open until the answer comes. An id that is offered again keeps its syntax. */
static void note_open(struct cmrp_contexts *contexts, const cmrp_offer *offer)
{
    for (unsigned i = 0; i < CMRP_MAX_OFFERS; i++) {
        if (!(offer->ours & 1U << i))
            continue;
        if (find(contexts, offer->ids[i]))
            contexts->leave_choice = true;
        else if (offer->several & 1U << i)
            note(contexts, offer, i, CMRP_CONTEXT_OPEN);
    }
    contexts->leave_choice |= offer->several != 0;
}

void contexts_open(cmrp_connection *connection, uint16_t id, uint16_t major)
{
    struct cmrp_contexts *contexts = contexts_of(connection);
    const cmrp_offer offer = { .ids = { id }, .majors = { major } };

    note(contexts, &offer, 0, CMRP_CONTEXT_OPEN);
    contexts->leave_choice = true;
}

bool contexts_is_guess(const cmrp_connection *connection, uint16_t id)
{
    const known_context *known = connection->contexts ? find(connection->contexts, id) : NULL;

    return known && known->guessed;
}

void contexts_offered(cmrp_connection *connection, const cmrp_offer *offer)
{
    struct cmrp_contexts *contexts = contexts_of(connection);
    cmrp_offer *kept = take(contexts, offer->call);

    /* A bind that was sent again takes the place of the first. */
    if (kept == NULL)
        kept = wmem_new(wmem_file_scope(), cmrp_offer);
    forget_oldest(contexts);
    *kept = *offer;
    kept->next = contexts->waiting;
    contexts->waiting = kept;
    note_open(contexts, offer);
}

/* ---------------------------------------------------------------- answers */

static void note_accepted(struct cmrp_contexts *contexts, const cmrp_offer *offer,
                          const cmrp_answer *answer)
{
    const uint32_t mine = offer->ours & answer->accepted;

    for (unsigned i = 0; i < CMRP_MAX_OFFERS; i++) {
        const uint32_t bit = 1U << i;

        if ((mine & answer->ndr64) & bit)
            note(contexts, offer, i, CMRP_CONTEXT_NDR64);
        else if ((mine & answer->ndr) & bit)
            note(contexts, offer, i, CMRP_CONTEXT_NDR);
    }
}

bool contexts_answered(cmrp_connection *connection, uint32_t call, const cmrp_answer *answer,
                       cmrp_offer *offer)
{
    struct cmrp_contexts *contexts = connection->contexts;
    cmrp_offer *asked = contexts ? take(contexts, call) : NULL;

    if (asked == NULL)
        return false;
    *offer = *asked;
    wmem_free(wmem_file_scope(), asked);
    note_accepted(contexts, offer, answer);
    return true;
}
