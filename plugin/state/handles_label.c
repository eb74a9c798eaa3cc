/* handles_label.c
 * What is a context handle called in a line of text?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/handles_label.h"

#include "base/decimal.h"
#include "base/wireshark_compat.h"
#include "state/objects.h"

/** Room for ` #`, the number, ` "`, `"` and a NUL, which are all that a label has beside the name. */
#define ROOM 24

const char *handles_short_type(const cmrp_life *life)
{
    static const char *const names[CMRP_HANDLE_TYPES] = {
        [CMRP_HANDLE_NONE] = "handle",
        [CMRP_HCLUSTER] = "HCLUSTER",
        [CMRP_HNODE] = "HNODE",
        [CMRP_HGROUP] = "HGROUP",
        [CMRP_HRES] = "HRES",
        [CMRP_HKEY] = "HKEY",
        [CMRP_HNOTIFY] = "HNOTIFY",
        [CMRP_HNETWORK] = "HNETWORK",
        [CMRP_HNETINTERFACE] = "HNETINTERFACE",
        [CMRP_HBATCH_PORT] = "HBATCH_PORT",
        [CMRP_HGENERIC] = "HGENERIC",
        [CMRP_HGROUPSET] = "HGROUPSET",
    };

    return names[life->type];
}

const char *handles_name_at(const cmrp_life *life, const cmrp_when *when)
{
    cmrp_known known;

    if (life->type == CMRP_HNOTIFY)
        return NULL;
    if (life->name)
        return *life->name->utf8 ? life->name->utf8 : NULL;
    return object_known(life->object, CMRP_FACT_NAME, when, &known) ? known.text : NULL;
}

/** Puts a piece of text where the label ends so far. */
static void append(cmrp_label *label, const char *text, size_t length)
{
    memcpy(label->text + label->length, text, length);
    label->length = (uint16_t)(label->length + length);
}

const cmrp_label *handles_label(const cmrp_context *context, const cmrp_life *life)
{
    /* What was opened by a name is called that for its whole life; a port has none. */
    const bool lasting = life->name || life->type == CMRP_HNOTIFY;
    const cmrp_when when = call_when(context);
    const char *name;
    cmrp_label *label;
    size_t length;
    cmrp_decimal room;
    const char *id = decimal_text(&room, life->id);

    if (life->label)
        return life->label;
    name = handles_name_at(life, &when);
    length = name ? strlen(name) : 0;
    label = (cmrp_label *)wmem_alloc(lasting ? wmem_file_scope() : context->pinfo->pool,
                                     sizeof(cmrp_label) + ROOM + length);
    label->length = 0;
    append(label, " #", 2);
    append(label, id, strlen(id));
    if (name) {
        append(label, " \"", 2);
        append(label, name, length);
        append(label, "\"", 1);
    }
    label->text[label->length] = '\0';
    if (lasting)
        handles_keep_label(life, label);
    return label;
}
