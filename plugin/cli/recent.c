/* SPDX-License-Identifier: MIT */
/* The last logins of a user as a table. */
#include "cli/recent.h"

#include "cli/field.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/when.h"

#include <stdio.h>

static void put_row(struct table *table, const json_t *row)
{
	char count[24];

	snprintf(count, sizeof(count), "%lld", (long long)field_number(row, "count"));
	table_put(table, count);
	table_put(table, when_of(field_number(row, "first")).text);
	table_put(table, when_of(field_number(row, "last")).text);
	table_put(table, field_text(row, "client"));
	table_put(table, field_text(row, "mechanism"));
	table_put(table, field_text_or(row, "reason", "let in"));
	table_put(table, field_text(row, "proof"));
	table_put(table, field_text(row, "id"));
}

void recent_put(const json_t *recent)
{
	static const char *const heads[] = {"TIMES",	 "FIRST", "LAST",  "FROM",
					    "MECHANISM", "FOUND", "PROOF", "LAST INCIDENT"};
	struct table *table;

	if (!json_is_array(recent)) {
		say_field("Last logins", "cannot be told: there is no journal");
		return;
	}
	if (json_array_size(recent) == 0) {
		say_field("Last logins", "none in the journal");
		return;
	}
	puts("\nLast logins");
	table = table_open(heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < json_array_size(recent); i++)
		put_row(table, json_array_get(recent, i));
	table_close(&table);
}
