/* SPDX-License-Identifier: MIT */
/* libconfuse behind a table of keys; the only file that knows it. */
#include "base/conf_parse.h"

#include <confuse.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf_build.h"
#include "base/conf_read.h"
#include "base/conf_scan.h"

#define CONF_FILES_MAX 64

/* libconfuse hands nothing of ours to its callbacks. */
static struct {
	struct conf *conf;
	const char *file;
	cfg_opt_t *options;
	struct {
		const char *path;
		struct conf_place from;
	} included[CONF_FILES_MAX];
	size_t included_count;
} parse;

static struct conf_place here(const cfg_t *cfg)
{
	return (struct conf_place){parse.file, (unsigned)cfg->line};
}

/* Called with the texts of libconfuse for what it finds itself. */
static void take_fault(cfg_t *cfg, const char *format, va_list args)
{
	char text[1024];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	conf_build_fault(parse.conf, NULL, here(cfg), "%s", text);
}

static void add_file(const char *path, struct conf_place from)
{
	for (size_t i = 0; i < parse.included_count; i++)
		if (strcmp(parse.included[i].path, path) == 0) {
			conf_build_fault(parse.conf, NULL, from, "%s is included twice", path);
			return;
		}
	path = conf_build_file(parse.conf, path);
	if (!path)
		return;
	if (parse.included_count == 0)
		from.file = path;
	parse.included[parse.included_count].path = path;
	parse.included[parse.included_count++].from = from;
}

/* Sections become known with their first key, or at their end. */
static struct conf_block *block_of(const cfg_t *cfg)
{
	struct conf *conf = parse.conf;

	if (strcmp(cfg->name, "root") == 0)
		return conf->blocks[0];
	for (size_t i = 1; i < conf->block_count; i++)
		if (conf->blocks[i]->mark == cfg)
			return conf->blocks[i];
	return conf_build_block(conf, conf_build_section(conf, cfg->name), cfg->title, cfg);
}

/* "a|b = c" reaches into other sections. */
static bool is_own(const cfg_t *cfg, const cfg_opt_t *opt)
{
	return opt >= cfg->opts && opt < cfg->opts + cfg_numopts(cfg->opts);
}

static int take_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct conf_block *block = block_of(cfg);
	struct conf_value *value = block ? conf_build_value(block, opt->name) : NULL;

	*(const char **)result = text;
	if (!value || !is_own(cfg, opt)) {
		conf_build_fault(parse.conf, block, here(cfg), "%s does not belong here",
				 opt->name);
		return -1;
	}
	/* libconfuse has already made room for this item: the first of an assignment is one. */
	if (value->set && (value->key->type != CONF_LIST || opt->nvalues <= 1)) {
		conf_build_fault(parse.conf, block, here(cfg), "%s is set twice, before in line %u",
				 opt->name, value->place.line);
		return 0;
	}
	value->set = true;
	conf_build_add(parse.conf, block, value, span_of(text), here(cfg));
	return 0;
}

/* An empty list comes without a call. */
static void take_empty_lists(cfg_t *cfg, struct conf_block *block)
{
	for (int i = 0; i < cfg_numopts(cfg->opts); i++) {
		cfg_opt_t *opt = &cfg->opts[i];
		struct conf_value *value = conf_build_value(block, opt->name);

		if (!value || value->key->type != CONF_LIST || opt->nvalues ||
		    !(opt->flags & CFGF_MODIFIED))
			continue;
		if (value->set)
			conf_build_fault(parse.conf, block, here(cfg), "%s is set twice",
					 opt->name);
		value->set = true;
		value->place = here(cfg);
	}
}

static bool is_twin(const struct conf_block *a, const struct conf_block *b)
{
	return a != b && b->closed && a->section == b->section && a->parent == b->parent &&
	       (!a->title || strcmp(a->title, b->title) == 0);
}

/* Called at the end of a section. */
static int take_section(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct conf_block *parent = block_of(cfg);
	struct conf_block *block = section ? block_of(section) : NULL;

	if (!block || !parent)
		return -1;
	block->place = here(section);
	block->parent = parent;
	if (!is_own(cfg, opt))
		conf_build_fault(parse.conf, block, block->place, "does not belong here");
	if (block->title && (!*block->title || !span_printable(span_of(block->title))))
		conf_build_fault(parse.conf, block, block->place,
				 "its title is empty or not printable ASCII");
	for (size_t i = 1; !block->closed && i < parse.conf->block_count; i++)
		if (is_twin(block, parse.conf->blocks[i]))
			conf_build_fault(parse.conf, block, block->place,
					 "stands twice, before up to line %u",
					 parse.conf->blocks[i]->place.line);
	if (block->closed)
		conf_build_fault(parse.conf, block, block->place, "stands twice");
	block->closed = true;
	take_empty_lists(section, block);
	return 0;
}

/* Not libconfuse's own include(): that leaves its lexer in the included file after an error, and
 * frees the name of a file twice if its braces do not match. The file is read after this one. */
