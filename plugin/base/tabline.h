/* SPDX-License-Identifier: MIT */
/* Lines of tab-separated fields, the shape of Dovecot's auth protocol: readers and a writer. */
#ifndef BASE_TABLINE_H
#define BASE_TABLINE_H

#include "base/buf.h"

/* Takes a whole line off the front of `in`, without its LF; false if none is complete. A CR before
 * the LF stays (it is not part of the protocol). */
bool tabline_take_line(struct span *in, struct span *line);

/* Takes a field off the front of a line; false at the end. */
bool tabline_take_field(struct span *line, struct span *field);

/* If `field` is "key=value" (or "key" alone, giving an empty value): true, and the value. */
bool tabline_value(struct span field, const char *key, struct span *value);

/* Undoes the escaping into `out` (which fails when full or when an escape is not one of ours). */
void tabline_unescape(struct span text, struct buf *out);

/* Appends TAB key=value, the value escaped; nothing for an absent value. */
void tabline_put(struct buf *out, const char *key, struct span value);

#endif
