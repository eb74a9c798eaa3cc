/* expression.h
 * Does a dependency expression follow its grammar (3.1.4.2.109, 3.1.4.2.157, 3.1.4.2.159)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_EXPRESSION_H
#define CMRP_EXPRESSION_H

#include "base/wireshark_compat.h"

typedef enum {
    EXPRESSION_OF_RESOURCES, /**< ands of ors, round brackets */
    EXPRESSION_OF_GROUPS,    /**< ands, curly or round brackets */
    EXPRESSION_OF_GROUP_SETS /**< ands, round brackets */
} expression_kind;

/** True if the text is an expression, as far as that can be told without doubt. */
bool expression_is_valid(expression_kind kind, const char *text);

#endif
