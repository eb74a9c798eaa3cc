/* status_names.c
 * What is a status code called, and what does it mean?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "interface/status_names.h"

#include "cmrp_constants.h"
#include "cmrp_tables.h"

const char *status_name(uint32_t status)
{
    return try_val_to_str_ext(status, &cmrp_statuses_ext);
}

const char *status_text(uint32_t status)
{
    return try_val_to_str_ext(status, &cmrp_status_texts_ext);
}

const char *status_fault_name(uint32_t status)
{
    /* Windows sends Win32 errors in faults as well: access denied is 5. */
    return try_val_to_str_ext(status, &cmrp_fault_statuses_ext);
}

bool status_is_rpc(uint32_t status)
{
    return try_val_to_str(status, cmrp_rpc_status_names) != NULL;
}

bool status_is_win32_of_rpc(uint32_t status)
{
    /* The header of Windows gives RPC this range; which of them exist grows with each Windows. */
    const uint32_t first = CMRP_RPC_S_INVALID_STRING_BINDING, behind = first + 300;

    return status >= first && status < behind;
}
