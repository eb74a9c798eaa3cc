/* contents.h
 * The shape of the tables that say what is inside byte arrays.
 *
 * Everything here is constant data, made by the IDL compiler from idl/layouts.tsv, controls.tsv,
 * events.tsv and buffers.tsv. buffers/format.c interprets it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CONTENTS_H
#define CMRP_CONTENTS_H

#include "interface/descriptors.h"

/** What one member of a layout is. Numbers are little-endian; nothing is aligned. */
typedef enum {
    CMRP_ITEM_UINT,
    CMRP_ITEM_BOOL,
    CMRP_ITEM_FILETIME,
    CMRP_ITEM_GUID,
    CMRP_ITEM_BYTES,   /**< `count` bytes */
    CMRP_ITEM_TEXT,    /**< UTF-16 in `count` bytes, up to its NUL */
    CMRP_ITEM_STRING,  /**< UTF-16, ends with its NUL */
    CMRP_ITEM_STRINGS, /**< one STRING behind the other, an empty one at the end */
    CMRP_ITEM_LAYOUT
} cmrp_item_kind;

typedef struct cmrp_layout cmrp_layout;

typedef struct {
    const char *name; /**< the specification's, where it has one */
    int *hf;
    const cmrp_enumeration *meaning; /**< NULL if a number is just a number */
    const cmrp_layout *of;           /**< CMRP_ITEM_LAYOUT */
    uint8_t kind;                    /**< cmrp_item_kind */
    uint8_t size;                    /**< bytes of a number or a GUID */
    uint16_t count;                  /**< elements, or bytes of BYTES and TEXT */
    int8_t counted_by;               /**< member that gives the count instead, or CMRP_NO_SIBLING */
    bool to_the_end;                 /**< as many as there are bytes for */
    int8_t only_by;                  /**< member on which it depends whether this one is there, or
                                          CMRP_NO_SIBLING */
    uint32_t only_value;             /**< the value of that member with which it is */
} cmrp_layout_member;

struct cmrp_layout {
    const char *name;
    const cmrp_layout_member *members;
    uint32_t member_count;
    uint32_t least; /**< fewest bytes that it takes */
};

/** Values of a property that are structures (2.2.2.3). */
typedef struct {
    uint32_t syntax;
    const cmrp_layout *layout;
} cmrp_syntax_layout;

/** The most members of a layout: checked by the IDL compiler. */
#define CMRP_MAX_LAYOUT_MEMBERS 32

typedef enum {
    CMRP_FORMAT_BYTES, /**< nobody knows */
    CMRP_FORMAT_LAYOUT,
    CMRP_FORMAT_PROPERTY_LIST,    /**< 2.2.3.10 */
    CMRP_FORMAT_PROPERTY_FORMATS, /**< the same; each value is a CLUSTER_PROPERTY_FORMAT */
    CMRP_FORMAT_VALUE_LIST,       /**< the values of one property, without name and count */
    CMRP_FORMAT_VALUE_LISTS,      /**< any number of these */
    CMRP_FORMAT_REGISTRY_VALUE,   /**< by the type in `told_by` */
    CMRP_FORMAT_REGISTRY_BATCH,   /**< 2.2.3.17 */
    CMRP_FORMAT_SECURITY_DESCRIPTOR,
    CMRP_FORMAT_EVENT,       /**< by cmrp_events */
    CMRP_FORMAT_CONTROL_IN,  /**< by cmrp_controls */
    CMRP_FORMAT_CONTROL_OUT, /**< the same */
    CMRP_FORMAT_CONTROL_CODE /**< the number that the two go by */
} cmrp_format_kind;

struct cmrp_format {
    uint8_t kind; /**< cmrp_format_kind */
    const cmrp_layout *layout;
    const cmrp_format *binary;    /**< what binary values of a list hold, or NULL */
    const cmrp_format *otherwise; /**< what it is if this does not fit, or NULL */
    int8_t told_by;               /**< parameter with the type of a registry value */
    int8_t length; /**< parameter with the number of bytes that are meant, or CMRP_NO_SIBLING */
};

typedef struct {
    const cmrp_enumeration *object; /**< the enumeration of dwControlCode */
    uint32_t code;
    const cmrp_format *in; /**< of lpInBuffer; NULL: the code has none */
    const cmrp_format *out;
    uint8_t fact; /**< what lpOutBuffer, a text then, teaches; CMRP_FACT_NONE for most codes */
    uint8_t handle_type; /**< cmrp_handle_type of the object that it teaches about */
} cmrp_control;

typedef struct {
    uint32_t object_type; /**< CLUSTER_OBJECT_TYPE */
    uint32_t event;       /**< the bit in FilterFlags */
    const cmrp_format *format;
} cmrp_event;

#endif
