/* SPDX-License-Identifier: MIT */
/* The one normal form of names, so that two spellings of one name are one name. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/buf.h"

/* Octets of the longest name that fold_name() takes. */
#define FOLD_NAME_MAX 1024

/* Appends `in`, trimmed of spaces and tabs, case-folded, in NFKC and without default-ignorable code
 * points (Unicode's NFKC_Casefold, UAX #31 and D147), repeated until it is stable: folding a result
 * gives the same result. ASCII takes a short way. False, and nothing appended, if it is not UTF-8,
 * has a control character or line separator, is or becomes empty, or is over FOLD_NAME_MAX; false
 * and `out` failed if the result does not fit or memory is out. */
bool fold_name(struct span in, struct buf *out);

#endif
