/* buffer_fields.h
 * Which fields do buffers have beside those of layouts?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_BUFFER_FIELDS_H
#define CMRP_BUFFER_FIELDS_H

extern int hf_cmrp_buffer_trailing;
extern int hf_cmrp_buffer_unread;
extern int hf_cmrp_buffer_hidden;

extern int hf_cmrp_control_object;
extern int hf_cmrp_control_global;
extern int hf_cmrp_control_modify;
extern int hf_cmrp_control_user;
extern int hf_cmrp_control_internal;
extern int hf_cmrp_control_function;
extern int hf_cmrp_control_access;

extern int hf_cmrp_property;
extern int hf_cmrp_property_count;
extern int hf_cmrp_property_syntax;
extern int hf_cmrp_property_size;
extern int hf_cmrp_property_name;
extern int hf_cmrp_property_format;
extern int hf_cmrp_property_value;
extern int hf_cmrp_property_number;
extern int hf_cmrp_property_number64;
extern int hf_cmrp_property_signed;
extern int hf_cmrp_property_signed64;
extern int hf_cmrp_property_time;
extern int hf_cmrp_property_bytes;

extern int hf_cmrp_registry_value;
extern int hf_cmrp_registry_number;
extern int hf_cmrp_registry_number64;
extern int hf_cmrp_registry_bytes;

extern int hf_cmrp_batch_place;
extern int hf_cmrp_batch_version;
extern int hf_cmrp_batch_command;
extern int hf_cmrp_batch_type;
extern int hf_cmrp_batch_status;
extern int hf_cmrp_batch_name_length;
extern int hf_cmrp_batch_name;
extern int hf_cmrp_batch_data_length;

extern int hf_cmrp_security_revision;
extern int hf_cmrp_security_control;
extern int hf_cmrp_security_offset;
extern int hf_cmrp_security_owner;
extern int hf_cmrp_security_group;
extern int hf_cmrp_security_acl;
extern int hf_cmrp_security_acl_size;
extern int hf_cmrp_security_ace_count;
extern int hf_cmrp_security_ace;
extern int hf_cmrp_security_ace_type;
extern int hf_cmrp_security_ace_flags;
extern int hf_cmrp_security_ace_size;
extern int hf_cmrp_security_ace_access;
extern int hf_cmrp_security_ace_trustee;
extern int hf_cmrp_security_ace_bytes;

extern int ett_cmrp_buffer;
extern int ett_cmrp_control;
extern int ett_cmrp_property;
extern int ett_cmrp_batch;
extern int ett_cmrp_acl;

/** Registers all of them under `proto`. */
void buffer_fields_register(int proto);

#endif
