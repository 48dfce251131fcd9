/* SPDX-License-Identifier: MIT */
/* A look over a config text before libconfuse parses it, for what that does not see. */
#ifndef BASE_CONF_SCAN_H
#define BASE_CONF_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Makes blanks of all comments (libconfuse 3.3 counts up to two lines too many for each) and
 * finds texts, comments and braces without an end (it takes the end of the file for the end of
 * the section, and stays inside an open text for the next file) and characters that it would
 * skip. False, the line, and a constant text in `fault` if there is one. */
bool conf_scan(char *text, size_t len, unsigned *line, const char **fault);

#endif
