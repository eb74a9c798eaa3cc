/* json_members.h
 * How are members of a JSON object written that are a text or a number?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_JSON_MEMBERS_H
#define CMRP_JSON_MEMBERS_H

#include "base/wireshark_compat.h"

#include <wsutil/json_dumper.h>

/** `text` is UTF-8; what JSON must escape is escaped. */
static inline void json_add_text(json_dumper *json, const char *name, const char *text)
{
    json_dumper_set_member_name(json, name);
    json_dumper_value_string(json, text);
}

static inline void json_add_number(json_dumper *json, const char *name, uint32_t number)
{
    json_dumper_set_member_name(json, name);
    json_dumper_value_anyf(json, "%u", number);
}

#endif
