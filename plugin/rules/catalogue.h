/* catalogue.h
 * Which families of rules are there?
 *
 * A family is a file of this folder, a page of cases in tests/conformance, and a heading in docs/rules.md, all
 * of one name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CATALOGUE_H
#define CMRP_CATALOGUE_H

#include "rules/rule.h"

/** The families, in the order of docs/rules.md and of the findings of a PDU. */
#define CMRP_FAMILIES(FAMILY)                                                                      \
    FAMILY(transport)                                                                              \
    FAMILY(ndr)                                                                                    \
    FAMILY(open)                                                                                   \
    FAMILY(close)                                                                                  \
    FAMILY(handle)                                                                                 \
    FAMILY(status_handle)                                                                          \
    FAMILY(status)                                                                                 \
    FAMILY(method)                                                                                 \
    FAMILY(access)                                                                                 \
    FAMILY(fault)                                                                                  \
    FAMILY(name)                                                                                   \
    FAMILY(state)                                                                                  \
    FAMILY(enum)                                                                                   \
    FAMILY(control)                                                                                \
    FAMILY(registry)                                                                               \
    FAMILY(registry_batch)                                                                         \
    FAMILY(flags)                                                                                  \
    FAMILY(flags_node)                                                                             \
    FAMILY(notify_filters)                                                                         \
    FAMILY(notify_events)                                                                          \
    FAMILY(notify_v2_events)                                                                       \
    FAMILY(notify_waits)                                                                           \
    FAMILY(notify_sequences)                                                                       \
    FAMILY(capture)

/** The rules of each family: rules_open and so on. CMRP_RULES_END ends them. */
#define CMRP_DECLARE_FAMILY(name) extern const cmrp_rule rules_##name[];
CMRP_FAMILIES(CMRP_DECLARE_FAMILY)
#undef CMRP_DECLARE_FAMILY

typedef struct {
    const char *name;       /**< "status_handle" */
    const cmrp_rule *rules; /**< CMRP_RULES_END ends them */
} cmrp_family;

/** All families; one without a name ends them. */
extern const cmrp_family cmrp_catalogue[];

/** All rules, family by family; NULL ends them. Lives until Wireshark ends. */
const cmrp_rule *const *catalogue_rules(void);

/**
 * Looks at every row, and stops Wireshark with a sentence if one cannot work. It asks each rule about each method:
 * not to be called where no PDU is read.
 */
void catalogue_check(void);

#endif
