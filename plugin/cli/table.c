/* SPDX-License-Identifier: MIT */
/* A table in aligned columns, printed when it is complete. */
#include "cli/table.h"

#include "cli/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	const char *const *heads;
	size_t columns;
	size_t widths[TABLE_COLUMNS_MAX];
	char **cells;
	size_t count, size;
};

struct table *table_open(const char *const *heads, size_t columns)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->heads = heads;
	table->columns = columns;
	for (size_t i = 0; i < columns; i++)
		table->widths[i] = say_width(heads[i]);
	return table;
}

static bool make_room(struct table *table)
{
	size_t size = table->size ? table->size * 2 : 64;
	char **larger;

	if (table->count < table->size)
		return true;
	larger = reallocarray(table->cells, size, sizeof(*larger));
	if (!larger)
		return false;
	table->cells = larger;
	table->size = size;
	return true;
}

void table_put(struct table *table, const char *text)
{
	size_t width, *widest;

	if (!table || !make_room(table))
		return;
	if (!text || !*text)
		text = "-";
	width = say_width(text);
	widest = &table->widths[table->count % table->columns];
	if (width > *widest)
		*widest = width;
	table->cells[table->count++] = strdup(text);
}

/* The last column is not filled up: no blanks at the end of a line. */
static void put_row(const struct table *table, const char *const *texts)
{
	for (size_t i = 0; i < table->columns; i++) {
		const char *text = texts[i] ? texts[i] : "?";

		say_text(text);
		if (i + 1 < table->columns)
			printf("%*s", (int)(table->widths[i] - say_width(text)) + 2, "");
	}
	putchar('\n');
}

void table_close(struct table **table)
{
	if (!*table)
		return;
	put_row(*table, (*table)->heads);
	for (size_t i = 0; i + (*table)->columns <= (*table)->count; i += (*table)->columns)
		put_row(*table, (const char *const *)(*table)->cells + i);
	for (size_t i = 0; i < (*table)->count; i++)
		free((*table)->cells[i]);
	free((*table)->cells);
	free(*table);
	*table = NULL;
}
