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

bool wire_is_pipe(const packet_info *pinfo)
{
    static int smb = -1, smb2 = -1;
    const wmem_list_frame_t *layer = wmem_list_head(pinfo->layers);

    if (smb < 0) {
        smb = proto_get_id_by_filter_name("smb");
        smb2 = proto_get_id_by_filter_name("smb2");
    }
    for (; layer; layer = wmem_list_frame_next(layer)) {
        const int protocol = GPOINTER_TO_INT(wmem_list_frame_data(layer));

        if (protocol == smb || protocol == smb2)
            return true;
    }
    return false;
}

const uint8_t *wire_trailer(const uint8_t *pdu, uint32_t length, uint32_t header, uint32_t *token)
{
    *token = wire_number(pdu, WIRE_CO_AUTH_LENGTH, 2);
    if (*token == 0 || length < header + WIRE_TRAILER + *token)
        return NULL;
    return pdu + length - *token - WIRE_TRAILER;
}
