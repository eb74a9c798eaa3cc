/* faults.c
 * Which calls did a fault answer?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "state/faults.h"

static wmem_map_t *faults; /* frame -> its last one */
static uint32_t last_in;   /* frame */

void faults_reset(void)
{
    faults = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    last_in = 0;
}

static cmrp_fault *last_of(uint32_t frame)
{
    return (cmrp_fault *)wmem_map_lookup(faults, GUINT_TO_POINTER(frame));
}

const cmrp_fault *faults_of(const packet_info *pinfo)
{
    /* For speed: this is asked of every frame, and few have any. */
    if (last_in == 0 || (!pinfo->fd->visited && last_in != pinfo->num))
        return NULL;
    return last_of(pinfo->num);
}

static void keep(const packet_info *pinfo, const cmrp_fault *fault)
{
    cmrp_fault *last = last_of(pinfo->num);
    cmrp_fault *made = (cmrp_fault *)wmem_memdup(wmem_file_scope(), fault, sizeof(*fault));

    made->next = last ? last->next : made;
    if (last)
        last->next = made;
    wmem_map_insert(faults, GUINT_TO_POINTER(pinfo->num), made);
    last_in = pinfo->num;
}

void faults_learn(const packet_info *pinfo, const struct cmrp_in_flight *request, uint32_t status)
{
    keep(pinfo, &(cmrp_fault){ .request = *request, .status = status });
}

void faults_repeat(const packet_info *pinfo, uint32_t frame, uint32_t number)
{
    const cmrp_fault *last = last_of(frame);
    const cmrp_fault *found = last;
    cmrp_fault copy;

    while (found && found->request.number != number)
        found = found->next == last ? NULL : found->next;
    if (found == NULL)
        return;
    copy = *found;
    copy.again = true;
    keep(pinfo, &copy);
}
