/* SPDX-License-Identifier: MIT */
/* How a conf comes to be: blocks and values added one by one. */
#ifndef BASE_CONF_BUILD_H
#define BASE_CONF_BUILD_H

#include "base/conf.h"

/* An empty one, with its top block; null without memory. */
struct conf *conf_build_open(const struct conf_schema *schema, struct buf *faults);

/* A name for places, copied; null without memory, which is told. */
const char *conf_build_file(struct conf *conf, const char *path);

/* A new block, open; null without memory, which is told. `title` is copied. */
struct conf_block *conf_build_block(struct conf *conf, const struct conf_section *section,
				    const char *title, const void *mark);

/* The section of that name; null if there is none. */
const struct conf_section *conf_build_section(const struct conf *conf, const char *name);

/* The value of a key in a block; null if the section has no such key. */
struct conf_value *conf_build_value(struct conf_block *block, const char *name);

/* Checks a text and appends it to the items of a value; false if it is wrong, which is told. */
bool conf_build_add(struct conf *conf, struct conf_block *block, struct conf_value *value,
		    struct span text, struct conf_place place);

/* Gives every value that the file did not set its default, and tells of those that have none. */
void conf_build_defaults(struct conf *conf);

/* Remembers that the file is no good, and why: "<section> "<title>": <what>". A null block: no
 * more than what. */
void conf_build_fault(struct conf *conf, const struct conf_block *block, struct conf_place place,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
