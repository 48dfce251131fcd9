/* SPDX-License-Identifier: MIT */
/* --help, and the words that a shell completes; both from the table of subcommands. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

#include <stddef.h>
#include <stdio.h>

/* Tables end with a null name. */
void help_put_all(FILE *out, const struct cli_command *commands, const struct cli_option *global);
void help_put(FILE *out, const struct cli_command *command, const struct cli_option *global);

/* Null if there is none. */
const struct cli_command *help_find(const struct cli_command *commands, const char *name);

/* Prints what may stand in the place of the last of `words` (the line as it was typed so far,
 * without the program's name), one a line, whether it fits what was begun or not. Nothing where
 * only the user knows, or the shell (files). */
void help_complete(const struct cli_command *commands, const struct cli_option *global,
		   size_t count, char *const *words);

#endif
