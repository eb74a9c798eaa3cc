/* wire.c
 * Where does what stand in the PDUs of RPC (C706 chapter 12; MS-RPCE 2.2.2, 2.2.3)?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/wire.h"

const uint8_t *wire_find_interface(const uint8_t *bytes, uint32_t length)
{
    const uint8_t *found = ws_memmem(bytes, length, wire_uuid_little, sizeof(wire_uuid_little));

    return found ? found : ws_memmem(bytes, length, wire_uuid_big, sizeof(wire_uuid_big));
}
