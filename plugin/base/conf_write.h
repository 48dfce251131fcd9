/* SPDX-License-Identifier: MIT */
/* A config, and what its man page says of each key, written from the same table. */
#ifndef BASE_CONF_WRITE_H
#define BASE_CONF_WRITE_H

#include <stdio.h>

#include "base/conf.h"

/* Writes every key of every section with its value, in the syntax that conf_open() reads. */
void conf_write(const struct conf *conf, FILE *out);

/* Writes a .SS for the top and for each section, and in it all keys (troff, man macros). */
void conf_write_man(const struct conf_schema *schema, FILE *out);

#endif
