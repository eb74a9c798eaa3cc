/* format.c
 * Who reads a buffer of a certain format?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "buffers/format.h"

#include "buffers/layout.h"
#include "buffers/property_list.h"
#include "buffers/registry_batch.h"
#include "buffers/security_descriptor.h"

static bool fits(const cmrp_buffer *b, const cmrp_format *format)
{
    switch ((cmrp_format_kind)format->kind) {
    case CMRP_FORMAT_LAYOUT:
        return b->c.length >= format->layout->least;
    case CMRP_FORMAT_PROPERTY_LIST:
        return property_list_begins(b);
    default:
        return true;
    }
}

static bool read_by(cmrp_buffer *b, const cmrp_format *format)
{
    switch ((cmrp_format_kind)format->kind) {
    case CMRP_FORMAT_LAYOUT:
        return layout_read(b, format->layout);
    case CMRP_FORMAT_PROPERTY_LIST:
    case CMRP_FORMAT_PROPERTY_FORMATS:
        return property_list_read(b, format);
    case CMRP_FORMAT_VALUE_LIST:
    case CMRP_FORMAT_VALUE_LISTS:
        return property_list_read_values(b, format);
    case CMRP_FORMAT_REGISTRY_BATCH:
        return registry_batch_read(b);
    case CMRP_FORMAT_SECURITY_DESCRIPTOR:
        return security_descriptor_read(b);
    default:
        /* The array's own item has the bytes already. */
        b->c.offset = b->c.length;
        return true;
    }
}

void format_read(cmrp_buffer *b, const cmrp_format *format)
{
    while (format->otherwise && !fits(b, format))
        format = format->otherwise;
    buffer_show_rest(b, read_by(b, format));
}
