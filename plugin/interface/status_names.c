/* status_names.c
 * What is a status code called?
 *
 * Wireshark's header lists the Win32 errors under WERR_ names. The specification spells them ERROR_,
 * RPC_S_ and so on, and users look for that spelling: the names are made from the list when the
 * plugin is loaded. The spelling of idl/status.tsv wins where it has the code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "interface/status_names.h"

#include "cmrp_constants.h"
#include "cmrp_tables.h"

#include <epan/dissectors/packet-windows-common.h>

#define NAME_AND_VALUE(name, value) { value, #name },

static const value_string werr_names[] = { WERR_errors_VALUE_STRING_LIST(NAME_AND_VALUE) };

static value_string_ext *statuses;
static value_string_ext *rpc_statuses;

/** Errors that are no plain ERROR_x: the rest of their name stands as it is. */
static bool has_prefix_of_its_own(const char *name)
{
    static const char *const prefixes[] = { "RPC_S_", "RPC_X_", "EPT_S_", "DNS_",
                                            "NERR_",  "FRS_",   "OR_" };

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (g_str_has_prefix(name, prefixes[i]))
            return true;
    }
    return false;
}

/** The name to show for an entry of Wireshark's list. Made once and kept until the program ends. */
static const char *spelled(const char *werr_name)
{
    const char *rest = werr_name + strlen("WERR_");

    if (has_prefix_of_its_own(rest))
        return rest;
    return g_strconcat("ERROR_", rest, NULL);
}

static int by_value(const void *a, const void *b)
{
    const uint32_t left = ((const value_string *)a)->value;
    const uint32_t right = ((const value_string *)b)->value;

    return left < right ? -1 : left > right;
}

/** Wireshark's list with names spelled anew, after `own` names, which win where both have a value. */
static value_string_ext *merge(const value_string *own, unsigned own_count, const char *list_name)
{
    const value_string end = { 0, NULL };
    GArray *list = g_array_new(FALSE, FALSE, sizeof(value_string));

    g_array_append_vals(list, own, own_count);
    for (unsigned i = 0; i < G_N_ELEMENTS(werr_names); i++) {
        const value_string entry = { werr_names[i].value, spelled(werr_names[i].strptr) };

        if (!bsearch(&entry, own, own_count, sizeof(value_string), by_value))
            g_array_append_val(list, entry);
    }
    qsort(list->data, list->len, sizeof(value_string), by_value);
    g_array_append_val(list, end);
    return value_string_ext_new(wmem_epan_scope(), (const value_string *)(void *)list->data,
                                list->len, list_name);
}

value_string_ext *status_names(void)
{
    if (statuses == NULL)
        statuses = merge(cmrp_status_names, cmrp_status_name_count, "cmrp_statuses");
    return statuses;
}

value_string_ext *status_names_rpc(void)
{
    if (rpc_statuses == NULL)
        rpc_statuses =
            merge(cmrp_rpc_status_names, cmrp_rpc_status_name_count, "cmrp_rpc_statuses");
    return rpc_statuses;
}

const char *status_name(uint32_t status)
{
    return try_val_to_str_ext(status, status_names());
}

const char *status_fault_name(uint32_t status)
{
    const char *name = try_val_to_str(status, cmrp_fault_names);

    /* Windows sends Win32 errors in faults as well: access denied is 5. */
    return name ? name : status_name(status);
}

bool status_is_rpc(uint32_t status)
{
    const value_string key = { status, NULL };

    return bsearch(&key, cmrp_rpc_status_names, cmrp_rpc_status_name_count, sizeof(value_string),
                   by_value) != NULL;
}

bool status_is_win32_of_rpc(uint32_t status)
{
    /* The header of Windows gives RPC this range; which of them exist grows with each Windows. */
    const uint32_t first = CMRP_RPC_S_INVALID_STRING_BINDING, behind = first + 300;

    return status >= first && status < behind;
}
