/* SPDX-License-Identifier: MIT */
/* Members of a JSON object, whatever is missing or of another type. */
#ifndef CLI_FIELD_H
#define CLI_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Borrowed from the object; null if it is no text, or an empty one. */
const char *field_text(const json_t *object, const char *key);

/* The text, or `otherwise`. */
const char *field_text_or(const json_t *object, const char *key, const char *otherwise);

/* 0 if it is no number; a fraction is cut. */
int64_t field_number(const json_t *object, const char *key);

/* True only of true. */
bool field_true(const json_t *object, const char *key);

#endif
