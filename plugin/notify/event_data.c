/* event_data.c
 * What is inside the buffer of a notification? (3.1.4.2.138)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "notify/event_data.h"

#include "cmrp_tables.h"

/** The members of NOTIFY_FILTER_AND_TYPE_RPC by name: the IDL compiler has no roles for them. */
static bool is_member(const cmrp_record *record, const char *name)
{
    return record->member->role == CMRP_ROLE_TOLD && strcmp(record->member->name, name) == 0;
}

const cmrp_event_kind *event_data_kinds(const cmrp_pdu *pdu, wmem_allocator_t *pool, size_t *count)
{
    cmrp_event_kind *kinds;
    int64_t last = -1;

    *count = 0;
    for (unsigned i = 0; i < pdu->record_count; i++) {
        if (pdu->records[i].member->role == CMRP_ROLE_TOLD)
            last = MAX(last, pdu->records[i].element);
    }
    if (last < 0)
        return NULL;
    /* Each element has records, which stood in the stub: its length bounds their number. */
    *count = (size_t)last + 1;
    kinds = wmem_alloc0_array(pool, cmrp_event_kind, *count);
    for (unsigned i = 0; i < pdu->record_count; i++) {
        const cmrp_record *record = &pdu->records[i];

        if (record->element < 0)
            continue;
        if (is_member(record, "dwObjectType"))
            kinds[record->element].object_type = (uint32_t)record->value.number;
        else if (is_member(record, "FilterFlags"))
            kinds[record->element].filter = record->value.number;
    }
    return kinds;
}

const cmrp_format *event_data_format(const cmrp_event_kind *kind)
{
    for (unsigned i = 0; i < cmrp_event_count; i++) {
        if (cmrp_events[i].object_type == kind->object_type && cmrp_events[i].event == kind->filter)
            return cmrp_events[i].format;
    }
    return NULL;
}