static int take_include(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	const char *slash = strrchr(parse.file, '/');
	bool relative = slash && text[0] != '/';
	char path[4096];
	int n;

	*(const char **)result = text;
	n = snprintf(path, sizeof(path), "%.*s%s", relative ? (int)(slash + 1 - parse.file) : 0,
		     parse.file, text);
	if (n < 0 || (size_t)n >= sizeof(path))
		conf_build_fault(parse.conf, NULL, here(cfg), "%s: the path is too long",
				 opt->name);
	else if (parse.included_count >= CONF_FILES_MAX)
		conf_build_fault(parse.conf, NULL, here(cfg), "%s: more than %d files", opt->name,
				 CONF_FILES_MAX);
	else
		add_file(path, here(cfg));
	return 0;
}

static void parse_text(char *text, size_t len)
{
	FILE *in = len ? fmemopen(text, len, "r") : NULL;
	cfg_t *cfg = cfg_init(parse.options, CFGF_NONE);

	setlocale(LC_MESSAGES, "C");
	setlocale(LC_CTYPE, "C");
	if (cfg) {
		cfg_set_error_function(cfg, take_fault);
		cfg->line = 1;
	}
	if (cfg && in && cfg_parse_fp(cfg, in) != CFG_SUCCESS && !parse.conf->faulty)
		conf_build_fault(parse.conf, NULL, here(cfg), "cannot be parsed");
	if (cfg) {
		take_empty_lists(cfg, parse.conf->blocks[0]);
		parse.conf->blocks[0]->place = here(cfg);
		cfg_free(cfg);
	}
	if (!cfg || (len && !in))
		conf_build_fault(parse.conf, NULL, (struct conf_place){parse.file, 0},
				 "out of memory");
	if (in)
		fclose(in);
	/* A new section may come to lie where one was. */
	for (size_t i = 0; i < parse.conf->block_count; i++)
		parse.conf->blocks[i]->mark = NULL;
}

static void parse_file(const char *path, struct conf_place from)
{
	struct conf_place place = {path, 0};
	const char *why = "";
	size_t len = 0;
	char *text = conf_read(path, &len, &why);

	parse.file = path;
	if (!text)
		conf_build_fault(parse.conf, NULL, from, "cannot read %s: %s", path, why);
	else if (!conf_scan(text, len, &place.line, &why))
		conf_build_fault(parse.conf, NULL, place, "%s", why);
	else
		parse_text(text, len);
	free(text);
}

/* The options of a section (null: the top), and of those inside, in one array with its end mark. */
static cfg_opt_t *make_options(const struct conf_schema *schema, const struct conf_section *of)
{
	cfg_opt_t *options =
	    calloc(schema->key_count + schema->section_count + 2, sizeof(*options));
	size_t n = 0;

	for (size_t i = 0; options && i < schema->key_count; i++) {
		const struct conf_key *key = &schema->keys[i];

		if (strcmp(key->section, of ? of->name : "") != 0)
			continue;
		if (key->type == CONF_LIST)
			options[n++] =
			    (cfg_opt_t)CFG_STR_LIST_CB(key->name, NULL, CFGF_NODEFAULT, take_value);
		else
			options[n++] =
			    (cfg_opt_t)CFG_STR_CB(key->name, NULL, CFGF_NODEFAULT, take_value);
	}
	for (size_t i = 0; options && i < schema->section_count; i++) {
		const struct conf_section *section = &schema->sections[i];
		cfg_opt_t *inner;

		if (of && (!section->inside || strcmp(section->inside, of->name) != 0))
			continue;
		inner = make_options(schema, section);
		options[n] = (cfg_opt_t)CFG_SEC(section->name, inner, CFGF_NONE);
		if (section->title)
			options[n].flags = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES;
		options[n++].validcb = take_section;
	}
	if (options && !of)
		options[n] =
		    (cfg_opt_t)CFG_STR_LIST_CB("include", NULL, CFGF_NODEFAULT, take_include);
	return options;
}

static void free_options(cfg_opt_t *options)
{
	for (cfg_opt_t *at = options; at && at->name; at++)
		free_options(at->subopts);
	free(options);
}

void conf_parse(struct conf *conf, const char *path)
{
	struct conf_place top = {path, 0};

	parse.conf = conf;
	parse.included_count = 0;
	parse.options = make_options(conf->schema, NULL);
	if (!parse.options)
		conf_build_fault(conf, NULL, (struct conf_place){path, 0}, "out of memory");
	else
		add_file(path, (struct conf_place){path, 0});
	for (size_t i = 0; i < parse.included_count; i++) {
		parse_file(parse.included[i].path, parse.included[i].from);
		if (i == 0)
			top = conf->blocks[0]->place;
		conf->blocks[0]->place = top;
	}
	free_options(parse.options);
	parse.options = NULL;
	parse.conf = NULL;
}
