/* SPDX-License-Identifier: MIT */
/* One value of a config key: what it means, and what is wrong with it. */
#ifndef BASE_CONF_CHECK_H
#define BASE_CONF_CHECK_H

#include "base/conf.h"

/* Checks a text for a key. True with its number (as in struct conf_value) and its normal spelling,
 * which is `text` itself or points into the key; else false and `fault` gets what is wrong. */
bool conf_check(const struct conf_key *key, struct span text, int64_t *number, struct span *normal,
		struct buf *fault);

/* Appends the allowed range or choices: "0ms to 8000ms", "one of a, b, c"; nothing if any text
 * will do. */
void conf_check_put_range(const struct conf_key *key, struct buf *out);

#endif
