/* SPDX-License-Identifier: MIT */
/* What a subcommand of sasl-reason is, and what it is given. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

/* Of the program, and of the admin protocol's answers (sysexits.h). */
enum cli_exit {
	CLI_DONE = 0,
	CLI_USAGE = 64,
	CLI_NONE = 67,		/* no such incident, user, app password, lock, reason */
	CLI_CANNOT_TELL = 75,	/* nobody answers, a backend is down; test: a temporary failure */
	CLI_NOT_PERMITTED = 77, /* the admin socket, a directory; test: the login is refused */
	CLI_CONFIGURATION = 78
};

struct args;

/* The global options. */
struct cli {
	const char *socket; /* the admin socket */
	bool json;
};

struct cli_option {
	const char *name;  /* without "--"; null ends a table */
	const char *value; /* as the help shows it: "DATE", "PLAIN|LOGIN"; null: it takes none */
	const char *help;  /* one line */
};

/* The help, the completion and the parser all come from this. */
struct cli_command {
	const char *name;
	const char *const *verbs;	  /* the first word must be one of these; null: it has none */
	const char *synopsis;		  /* what follows the name, one form a line */
	const char *summary;		  /* a few words, for the list of subcommands */
	const char *help;		  /* a paragraph or two, in lines of at most 78 octets */
	const struct cli_option *options; /* ended by a null name; null: none but the global ones */

	/* The words and options after the name (cli/args.h). Prints; returns the exit code. */
	enum cli_exit (*run)(const struct cli *cli, const struct args *args);
};

#endif
