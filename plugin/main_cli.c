/* SPDX-License-Identifier: MIT */
/* sasl-reason: reads the command line and hands it to the subcommand's file. */
#include "config.h"

#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/args.h"
#include "cli/check_config.h"
#include "cli/cmd_app_password.h"
#include "cli/cmd_explain.h"
#include "cli/cmd_lockouts.h"
#include "cli/cmd_pw.h"
#include "cli/cmd_reasons.h"
#include "cli/cmd_reload.h"
#include "cli/cmd_status.h"
#include "cli/cmd_test.h"
#include "cli/cmd_why.h"
#include "cli/doctor.h"
#include "cli/help.h"
#include "cli/say.h"

#define PROGRAM	       "sasl-reason"
#define SOCKET_DEFAULT "/run/sasl-reason/admin"

static const struct cli_option global[] = {
    {"socket", "PATH", "-S: the daemon's admin socket, instead of $SASL_REASON_SOCKET"},
    {"json", NULL, "print one JSON object"},
    {"help", NULL, "-h: print this, and exit"},
    {"version", NULL, "-V: print the version, and exit"},
    {NULL, NULL, NULL},
};

static const struct cli_command commands[] = {
    {"test", NULL, "USER [OPTION]...", "log in as a mail server would, and say what comes of it",
     "Prints the reply that a mail client would read, then the whole verdict as `why`\n"
     "does. The password is asked for at the terminal, without echo.\n"
     "Exit status 0: let in, 77: refused, 75: temporary failure, no answer, or no socket\n"
     "that you may use.",
     cmd_test_options, cmd_test_run},
    {"why", NULL, "ID", "what happened at a login, by the id in its reply",
     "ID is the eight characters in \"(id XXXXXXXX)\" of the reply, or of the log.", NULL,
     cmd_why_run},
    {"explain", NULL, "USER [OPTION]...", "what is known of a user, and what each login would give",
     "Asks every backend and store for the state of the account, without a password,\n"
     "and shows what a right, wrong, old or app password would be told now.",
     cmd_explain_options, cmd_explain_run},
    {"app-password", cmd_app_password_verbs,
     "add USER --label LABEL [OPTION]...\nlist USER\nrevoke USER LABEL-or-id\n"
     "rename USER LABEL-or-id NEW",
     "app passwords of an account: add, list, revoke, rename",
     "`add` prints the secret, this once. A revoked one is remembered, so that whoever\n"
     "uses it is told.",
     cmd_app_password_options, cmd_app_password_run},
    {"lockouts", cmd_lockouts_verbs, "list [USER]\nshow USER\nclear USER\nclear --network NETWORK",
     "failed logins that are counted, and the locks they made",
     "`list` is a table, `show` has each counter of a user in words, `clear` lifts the\n"
     "locks and forgets the failures of a user or of a network.",
     cmd_lockouts_options, cmd_lockouts_run},
    {"pw", NULL, "[OPTION]...", "make the stored form of a password",
     "Asks for the password twice at a terminal; else reads it from standard input.\n"
     "Prints {SCHEME}..., for an account file or a directory.",
     cmd_pw_options, cmd_pw_run},
    {"reasons", NULL, "[TOKEN]", "the reasons why a login fails, or one in detail",
     "With TOKEN: what it means, who is told, what to do, and the reply as each mail\n"
     "server shows it.",
     NULL, cmd_reasons_run},
    {"status", NULL, "", "what the daemon is doing",
     "Processes, logins since the worker began, backends, stores, queues.", NULL, cmd_status_run},
    {"check-config", NULL, "[--config FILE]", "look for faults in the configuration",
     "What sasl-reasond -t says of the file and of those that it names.", check_config_options,
     check_config_run},
    {"reload", NULL, "", "have the daemon read its configuration again",
     "Waits until the new configuration is in effect, at most 15 s. If it has a fault,\n"
     "the old one stays, and the exit status is 78.",
     NULL, cmd_reload_run},
    {"doctor", NULL, "[OPTION]...", "look for what is usually wrong, and say what mends it",
     "Looks at the daemon, its sockets, libsasl2 and the mail servers of this machine.\n"
     "Exit status 78 if something is wrong.",
     doctor_options, doctor_run},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};

