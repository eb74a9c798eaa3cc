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

static bool is_among(const cmrp_layers *wanted, int protocol)
{
    for (unsigned i = 0; i < wanted->count; i++) {
        if (wanted->ids[i] < 0)
            wanted->ids[i] = proto_get_id_by_filter_name(wanted->names[i]);
        if (protocol == wanted->ids[i])
            return true;
    }
    return false;
}

bool wire_has_layer(const packet_info *pinfo, const cmrp_layers *wanted)
{
    const wmem_list_frame_t *layer = wmem_list_head(pinfo->layers);

    for (; layer; layer = wmem_list_frame_next(layer)) {
        if (is_among(wanted, GPOINTER_TO_INT(wmem_list_frame_data(layer))))
            return true;
    }
    return false;
}

bool wire_is_pipe(const packet_info *pinfo)
{
    static const char *const names[] = { "smb", "smb2" };
    static int ids[] = { -1, -1 };
    static const cmrp_layers pipes = { names, ids, G_N_ELEMENTS(ids) };

    return wire_has_layer(pinfo, &pipes);
}

const uint8_t *wire_trailer(const uint8_t *pdu, uint32_t length, uint32_t header, uint32_t *token)
{
    *token = wire_number(pdu, WIRE_CO_AUTH_LENGTH, 2);
    if (*token == 0 || length < header + WIRE_TRAILER + *token)
        return NULL;
    return pdu + length - *token - WIRE_TRAILER;
}
