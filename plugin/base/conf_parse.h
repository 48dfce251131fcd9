/* SPDX-License-Identifier: MIT */
/* libconfuse behind a table of keys; the only file that knows it. */
#ifndef BASE_CONF_PARSE_H
#define BASE_CONF_PARSE_H

#include "base/conf.h"

/* Reads a file and what it includes into a conf whose top block exists. What is wrong is told with
 * conf_build_fault(); keys that the file does not set are left alone. */
void conf_parse(struct conf *conf, const char *path);

#endif
