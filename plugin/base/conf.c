/* SPDX-License-Identifier: MIT */
/* A config file read by one table of keys: each value checked, with the place it came from. */
#include "base/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_build.h"
#include "base/conf_parse.h"

struct conf *conf_open(const struct conf_schema *schema, const char *path, struct buf *faults)
{
	struct conf *conf = conf_build_open(schema, faults);

	if (!conf) {
		conf_fault(faults, (struct conf_place){path, 0}, "out of memory");
		return NULL;
	}
	conf_parse(conf, path);
	/* After a syntax error the rest was not read: what it lacks is not known. */
	if (!conf->faulty)
		conf_build_defaults(conf);
	conf->faults = NULL;
	if (conf->faulty)
		conf_close(&conf);
	return conf;
}

static void close_block(struct conf_block *block)
{
	for (size_t i = 0; i < block->value_count; i++) {
		for (size_t k = 0; k < block->values[i].count; k++)
			free(block->values[i].items[k]);
		free(block->values[i].items);
	}
	free(block->values);
	free(block->title);
	free(block);
}

void conf_close(struct conf **conf)
{
	if (!*conf)
		return;
	for (size_t i = 0; i < (*conf)->block_count; i++)
		close_block((*conf)->blocks[i]);
	for (size_t i = 0; i < (*conf)->file_count; i++)
		free((*conf)->files[i]);
	free((*conf)->blocks);
	free((*conf)->files);
	free(*conf);
	*conf = NULL;
}

const struct conf_block *conf_top(const struct conf *conf)
{
	return conf->blocks[0];
}

const struct conf_block *conf_next(const struct conf *conf, const struct conf_block *parent,
				   const char *section, const struct conf_block *last)
{
	bool after = last == NULL;

	for (size_t i = 1; i < conf->block_count; i++) {
		const struct conf_block *block = conf->blocks[i];

		if (after && block->parent == parent && strcmp(block->section->name, section) == 0)
			return block;
		after = after || block == last;
	}
	return NULL;
}

const struct conf_value *conf_get(const struct conf_block *block, const char *name)
{
	for (size_t i = 0; i < block->value_count; i++)
		if (strcmp(block->values[i].key->name, name) == 0)
			return &block->values[i];
	return NULL;
}

const char *conf_text(const struct conf_block *block, const char *name)
{
	const struct conf_value *value = conf_get(block, name);

	return value && value->count ? value->items[0] : "";
}

int64_t conf_number(const struct conf_block *block, const char *name)
{
	const struct conf_value *value = conf_get(block, name);

	return value ? value->number : 0;
}

void conf_fault(struct buf *faults, struct conf_place place, const char *format, ...)
{
	char text[1536];
	size_t len;
	va_list args;
	int n = snprintf(text, sizeof(text) / 2, "%s:%u: ", place.file, place.line);

	len = n < 0 ? 0 : strlen(text);
	va_start(args, format);
	if (vsnprintf(text + len, sizeof(text) - len, format, args) < 0)
		text[len] = '\0';
	va_end(args);
	len = strlen(text);
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			text[i] = '?';
	text[len] = '\n'; /* in the place of the NUL */
	buf_put_span(faults, (struct span){text, len + 1});
}
