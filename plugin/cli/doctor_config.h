/* SPDX-License-Identifier: MIT */
/* The configuration as the daemon would have it, when no daemon answers: `sasl-reasond
 * --print-config`. */
#ifndef CLI_DOCTOR_CONFIG_H
#define CLI_DOCTOR_CONFIG_H

#include <jansson.h>

#include "base/span.h"

/* Turns the text into an object: each key a text (numbers and words too) or, for a list, an array
 * of texts; each kind of section an array of such objects, with their title as "title". The caller
 * owns it. Null if a line is not understood, or without memory. */
json_t *doctor_config_parse(struct span text);

/* What of it the admin socket's answer to `config` has too, in the same form (face/admin.h):
 * "listeners" with their paths and faces, "user", "key_file", "backends", "realms", and
 * "state_directory". The caller owns it. Null without memory. */
json_t *doctor_config_answer(const json_t *parsed);

#endif
