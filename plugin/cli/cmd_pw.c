/* SPDX-License-Identifier: MIT */
/* pw: makes a stored secret of a password, for an account file or a directory. */
#include "cli/cmd_pw.h"

#include "base/pwhash.h"
#include "cli/prompt.h"
#include "cli/say.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

/* As the realm's `scheme`: an unknown name costs as much as the accounts that are made with this.
 */
#define SCHEME_DEFAULT "CRYPT"

const struct cli_option cmd_pw_options[] = {
    {"scheme",
     "CRYPT|SHA512-CRYPT|BLF-CRYPT|ARGON2ID|PBKDF2-SHA256|SSHA512|SCRAM-SHA-256|SCRAM-SHA-1|PLAIN",
     "how it is stored; \":N\" behind it sets the cost"},
    PROMPT_OPTIONS,
    {NULL, NULL, NULL},
};

static enum cli_exit put(const struct cli *cli, const char *scheme, const char *stored)
{
	json_t *object;

	/* Only with PLAIN can there be anything that a terminal must not get. */
	if (!cli->json) {
		if (isatty(STDOUT_FILENO))
			say_line(stored);
		else
			puts(stored);
		return CLI_DONE;
	}
	object = json_pack("{s:i, s:s, s:s}", "status", (int)CLI_DONE, "scheme", scheme, "stored",
			   stored);
	if (!object)
		return say_fault(
		    cli, CLI_USAGE,
		    "the password is not UTF-8, so JSON cannot hold it in this scheme");
	say_json(object);
	json_decref(object);
	return CLI_DONE;
}

enum cli_exit cmd_pw_run(const struct cli *cli, const struct args *args)
{
	const char *scheme = args_value(args, "scheme");
	char storage[PWHASH_STORED_MAX + 1];
	struct buf stored = {storage, 0, PWHASH_STORED_MAX, false};
	struct secret secret;
	enum cli_exit status;

	if (!scheme)
		scheme = SCHEME_DEFAULT;
	if (args->count)
		return say_fault(cli, CLI_USAGE,
				 "pw takes no words: never give a password on a command line");
	/* A scheme that there is not is said before anything is typed. */
	if (!pwhash_make(span_of(scheme), span_of("x"), &stored))
		return say_fault(cli, CLI_USAGE, "there is no scheme \"%s\" (pw --help lists them)",
				 scheme);
	stored.len = 0;
	status = prompt_take(cli, args, "Password: ", true, true, &secret);
	if (status != CLI_DONE)
		return status;
	if (pwhash_make(span_of(scheme), secret_span(&secret), &stored)) {
		storage[stored.len] = '\0';
		status = put(cli, scheme, storage);
	} else {
		status = say_fault(cli, CLI_USAGE, "the password cannot be stored in this scheme");
	}
	buf_wipe(&stored);
	secret_wipe(&secret);
	return status;
}
