/* SPDX-License-Identifier: MIT */
/* What the answers of the admin socket are made of: JSON values of spans, memory that is wiped. */
#ifndef FACE_ADMIN_JSON_H
#define FACE_ADMIN_JSON_H

#include <jansson.h>

#include "base/span.h"

/* From here on all memory of jansson is wiped before it is freed: an answer may hold a secret. */
void admin_json_begin(void);

/* Frees what jansson gave (json_dumps()). */
void admin_json_free(void *at);

/* A text: null if it is absent; what is not UTF-8 or has control characters gets '?' for each octet
 * that is not printable ASCII. No value (NULL) without memory, as from jansson itself: json_pack()
 * then fails. */
json_t *admin_json_text(struct span text);
json_t *admin_json_cstring(const char *text);

/* An array of what stands between the commas of a list; empty if that is empty or absent. */
json_t *admin_json_list(struct span list);

#endif
