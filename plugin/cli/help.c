/* SPDX-License-Identifier: MIT */
/* --help, and the words that a shell completes; both from the table of subcommands. */
#include "cli/help.h"

#include "base/span.h"
#include "core/reason.h"

#include <string.h>

#define PROGRAM "sasl-reason"

/* Columns of the left side of a list. */
#define OPTION_COLUMN 24

static void put_options(FILE *out, const struct cli_option *options)
{
	char left[128];

	for (; options && options->name; options++) {
		int len = snprintf(left, sizeof(left), "  --%s%s%s", options->name,
				   options->value ? " " : "", options->value ? options->value : "");

		fprintf(out, "%-*s", OPTION_COLUMN, left);
		if (len >= OPTION_COLUMN)
			fprintf(out, "\n%*s", OPTION_COLUMN, "");
		fprintf(out, "%s\n", options->help);
	}
}

void help_put_all(FILE *out, const struct cli_command *commands, const struct cli_option *global)
{
	fputs("Usage: " PROGRAM " [OPTION]... SUBCOMMAND ...\n"
	      "Asks and directs sasl-reasond, for the help desk and the administrator.\n\n",
	      out);
	for (; commands->name; commands++)
		fprintf(out, "  %-14s  %s\n", commands->name, commands->summary);
	fputs("\n" PROGRAM " SUBCOMMAND --help tells more. Options for all of them:\n\n", out);
	put_options(out, global);
	fputs("\nExit status: 0 done (test: let in), 64 wrong usage, 67 there is no such thing,\n"
	      "75 cannot tell now (test: try later), 77 not permitted (test: refused), 78 a fault\n"
	      "in the configuration. See sasl-reason(8).\n",
	      out);
}

void help_put(FILE *out, const struct cli_command *command, const struct cli_option *global)
{
	struct span forms = span_of(command->synopsis), form;
	const char *before = "Usage: ";

	while (span_take_until(&forms, '\n', &form)) {
		fprintf(out, "%s" PROGRAM " %s%s%.*s\n", before, command->name, form.len ? " " : "",
			(int)form.len, form.at);
		before = "       ";
	}
	fprintf(out, "\n%s\n", command->help);
	if (command->options) {
		fputc('\n', out);
		put_options(out, command->options);
	}
	fputs("\nOptions of every subcommand:\n", out);
	put_options(out, global);
}

const struct cli_command *help_find(const struct cli_command *commands, const char *name)
{
	for (; commands->name; commands++)
		if (strcmp(commands->name, name) == 0)
			return commands;
	return NULL;
}

/* What has been typed before the last word. */
struct typed {
	const struct cli_command *command;
	size_t words;			 /* behind the subcommand */
	const struct cli_option *wanted; /* whose value the last word is */
};

static const struct cli_option *find_option(const struct cli_option *options, const char *word)
{
	for (; options && options->name; options++)
		if (strcmp(options->name, word + 2) == 0)
			return options;
	return NULL;
}

static struct typed read_typed(const struct cli_command *commands, const struct cli_option *global,
			       size_t count, char *const *words)
{
	struct typed typed = {NULL, 0, NULL};

	for (size_t i = 0; i + 1 < count; i++) {
		const char *word = strcmp(words[i], "-S") == 0 ? "--socket" : words[i];

		if (typed.wanted) {
			if (strcmp(word, "=") != 0) /* bash parts "--name=value" in three */
				typed.wanted = NULL;
		} else if (strncmp(word, "--", 2) == 0) {
			typed.wanted = find_option(global, word);
			if (!typed.wanted && typed.command)
				typed.wanted = find_option(typed.command->options, word);
			if (typed.wanted && !typed.wanted->value)
				typed.wanted = NULL;
		} else if (!typed.command) {
			typed.command = help_find(commands, word);
		} else {
			typed.words++;
		}
	}
	return typed;
}

/* "A|B|C": what the value can be; any other says what it is. */
static void put_values(const char *value)
{
	struct span rest = span_of(value), piece;

	if (!strchr(value, '|') || strstr(value, "DATE"))
		return;
	while (span_take_until(&rest, '|', &piece))
		printf("%.*s\n", (int)piece.len, piece.at);
}

static void put_names(const struct cli_option *options)
{
	for (; options && options->name; options++)
		printf("--%s\n", options->name);
}

static void put_words(const struct cli_command *command)
{
	for (size_t i = 0; command->verbs && command->verbs[i]; i++)
		puts(command->verbs[i]);
	for (enum reason i = 0; strstr(command->synopsis, "TOKEN") && i < REASON_COUNT; i++)
		puts(reason_row(i)->token);
}

void help_complete(const struct cli_command *commands, const struct cli_option *global,
		   size_t count, char *const *words)
{
	struct typed typed = read_typed(commands, global, count, words);
	const char *begun = count ? words[count - 1] : "";

	if (typed.wanted) {
		put_values(typed.wanted->value);
	} else if (begun[0] == '-') {
		if (typed.command)
			put_names(typed.command->options);
		put_names(global);
	} else if (!typed.command) {
		for (; commands->name; commands++)
			puts(commands->name);
	} else if (typed.words == 0) {
		put_words(typed.command);
	}
}
