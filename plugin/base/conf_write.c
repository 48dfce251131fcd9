/* SPDX-License-Identifier: MIT */
/* A config, and what its man page says of each key, written from the same table. */
#include "base/conf_write.h"

#include <string.h>

#include "base/conf_check.h"

static void indent(int depth, FILE *out)
{
	while (depth-- > 0)
		putc('\t', out);
}

/* Quoted as libconfuse unquotes: "$" too, which would begin a variable of the environment. */
static void put_quoted(const char *text, FILE *out)
{
	putc('"', out);
	for (; *text; text++) {
		if (strchr("\"\\$", *text))
			putc('\\', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void put_list(const struct conf_value *value, FILE *out)
{
	putc('{', out);
	for (size_t i = 0; i < value->count; i++) {
		fputs(i ? ", " : "", out);
		put_quoted(value->items[i], out);
	}
	putc('}', out);
}

static void put_value(const struct conf_value *value, int depth, FILE *out)
{
	const struct conf_key *key = value->key;
	bool empty = value->count == 0 || (value->count == 1 && !value->items[0][0]);

	if (empty && key->empty) {
		indent(depth, out);
		fprintf(out, "# %s: %s\n", key->name, key->empty);
	}
	indent(depth, out);
	fprintf(out, "%s = ", key->name);
	switch (key->type) {
	case CONF_LIST:
		put_list(value, out);
		break;
	case CONF_NUMBER:
		fprintf(out, "%lld%s", (long long)value->number, key->unit ? key->unit : "");
		break;
	case CONF_BOOL:
		fputs(value->number ? "yes" : "no", out);
		break;
	case CONF_MODE:
		fprintf(out, "%04llo", (unsigned long long)value->number);
		break;
	case CONF_TEXT:
	case CONF_PATH:
	case CONF_CHOICE:
		put_quoted(value->count ? value->items[0] : "", out);
		break;
	}
	putc('\n', out);
}

static void put_block(const struct conf *conf, const struct conf_block *block, int depth, FILE *out)
{
	for (size_t i = 0; i < block->value_count; i++)
		put_value(&block->values[i], depth, out);
	for (size_t i = 0; i < conf->schema->section_count; i++) {
		const char *name = conf->schema->sections[i].name;
		const struct conf_block *inner = NULL;

		while ((inner = conf_next(conf, block, name, inner))) {
			if (depth == 0)
				putc('\n', out);
			indent(depth, out);
			fputs(name, out);
			if (inner->title) {
				putc(' ', out);
				put_quoted(inner->title, out);
			}
			fputs(" {\n", out);
			put_block(conf, inner, depth + 1, out);
			indent(depth, out);
			fputs("}\n", out);
		}
	}
}

void conf_write(const struct conf *conf, FILE *out)
{
	put_block(conf, conf_top(conf), 0, out);
}

static void put_troff_octet(char c, bool first, FILE *out)
{
	if (first && (c == '.' || c == '\''))
		fputs("\\&", out);
	if (c == '\\')
		fputs("\\e", out);
	else if (c == '-')
		fputs("\\-", out);
	else if (c == '"')
		fputs("\\(dq", out);
	else
		putc(c, out);
}

/* Lines of at most 80 columns if the words allow, each sentence on its own: nothing in the text is
 * taken for a request or an escape. It does not begin with a blank. */
static void put_troff(const char *text, FILE *out)
{
	size_t column = 0;

	for (const char *at = text; *at; at++) {
		if (*at == ' ' && (column + strcspn(at + 1, " ") > 72 || at[-1] == '.')) {
			putc('\n', out);
			column = 0;
			continue;
		}
		put_troff_octet(*at, column == 0, out);
		column++;
	}
}

static const char *type_name(const struct conf_key *key)
{
	switch (key->type) {
	case CONF_TEXT:
		return "text";
	case CONF_LIST:
		return "list";
	case CONF_NUMBER:
		return key->unit ? "time" : "number";
	case CONF_CHOICE:
		return "choice";
	case CONF_BOOL:
		return "yes or no";
	case CONF_PATH:
		return "path";
	case CONF_MODE:
		return "mode";
	}
	return "";
}

static void put_default(const struct conf_key *key, FILE *out)
{
	size_t len = key->empty ? strlen(key->empty) : 0;

	if (!key->fallback) {
		fputs("Has to be set.\n", out);
		return;
	}
	if (!key->fallback[0]) {
		fputs("Default: empty", out);
		if (key->empty)
			fputs(", which stands for:\n", out);
		put_troff(key->empty ? key->empty : "", out);
		fputs(len && key->empty[len - 1] == '.' ? "\n" : ".\n", out);
		return;
	}
	fputs("Default: \\fB", out);
	put_troff(key->fallback, out);
	if (key->unit)
		fputs(key->unit, out);
	fputs("\\fR.\n", out);
}

static void put_key(const struct conf_key *key, FILE *out)
{
	char storage[1024];
	struct buf range = BUF_ON(storage);

	fputs(".TP\n\\fB", out);
	put_troff(key->name, out);
	fprintf(out, "\\fR (%s", type_name(key));
	conf_check_put_range(key, &range);
	if (range.len && !range.failed) {
		buf_put_char(&range, '\0');
		fputs(key->type == CONF_NUMBER ? ", " : ": ", out);
		put_troff(range.at, out);
	}
	fputs(")\n", out);
	put_troff(key->help, out);
	putc('\n', out);
	put_default(key, out);
}

static void put_keys(const struct conf_schema *schema, const char *section, FILE *out)
{
	for (size_t i = 0; i < schema->key_count; i++)
		if (strcmp(schema->keys[i].section, section) == 0)
			put_key(&schema->keys[i], out);
}

void conf_write_man(const struct conf_schema *schema, FILE *out)
{
	fputs(".SS At the top\n", out);
	put_keys(schema, "", out);
	for (size_t i = 0; i < schema->section_count; i++) {
		const struct conf_section *section = &schema->sections[i];

		fprintf(out, ".SS \"%s", section->name);
		if (section->title)
			fprintf(out, " \\(dq\\fI%s\\fP\\(dq", section->title);
		fputs(" { ... }\"\n", out);
		put_troff(section->help, out);
		putc('\n', out);
		put_keys(schema, section->name, out);
	}
}
