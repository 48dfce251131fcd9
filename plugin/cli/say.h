/* SPDX-License-Identifier: MIT */
/* What the program prints: faults, fields, paragraphs, JSON; nothing of it can steer a terminal. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "cli/cli.h"

#include <jansson.h>
#include <stddef.h>

/* "sasl-reason: text" on stderr, or with --json {"status", "error"} on stdout. `cli` may be null
 * (then it is plain). Returns `status`. */
enum cli_exit say_fault(const struct cli *cli, enum cli_exit status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The object on stdout, indented, its members in their order, all of it ASCII. */
void say_json(const json_t *object);

/* `text` (UTF-8; null is nothing) on stdout. Control characters, what reverses the direction of
 * writing, and octets that are not UTF-8 are written as \xHH. */
void say_text(const char *text);

/* As say_text(), with a newline after it. */
void say_line(const char *text);

/* "Label          text" on a line; on a terminal a long text goes on below its beginning. */
void say_field(const char *label, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A paragraph that begins `indent` columns from the left, broken on a terminal. */
void say_paragraph(unsigned indent, const char *text);

/* How many columns say_text() needs: characters, those written as \xHH counted so. */
size_t say_width(const char *text);

/* "a, b and c" of the texts in an array; `none` if it is empty or null. The caller frees it. */
char *say_list(const json_t *texts, const char *none);

#endif
