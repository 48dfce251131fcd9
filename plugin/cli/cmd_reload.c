/* SPDX-License-Identifier: MIT */
/* reload: has the daemon read its configuration again, and waits until it is in effect. */
#include "cli/cmd_reload.h"

#include "cli/ask.h"
#include "cli/check_config.h"
#include "cli/field.h"
#include "cli/say.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* A new worker comes within a second; a machine that is busy needs more. */
#define RELOAD_WAIT_S	15
#define RELOAD_PAUSE_NS 200000000L

/* The faults of a configuration, printed; false if there are none, or if it cannot be told: only
 * root can look at all the files that it names. */
static bool has_faults(const struct cli *cli, const char *config)
{
	json_t *answer =
	    config && geteuid() == 0 && access(config, R_OK) == 0 ? check_config_ask(config) : NULL;
	json_t *faults = json_object_get(answer, "faults");
	bool found = json_array_size(faults) > 0;

	if (found && cli->json)
		say_json(answer);
	for (size_t i = 0; found && !cli->json && i < json_array_size(faults); i++)
		(void)say_fault(cli, CLI_CONFIGURATION, "%s",
				json_string_value(json_array_get(faults, i)));
	json_decref(answer);
	return found;
}

/* The pid of the worker that answers now; 0 while none does (one goes, the next one comes). */
static int64_t ask_worker(const struct cli *cli)
{
	char storage[256];
	struct buf fault = BUF_ON(storage);
	json_t *answer;
	int64_t pid;

	(void)ask_try(cli->socket, json_pack("{s:s}", "command", "status"), &answer, &fault);
	pid = field_number(answer, "pid");
	json_decref(answer);
	return pid;
}

/* The new worker's pid; 0 if there is none in time. */
static int64_t await_worker(const struct cli *cli, int64_t old)
{
	const struct timespec pause = {0, RELOAD_PAUSE_NS};
	time_t end = time(NULL) + RELOAD_WAIT_S;

	while (time(NULL) <= end) {
		int64_t pid = ask_worker(cli);

		if (pid && pid != old)
			return pid;
		nanosleep(&pause, NULL);
	}
	return 0;
}

static enum cli_exit put_new(const struct cli *cli, int64_t old, int64_t now)
{
	json_t *object;

	if (!cli->json) {
		printf("The configuration is in effect: worker %lld, after %lld.\n", (long long)now,
		       (long long)old);
		return CLI_DONE;
	}
	object = json_pack("{s:i, s:I, s:I}", "status", (int)CLI_DONE, "worker", (json_int_t)now,
			   "worker_before", (json_int_t)old);
	say_json(object);
	json_decref(object);
	return CLI_DONE;
}

/* Asks for it. The worker that answered is to be replaced. */
static enum cli_exit ask_reload(const struct cli *cli, int64_t *old)
{
	json_t *answer;
	enum cli_exit status = ask_admin(cli, json_pack("{s:s}", "command", "reload"), &answer);

	*old = field_number(answer, "worker");
	json_decref(answer);
	return status;
}

enum cli_exit cmd_reload_run(const struct cli *cli, const struct args *args)
{
	json_t *answer;
	int64_t old, now;
	enum cli_exit status;
	bool faults;

	if (args->count)
		return say_fault(cli, CLI_USAGE, "reload takes no words");
	status = ask_admin(cli, json_pack("{s:s}", "command", "status"), &answer);
	if (status != CLI_DONE)
		return status;
	faults = has_faults(cli, field_text(answer, "config"));
	json_decref(answer);
	if (faults) {
		if (!cli->json)
			fputs("The old configuration stays in effect.\n", stderr);
		return CLI_CONFIGURATION;
	}
	status = ask_reload(cli, &old);
	if (status != CLI_DONE)
		return status;
	now = await_worker(cli, old);
	if (now)
		return put_new(cli, old, now);
	return say_fault(
	    cli, CLI_CONFIGURATION,
	    "no new worker after %d s: the old configuration stays in effect, because the "
	    "new one has a fault (the daemon's log has it, and so has \"sasl-reason "
	    "check-config\")",
	    RELOAD_WAIT_S);
}
