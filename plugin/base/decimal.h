/* decimal.h
 * How is a number written in digits, quickly? It stands in each line of the Info column.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DECIMAL_H
#define CMRP_DECIMAL_H

#include <stdint.h>

/** Room for the digits of any number of 32 bits and the end of a string. */
typedef struct {
    char text[11];
} cmrp_decimal;

/** The digits of a number, somewhere in `room`. */
static inline const char *decimal_text(cmrp_decimal *room, uint32_t value)
{
    char *first = room->text + sizeof(room->text) - 1;

    *first = '\0';
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return first;
}

#endif
