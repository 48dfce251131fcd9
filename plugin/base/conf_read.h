/* SPDX-License-Identifier: MIT */
/* A whole config file in memory, before anything parses it. */
#ifndef BASE_CONF_READ_H
#define BASE_CONF_READ_H

#include <stddef.h>

/* Reads a regular file of text, at most 1 MiB; the caller frees it. Null, and `why` a text, if it
 * cannot be read, is something else (libconfuse exits on a directory and waits for a pipe), or
 * has a NUL. */
char *conf_read(const char *path, size_t *len, const char **why);

#endif
