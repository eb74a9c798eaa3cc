/* descriptors.h
 * The shape of the tables that the IDL compiler writes: what does the interface look like?
 *
 * Everything here is constant data. The tables themselves are made at build time from idl/ (see
 * cmrp_tables.h in the build folder); the NDR reader (ndr/ndr.c) interprets them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DESCRIPTORS_H
#define CMRP_DESCRIPTORS_H

#include "base/wireshark_compat.h"

/** The transfer syntax that a bind agreed on; indexes cmrp_type.align and cmrp_type.size. */
typedef enum {
    CMRP_NDR = 0,
    CMRP_NDR64 = 1
} cmrp_syntax;

/** What a type is on the wire (C706 chapter 14, MS-RPCE 2.2.4 and 2.2.5). */
typedef enum {
    CMRP_UINT8,
    CMRP_UINT16,
    CMRP_UINT32,
    CMRP_UINT64,
    CMRP_INT32,
    CMRP_INT64,
    CMRP_BOOL,     /**< BOOL of MS-DTYP: 4 bytes */
    CMRP_UINT3264, /**< DWORD_PTR: 4 bytes in NDR, 8 in NDR64 */
    CMRP_ENUM16,   /**< enum without v1_enum: 2 bytes in NDR, 4 in NDR64 */
    CMRP_FILETIME, /**< two 4-byte halves, a Windows time stamp */
    CMRP_HANDLE,   /**< context handle: 20 bytes */
    CMRP_STRUCT,
    CMRP_POINTER,
    CMRP_ARRAY,
    CMRP_STRING /**< [string] of wchar_t or char: conformant and varying, ends in NUL */
} cmrp_kind;

enum {
    CMRP_TYPE_CONFORMANT =
        1 << 0, /**< array: its count is on the wire; structure: its last member's is */
    CMRP_TYPE_VARYING = 1 << 1, /**< array: offset and actual count are on the wire */
    CMRP_TYPE_FLAT = 1 << 2,    /**< fixed size, no pointer inside: can be stepped over */
    CMRP_TYPE_REF = 1 << 3,     /**< pointer: ref; never NULL, no referent id at top level */
    CMRP_TYPE_TEXT = 1 << 4     /**< array of wchar_t: strings, each with its NUL */
};

/** What a value means to the rest of the plugin. */
typedef enum {
    CMRP_ROLE_NONE,
    CMRP_ROLE_HANDLE_USED,
    CMRP_ROLE_HANDLE_OPENED,
    CMRP_ROLE_HANDLE_CLOSED,
    CMRP_ROLE_STATUS,     /**< the method's own result */
    CMRP_ROLE_RPC_STATUS, /**< the rpc_status parameter */
    CMRP_ROLE_NAME,       /**< the object that the method is about */
    CMRP_ROLE_FILTER,     /**< dwFilter */
    CMRP_ROLE_KEY,        /**< dwNotifyKey */
    CMRP_ROLE_SEQUENCE,   /**< StateSequence, dwStateSequence */
    CMRP_ROLE_ACCESS,     /**< dwDesiredAccess, lpdwGrantedAccess */
    CMRP_ROLE_TOLD /**< member that somebody asks for by name: it gets into cmrp_pdu.records */
} cmrp_role;

/** The handle types of 2.2.1, as the IDL names them in cmrp_handle_type_names. */
typedef enum {
    CMRP_HANDLE_NONE,
    CMRP_HCLUSTER,
    CMRP_HNODE,
    CMRP_HGROUP,
    CMRP_HRES,
    CMRP_HKEY,
    CMRP_HNOTIFY,
    CMRP_HNETWORK,
    CMRP_HNETINTERFACE,
    CMRP_HBATCH_PORT,
    CMRP_HGENERIC,
    CMRP_HGROUPSET,
    CMRP_HANDLE_TYPES
} cmrp_handle_type;

