/* SPDX-License-Identifier: MIT */
/* How a conf comes to be: blocks and values added one by one. */
#include "base/conf_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_check.h"

#define CONF_ITEMS_MAX	256
#define CONF_BLOCKS_MAX 4096

static const struct conf_place nowhere = {"(config)", 0};

/* Grows an array of pointers by one; false without memory. */
static bool push(void ***array, size_t *count, void *item)
{
	void **grown = realloc(*array, (*count + 1) * sizeof(*grown));

	if (!grown)
		return false;
	*array = grown;
	grown[(*count)++] = item;
	return true;
}

void conf_build_fault(struct conf *conf, const struct conf_block *block, struct conf_place place,
		      const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	conf->faulty = true;
	if (!block || !block->section)
		conf_fault(conf->faults, place, "%s", text);
	else if (block->title)
		conf_fault(conf->faults, place, "%s \"%s\": %s", block->section->name, block->title,
			   text);
	else
		conf_fault(conf->faults, place, "%s: %s", block->section->name, text);
}

static void *no_memory(struct conf *conf)
{
	conf_build_fault(conf, NULL, nowhere, "out of memory");
	return NULL;
}

const char *conf_build_file(struct conf *conf, const char *path)
{
	char *name = strdup(path);

	if (!name || !push((void ***)&conf->files, &conf->file_count, name)) {
		free(name);
		return no_memory(conf);
	}
	return name;
}

static bool is_key_of(const struct conf_key *key, const struct conf_section *section)
{
	return strcmp(key->section, section ? section->name : "") == 0;
}

static bool make_values(const struct conf_schema *schema, struct conf_block *block)
{
	size_t count = 0;

	for (size_t i = 0; i < schema->key_count; i++)
		count += is_key_of(&schema->keys[i], block->section);
	block->values = calloc(count ? count : 1, sizeof(*block->values));
	if (!block->values)
		return false;
	for (size_t i = 0; i < schema->key_count; i++)
		if (is_key_of(&schema->keys[i], block->section))
			block->values[block->value_count++].key = &schema->keys[i];
	return true;
}

struct conf_block *conf_build_block(struct conf *conf, const struct conf_section *section,
				    const char *title, const void *mark)
{
	struct conf_block *block = calloc(1, sizeof(*block));

	if (!block || conf->block_count >= CONF_BLOCKS_MAX)
		goto fail;
	block->section = section;
	block->mark = mark;
	block->place = nowhere;
	if (title) {
		block->title = strdup(title);
		if (!block->title)
			goto fail;
	}
	if (!make_values(conf->schema, block) ||
	    !push((void ***)&conf->blocks, &conf->block_count, block))
		goto fail;
	return block;
fail:
	if (block) {
		free(block->title);
		free(block->values);
	}
	free(block);
	return no_memory(conf);
}

struct conf *conf_build_open(const struct conf_schema *schema, struct buf *faults)
{
	struct conf *conf = calloc(1, sizeof(*conf));

	if (!conf)
		return NULL;
	conf->schema = schema;
	conf->faults = faults;
	if (!conf_build_block(conf, NULL, NULL, NULL))
		conf_close(&conf);
	return conf;
}

const struct conf_section *conf_build_section(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->schema->section_count; i++)
		if (strcmp(conf->schema->sections[i].name, name) == 0)
			return &conf->schema->sections[i];
	return NULL;
}

struct conf_value *conf_build_value(struct conf_block *block, const char *name)
{
	for (size_t i = 0; i < block->value_count; i++)
		if (strcmp(block->values[i].key->name, name) == 0)
			return &block->values[i];
	return NULL;
}

bool conf_build_add(struct conf *conf, struct conf_block *block, struct conf_value *value,
		    struct span text, struct conf_place place)
{
	char storage[512];
	struct buf fault = BUF_ON(storage);
	struct span normal;
	char *item;

	value->place = place;
	if (!conf_check(value->key, text, &value->number, &normal, &fault)) {
		conf_build_fault(conf, block, place, "%s: \"%.*s\" %.*s", value->key->name,
				 (int)(text.len < 200 ? text.len : 200), text.at, (int)fault.len,
				 fault.at);
		return false;
	}
	if (value->count >= CONF_ITEMS_MAX) {
		conf_build_fault(conf, block, place, "%s: more than %d items", value->key->name,
				 CONF_ITEMS_MAX);
		return false;
	}
	item = strndup(normal.at, normal.len);
	if (!item || !push((void ***)&value->items, &value->count, item)) {
		free(item);
		no_memory(conf);
		return false;
	}
	return true;
}

static void add_default(struct conf *conf, struct conf_block *block, struct conf_value *value)
{
	struct span rest = span_of(value->key->fallback), item;

	value->place = block->place;
	if (!rest.at) {
		conf_build_fault(conf, block, block->place, "%s has to be set", value->key->name);
		return;
	}
	if (value->key->type != CONF_LIST) {
		conf_build_add(conf, block, value, rest, block->place);
		return;
	}
	while (rest.len && span_take_until(&rest, ',', &item))
		conf_build_add(conf, block, value, span_trim(item), block->place);
}

/* A section without a title is there even if the file does not have it. */
static void add_sections(struct conf *conf)
{
	for (size_t i = 0; i < conf->schema->section_count; i++) {
		const struct conf_section *section = &conf->schema->sections[i];
		struct conf_block *block;

		if (section->title || conf_next(conf, conf->blocks[0], section->name, NULL))
			continue;
		block = conf_build_block(conf, section, NULL, NULL);
		if (!block)
			return;
		block->parent = conf->blocks[0];
		block->place = conf->blocks[0]->place;
	}
}

void conf_build_defaults(struct conf *conf)
{
	add_sections(conf);
	for (size_t i = 0; i < conf->block_count; i++) {
		struct conf_block *block = conf->blocks[i];

		for (size_t k = 0; k < block->value_count; k++)
			if (!block->values[k].set)
				add_default(conf, block, &block->values[k]);
	}
}
