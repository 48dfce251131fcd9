/* SPDX-License-Identifier: MIT */
/* app-password: adds, lists, revokes and renames the app passwords of an account. */
#include "cli/cmd_app_password.h"

#include "base/span.h"
#include "cli/ask.h"
#include "cli/field.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const cmd_app_password_verbs[] = {"add", "list", "revoke", "rename", NULL};

const struct cli_option cmd_app_password_options[] = {
    {"label", "LABEL", "add: what it is for (\"phone\"), unique among those of the account"},
    {"service", "NAME", "add: only for this service, e.g. smtp (may be given again)"},
    {"network", "NETWORK", "add: only from this network or address (may be given again)"},
    {"expires", "DATE|DAYS", "add: not valid after that day (2026-12-31), or in so many days"},
    {NULL, NULL, NULL},
};

/* One line for `state`: revoked, expired, or valid until when. */
static void put_state(struct table *table, const json_t *app, int64_t now)
{
	int64_t revoked = field_number(app, "revoked"), expires = field_number(app, "expires");
	char text[128];

	if (revoked)
		snprintf(text, sizeof(text), "revoked %s", when_of(revoked).text);
	else if (expires && expires <= now)
		snprintf(text, sizeof(text), "expired %s", when_of(expires).text);
	else if (expires)
		snprintf(text, sizeof(text), "valid until %s", when_of(expires).text);
	else
		snprintf(text, sizeof(text), "valid");
	table_put(table, text);
}

static void put_joined(struct table *table, const json_t *texts)
{
	char *list = say_list(texts, "all");

	table_put(table, list);
	free(list);
}

static void put_used(struct table *table, const json_t *app)
{
	int64_t used = field_number(app, "used");
	const char *client = field_text(app, "used_client");
	const char *mechanism = field_text(app, "used_mechanism");
	char text[256];

	snprintf(text, sizeof(text), "%s%s%s%s%s", when_of(used).text, client ? " from " : "",
		 client ? client : "", mechanism ? " " : "", mechanism ? mechanism : "");
	table_put(table, used ? text : "never");
}

void cmd_app_password_put_all(const json_t *apps, int64_t now)
{
	static const char *const heads[] = {"ID",	"LABEL",   "STATE",	"SERVICES",
					    "NETWORKS", "CREATED", "LAST USED", "STORE"};
	struct table *table = table_open(heads, sizeof(heads) / sizeof(heads[0]));

	for (size_t i = 0; i < json_array_size(apps); i++) {
		const json_t *app = json_array_get(apps, i);
		int64_t created = field_number(app, "created");

		table_put(table, field_text(app, "id"));
		table_put(table, field_text(app, "label"));
		put_state(table, app, now);
		put_joined(table, json_object_get(app, "services"));
		put_joined(table, json_object_get(app, "networks"));
		table_put(table, created ? when_of(created).text : NULL);
		put_used(table, app);
		table_put(table, field_text(app, "store"));
	}
	table_close(&table);
}

/* The values of an option that may be given again, or have several parted by commas, as an array;
 * null if it was not given. False if one cannot be said in JSON: none may be lost, each is a limit.
 */
static bool take_all(const struct args *args, const char *name, json_t **texts)
{
	struct span rest, piece;
	bool good = true;

	*texts = args_has(args, name) ? json_array() : NULL;
	for (size_t at = 0; good && (rest = span_of(args_next(args, name, &at))).at;)
		while (good && span_take_until(&rest, ',', &piece))
			good =
			    json_array_append_new(*texts, json_stringn(piece.at, piece.len)) == 0;
	return good;
}

/* Null if an argument is not UTF-8. */
static json_t *make_request(const struct args *args, int64_t expires)
{
	json_t *services = NULL, *networks = NULL, *request = NULL;

	if (take_all(args, "service", &services) && take_all(args, "network", &networks))
		request = json_pack("{s:s, s:s, s:s, s:I}", "command", "app-password-add", "user",
				    args->words[1], "label", args_value(args, "label"), "expires",
				    (json_int_t)expires);
	if (request && ((services && json_object_set(request, "services", services)) ||
			(networks && json_object_set(request, "networks", networks)))) {
		json_decref(request);
		request = NULL;
	}
	json_decref(services);
	json_decref(networks);
	return request;
}

