/* SPDX-License-Identifier: MIT */
/* A password from the terminal without echo, from a file, or from standard input. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "base/secret.h"
#include "cli/args.h"

/* Octets of a password; more than a mail client could send. */
#define PROMPT_MAX 1024

/* The rows of --password-file and --password-stdin, for a table of options. */
#define PROMPT_OPTIONS                                                                             \
	{"password-file", "FILE", "read the password from the first line of FILE"},                \
	{                                                                                          \
		"password-stdin", NULL, "read the password from the first line of standard input"  \
	}

/* Asks as the options want it, else at the terminal with `question`: twice if `confirm`. With
 * `input`, standard input that is no terminal is read without --password-stdin. The caller wipes
 * *secret. Prints what goes wrong; CLI_USAGE then. A signal that ends the program ends it after the
 * terminal has its echo back. */
enum cli_exit prompt_take(const struct cli *cli, const struct args *args, const char *question,
			  bool confirm, bool input, struct secret *secret);

#endif
