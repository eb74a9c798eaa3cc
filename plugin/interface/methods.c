/* methods.c
 * Which method has an operation number?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "interface/methods.h"

#include "cmrp_tables.h"

const cmrp_method *method_find(unsigned version, unsigned opnum)
{
    for (unsigned i = 0; i < cmrp_interface_count; i++) {
        const cmrp_interface *interface = &cmrp_interfaces[i];

        if (interface->version == version)
            return opnum < interface->count ? &interface->methods[opnum] : NULL;
    }
    return NULL;
}
