/* wireshark_compat.h
 * Where do Wireshark releases differ? The only file that knows.
 *
 * Supported: 4.0, 4.4 and 4.6. Made for 4.2, but not tried with it. The rest of the plugin is written for the newest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_WIRESHARK_COMPAT_H
#define CMRP_WIRESHARK_COMPAT_H

/* Wireshark's headers want this name for its log messages; set before the first of them. */
#ifndef WS_LOG_DOMAIN
#define WS_LOG_DOMAIN "cmrp"
#endif

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <wireshark.h>

#include <epan/conversation.h>
#include <epan/conversation_filter.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/strutil.h>
#include <epan/dissectors/packet-dcerpc.h>
#include <ws_version.h>
#include <wsutil/pint.h>
#include <wsutil/str_util.h>
#include <wsutil/to_str.h>

#define CMRP_WIRESHARK_AT_LEAST(major, minor)                                                      \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Up to 4.2 Wireshark's own truth values are gboolean: epan was converted between March and July 2024, after it.
 * (What GLib or wmem calls answers gboolean in all releases.) */
#if CMRP_WIRESHARK_AT_LEAST(4, 4)
typedef bool cmrp_boolean;
#else
typedef gboolean cmrp_boolean;
#endif

/* Conversation filters are handed data in 4.4 and not in 4.0. Of 4.2 that is not known here, so the types of its header
 * decide: of two functions of each kind one is registered. */
typedef void (*cmrp_register_plain)(const char *, const char *, is_filter_valid_func,
                                    build_filter_string_func);

static inline void cmrp_filter_plain(cmrp_register_plain registers, const char *title,
                                     is_filter_valid_func has, build_filter_string_func build)
{
    registers("cmrp", title, has, build);
}

static inline void cmrp_filter_with_data(void (*registers)(const char *, const char *,
                                                           is_filter_valid_func,
                                                           build_filter_string_func, void *),
                                         const char *title, is_filter_valid_func has,
                                         build_filter_string_func build)
{
    registers("cmrp", title, has, build, NULL);
}

/** Defines `name(title)`, which registers a filter for conversations: `has(pinfo)` tells whether a packet has one,
 * `build(pinfo)` makes its text. */
