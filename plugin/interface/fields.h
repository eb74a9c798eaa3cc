/* fields.h
 * Which fields does the plugin have beside those of parameters and members?
 *
 * The fields of parameters, members and bits are made from the IDL (cmrp_tables.c). These here are
 * the public face that every method shares. All are registered by fields_register().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FIELDS_H
#define CMRP_FIELDS_H

extern int hf_cmrp_version;
extern int hf_cmrp_opnum;
extern int hf_cmrp_method;
extern int hf_cmrp_status;
extern int hf_cmrp_status_name;
extern int hf_cmrp_rpc_status;
extern int hf_cmrp_response_time;
extern int hf_cmrp_outcome;
extern int hf_cmrp_fault;
extern int hf_cmrp_unbound;
extern int hf_cmrp_sealed;

extern int hf_cmrp_handle;
extern int hf_cmrp_handle_attributes;
extern int hf_cmrp_handle_uuid;
extern int hf_cmrp_handle_type;
extern int hf_cmrp_handle_of_request;
extern int hf_cmrp_handle_id;
extern int hf_cmrp_handle_name;
extern int hf_cmrp_handle_opened_in;
extern int hf_cmrp_handle_closed_in;
extern int hf_cmrp_handle_object_name;
extern int hf_cmrp_handle_object_id;
extern int hf_cmrp_handle_resource_type;
extern int hf_cmrp_handle_group;
extern int hf_cmrp_handle_owner_node;
extern int hf_cmrp_handle_node;
extern int hf_cmrp_handle_network;
extern int hf_cmrp_handle_learnt_in;

extern int hf_cmrp_finding;
extern int hf_cmrp_finding_level;
extern int hf_cmrp_finding_section;
extern int hf_cmrp_finding_evidence;

extern int hf_cmrp_ndr_maximum;
extern int hf_cmrp_ndr_offset;
extern int hf_cmrp_ndr_actual;
extern int hf_cmrp_ndr_referent;
extern int hf_cmrp_ndr_array;
extern int hf_cmrp_ndr_trailing;
extern int hf_cmrp_ndr_unread;

extern int ett_cmrp;
extern int ett_cmrp_handle;
extern int ett_cmrp_flags;
extern int ett_cmrp_string;
extern int ett_cmrp_array;
extern int ett_cmrp_structure;
extern int ett_cmrp_finding;

/** Registers every field and subtree of the plugin, those of cmrp_tables.c included, under `proto`. */
void fields_register(int proto);

#endif
