/* SPDX-License-Identifier: MIT */
/* The command line: options and words in any order, against a table. */
#include "cli/args.h"

#include "cli/say.h"

#include <string.h>

static const struct {
	char letter;
	const char *name;
} letters[] = {{'S', "socket"}, {'h', "help"}, {'V', "version"}, {'c', "config"}};

static const struct cli_option *find(const struct cli_option *table, const char *name, size_t len)
{
	for (; table && table->name; table++)
		if (strlen(table->name) == len && memcmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

/* The name of an option in an argument: where it begins, how long it is, and its value after "=".
 */
struct written {
	const char *name;
	size_t len;
	const char *value; /* null: not in the same argument */
};

static struct written read_option(const char *argument)
{
	struct written written = {argument + 2, 0, NULL};

	if (argument[1] != '-') {
		for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
			if (argument[1] == letters[i].letter)
				return (struct written){letters[i].name, strlen(letters[i].name),
							argument[2] ? argument + 2 : NULL};
		return written;
	}
	written.len = strcspn(argument + 2, "=");
	if (argument[2 + written.len] == '=')
		written.value = argument + 3 + written.len;
	return written;
}

/* Without what stands behind "=": it may be a password that does not belong there. */
static bool bad(const struct cli *cli, const char *what, const char *argument)
{
	(void)say_fault(cli, CLI_USAGE, "%s: %.*s (--help tells more)", what,
			(int)strcspn(argument, "="), argument);
	return false;
}

/* Reads an option at argv[*at] and leaves *at at its last argument. */
static bool take_option(const struct cli *cli, struct args *args, int argc, char *const *argv,
			int *at, const struct cli_option *own, const struct cli_option *global)
{
	struct written written = read_option(argv[*at]);
	const struct cli_option *option = find(own, written.name, written.len);

	if (!option)
		option = find(global, written.name, written.len);
	if (!option)
		return bad(cli, "there is no such option", argv[*at]);
	if (!option->value && written.value)
		return bad(cli, "this option takes no value", argv[*at]);
	if (args->options == ARGS_MAX)
		return bad(cli, "too many options", argv[*at]);
	if (option->value && !written.value) {
		if (*at + 1 >= argc)
			return bad(cli, "this option needs a value", argv[*at]);
		written.value = argv[++*at];
	}
	args->given[args->options++] = (struct args_given){option, written.value};
	return true;
}

bool args_take(const struct cli *cli, struct args *args, int argc, char *const *argv,
	       const struct cli_option *own, const struct cli_option *global, bool stop, int *taken)
{
	bool options = true;
	int i;

	*args = (struct args){.count = 0};
	for (i = 0; i < argc; i++) {
		bool option = options && argv[i][0] == '-' && argv[i][1];

		if (option && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (option) {
			if (!take_option(cli, args, argc, argv, &i, own, global))
				return false;
		} else if (stop) {
			break;
		} else if (args->count == ARGS_MAX) {
			return bad(cli, "too many words", argv[i]);
		} else {
			args->words[args->count++] = argv[i];
		}
	}
	*taken = i;
	return true;
}

const char *args_value(const struct args *args, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < args->options; i++)
		if (strcmp(args->given[i].option->name, name) == 0)
			value = args->given[i].value;
	return value;
}

bool args_has(const struct args *args, const char *name)
{
	for (size_t i = 0; i < args->options; i++)
		if (strcmp(args->given[i].option->name, name) == 0)
			return true;
	return false;
}

const char *args_next(const struct args *args, const char *name, size_t *at)
{
	while (*at < args->options) {
		const struct args_given *given = &args->given[(*at)++];

		if (strcmp(given->option->name, name) == 0)
			return given->value;
	}
	return NULL;
}
