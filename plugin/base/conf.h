/* SPDX-License-Identifier: MIT */
/* A config file read by one table of keys: each value checked, with the place it came from. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/buf.h"

enum conf_type {
	CONF_TEXT,   /* printable ASCII */
	CONF_LIST,   /* of texts */
	CONF_NUMBER, /* decimal, with one of the suffixes ms s min h d where the key has a unit */
	CONF_CHOICE, /* one of `choices`, whatever its case */
	CONF_BOOL,
	CONF_PATH, /* absolute, or empty */
	CONF_MODE  /* of a file: octal */
};

struct conf_key {
	const char *section; /* "": at the top */
	const char *name;
	enum conf_type type;
	const char
	    *fallback; /* as it would be written, a list's items with commas; null: has to be set */
	int64_t min, max;    /* of a number, in `unit` */
	const char *unit;    /* "ms", "s", "d" or null */
	const char *choices; /* "a|b|c": of a choice, and of the items of a list (null: any) */
	const char *empty;   /* what an empty value stands for; null: it needs no words */
	const char *help;    /* sentences */
};

struct conf_section {
	const char *name;
	const char
	    *title; /* what its title is, for the man page; null: it has none and stands once */
	const char *inside; /* also inside this section; null: at the top only */
	const char *help;
};

/* The table. */
struct conf_schema {
	const struct conf_section *sections;
	size_t section_count;
	const struct conf_key *keys;
	size_t key_count;
};

struct conf_place {
	const char *file;
	unsigned line;
};

struct conf_value {
	const struct conf_key *key;
	char **items; /* one, unless it is a list; in their normal spelling */
	size_t count;
	int64_t number; /* in the key's unit; the index of a choice; 0 or 1; the mode */
	bool set;	/* in the file; else it is the default */
	struct conf_place place;
};

/* One section of the file; the first is the top. */
struct conf_block {
	const struct conf_section *section; /* null: the top */
	char *title;
	const struct conf_block *parent; /* null for the top alone */
	struct conf_place place;	 /* its end */
	struct conf_value *values;	 /* one for each key of the section, in the table's order */
	size_t value_count;
	const void *mark; /* while parsing: who it is to the parser */
	bool closed;
};

struct conf {
	const struct conf_schema *schema;
	struct conf_block **blocks;
	size_t block_count;
	char **files; /* names, for the places */
	size_t file_count;
	struct buf *faults; /* while loading */
	bool faulty;
};

/* Reads a file, and after it those that it names with `include = {"path"}` at the top (relative to
 * its own folder). Null if anything is wrong: then `faults` has lines "file:line: what", as many as
 * fit. A key or a section that stands twice is wrong. Not for several threads at a time: libconfuse
 * keeps globals, and sets LC_MESSAGES and LC_CTYPE (to "C" again, here). The schema is borrowed. */
struct conf *conf_open(const struct conf_schema *schema, const char *path, struct buf *faults);
void conf_close(struct conf **conf);

/* The top. */
const struct conf_block *conf_top(const struct conf *conf);

/* The next block of a section inside `parent` after `last` (null: the first), in the order of the
 * file; null after the last one. */
const struct conf_block *conf_next(const struct conf *conf, const struct conf_block *parent,
				   const char *section, const struct conf_block *last);

/* The value of a key of the block's section; never null for a key that is in the table. */
const struct conf_value *conf_get(const struct conf_block *block, const char *name);

/* Its only item. */
const char *conf_text(const struct conf_block *block, const char *name);
int64_t conf_number(const struct conf_block *block, const char *name);

/* Appends the line "file:line: <what>", all or nothing. What is not printable ASCII becomes '?'. */
void conf_fault(struct buf *faults, struct conf_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