/* The global options of a line, taken out of what the subcommand sees. */
static void take_global(struct args *args, struct cli *cli, bool *help, bool *version)
{
	size_t kept = 0;

	if (args_has(args, "socket"))
		cli->socket = args_value(args, "socket");
	cli->json = cli->json || args_has(args, "json");
	*help = *help || args_has(args, "help");
	*version = *version || args_has(args, "version");
	for (size_t i = 0; i < args->options; i++) {
		bool ours = false;

		for (size_t j = 0; global[j].name; j++)
			ours = ours || args->given[i].option == &global[j];
		if (!ours)
			args->given[kept++] = args->given[i];
	}
	args->options = kept;
}

static enum cli_exit check_verb(const struct cli *cli, const struct cli_command *command,
				const struct args *args)
{
	char storage[128];
	struct buf verbs = {storage, 0, sizeof(storage) - 1, false};

	for (size_t i = 0; command->verbs && command->verbs[i]; i++) {
		if (args->count && strcmp(args->words[0], command->verbs[i]) == 0)
			return CLI_DONE;
		buf_put_text(&verbs, i ? ", " : "");
		buf_put_text(&verbs, command->verbs[i]);
	}
	storage[verbs.len] = '\0';
	if (!command->verbs)
		return CLI_DONE;
	return say_fault(cli, CLI_USAGE, "%s needs one of these: %s", command->name, storage);
}

static enum cli_exit put_version(void)
{
	puts(PROGRAM " " PACKAGE_VERSION);
	return CLI_DONE;
}

static enum cli_exit run(const struct cli_command *command, struct cli *cli, int argc, char **argv)
{
	bool help = false, version = false;
	struct args args;
	enum cli_exit status;
	int taken;

	if (!args_take(cli, &args, argc, argv, command->options, global, false, &taken))
		return CLI_USAGE;
	take_global(&args, cli, &help, &version);
	if (help) {
		help_put(stdout, command, global);
		return CLI_DONE;
	}
	if (version)
		return put_version();
	status = check_verb(cli, command, &args);
	return status == CLI_DONE ? command->run(cli, &args) : status;
}

static enum cli_exit act(int argc, char **argv)
{
	struct cli cli = {getenv("SASL_REASON_SOCKET"), false};
	const struct cli_command *command;
	bool help = false, version = false;
	struct args args;
	int at;

	if (!cli.socket || !*cli.socket)
		cli.socket = SOCKET_DEFAULT;
	/* Known before anything can be wrong with the line. */
	for (int i = 0; i < argc; i++)
		cli.json = cli.json || strcmp(argv[i], "--json") == 0;
	if (!args_take(&cli, &args, argc, argv, NULL, global, true, &at))
		return CLI_USAGE;
	take_global(&args, &cli, &help, &version);
	if (help || version) {
		if (version)
			return put_version();
		help_put_all(stdout, commands, global);
		return CLI_DONE;
	}
	if (at == argc) {
		help_put_all(stderr, commands, global);
		return CLI_USAGE;
	}
	if (strcmp(argv[at], "complete") == 0) {
		help_complete(commands, global, (size_t)(argc - at - 1), argv + at + 1);
		return CLI_DONE;
	}
	command = help_find(commands, argv[at]);
	if (!command)
		return say_fault(&cli, CLI_USAGE,
				 "there is no subcommand \"%s\" (--help lists them)", argv[at]);
	return run(command, &cli, argc - at - 1, argv + at + 1);
}

int main(int argc, char **argv)
{
	enum cli_exit status;

	setlocale(LC_TIME, "");
	if (sodium_init() < 0)
		return (int)say_fault(NULL, CLI_CANNOT_TELL, "libsodium cannot start");
	status = act(argc - 1, argv + 1);
	if (fflush(stdout) || ferror(stdout))
		return (int)say_fault(NULL, CLI_CANNOT_TELL, "cannot write to standard output");
	return (int)status;
}
