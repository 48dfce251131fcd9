/* SPDX-License-Identifier: MIT */
/* The configuration as the daemon would have it, where no daemon answers or does not tell:
 * `sasl-reasond --print-config`. */
#ifndef CLI_DOCTOR_CONFIG_H
#define CLI_DOCTOR_CONFIG_H

#include <stdbool.h>

#include <jansson.h>

#include "base/span.h"

/* Turns the text into an object: each key a text (numbers and words too) or, for a list, an array
 * of texts; each kind of section an array of such objects, with their title as "title". The caller
 * owns it. Null if a line is not understood, or without memory. */
json_t *doctor_config_parse(struct span text);

/* Has it printed, which takes as long as cli/doctor_command allows, and parses it: false if that
 * cannot be done or the file has a fault. *parsed_r, the caller's, is null then, and where
 * doctor_config_parse() says so. */
bool doctor_config_ask(const char *path, json_t **parsed_r);

/* What of it the admin socket's answer to `config` has too, in the same form (face/admin.h):
 * "listeners" with their paths and faces, "user", "key_file", "backends", "realms", and
 * "state_directory". The caller owns it. Null without memory. */
json_t *doctor_config_answer(const json_t *parsed);

#endif