typedef struct cmrp_type cmrp_type;
typedef struct cmrp_member cmrp_member;
typedef struct cmrp_format cmrp_format;

struct cmrp_type {
    const char *name; /**< as the IDL calls it; never NULL */
    uint8_t kind;     /**< cmrp_kind */
    uint8_t flags;    /**< CMRP_TYPE_* */
    uint8_t align[2]; /**< of the flat part, by cmrp_syntax */
    uint32_t size[2]; /**< least number of bytes of the flat part, by cmrp_syntax */
    uint32_t
        count; /**< fixed array: elements; string: bytes per character; handle: cmrp_handle_type */
    const cmrp_type *of;        /**< pointee or element */
    const cmrp_member *members; /**< of a structure */
    uint32_t member_count;
};

/** One bit of a bit mask. */
typedef struct {
    uint32_t mask;
    const char *name;       /**< as the specification spells it */
    const char *short_name; /**< without the prefix that all bits of the mask share */
    int *hf;                /**< boolean field of this bit */
} cmrp_flag;

/** How a number is shown: which names its values or bits have. */
typedef struct {
    const char *name;
    const cmrp_flag *flags; /**< NULL unless it is a bit mask */
    uint32_t flag_count;
    const value_string *values; /**< NULL unless it is an enumeration */
} cmrp_enumeration;

/** What a number means while a sibling has a certain value. */
typedef struct {
    uint32_t value;
    const cmrp_enumeration *meaning;
} cmrp_choice;

enum {
    CMRP_IN = 1 << 0,
    CMRP_OUT = 1 << 1
};

#define CMRP_NO_SIBLING (-1)

/** A parameter of a method (the returned value is the last one) or a member of a structure. */
struct cmrp_member {
    const char *name; /**< the specification's name; "" for a returned handle */
    const cmrp_type *type;
    int *hf;                         /**< field that shows it */
    const cmrp_enumeration *meaning; /**< NULL if a number is just a number */
    const cmrp_choice *choices;      /**< what it means instead, by the value of a sibling */
    uint8_t choice_count;
    int8_t chosen_by;          /**< that sibling, or CMRP_NO_SIBLING */
    int8_t size_is;            /**< sibling that gives the array's count, or CMRP_NO_SIBLING */
    int8_t length_is;          /**< sibling that gives its actual count, or CMRP_NO_SIBLING */
    uint8_t directions;        /**< CMRP_IN, CMRP_OUT; 0 for members */
    uint8_t role;              /**< cmrp_role */
    const cmrp_format *format; /**< what is inside the bytes (interface/contents.h), or NULL */
};

/** What can be known of an object of the cluster (state/objects.h). */
typedef enum {
    CMRP_FACT_NAME,
    CMRP_FACT_ID,
    CMRP_FACT_RESOURCE_TYPE,
    CMRP_FACT_GROUP,      /**< the group that holds the resource */
    CMRP_FACT_OWNER_NODE, /**< of a group; a resource's is that of its group */
    CMRP_FACT_NODE,       /**< of a network interface */
    CMRP_FACT_NETWORK,    /**< likewise */
    CMRP_FACTS,
    CMRP_FACT_CREATED, /**< no fact: what is known of an object of that name is known of another one */
    CMRP_FACT_DELETED, /**< no fact: whatever bears the object's name from now on is another one */
    CMRP_FACT_LISTED,  /**< no fact: the list has the names of all objects that there are */
    CMRP_FACT_NONE
} cmrp_fact_kind;

/** Whom a lesson teaches about. */
typedef enum {
    CMRP_LESSON_HANDLE,  /**< the object of a handle of the request */
    CMRP_LESSON_OPENED,  /**< that of the handle which the method returned */
    CMRP_LESSON_CLUSTER, /**< the cluster */
    CMRP_LESSON_ENTRIES  /**< each entry of a list */
} cmrp_lesson_object;

