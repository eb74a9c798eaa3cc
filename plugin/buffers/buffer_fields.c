/* buffer_fields.c
 * Which fields do buffers have beside those of layouts?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/buffer_fields.h"

#include "base/wireshark_compat.h"
#include "cmrp_tables.h"
#include "interface/status_names.h"

int hf_cmrp_buffer_trailing = -1;
int hf_cmrp_buffer_unread = -1;
int hf_cmrp_buffer_hidden = -1;
int hf_cmrp_control_object = -1;
int hf_cmrp_control_global = -1;
int hf_cmrp_control_modify = -1;
int hf_cmrp_control_user = -1;
int hf_cmrp_control_internal = -1;
int hf_cmrp_control_function = -1;
int hf_cmrp_control_access = -1;
int hf_cmrp_property = -1;
int hf_cmrp_property_count = -1;
int hf_cmrp_property_syntax = -1;
int hf_cmrp_property_size = -1;
int hf_cmrp_property_name = -1;
int hf_cmrp_property_format = -1;
int hf_cmrp_property_value = -1;
int hf_cmrp_property_number = -1;
int hf_cmrp_property_number64 = -1;
int hf_cmrp_property_signed = -1;
int hf_cmrp_property_signed64 = -1;
int hf_cmrp_property_time = -1;
int hf_cmrp_property_bytes = -1;
int hf_cmrp_registry_value = -1;
int hf_cmrp_registry_number = -1;
int hf_cmrp_registry_number64 = -1;
int hf_cmrp_registry_bytes = -1;
int hf_cmrp_batch_place = -1;
int hf_cmrp_batch_version = -1;
int hf_cmrp_batch_command = -1;
int hf_cmrp_batch_type = -1;
int hf_cmrp_batch_status = -1;
int hf_cmrp_batch_name_length = -1;
int hf_cmrp_batch_name = -1;
int hf_cmrp_batch_data_length = -1;
int hf_cmrp_security_revision = -1;
int hf_cmrp_security_control = -1;
int hf_cmrp_security_offset = -1;
int hf_cmrp_security_owner = -1;
int hf_cmrp_security_group = -1;
int hf_cmrp_security_acl = -1;
int hf_cmrp_security_acl_size = -1;
int hf_cmrp_security_ace_count = -1;
int hf_cmrp_security_ace = -1;
int hf_cmrp_security_ace_type = -1;
int hf_cmrp_security_ace_flags = -1;
int hf_cmrp_security_ace_size = -1;
int hf_cmrp_security_ace_access = -1;
int hf_cmrp_security_ace_trustee = -1;
int hf_cmrp_security_ace_bytes = -1;

int ett_cmrp_buffer = -1;
int ett_cmrp_control = -1;
int ett_cmrp_property = -1;
int ett_cmrp_batch = -1;
int ett_cmrp_acl = -1;

static const value_string objects[] = {
    { 1, "resource" }, { 2, "resource type" }, { 3, "group" },
    { 4, "node" },     { 5, "network" },       { 6, "network interface" },
    { 7, "cluster" },  { 8, "group set" },     { 0, NULL },
};

static const value_string accesses[] = {
    { 0, "any" }, { 1, "read" }, { 2, "write" }, { 3, "read and write" }, { 0, NULL },
};

/** MS-DTYP 2.4.4.1. */
static const value_string ace_types[] = {
    { 0x00, "ACCESS_ALLOWED" },
    { 0x01, "ACCESS_DENIED" },
    { 0x02, "SYSTEM_AUDIT" },
    { 0x03, "SYSTEM_ALARM" },
    { 0x05, "ACCESS_ALLOWED_OBJECT" },
    { 0x06, "ACCESS_DENIED_OBJECT" },
    { 0x07, "SYSTEM_AUDIT_OBJECT" },
    { 0x08, "SYSTEM_ALARM_OBJECT" },
    { 0x09, "ACCESS_ALLOWED_CALLBACK" },
    { 0x0a, "ACCESS_DENIED_CALLBACK" },
    { 0x0b, "ACCESS_ALLOWED_CALLBACK_OBJECT" },
    { 0x0c, "ACCESS_DENIED_CALLBACK_OBJECT" },
    { 0x0d, "SYSTEM_AUDIT_CALLBACK" },
    { 0x0f, "SYSTEM_AUDIT_CALLBACK_OBJECT" },
    { 0x11, "SYSTEM_MANDATORY_LABEL" },
    { 0x12, "SYSTEM_RESOURCE_ATTRIBUTE" },
    { 0x13, "SYSTEM_SCOPED_POLICY_ID" },
    { 0, NULL },
};