static void put_secret(const json_t *answer, const struct args *args)
{
	char *services = say_list(json_object_get(answer, "services"), "all services");
	char *networks = say_list(json_object_get(answer, "networks"), "all networks");
	int64_t expires = field_number(answer, "expires");

	say_field("App password", "%s", field_text_or(answer, "secret", "?"));
	say_field("Of", "%s, \"%s\" (id %s)", args->words[1], field_text_or(answer, "label", ""),
		  field_text_or(answer, "id", "?"));
	say_field("Valid", "%s%s, for %s, from %s", expires ? "until " : "until it is revoked",
		  expires ? when_of(expires).text : "", services ? services : "?",
		  networks ? networks : "?");
	putchar('\n');
	say_paragraph(0,
		      "It is shown this once. Enter it in the mail program as the password, with "
		      "the user name as before; capitals, spaces and dashes make no difference.");
	free(services);
	free(networks);
}

static enum cli_exit add(const struct cli *cli, const struct args *args)
{
	const char *end = args_value(args, "expires");
	int64_t expires = 0;

	if (!args_value(args, "label"))
		return say_fault(cli, CLI_USAGE, "app-password add needs --label LABEL");
	if (end && !when_take(end, (int64_t)time(NULL), &expires))
		return say_fault(cli, CLI_USAGE,
				 "--expires takes a date to come (2026-12-31) or a number of days, "
				 "not \"%s\"",
				 end);
	return ask_print(cli, make_request(args, expires), put_secret, args);
}

static void put_list(const json_t *answer, const struct args *args)
{
	const json_t *apps = json_object_get(answer, "app_passwords");

	(void)args;
	if (json_array_size(apps) == 0)
		say_line("There are no app passwords of this account.");
	else
		cmd_app_password_put_all(apps, (int64_t)time(NULL));
}

static enum cli_exit list(const struct cli *cli, const struct args *args)
{
	return ask_print(
	    cli, json_pack("{s:s, s:s}", "command", "app-password-list", "user", args->words[1]),
	    put_list, args);
}

static void put_revoked(const json_t *answer, const struct args *args)
{
	(void)args;
	say_field("Revoked", "\"%s\" (id %s), since %s", field_text_or(answer, "label", ""),
		  field_text_or(answer, "id", "?"), when_of(field_number(answer, "revoked")).text);
}

static enum cli_exit revoke(const struct cli *cli, const struct args *args)
{
	return ask_print(cli,
			 json_pack("{s:s, s:s, s:s}", "command", "app-password-revoke", "user",
				   args->words[1], "which", args->words[2]),
			 put_revoked, args);
}

static void put_renamed(const json_t *answer, const struct args *args)
{
	(void)args;
	say_field("Renamed", "it is \"%s\" now (id %s)", field_text_or(answer, "label", ""),
		  field_text_or(answer, "id", "?"));
}

static enum cli_exit rename_one(const struct cli *cli, const struct args *args)
{
	return ask_print(cli,
			 json_pack("{s:s, s:s, s:s, s:s}", "command", "app-password-rename", "user",
				   args->words[1], "which", args->words[2], "label",
				   args->words[3]),
			 put_renamed, args);
}

enum cli_exit cmd_app_password_run(const struct cli *cli, const struct args *args)
{
	static const struct {
		const char *verb;
		size_t words;
		const char *form;
		enum cli_exit (*run)(const struct cli *cli, const struct args *args);
	} forms[] = {
	    {"add", 2, "add USER --label LABEL", add},
	    {"list", 2, "list USER", list},
	    {"revoke", 3, "revoke USER LABEL-or-id", revoke},
	    {"rename", 4, "rename USER LABEL-or-id NEW", rename_one},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(args->words[0], forms[i].verb) != 0)
			continue;
		if (args->count != forms[i].words)
			return say_fault(cli, CLI_USAGE, "it is: app-password %s", forms[i].form);
		if (args->options && forms[i].run != add)
			return say_fault(cli, CLI_USAGE, "app-password %s takes no --%s",
					 forms[i].verb, args->given[0].option->name);
		return forms[i].run(cli, args);
	}
	return say_fault(cli, CLI_USAGE, "app-password needs add, list, revoke or rename");
}