/** What a successful answer teaches (idl/lessons.tsv). */
typedef struct {
    uint8_t object;      /**< cmrp_lesson_object */
    uint8_t fact;        /**< cmrp_fact_kind */
    uint8_t handle_type; /**< cmrp_handle_type of the objects in a list */
    int8_t param;        /**< CMRP_LESSON_HANDLE: that handle */
    int8_t value;        /**< a string, a handle or a list; CMRP_NO_SIBLING: no longer known */
    uint32_t only;       /**< bits of the Type of entries that are meant; 0: all */
    const char *member;  /**< string of each entry; NULL: `value` holds for all entries */
} cmrp_lesson;

/** The most parameters a method, or members a structure, may have: checked by the IDL compiler. */
#define CMRP_MAX_SIBLINGS 16

typedef enum {
    CMRP_METHOD_NORMAL,
    CMRP_METHOD_LOCAL, /**< reserved for local use: never on the wire (3.1.4.1, 3.1.4.2) */
    CMRP_METHOD_FUTURE /**< reserved for future use (3.1.4.2) */
} cmrp_method_kind;

/** The access level that a method demands (3.1.4.2; column "access" of idl/methods.tsv). */
typedef enum {
    CMRP_DEMANDS_NOTHING, /**< MS-CMRP does not say */
    CMRP_DEMANDS_READ,
    CMRP_DEMANDS_ALL,
    CMRP_DEMANDS_REQUESTED, /**< what dwDesiredAccess asks for */
    CMRP_DEMANDS_CONTROL    /**< All if dwControlCode modifies */
} cmrp_demand;

/** What the page of a method allows in a number of its request (idl/limits.tsv). */
typedef enum {
    CMRP_LIMIT_BITS, /**< an OR of the bits of `value` */
    CMRP_LIMIT_MOST, /**< 0 to `value` */
    CMRP_LIMIT_ZERO  /**< reserved */
} cmrp_limit_kind;

typedef struct {
    int8_t param; /**< -1: the page allows anything */
    uint8_t kind; /**< cmrp_limit_kind */
    bool refused; /**< the server answers anything else with ERROR_INVALID_PARAMETER */
    uint32_t value;
} cmrp_limit;

/** A parameter with a range in the IDL: the strict check of NDR refuses more. */
typedef struct {
    int8_t param; /**< -1: none has one */
    uint32_t most;
} cmrp_range;

/** What a method does with a notification port (column "port" of idl/methods.tsv). */
typedef enum {
    CMRP_PORT_NOTHING,
    CMRP_PORT_CREATE,
    CMRP_PORT_REGISTER,
    CMRP_PORT_GET, /**< waits for events and returns them */
    CMRP_PORT_UNBLOCK,
    CMRP_PORT_CLOSE
} cmrp_port_act;

/**
 * A method, and what every PDU of it asks: the IDL compiler works it out, so that the way of a PDU has no
 * search through parameters. Places of parameters are -1 (CMRP_NO_SIBLING) where there is none.
 */
