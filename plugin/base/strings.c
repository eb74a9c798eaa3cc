/* strings.c
 * Which texts were met in the capture, and which of them mean the same?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/strings.h"

static wmem_map_t *texts;    /* by themselves */
static wmem_map_t *meanings; /* numbers, by text without case */

void strings_reset(void)
{
    /* Texts come from the wire; wmem_str_hash has a secret seed. */
    texts = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
    meanings = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
}

const cmrp_string *string_intern(const char *utf8)
{
    cmrp_string *kept = (cmrp_string *)wmem_map_lookup(texts, utf8);
    size_t size;

    if (kept)
        return kept;
    size = strlen(utf8) + 1;
    kept = (cmrp_string *)wmem_alloc(wmem_file_scope(), sizeof(cmrp_string) + size);
    kept->meaning = 0;
    memcpy(kept->utf8, utf8, size);
    wmem_map_insert(texts, kept->utf8, kept);
    return kept;
}

uint32_t string_fold_id(const cmrp_string *text)
{
    char *folded;

    if (text->meaning != 0)
        return text->meaning;
    folded = g_utf8_casefold(text->utf8, -1);
    ((cmrp_string *)text)->meaning = GPOINTER_TO_UINT(wmem_map_lookup(meanings, folded));
    if (text->meaning == 0) {
        ((cmrp_string *)text)->meaning = wmem_map_size(meanings) + 1;
        wmem_map_insert(meanings, wmem_strdup(wmem_file_scope(), folded),
                        GUINT_TO_POINTER(text->meaning));
    }
    g_free(folded);
    return text->meaning;
}
