/* rule.h
 * What is a rule of MS-CMRP that the plugin checks?
 *
 * A rule is a row in the file of its family: what it says, on which PDUs it is asked, and one function that
 * decides. Rows that cannot work are refused when the first PDU is judged (rules_problem.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_RULE_H
#define CMRP_RULE_H

#include "interface/descriptors.h"

typedef enum {
    CMRP_MUST,
    CMRP_SHOULD,
    CMRP_SUSPICION, /**< hints at a breach, proves none */
    CMRP_CHAT,      /**< worth knowing, no finding */
    CMRP_UNREADABLE /**< the PDU cannot be read to its end: a broken MUST that costs data */
} cmrp_level;

typedef enum {
    CMRP_KEPT,
    CMRP_BROKEN,
    CMRP_UNDECIDED /**< the capture does not hold what it takes */
} cmrp_verdict;

/** On which PDUs a rule is asked. */
enum {
    CMRP_ON_REQUEST = 1 << 0,
    /* Responses, to a request that was read whole, by their status. */
    CMRP_ON_SUCCESS = 1 << 1,
    CMRP_ON_FAILURE = 1 << 2,
    CMRP_ON_NO_STATUS = 1 << 3, /**< they have none */
    CMRP_ON_RESPONSE = CMRP_ON_SUCCESS | CMRP_ON_FAILURE | CMRP_ON_NO_STATUS,
    /** Responses, read or not, to a request that is no consistent NDR. */
    CMRP_ON_BROKEN = 1 << 4,
    CMRP_ON_FAULT = 1 << 5,   /**< that answers a call */
    CMRP_ON_BIND = 1 << 6,    /**< or alter_context, for the interface */
    CMRP_ON_BIND_ACK = 1 << 7 /**< the answer to one */
};

/** What those who read a PDU find wrong with it by themselves. Each has its rule, a row without a function. */
typedef enum {
    CMRP_DEFECT_NONE,
    CMRP_DEFECT_NDR_TRUNCATED,
    CMRP_DEFECT_NDR_COUNT_EXCEEDS_DATA,
    CMRP_DEFECT_NDR_OFFSET_NOT_ZERO,
    CMRP_DEFECT_NDR_ACTUAL_EXCEEDS_MAXIMUM,
    CMRP_DEFECT_NDR_STRING_NOT_TERMINATED,
    CMRP_DEFECT_NDR_COUNT_MISMATCH,
    CMRP_DEFECT_NDR_TRAILING_BYTES,
    CMRP_DEFECT_PROPERTY_LIST_MALFORMED,
    CMRP_DEFECT_PROPERTY_SYNTAX,
    CMRP_DEFECT_REGISTRY_BATCH_MALFORMED,
    CMRP_DEFECT_CUT_SHORT,
    CMRP_DEFECT_DECRYPTION_DOUBTFUL,
    CMRP_DEFECT_KEY_MISSING,
    CMRP_DEFECTS
} cmrp_defect;

struct cmrp_case;
struct cmrp_way;

/** One row. Of `check`, `check_handle`, `check_way` and `defect` it has exactly one. */
typedef struct {
    const char *id;           /**< "open-success-without-handle"; its family stands first */
    const char *requirements; /**< ids of tests/data/requirements.tsv that it implements */
    const char *section;      /**< of MS-CMRP unless another document is named */
    const char *party;        /**< who is bound: client, server or both */
    cmrp_level level;
    const char *text; /**< one sentence: who must do what */
    const char *
        note; /**< what a note on product behaviour says of Windows, without a full stop; or NULL */
    uint16_t on; /**< CMRP_ON_REQUEST and so on */
    /** Is it about this method? Asked once for each. NULL: all. */
    bool (*concerns)(const cmrp_method *method);
    /** Judges a PDU (rules/case.h). */
    cmrp_verdict (*check)(struct cmrp_case *c);
    /**
     * Judges one handle of the request, by its number in wire order. Asked only for suspect handles: those
     * that are NULL, not known to be fit, of the other version, or of what was deleted.
     */
    cmrp_verdict (*check_handle)(struct cmrp_case *c, unsigned place);
    /** Judges how a connection is used. Found once in each, on the first PDU that shows it. */
    cmrp_verdict (*check_way)(struct cmrp_way *way);
    bool first_decides; /**< with check_way: once it was kept nobody asks again */
    cmrp_defect defect;
} cmrp_rule;

/** What ends the rows of a family. */
#define CMRP_RULES_END                                                                             \
    {                                                                                              \
        .id = NULL                                                                                 \
    }

/** Rules with check_way: a connection has a bit for each. */
#define CMRP_MAX_WAY_RULES 32U

/** The section of a rule that stands on the page of each method that it concerns. */
#define CMRP_SECTION_OF_METHOD "page of the method"

/** The section of a rule that stands on the page of the method by which the object was registered at the port. */
#define CMRP_SECTION_OF_REGISTRATION "page of the method that registered"

/** "MUST", "SHOULD", "suspicion"; NULL for a fact. */
const char *rule_level_name(cmrp_level level);

#endif
