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

/* What `status` says now; null while no worker answers (one goes, the next one comes). */
static json_t *ask_status(const struct cli *cli)
{
	char storage[256];
	struct buf fault = BUF_ON(storage);
	json_t *answer;

	(void)ask_try(cli->socket, json_pack("{s:s}", "command", "status"), &answer, &fault);
	return answer;
}

/* What `sasl-reasond -t` says of the daemon's configuration; null if it cannot be told: only root
 * can look at all the files that it names. Its environment is ours, and ${NAME} may be another in
 * the daemon's: so this explains, and decides nothing. */
static json_t *explain(const struct cli *cli)
{
	json_t *status = ask_status(cli), *checked = NULL;
	const char *config = field_text(status, "config");

	if (config && geteuid() == 0)
		checked = check_config_ask(config);
	json_decref(status);
	return checked;
}

/* The new worker's pid; 0 if there is none in time. */
static int64_t await_worker(const struct cli *cli, int64_t old)
{
	const struct timespec pause = {0, RELOAD_PAUSE_NS};
	time_t end = time(NULL) + RELOAD_WAIT_S;

	while (time(NULL) <= end) {
		json_t *status = ask_status(cli);
		int64_t pid = field_number(status, "pid");

		json_decref(status);
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

/* No new worker came. */
static enum cli_exit put_old(const struct cli *cli)
{
	json_t *checked = explain(cli), *faults = json_object_get(checked, "faults"), *object;
	char text[256];

	snprintf(
	    text, sizeof(text),
	    "no new worker after %d s: the old configuration stays in effect, and the daemon's "
	    "log says why (journalctl -u sasl-reason); %s",
	    RELOAD_WAIT_S,
	    json_array_size(faults)
		? "\"sasl-reason check-config\" says, in the environment of this shell:"
		: "so may \"sasl-reason check-config\"");
	if (cli->json) {
		object = json_pack("{s:i, s:s, s:O*}", "status", (int)CLI_CONFIGURATION, "error",
				   text, "faults", faults);
		say_json(object);
		json_decref(object);
	} else {
		(void)say_fault(cli, CLI_CONFIGURATION, "%s", text);
		for (size_t i = 0; i < json_array_size(faults); i++)
			(void)say_fault(cli, CLI_CONFIGURATION, "%s",
					json_string_value(json_array_get(faults, i)));
	}
	json_decref(checked);
	return CLI_CONFIGURATION;
}

enum cli_exit cmd_reload_run(const struct cli *cli, const struct args *args)
{
	int64_t old, now;
	enum cli_exit status;

	if (args->count)
		return say_fault(cli, CLI_USAGE, "reload takes no words");
	status = ask_reload(cli, &old);
	if (status != CLI_DONE)
		return status;
	now = await_worker(cli, old);
	return now ? put_new(cli, old, now) : put_old(cli);
}
