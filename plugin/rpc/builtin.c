/* builtin.c
 * Whose dissector gets the calls: the plugin's or the one that Wireshark has built in?
 *
 * dcerpc keeps two tables by UUID and version: its own, public one (procedures and how to show them), and
 * the dissector table "dcerpc.uuid" (which protocol's being disabled counts). Both entries of both
 * dissectors are remembered, and exchanged when the user changes his mind. Nothing is made anew for
 * that, so nothing leaks and nothing that dcerpc still uses is freed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rpc/builtin.h"

#include "base/protocol.h"
#include "interface/fields.h"

#define CMRP_UUID_TABLE "dcerpc.uuid"
#define CMRP_VERSIONS 2

/** What stands in dcerpc's tables for one dissector. */
typedef struct {
    void *key; /**< NULL: nothing stands there */
    dcerpc_uuid_value *value;
    dissector_handle_t handle;
} entry;

/** A version of the interface. */
typedef struct {
    guid_key key;
    entry builtin;
    entry plugin;
} version_entries;

static const e_guid_t uuid = {
    0xb97db8b2, 0x4c63, 0x11cf, { 0xbf, 0xf6, 0x08, 0x00, 0x2b, 0xe2, 0x3f, 0x2f }
};

static version_entries versions[CMRP_VERSIONS];
static unsigned version_count;
static bool builtin_in_use;

static entry read_entry(guid_key *key)
{
    void *kept = NULL;
    void *value = NULL;
    entry found = { NULL, NULL, NULL };

    if (g_hash_table_lookup_extended(dcerpc_uuids, key, &kept, &value)) {
        found.key = kept;
        found.value = (dcerpc_uuid_value *)value;
        found.handle = dissector_get_guid_handle(find_dissector_table(CMRP_UUID_TABLE), key);
    }
    return found;
}

void builtin_register(uint16_t version, int proto, dcerpc_sub_dissector *procedures)
{
    version_entries *t = &versions[version_count++];

    t->key = (guid_key){ .guid = uuid, .ver = version };
    t->builtin = read_entry(&t->key);
    /* Left in the table, the built-in's entry would make GLib free the new key, which dcerpc goes on
     * using. Its own key is used elsewhere: it must not be freed either. */
    g_hash_table_steal(dcerpc_uuids, &t->key);
    dcerpc_init_uuid(proto, ett_cmrp, &t->key.guid, version, procedures, hf_cmrp_opnum);
    t->plugin = read_entry(&t->key);
}

guid_key *builtin_key(uint16_t version)
{
    for (unsigned i = 0; i < version_count; i++) {
        if (versions[i].key.ver == version)
            return &versions[i].key;
    }
    return NULL;
}

/** Puts an entry into the tables, in place of the one that is there. */
static void put_entry(const version_entries *t, const entry *e)
{
    g_hash_table_steal(dcerpc_uuids, &t->key);
    if (e->key == NULL)
        return;
    g_hash_table_insert(dcerpc_uuids, e->key, e->value);
    dissector_add_guid(CMRP_UUID_TABLE, (guid_key *)e->key, e->handle);
    /* The name under which binds show the UUID. */
    guids_add_uuid(&t->key.guid, e->value->name);
}

void builtin_preferred(bool preferred)
{
    if (preferred == builtin_in_use)
        return;
    builtin_in_use = preferred;
    for (unsigned i = 0; i < version_count; i++)
        put_entry(&versions[i], preferred ? &versions[i].builtin : &versions[i].plugin);
}

bool builtin_is_replaced(void)
{
    return !builtin_in_use && proto_is_protocol_enabled(find_protocol_by_id(proto_cmrp));
}
