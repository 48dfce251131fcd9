/* SPDX-License-Identifier: MIT */
/* status: what the daemon is doing. */
#include "cli/cmd_status.h"

#include "cli/ask.h"
#include "cli/field.h"
#include "cli/say.h"
#include "cli/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void put_process(const json_t *answer, int64_t now)
{
	int64_t started = field_number(answer, "started");

	say_field("Daemon", "sasl-reasond %s, process %lld, worker %lld",
		  field_text_or(answer, "version", "?"), (long long)field_number(answer, "parent"),
		  (long long)field_number(answer, "pid"));
	say_field("Worker since", "%s (%s)", when_of(started).text,
		  when_distance(started, now).text);
	say_field("Configuration", "%s", field_text_or(answer, "config", "?"));
	say_field("State", "%s",
		  field_text_or(answer, "state_directory", "none: nothing outlives the daemon"));
	say_field("Connections", "%lld", (long long)field_number(answer, "connections"));
}

static void put_counters(const json_t *counters)
{
	const json_t *causes = json_object_get(counters, "by_cause");
	const char *token;
	json_t *count;

	say_field("Logins", "%lld let in, %lld refused, %lld told to try later",
		  (long long)field_number(counters, "allowed"),
		  (long long)field_number(counters, "refused"),
		  (long long)field_number(counters, "later"));
	json_object_foreach((json_t *)causes, token, count)
	{
		if (json_integer_value(count))
			say_field("", "%8lld %s", (long long)json_integer_value(count), token);
	}
	say_field("Locks made", "%lld", (long long)field_number(counters, "locked"));
	say_field("Expiring soon", "%lld logins", (long long)field_number(counters, "expiring"));
	if (field_number(counters, "overruns"))
		say_field("Overruns", "%lld refusals came later than the realm's floor",
			  (long long)field_number(counters, "overruns"));
}

static void put_backends(const json_t *backends, int64_t now)
{
	for (size_t i = 0; i < json_array_size(backends); i++) {
		const json_t *backend = json_array_get(backends, i);
		const char *up = field_text_or(backend, "up", "unknown");
		int64_t until = field_number(backend, "certificate_until");

		say_field(i ? "" : "Backends", "%s (%s): %s%s%s%s",
			  field_text_or(backend, "label", "?"), field_text_or(backend, "type", "?"),
			  strcmp(up, "yes") == 0  ? "up"
			  : strcmp(up, "no") == 0 ? "DOWN"
						  : "not known (nothing has asked it yet)",
			  until ? ", certificate until " : "", until ? when_of(until).text : "",
			  until && until <= now ? " (OVER)" : "");
	}
}

static void put_stores(const json_t *answer)
{
	const json_t *queues = json_object_get(answer, "queues");
	const char *credentials = field_text(answer, "credentials");
	const char *fleet = field_text(answer, "fleet");

	say_field("Journal", field_true(answer, "journal_failing")
				 ? "FAILING: decisions are not written down"
				 : "in order");
	if (field_number(answer, "lost"))
		say_field("Lost", "%lld decisions were not written down",
			  (long long)field_number(answer, "lost"));
	if (credentials)
		say_field(
		    "Credentials", "%s%s",
		    strcmp(credentials, "open") == 0
			? "open"
			: "FAILING: app passwords get a temporary failure, former passwords are "
			  "not known: ",
		    field_text_or(answer, "credentials_fault", ""));
	if (fleet)
		say_field("Fleet", "%s",
			  strcmp(fleet, "connected") == 0 ? "connected: locks are shared"
							  : "AWAY: each daemon counts alone");
	say_field("Waiting", "%lld rows to be written, %lld hashes, %lld for the stores",
		  (long long)field_number(answer, "waiting"),
		  (long long)field_number(queues, "hashes"),
		  (long long)field_number(queues, "stores"));
}

static void put_all(const json_t *answer, const struct args *args)
{
	const int64_t now = (int64_t)time(NULL);

	(void)args;
	put_process(answer, now);
	put_counters(json_object_get(answer, "counters"));
	put_backends(json_object_get(answer, "backends"), now);
	put_stores(answer);
}

enum cli_exit cmd_status_run(const struct cli *cli, const struct args *args)
{
	if (args->count)
		return say_fault(cli, CLI_USAGE, "status takes no words");
	return ask_print(cli, json_pack("{s:s}", "command", "status"), put_all, args);
}
