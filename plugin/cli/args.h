/* SPDX-License-Identifier: MIT */
/* The command line: options and words in any order, against a table. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli/cli.h"

#include <stddef.h>

/* Words, and options, of one command line. */
#define ARGS_MAX 64

struct args_given {
	const struct cli_option *option;
	const char *value; /* null if the option takes none */
};

/* All texts are borrowed from argv and the tables. */
struct args {
	const char *words[ARGS_MAX];
	size_t count;
	struct args_given given[ARGS_MAX];
	size_t options;
};

/* Reads argv[0..argc): "--name value", "--name=value", "-S value" (--socket), "-c value" (--config),
 * "-h" (--help), "-V" (--version); "--" ends the options. An option is in one of the two tables,
 * each of which may be null. With `stop`, the first word and all behind it are left alone; *taken is
 * how much of argv was read. False, with a sentence as say_fault() has it, for an option that is in neither
 * table, that lacks its value or has one too many, and if there are more than ARGS_MAX. */
bool args_take(const struct cli *cli, struct args *args, int argc, char *const *argv,
	       const struct cli_option *own, const struct cli_option *global, bool stop,
	       int *taken);

/* The value of the last one given; null if it was not given or takes none. */
const char *args_value(const struct args *args, const char *name);

bool args_has(const struct args *args, const char *name);

/* The next value of an option that may be given several times; *at begins with 0. Null at the end. */
const char *args_next(const struct args *args, const char *name, size_t *at);

#endif
