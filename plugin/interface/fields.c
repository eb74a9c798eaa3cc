/* fields.c
 * Which fields does the plugin have beside those of parameters and members?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "interface/fields.h"

#include "base/wireshark_compat.h"
#include "cmrp_tables.h"
#include "interface/outcome.h"
#include "interface/status_names.h"

int hf_cmrp_version = -1;
int hf_cmrp_opnum = -1;
int hf_cmrp_method = -1;
int hf_cmrp_status = -1;
int hf_cmrp_status_name = -1;
int hf_cmrp_rpc_status = -1;
int hf_cmrp_response_time = -1;
int hf_cmrp_outcome = -1;
int hf_cmrp_fault = -1;
int hf_cmrp_unbound = -1;
int hf_cmrp_sealed = -1;

int hf_cmrp_handle = -1;
int hf_cmrp_handle_attributes = -1;
int hf_cmrp_handle_uuid = -1;
int hf_cmrp_handle_type = -1;
int hf_cmrp_handle_of_request = -1;
int hf_cmrp_handle_id = -1;
int hf_cmrp_handle_name = -1;
int hf_cmrp_handle_opened_in = -1;
int hf_cmrp_handle_closed_in = -1;
int hf_cmrp_handle_object_name = -1;
int hf_cmrp_handle_object_id = -1;
int hf_cmrp_handle_resource_type = -1;
int hf_cmrp_handle_group = -1;
int hf_cmrp_handle_owner_node = -1;
int hf_cmrp_handle_node = -1;
int hf_cmrp_handle_network = -1;
int hf_cmrp_handle_learnt_in = -1;

int hf_cmrp_finding = -1;
int hf_cmrp_finding_level = -1;
int hf_cmrp_finding_section = -1;
int hf_cmrp_finding_evidence = -1;

int hf_cmrp_ndr_maximum = -1;
int hf_cmrp_ndr_offset = -1;
int hf_cmrp_ndr_actual = -1;
int hf_cmrp_ndr_referent = -1;
int hf_cmrp_ndr_array = -1;
int hf_cmrp_ndr_trailing = -1;
int hf_cmrp_ndr_unread = -1;

int ett_cmrp = -1;
int ett_cmrp_handle = -1;
int ett_cmrp_flags = -1;
int ett_cmrp_string = -1;
int ett_cmrp_array = -1;
int ett_cmrp_structure = -1;
int ett_cmrp_finding = -1;

static void register_common(int proto)
{
    static hf_register_info hf[] = {
        { &hf_cmrp_version,
          { "Interface version", "cmrp.version", FT_UINT8, BASE_DEC, NULL, 0x0,
            "Major version of the interface: 2 or 3", HFILL } },
        { &hf_cmrp_opnum,
          { "Operation", "cmrp.opnum", FT_UINT16, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_method,
          { "Method", "cmrp.method", FT_STRING, BASE_NONE, NULL, 0x0, "Name of the operation",
            HFILL } },
        { &hf_cmrp_status,
          { "Status", "cmrp.status", FT_UINT32, BASE_DEC | BASE_EXT_STRING,
            VALS_EXT_PTR(&cmrp_statuses_ext), 0x0,
            "The method's own result: its Status parameter or its return value", HFILL } },
        { &hf_cmrp_status_name,
          { "Name of the status", "cmrp.status_name", FT_STRING, BASE_NONE, NULL, 0x0,
            "What the status is called: ERROR_ACCESS_DENIED", HFILL } },
        { &hf_cmrp_rpc_status,
          { "rpc_status", "cmrp.rpc_status", FT_UINT32, BASE_HEX | BASE_EXT_STRING,
            VALS_EXT_PTR(&cmrp_rpc_statuses_ext), 0x0, "How the call itself fared", HFILL } },
        { &hf_cmrp_response_time,
          { "Response time", "cmrp.response_time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0x0,
            "Time since the request", HFILL } },
        { &hf_cmrp_outcome,
          { "Outcome", "cmrp.outcome", FT_STRING, BASE_NONE, NULL, 0x0,
            "How the call ended: success, continues, failure, fault", HFILL } },
        { &hf_cmrp_fault,
          { "Fault", "cmrp.fault", FT_UINT32, BASE_HEX | BASE_EXT_STRING,
            VALS_EXT_PTR(&cmrp_fault_statuses_ext), 0x0, "Status of a fault that answers a call",
            HFILL } },
        { &hf_cmrp_unbound,
          { "Connection without its bind", "cmrp.unbound", FT_STRING, BASE_NONE, NULL, 0x0,
            "The capture begins after the bind, so that the interface is not known", HFILL } },
        { &hf_cmrp_sealed,
          { "Sealed", "cmrp.sealed", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
            "The PDU is encrypted, and was not opened", HFILL } },
        { &hf_cmrp_handle,
          { "Context handle", "cmrp.handle", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_handle_attributes,
          { "Attributes", "cmrp.handle.attributes", FT_UINT32, BASE_HEX, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_handle_uuid,
          { "UUID", "cmrp.handle.uuid", FT_GUID, BASE_NONE, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_handle_type,
          { "Type", "cmrp.handle.type", FT_STRING, BASE_NONE, NULL, 0x0, "Type of the handle",
            HFILL } },
        { &hf_cmrp_handle_of_request,
          { "Handle of the request", "cmrp.handle.of_request", FT_STRING, BASE_NONE, NULL, 0x0,
            "The parameter of the request that holds it", HFILL } },
        { &hf_cmrp_handle_id,
          { "Life", "cmrp.handle.id", FT_UINT32, BASE_DEC, NULL, 0x0,
            "Number of this handle's life in the capture", HFILL } },
        { &hf_cmrp_handle_name,
          { "Name", "cmrp.handle.name", FT_STRING, BASE_NONE, NULL, 0x0,
            "What the handle refers to", HFILL } },
        { &hf_cmrp_handle_opened_in,
          { "Opened in", "cmrp.handle.opened_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
            "The response that returned this handle", HFILL } },
        { &hf_cmrp_handle_closed_in,
          { "Closed in", "cmrp.handle.closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
            "The frame that ended this handle's life", HFILL } },
        { &hf_cmrp_handle_object_name,
          { "Object name", "cmrp.handle.object_name", FT_STRING, BASE_NONE, NULL, 0x0,
            "What the object is called, if the handle was opened by another name", HFILL } },
        { &hf_cmrp_handle_object_id,
          { "Object id", "cmrp.handle.object_id", FT_STRING, BASE_NONE, NULL, 0x0,
            "The id of what the handle refers to", HFILL } },
        { &hf_cmrp_handle_resource_type,
          { "Resource type", "cmrp.handle.resource_type", FT_STRING, BASE_NONE, NULL, 0x0,
            "The type of the resource", HFILL } },
        { &hf_cmrp_handle_group,
          { "Group", "cmrp.handle.group", FT_STRING, BASE_NONE, NULL, 0x0,
            "The group that holds the resource", HFILL } },
        { &hf_cmrp_handle_owner_node,
          { "Owner node", "cmrp.handle.owner_node", FT_STRING, BASE_NONE, NULL, 0x0,
            "The node that owned the group, or the resource, when it was last told", HFILL } },
        { &hf_cmrp_handle_node,
          { "Node", "cmrp.handle.node", FT_STRING, BASE_NONE, NULL, 0x0,
            "The node of the network interface", HFILL } },
        { &hf_cmrp_handle_network,
          { "Network", "cmrp.handle.network", FT_STRING, BASE_NONE, NULL, 0x0,
            "The network of the network interface", HFILL } },
        { &hf_cmrp_handle_learnt_in,
          { "Learnt in", "cmrp.handle.learnt_in", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
            "The answer that told this", HFILL } },
        { &hf_cmrp_finding,
          { "Finding", "cmrp.finding", FT_STRING, BASE_NONE, NULL, 0x0,
            "A rule of the specification that this PDU breaks", HFILL } },
        { &hf_cmrp_finding_level,
          { "Level", "cmrp.finding.level", FT_STRING, BASE_NONE, NULL, 0x0,
            "MUST, SHOULD or suspicion", HFILL } },
        { &hf_cmrp_finding_section,
          { "Section", "cmrp.finding.section", FT_STRING, BASE_NONE, NULL, 0x0,
            "Section of the specification that the rule comes from", HFILL } },
        { &hf_cmrp_finding_evidence,
          { "Evidence", "cmrp.finding.evidence", FT_FRAMENUM, BASE_NONE, NULL, 0x0,
            "A frame that proves the finding", HFILL } },
        { &hf_cmrp_ndr_maximum,
          { "Maximum count", "cmrp.ndr.maximum_count", FT_UINT64, BASE_DEC, NULL, 0x0, NULL,
            HFILL } },
        { &hf_cmrp_ndr_offset,
          { "Offset", "cmrp.ndr.offset", FT_UINT64, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_ndr_actual,
          { "Actual count", "cmrp.ndr.actual_count", FT_UINT64, BASE_DEC, NULL, 0x0, NULL,
            HFILL } },
        { &hf_cmrp_ndr_referent,
          { "Referent id", "cmrp.ndr.referent_id", FT_UINT64, BASE_HEX, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_ndr_array,
          { "Array", "cmrp.ndr.array", FT_STRING, BASE_NONE, NULL, 0x0,
            "The parameter or member that is an array", HFILL } },
        { &hf_cmrp_ndr_trailing,
          { "Bytes after the last parameter", "cmrp.ndr.trailing", FT_BYTES, BASE_NONE, NULL, 0x0,
            NULL, HFILL } },
        { &hf_cmrp_ndr_unread,
          { "Bytes that could not be read", "cmrp.ndr.unread", FT_BYTES, BASE_NONE, NULL, 0x0, NULL,
            HFILL } },
    };

    proto_register_field_array(proto, hf, G_N_ELEMENTS(hf));
}

void fields_register(int proto)
{
    static int *ett[] = { &ett_cmrp,       &ett_cmrp_handle,    &ett_cmrp_flags,  &ett_cmrp_string,
                          &ett_cmrp_array, &ett_cmrp_structure, &ett_cmrp_finding };

    register_common(proto);
    proto_register_field_array(proto, cmrp_fields, (int)cmrp_field_count);
    proto_register_subtree_array(ett, G_N_ELEMENTS(ett));
}
