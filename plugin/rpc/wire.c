/* wire.c
 * Where does what stand in the PDUs of RPC (C706 chapter 12; MS-RPCE 2.2.2, 2.2.3)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/wire.h"

int wire_find_interface(tvbuff_t *tvb)
{
    const uint32_t length = tvb_captured_length(tvb);
    const uint8_t *bytes = length ? tvb_get_ptr(tvb, 0, (int)length) : NULL;
    const uint8_t *found = NULL;

    if (bytes)
        found = ws_memmem(bytes, length, wire_uuid_little, sizeof(wire_uuid_little));
    if (bytes && found == NULL)
        found = ws_memmem(bytes, length, wire_uuid_big, sizeof(wire_uuid_big));
    return found ? (int)(found - bytes) : -1;
}