void buffer_fields_register(int proto)
{
    static hf_register_info hf[] = {
        { &hf_cmrp_buffer_trailing,
          { "Bytes after the contents", "cmrp.buffer.trailing", FT_BYTES, BASE_NONE, NULL, 0x0,
            NULL, HFILL } },
        { &hf_cmrp_buffer_unread,
          { "Bytes that could not be read", "cmrp.buffer.unread", FT_BYTES, BASE_NONE, NULL, 0x0,
            NULL, HFILL } },
        { &hf_cmrp_buffer_hidden,
          { "More is read than shown", "cmrp.buffer.hidden", FT_BOOLEAN, BASE_NONE, NULL, 0x0,
            "The tree has no room for more items", HFILL } },
        { &hf_cmrp_control_object,
          { "Object", "cmrp.control.object", FT_UINT32, BASE_DEC, VALS(objects), 0xff000000,
            "Which kind of object takes the code", HFILL } },
        { &hf_cmrp_control_global,
          { "Global", "cmrp.control.global", FT_BOOLEAN, 32, NULL, 0x00800000,
            "All nodes take part", HFILL } },
        { &hf_cmrp_control_modify,
          { "Modify", "cmrp.control.modify", FT_BOOLEAN, 32, NULL, 0x00400000,
            "The handles need the access level All", HFILL } },
        { &hf_cmrp_control_user,
          { "User", "cmrp.control.user", FT_BOOLEAN, 32, NULL, 0x00200000,
            "A resource DLL defines the code", HFILL } },
        { &hf_cmrp_control_internal,
          { "Internal", "cmrp.control.internal", FT_BOOLEAN, 32, NULL, 0x00100000,
            "For use within the cluster service", HFILL } },
        { &hf_cmrp_control_function,
          { "Function", "cmrp.control.function", FT_UINT32, BASE_HEX, NULL, 0x000ffffc, NULL,
            HFILL } },
        { &hf_cmrp_control_access,
          { "Access", "cmrp.control.access", FT_UINT32, BASE_DEC, VALS(accesses), 0x00000003,
            "Which access to the object the code means", HFILL } },
        { &hf_cmrp_property,
          { "Property", "cmrp.property", FT_NONE, BASE_NONE, NULL, 0x0,
            "A property with its values", HFILL } },
        { &hf_cmrp_property_count,
          { "Properties", "cmrp.property.count", FT_UINT32, BASE_DEC, NULL, 0x0,
            "Number of properties in the list", HFILL } },
        { &hf_cmrp_property_syntax,
          { "Syntax", "cmrp.property.syntax", FT_UINT32, BASE_HEX,
            VALS(cmrp_values_CLUSTER_PROPERTY_SYNTAX), 0x0,
            "What a name, a value or an end mark is", HFILL } },
        { &hf_cmrp_property_size,
          { "Size", "cmrp.property.size", FT_UINT32, BASE_DEC, NULL, 0x0,
            "Bytes of a name or a value, without its padding", HFILL } },
        { &hf_cmrp_property_name,
          { "Name", "cmrp.property.name", FT_STRING, BASE_NONE, NULL, 0x0, "Name of a property",
            HFILL } },
        { &hf_cmrp_property_format,
          { "Format", "cmrp.property.format", FT_UINT32, BASE_DEC,
            VALS(cmrp_values_CLUSTER_PROPERTY_FORMAT), 0x0, "Format that the property has",
            HFILL } },
        { &hf_cmrp_property_value,
          { "Value", "cmrp.property.value", FT_STRING, BASE_NONE, NULL, 0x0,
            "Value of a property that is text; each text of a list", HFILL } },
        { &hf_cmrp_property_number,
          { "Value", "cmrp.property.value.number", FT_UINT32, BASE_DEC_HEX, NULL, 0x0,
            "Value of a property: DWORD or WORD", HFILL } },
        { &hf_cmrp_property_number64,
          { "Value", "cmrp.property.value.number64", FT_UINT64, BASE_DEC_HEX, NULL, 0x0,
            "Value of a property: ULARGE_INTEGER", HFILL } },
        { &hf_cmrp_property_signed,
          { "Value", "cmrp.property.value.signed", FT_INT32, BASE_DEC, NULL, 0x0,
            "Value of a property: LONG", HFILL } },
        { &hf_cmrp_property_signed64,
          { "Value", "cmrp.property.value.signed64", FT_INT64, BASE_DEC, NULL, 0x0,
            "Value of a property: LARGE_INTEGER", HFILL } },
        { &hf_cmrp_property_time,
          { "Value", "cmrp.property.value.time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0x0,
            "Value of a property: FILETIME", HFILL } },
        { &hf_cmrp_property_bytes,
          { "Value", "cmrp.property.value.bytes", FT_BYTES, BASE_NONE, NULL, 0x0,
            "Value of a property: bytes, or what is no value of its syntax", HFILL } },
        { &hf_cmrp_registry_value,
          { "Value", "cmrp.registry.value", FT_STRING, BASE_NONE, NULL, 0x0,
            "Value in the registry that is text; each text of a list", HFILL } },
        { &hf_cmrp_registry_number,
          { "Value", "cmrp.registry.value.number", FT_UINT32, BASE_DEC_HEX, NULL, 0x0,
            "Value in the registry: REG_DWORD", HFILL } },
        { &hf_cmrp_registry_number64,
          { "Value", "cmrp.registry.value.number64", FT_UINT64, BASE_DEC_HEX, NULL, 0x0,
            "Value in the registry: REG_QWORD", HFILL } },
        { &hf_cmrp_registry_bytes,
          { "Value", "cmrp.registry.value.bytes", FT_BYTES, BASE_NONE, NULL, 0x0,
            "Value in the registry: bytes, or what is no value of its type", HFILL } },
        { &hf_cmrp_batch_place,
          { "Command", "cmrp.batch.command", FT_UINT32, BASE_DEC, NULL, 0x0,
            "Place of a command in a registry batch, from 1", HFILL } },
        { &hf_cmrp_batch_version,
          { "VersionNumber", "cmrp.VersionNumber", FT_UINT32, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_batch_command,
          { "CommandType", "cmrp.CommandType", FT_UINT32, BASE_DEC,
            VALS(cmrp_values_CLUSTER_REG_BATCH_COMMAND), 0x0, NULL, HFILL } },
        { &hf_cmrp_batch_type,
          { "ValueType", "cmrp.ValueType", FT_UINT32, BASE_DEC, VALS(cmrp_values_REG_VALUE_TYPE),
            0x0, NULL, HFILL } },
        { &hf_cmrp_batch_status,
          { "ValueType", "cmrp.ValueType", FT_UINT32, BASE_DEC | BASE_EXT_STRING,
            VALS_EXT_PTR(&cmrp_statuses_ext), 0x0, "Why the value could not be read", HFILL } },
        { &hf_cmrp_batch_name_length,
          { "NameLength", "cmrp.NameLength", FT_UINT32, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_batch_name,
          { "Name", "cmrp.Name", FT_STRING, BASE_NONE, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_batch_data_length,
          { "DataLength", "cmrp.DataLength", FT_UINT32, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_revision,
          { "Revision", "cmrp.security.revision", FT_UINT8, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_control,
          { "Control", "cmrp.security.control", FT_UINT16, BASE_HEX, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_offset,
          { "Offset", "cmrp.security.offset", FT_UINT32, BASE_DEC, NULL, 0x0,
            "Of the owner, the group, the SACL, the DACL, in that order", HFILL } },
        { &hf_cmrp_security_owner,
          { "Owner", "cmrp.security.owner", FT_STRING, BASE_NONE, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_group,
          { "Group", "cmrp.security.group", FT_STRING, BASE_NONE, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_acl,
          { "List", "cmrp.security.acl", FT_STRING, BASE_NONE, NULL, 0x0, "SACL or DACL", HFILL } },
        { &hf_cmrp_security_acl_size,
          { "Size", "cmrp.security.acl.size", FT_UINT16, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_ace_count,
          { "Entries", "cmrp.security.ace.count", FT_UINT16, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_ace,
          { "Entry", "cmrp.security.ace", FT_NONE, BASE_NONE, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_ace_type,
          { "Type", "cmrp.security.ace.type", FT_UINT8, BASE_DEC, VALS(ace_types), 0x0, NULL,
            HFILL } },
        { &hf_cmrp_security_ace_flags,
          { "Flags", "cmrp.security.ace.flags", FT_UINT8, BASE_HEX, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_ace_size,
          { "Size", "cmrp.security.ace.size", FT_UINT16, BASE_DEC, NULL, 0x0, NULL, HFILL } },
        { &hf_cmrp_security_ace_access,
          { "Access", "cmrp.security.ace.access", FT_UINT32, BASE_HEX, NULL, 0x0,
            "Rights that the entry is about", HFILL } },
        { &hf_cmrp_security_ace_trustee,
          { "Trustee", "cmrp.security.ace.trustee", FT_STRING, BASE_NONE, NULL, 0x0, NULL,
            HFILL } },
        { &hf_cmrp_security_ace_bytes,
          { "Data", "cmrp.security.ace.bytes", FT_BYTES, BASE_NONE, NULL, 0x0, NULL, HFILL } },
    };
    static int *ett[] = { &ett_cmrp_buffer, &ett_cmrp_control, &ett_cmrp_property, &ett_cmrp_batch,
                          &ett_cmrp_acl };

    proto_register_field_array(proto, hf, G_N_ELEMENTS(hf));
    proto_register_subtree_array(ett, G_N_ELEMENTS(ett));
}
