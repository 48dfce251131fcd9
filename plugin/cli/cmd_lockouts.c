/* SPDX-License-Identifier: MIT */
/* lockouts: shows and lifts the locks that failed logins have made. */
#include "cli/cmd_lockouts.h"

#include "cli/advice.h"
#include "cli/ask.h"
#include "cli/field.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *const cmd_lockouts_verbs[] = {"list", "show", "clear", NULL};

const struct cli_option cmd_lockouts_options[] = {
    {"network", "NETWORK", "clear: the lock of this network or address, whatever the name"},
    {NULL, NULL, NULL},
};

static void put_number(struct table *table, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	table_put(table, text);
}

/* "until 2026-... (in 4 minutes)", or that it only counts yet. */
static void put_until(char *text, size_t size, int64_t until, int64_t now)
{
	if (until > now)
		snprintf(text, size, "until %s (%s)", when_of(until).text,
			 when_distance(until, now).text);
	else
		snprintf(text, size, "not locked");
}

void cmd_lockouts_put_all(const json_t *lockouts, int64_t now)
{
	static const char *const heads[] = {"SCOPE",	"NAME",	 "NETWORK",
					    "FAILURES", "SINCE", "LOCKED"};
	struct table *table = table_open(heads, sizeof(heads) / sizeof(heads[0]));
	char text[160];

	for (size_t i = 0; i < json_array_size(lockouts); i++) {
		const json_t *lockout = json_array_get(lockouts, i);
		int64_t since = field_number(lockout, "since");

		table_put(table, field_text(lockout, "scope"));
		table_put(table, field_text(lockout, "name"));
		table_put(table, field_text(lockout, "network"));
		put_number(table, field_number(lockout, "failures"));
		table_put(table, since ? when_of(since).text : NULL);
		put_until(text, sizeof(text), field_number(lockout, "until"), now);
		table_put(table, text);
	}
	table_close(&table);
}

static void put_one(const json_t *lockout, int64_t now)
{
	const char *scope = field_text_or(lockout, "scope", "?");
	int64_t since = field_number(lockout, "since");
	const char *meaning = advice_lock(scope);
	char text[160];

	say_field("Scope", "%s%s%s", scope, meaning ? ": " : "", meaning ? meaning : "");
	if (field_text(lockout, "name"))
		say_field("Name", "%s", field_text(lockout, "name"));
	if (field_text(lockout, "network"))
		say_field("Network", "%s", field_text(lockout, "network"));
	say_field("Failures", "%lld%s%s", (long long)field_number(lockout, "failures"),
		  since ? ", since " : "", since ? when_of(since).text : "");
	put_until(text, sizeof(text), field_number(lockout, "until"), now);
	say_field("Locked", "%s", text);
}

static void put_each(const json_t *lockouts, int64_t now)
{
	for (size_t i = 0; i < json_array_size(lockouts); i++) {
		if (i > 0)
			putchar('\n');
		put_one(json_array_get(lockouts, i), now);
	}
}

static void put_list(const json_t *answer, const struct args *args)
{
	const json_t *lockouts = json_object_get(answer, "lockouts");

	if (json_array_size(lockouts) == 0)
		say_line(args->count > 1
			     ? "No failed logins are counted for this name, and nothing is locked."
			     : "No failed logins are counted, and nothing is locked.");
	else if (strcmp(args->words[0], "show") == 0)
		put_each(lockouts, (int64_t)time(NULL));
	else
		cmd_lockouts_put_all(lockouts, (int64_t)time(NULL));
	if (field_number(answer, "omitted"))
		printf("(%lld more are not shown)\n", (long long)field_number(answer, "omitted"));
}

/* What a daemon without its own counters of them lifts is in the fleet all the same. */
static void put_cleared(const json_t *answer, const struct args *args)
{
	long long here = field_number(answer, "cleared");
	long long fleet = field_number(answer, "fleet_cleared");
	bool shared = field_text(answer, "fleet");

	(void)args;
	if (here == 0 && fleet == 0)
		say_line(shared ? "There was nothing to lift, here or in the fleet."
				: "There was nothing to lift.");
	else if (shared)
		printf("%lld counter%s lifted here, %lld in the fleet.\n", here,
		       here == 1 ? "" : "s", fleet);
	else
		printf("%lld counter%s lifted.\n", here, here == 1 ? "" : "s");
}

enum cli_exit cmd_lockouts_run(const struct cli *cli, const struct args *args)
{
	const char *verb = args->words[0], *network = args_value(args, "network");
	const char *user = args->count > 1 ? args->words[1] : NULL;

	if (args->count > 2)
		return say_fault(cli, CLI_USAGE, "lockouts %s takes one user at a time", verb);
	if (strcmp(verb, "clear") == 0) {
		if (!user == !network)
			return say_fault(cli, CLI_USAGE,
					 "lockouts clear needs a USER, or --network NETWORK");
		return ask_print(cli,
				 json_pack("{s:s, s:s*, s:s*}", "command", "lockouts-clear", "user",
					   user, "network", network),
				 put_cleared, args);
	}
	if (network)
		return say_fault(cli, CLI_USAGE, "lockouts %s takes no --network", verb);
	if (strcmp(verb, "show") == 0 && !user)
		return say_fault(cli, CLI_USAGE, "lockouts show needs a USER");
	return ask_print(cli, json_pack("{s:s, s:s*}", "command", "lockouts-list", "user", user),
			 put_list, args);
}