typedef struct {
    const char *name;
    const char *section; /**< of MS-CMRP; "" for reserved methods */
    uint16_t number;     /**< below cmrp_method_count: tables may go by it */
    uint16_t opnum;
    uint8_t version;
    uint8_t kind; /**< cmrp_method_kind */
    uint8_t param_count;
    const cmrp_member *params;
    int8_t in[CMRP_MAX_SIBLINGS + 1];  /**< parameters that go in, as on the wire; -1 ends them */
    int8_t out[CMRP_MAX_SIBLINGS + 1]; /**< likewise, those that go out */
    int8_t request[CMRP_ROLE_TOLD];    /**< by role: first parameter of it that goes in */
    int8_t response[CMRP_ROLE_TOLD];   /**< likewise, that goes out */
    int8_t handle_params[2];           /**< parameters with the request's handles */
    int8_t status_param;               /**< the method's own result */
    int8_t control_code;               /**< parameter with a control code */
    bool keeps_numbers;    /**< somebody asks on the response what the request's numbers were */
    bool has_counts;       /**< some parameter's count stands in another one */
    bool has_formats;      /**< the bytes of some parameter have a meaning */
    uint8_t demand;        /**< cmrp_demand */
    bool demand_is_must;   /**< the specification says MUST, and without a condition */
    bool demand_of_client; /**< the level is the client's, no handle's */
    uint16_t demand_of;    /**< bit i: parameter i is a handle that needs the level */
    cmrp_limit limit;
    cmrp_range range;
    int8_t given;             /**< string that is never NULL on success */
    const uint32_t *statuses; /**< that the method lists, sorted; NULL if it lists none */
    uint16_t status_count;
    const cmrp_lesson *lessons; /**< NULL for most methods */
    uint8_t lesson_count;
    uint8_t port;          /**< cmrp_port_act */
    uint8_t port_version;  /**< of the ports that it makes or takes; 0: any, or none */
    bool registers_again;  /**< CMRP_PORT_REGISTER: what was registered before */
    bool deletes;          /**< the object of the first handle: the handle outlives it */
    bool frequent;         /**< much of the traffic of a cluster that is being watched */
    bool needs_read_write; /**< a server carries it out only if its state is read/write (3.1.1) */
    bool may_change;       /**< objects may be gone, or be others, when it was carried out */
    bool renames;          /**< some lesson is the new name of the object of a handle */
    bool
        tells_entitlement; /**< what it grants, compared with what was asked, tells what the client may have at most */
} cmrp_method;

/** The handle type that a method expects or returns in one of its handle parameters. */
static inline cmrp_handle_type method_handle_type(const cmrp_method *method, int param)
{
    const cmrp_type *type = method->params[param].type;

    while (type->kind == CMRP_POINTER)
        type = type->of;
    return (cmrp_handle_type)type->count;
}

/** Its parameters in one direction: indexes in the order of the wire, -1 at the end. */
static inline const int8_t *method_params(const cmrp_method *method, bool response)
{
    return response ? method->out : method->in;
}

/** The parameter with a name, or CMRP_NO_SIBLING. */
static inline int method_param_named(const cmrp_method *method, const char *name)
{
    for (int i = 0; i < method->param_count; i++) {
        /* The first letter, for speed: most names differ there. */
        if (*method->params[i].name == *name && strcmp(method->params[i].name, name) == 0)
            return i;
    }
    return CMRP_NO_SIBLING;
}

/** What the Name of an event says of the object that was registered. */
typedef enum {
    CMRP_EVENTS_NAME_NONE,
    CMRP_EVENTS_NAME_IT,
    CMRP_EVENTS_IDENTIFY_IT /**< likewise, and ObjectId is its id */
} cmrp_event_naming;

/** A type of objects that notification ports tell of (idl/object_types.tsv). */
typedef struct {
    const char *name; /**< "GROUP"; NULL: there is no such type */
    uint8_t handle;   /**< cmrp_handle_type with which one is registered, if that is said */
    uint8_t named;    /**< cmrp_event_naming */
    uint32_t changes; /**< its bits in CLUSTER_CHANGE */
    uint32_t state;   /**< the one that tells its state; 0: objects of the type have no sequence */
    uint32_t client_only; /**< events of version 2 that only a client's own library queues */
    uint32_t of_others;   /**< events of version 2 whose Name is that of another object */
} cmrp_object_type;

/** The opnum of a row that is true of every method. */
#define CMRP_ANY_OPNUM UINT16_MAX

/** A status other than 0 that is no failure (idl/outcomes.tsv). */
typedef struct {
    uint32_t status;
    uint16_t opnum; /**< in both versions */
} cmrp_no_failure;

typedef struct {
    uint8_t version;
    uint16_t count;
    const cmrp_method *methods; /**< the index is the opnum */
} cmrp_interface;

#endif