#define CMRP_CONVERSATION_FILTER(name, has, build)                                                 \
    static inline cmrp_boolean name##_has(packet_info *pinfo)                                      \
    {                                                                                              \
        return has(pinfo);                                                                         \
    }                                                                                              \
    static inline cmrp_boolean name##_has_with(packet_info *pinfo, void *data _U_)                 \
    {                                                                                              \
        return has(pinfo);                                                                         \
    }                                                                                              \
    static inline char *name##_build_with(packet_info *pinfo, void *data _U_)                      \
    {                                                                                              \
        return build(pinfo);                                                                       \
    }                                                                                              \
    static void name(const char *title)                                                            \
    {                                                                                              \
        _Generic(&register_conversation_filter, cmrp_register_plain                                \
                 : cmrp_filter_plain, default                                                      \
                 : cmrp_filter_with_data)(                                                         \
            register_conversation_filter, title,                                                   \
            _Generic((is_filter_valid_func)NULL, cmrp_boolean(*)(packet_info *)                    \
                     : name##_has, default                                                         \
                     : name##_has_with),                                                           \
            _Generic((build_filter_string_func)NULL, char *(*)(packet_info *)                      \
                     : (build), default                                                            \
                     : name##_build_with));                                                        \
    }

/* Since 4.4 `tshark -T fields -e` says which fields it will ask for, as filters and columns do. */
#define CMRP_LISTS_ARE_ANNOUNCED CMRP_WIRESHARK_AT_LEAST(4, 4)

/* Since 4.6 the start of a statistic tells whether it could be started. */
#if CMRP_WIRESHARK_AT_LEAST(4, 6)
typedef bool cmrp_stat_started;
#define CMRP_STAT_STARTED true
#define CMRP_STAT_REFUSED false
#else
typedef void cmrp_stat_started;
#define CMRP_STAT_STARTED
#define CMRP_STAT_REFUSED
#endif

/** The field of an item, or -1 if that is not known. Since 4.6 an item that was only hinted at, because nobody asked for
 * it, knows its field as well. */
static inline int cmrp_field_of(const proto_node *item)
{
#if CMRP_WIRESHARK_AT_LEAST(4, 6)
    return PNODE_HFINFO(item) ? PNODE_HFINFO(item)->id : -1;
#else
    return PNODE_FINFO(item) ? PNODE_FINFO(item)->hfinfo->id : -1;
#endif
}

/* Since 4.4 a column is a field as well, which is made before the post-dissectors are called. */
#if CMRP_WIRESHARK_AT_LEAST(4, 4)
/** Gives the field of a column, "_ws.col.info", the text that the column was given. `tree`: the frame's or NULL. */
static inline void cmrp_set_column_field(proto_tree *tree, const char *name, const char *text)
{
    const header_field_info *column = tree ? proto_registrar_get_byname(name) : NULL;
    GPtrArray *found = column ? proto_find_first_finfo(tree, column->id) : NULL;

    if (found == NULL)
        return;
    if (found->len > 0)
        fvalue_set_string(((const field_info *)g_ptr_array_index(found, 0))->value, text);
    g_ptr_array_free(found, TRUE);
}
#else
#define cmrp_set_column_field(tree, name, text) ((void)(tree), (void)(name), (void)(text))
#endif

/** The bytes of a data source by its name, or NULL. Since 4.6 the source is asked for, and then its bytes. */
static inline const tvbuff_t *cmrp_data_source(packet_info *pinfo, const char *name)
{
#if CMRP_WIRESHARK_AT_LEAST(4, 6)
    const struct data_source *source = get_data_source_by_name(pinfo, name);

    return source ? get_data_source_tvb(source) : NULL;
#else
    return get_data_source_tvb_by_name(pinfo, name);
#endif
}

/** A key of an interface, in a place that may be read as a key itself. */
typedef union {
    guid_key *key;
    guid_key room;
} cmrp_key_place;

/** The key of an interface as Decode As hands it to dcerpc: since 4.4 itself, before that its place. (If 4.2 is as 4.4
 * in this, it finds a key of nothing, and names no connection.) */
static inline const void *cmrp_decode_as_key(const cmrp_key_place *place)
{
#if CMRP_WIRESHARK_AT_LEAST(4, 4)
    return place->key;
#else
    return place;
#endif
}

/** The tree in which the item of the field `hf` stands, or would stand: in a tree that nobody sees,
 * Wireshark up to 4.4 gives the item above for one that it does not make; 4.6, one without content. */
static inline proto_tree *cmrp_tree_around(proto_item *item, int hf)
{
#if CMRP_WIRESHARK_AT_LEAST(4, 6)
    const bool is_above = PITEM_HFINFO(item) == NULL || PITEM_HFINFO(item)->id != hf;
#else
    const bool is_above = PITEM_FINFO(item) == NULL || PITEM_FINFO(item)->hfinfo->id != hf;
#endif

    return proto_item_get_subtree(is_above ? item : proto_item_get_parent(item));
}

/* Bytes or characters: 4.0 wants the ones, 4.4 the others. */
#define format_text(pool, text, length) format_text(pool, (const void *)(text), length)

#if CMRP_WIRESHARK_AT_LEAST(4, 4)
#include <wsutil/plugins.h>
#else
/* Since 4.4 plugins are asked what they are. */
#define WS_PLUGIN_DESC_DISSECTOR 1

/* 4.4 parted with the names of GLib's integers. */
#define tvb_get_uint8(tvb, offset) tvb_get_guint8(tvb, offset)
#endif

#if !CMRP_WIRESHARK_AT_LEAST(4, 6)
/* 4.6 says in the names of its byte-order functions whether they are signed. */
#define pntohu16(p) pntoh16(p)
#define pntohu32(p) pntoh32(p)
#define pntohu64(p) pntoh64(p)
#define pletohu16(p) pletoh16(p)
#define pletohu32(p) pletoh32(p)
#define pletohu64(p) pletoh64(p)

/* It wants to be told where a name is to live. */
#define val_to_str(scope, value, names, format) val_to_str_wmem(scope, value, names, format)
#define value_string_ext_new(scope, names, count, list) value_string_ext_new(names, count, list)

/* Whoever has an older Wireshark hears of an old name before those do who have a newer one. */
#pragma GCC poison tvb_get_guint8 guint32_to_str_buf uint32_to_str_buf val_to_str_wmem             \
    get_data_source_tvb_by_name
#pragma GCC poison pntoh16 pntoh32 pntoh64 pletoh16 pletoh32 pletoh64
#endif

#endif
