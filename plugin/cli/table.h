/* SPDX-License-Identifier: MIT */
/* A table in aligned columns, printed when it is complete. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

#define TABLE_COLUMNS_MAX 12

struct table;

/* `heads` are constants, `columns` of them. Null without memory: the others then do nothing. */
struct table *table_open(const char *const *heads, size_t columns);

/* The next cell, row by row; copied. Null or empty is "-". */
void table_put(struct table *table, const char *text);

/* Prints it, a column as wide as its widest cell, and frees it. */
void table_close(struct table **table);

#endif
