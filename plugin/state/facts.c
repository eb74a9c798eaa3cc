/* facts.c
 * What was known of an object at a moment of the capture? Histories of facts.
 *
 * Cost: an entry for each change. What is told again costs a look-up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/facts.h"

#include "base/bounds.h"

/** What was known of one kind. */
typedef struct cmrp_history {
    struct cmrp_history *next;
    wmem_array_t *facts; /**< of cmrp_fact, in the order of the capture; never empty */
    unsigned kind;
} cmrp_history;

static uint32_t fact_count;
static uint32_t lost_in; /* frame of the first fact for which there was no room; 0: none yet */

void facts_reset(void)
{
    fact_count = 0;
    lost_in = 0;
}

bool facts_are_lost(const cmrp_when *when)
{
    return lost_in != 0 && when->frame > lost_in;
}

static cmrp_history *history_of(const cmrp_facts *facts, unsigned kind)
{
    cmrp_history *h = facts->first;

    if ((facts->kinds & 1U << kind) == 0)
        return NULL;
    while (h->kind != kind)
        h = h->next;
    return h;
}

static cmrp_fact *fact_of(const cmrp_history *h, unsigned index)
{
    return (cmrp_fact *)wmem_array_index(h->facts, index);
}

static cmrp_fact *last_of(const cmrp_history *h)
{
    return h ? fact_of(h, wmem_array_get_count(h->facts) - 1) : NULL;
}

const cmrp_fact *facts_last(const cmrp_facts *facts, unsigned kind)
{
    return last_of(history_of(facts, kind));
}

bool facts_visit_texts(const cmrp_facts *facts, unsigned kind,
                       void (*visit)(const cmrp_string *text, void *data), void *data)
{
    const cmrp_history *h = history_of(facts, kind);
    const unsigned count = h ? wmem_array_get_count(h->facts) : 0;

    for (unsigned i = count; i > 0 && count - i < CMRP_MAX_NAMES; i--) {
        const cmrp_string *text = fact_of(h, i - 1)->text;

        if (text)
            visit(text, data);
    }
    return count <= CMRP_MAX_NAMES;
}

/** The number of facts that were learnt up to a frame, that frame included. */
static unsigned count_up_to(const cmrp_history *h, uint32_t frame)
{
    unsigned low = 0, high = wmem_array_get_count(h->facts);

    /* Whoever reads the capture in its order knows them all. */
    if (fact_of(h, high - 1)->frame <= frame)
        return high;
    while (low < high) {
        const unsigned middle = low + (high - low) / 2;

        if (fact_of(h, middle)->frame > frame)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

const cmrp_fact *facts_at(const cmrp_facts *facts, unsigned kind, const cmrp_when *when)
{
    const cmrp_history *h = history_of(facts, kind);
    unsigned count;

    if (h == NULL)
        return NULL;
    /* A call has one entry at most: those of one frame are few. */
    for (count = count_up_to(h, when->frame); count > 0; count--) {
        const cmrp_fact *fact = fact_of(h, count - 1);

        if (fact->frame != when->frame || fact->call == when->call)
            return fact;
    }
    return NULL;
}

static cmrp_history *new_history(cmrp_facts *facts, unsigned kind)
{
    cmrp_history *h = wmem_new(wmem_file_scope(), cmrp_history);

    h->kind = kind;
    h->facts = wmem_array_sized_new(wmem_file_scope(), sizeof(cmrp_fact), 1);
    h->next = facts->first;
    facts->first = h;
    facts->kinds |= (uint16_t)(1U << kind);
    return h;
}

/** Adds an entry; one that the same answer made before is replaced. */
static void add_fact(cmrp_facts *facts, unsigned kind, const cmrp_fact *made)
{
    cmrp_history *h = history_of(facts, kind);
    cmrp_fact *last = last_of(h);

    if (last && last->frame == made->frame && last->call == made->call) {
        *last = *made;
        return;
    }
    if (fact_count == CMRP_MAX_FACTS) {
        if (lost_in == 0)
            lost_in = made->frame;
        return;
    }
    fact_count++;
    wmem_array_append(h ? h->facts : new_history(facts, kind)->facts, made, 1);
}

/** True if an entry need not be made, because the last one says it already. */
static bool is_old(const cmrp_fact *last, const cmrp_when *when)
{
    /* One that another PDU of this frame made is not known to all of them. */
    return last->frame < when->frame || last->call == when->call;
}

void facts_learn(cmrp_facts *facts, unsigned kind, const cmrp_string *text, cmrp_object *object,
                 const cmrp_when *when)
{
    const cmrp_fact *last = facts_last(facts, kind);
    const bool nothing = text == NULL && object == NULL;

    if (last == NULL ? nothing : is_old(last, when) && last->object == object && last->text == text)
        return;
    add_fact(facts, kind, &(cmrp_fact){ when->frame, when->frame, when->call, text, object });
}

void facts_take_over(cmrp_facts *facts, unsigned kind, const cmrp_fact *fact, const cmrp_when *when)
{
    add_fact(facts, kind,
             &(cmrp_fact){ when->frame, fact->learnt_in, when->call, fact->text, fact->object });
}
