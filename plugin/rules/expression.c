/* expression.c
 * Does a dependency expression follow its grammar (3.1.4.2.109, 3.1.4.2.157, 3.1.4.2.159)?
 *
 * The pages differ in details: those of groups and group sets say that round brackets are ignored, while
 * their grammars demand them in pairs. Read here is what all of it has in common: operands in square
 * brackets, an operator between any two of them, brackets in pairs around them, and "or" only in
 * expressions of resources, there only inside one pair of brackets or without any.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/expression.h"

typedef struct {
    expression_kind kind;
    const char *at;
    unsigned depth; /**< of brackets */
    bool ands;      /**< an "and" stands outside the innermost brackets */
    bool ors;       /**< an "or" does */
} reader;

static void skip_space(reader *r)
{
    while (g_ascii_isspace(*r->at))
        r->at++;
}

/** "[NAME OR ID]". */
static bool take_operand(reader *r)
{
    const char *end = *r->at == '[' ? strchr(r->at, ']') : NULL;

    if (end == NULL || end == r->at + 1)
        return false;
    r->at = end + 1;
    return true;
}

static bool take_word(reader *r, const char *word)
{
    const size_t length = strlen(word);

    if (g_ascii_strncasecmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

static bool opens(const reader *r)
{
    return *r->at == '(' || (*r->at == '{' && r->kind == EXPRESSION_OF_GROUPS);
}

static bool closes(const reader *r)
{
    return *r->at == ')' || (*r->at == '}' && r->kind == EXPRESSION_OF_GROUPS);
}

static bool take_operator(reader *r)
{
    if (take_word(r, "and")) {
        r->ands |= r->depth == 0;
        /* Resources: "ands of ors", so that nothing is anded inside brackets. */
        return r->kind != EXPRESSION_OF_RESOURCES || r->depth == 0;
    }
    if (r->kind != EXPRESSION_OF_RESOURCES || !take_word(r, "or"))
        return false;
    r->ors |= r->depth == 0;
    return true;
}

bool expression_is_valid(expression_kind kind, const char *text)
{
    reader r = { .kind = kind, .at = text };
    bool operand_next = true;

    for (skip_space(&r); *r.at; skip_space(&r)) {
        if (operand_next && opens(&r)) {
            if (++r.depth > 1 && kind == EXPRESSION_OF_RESOURCES)
                return false;
            r.at++;
        } else if (!operand_next && closes(&r)) {
            if (r.depth-- == 0)
                return false;
            r.at++;
        } else if (operand_next) {
            if (!take_operand(&r))
                return false;
            operand_next = false;
        } else {
            if (!take_operator(&r))
                return false;
            operand_next = true;
        }
    }
    return !operand_next && r.depth == 0 && !(r.ands && r.ors);
}
