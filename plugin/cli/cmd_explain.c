/* SPDX-License-Identifier: MIT */
/* explain: what every backend and store knows of a name, and what each proof would give now. */
#include "cli/cmd_explain.h"

#include "cli/ask.h"
#include "cli/cmd_app_password.h"
#include "cli/cmd_lockouts.h"
#include "cli/field.h"
#include "cli/recent.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct cli_option cmd_explain_options[] = {
    {"service", "NAME", "as if logging in to this service (default: smtp)"},
    {"address", "IP", "as if from this address (default: where the name is locked, or none)"},
    {NULL, NULL, NULL},
};

static void put_flags(const json_t *account)
{
	static const struct {
		const char *key;
		const char *sentence;
	} flags[] = {
	    {"disabled", "disabled"},
	    {"locked", "locked by the backend"},
	    {"must_change", "the password must be changed before it can be used"},
	    {"app_required", "mail programs need an app password"},
	    {"oauth2_required", "OAuth2 only, no password"},
	    {"service_disabled", "may not use this service"},
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!field_true(account, flags[i].key))
			continue;
		say_field(any ? "" : "  state", "%s", flags[i].sentence);
		any = true;
	}
	if (!any)
		say_field("  state", "nothing is in the way of a login");
}

static void put_times(const json_t *account, int64_t now)
{
	static const struct {
		const char *key;
		const char *label;
	} times[] = {
	    {"expires", "  account ends"},
	    {"password_expires", "  password ends"},
	    {"password_changed", "  pw. changed"},
	    {"locked_until", "  locked until"},
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int64_t time = field_number(account, times[i].key);

		if (time)
			say_field(times[i].label, "%s (%s)", when_of(time).text,
				  when_distance(time, now).text);
	}
}

static void put_limits(const json_t *account)
{
	static const struct {
		const char *key;
		const char *label;
	} limits[] = {
	    {"mechanisms", "  mechanisms"},
	    {"services", "  services"},
	    {"restriction", "  limited to"},
	    {"defect", "  DEFECT"},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (field_text(account, limits[i].key))
			say_field(limits[i].label, "%s", field_text(account, limits[i].key));
}

static void put_account(const json_t *account, int64_t now)
{
	char *secrets = say_list(json_object_get(account, "secrets"),
				 "none is stored here that we can read (the backend checks them)");

	if (field_text(account, "canonical"))
		say_field("  name", "%s", field_text(account, "canonical"));
	if (field_text(account, "stable"))
		say_field("  stable id", "%s", field_text(account, "stable"));
	put_flags(account);
	say_field("  passwords", "%s%s", secrets ? secrets : "?",
		  field_true(account, "previous") ? "; the previous one is known too" : "");
	put_times(account, now);
	put_limits(account);
	free(secrets);
}

static void put_backend(const json_t *backend, int64_t now)
{
	const char *answer = field_text_or(backend, "answer", "down");
	const json_t *account = json_object_get(backend, "account");

	say_field("Backend", "%s (%s): %s", field_text_or(backend, "label", "?"),
		  field_text_or(backend, "type", "?"),
		  strcmp(answer, "known") == 0	   ? "knows the name"
		  : strcmp(answer, "unknown") == 0 ? "does not know the name"
						   : "DOWN, cannot tell");
	if (json_is_object(account))
		put_account(account, now);
}

static void put_remembered(const json_t *remembered)
{
	int64_t changed = field_number(remembered, "previous_changed");

	if (!json_is_object(remembered))
		return;
	say_field("Remembered", "%s%s%s",
		  field_true(remembered, "current") ? "the last password that was accepted"
						    : "no password yet",
		  changed ? "; the one before, replaced " : "",
		  changed ? when_of(changed).text : "");
}

static void put_stores(const json_t *answer, int64_t now)
{
	const json_t *apps = json_object_get(answer, "app_passwords");
	const json_t *locks = json_object_get(answer, "locks");

	put_remembered(json_object_get(answer, "remembered"));
	if (!json_is_array(apps))
		say_field("App passwords", "cannot be told now");
	else if (json_array_size(apps) == 0)
		say_field("App passwords", "none");
	else {
		puts("\nApp passwords");
		cmd_app_password_put_all(apps, now);
	}
	if (json_array_size(locks) == 0)
		say_field("Failed logins", "none are counted, nothing is locked");
	else {
		puts("\nFailed logins");
		cmd_lockouts_put_all(locks, now);
	}
}

/* What a client would read for each kind of secret; the texts follow, because they are long. */
static void put_proofs(const json_t *proofs)
{
	static const char *const heads[] = {"IF THE SECRET IS", "THEN", "FOUND", "CLIENT IS TOLD"};
	static const struct {
		const char *proof;
		const char *secret;
	} secrets[] = {
	    {"none", "wrong"},
	    {"current", "the password"},
	    {"previous", "the previous password"},
	    {"app", "an app password"},
	    {"app-stale", "an app password that ended"},
	    {"impossible", "by a mechanism it cannot do"},
	    {"unknown", "not to be checked now"},
	};
	struct table *table = table_open(heads, sizeof(heads) / sizeof(heads[0]));

	for (size_t i = 0; i < json_array_size(proofs); i++) {
		const json_t *row = json_array_get(proofs, i);
		const char *proof = field_text_or(row, "proof", "?");

		for (size_t j = 0; j < sizeof(secrets) / sizeof(secrets[0]); j++)
			if (strcmp(proof, secrets[j].proof) == 0)
				proof = secrets[j].secret;
		table_put(table, proof);
		table_put(table, field_text(row, "outcome"));
		table_put(table, field_text(row, "reason"));
		table_put(table, field_text(row, "said"));
	}
	table_close(&table);
}

/* Each text once. */
static void put_texts(const json_t *proofs)
{
	for (size_t i = 0; i < json_array_size(proofs); i++) {
		const json_t *row = json_array_get(proofs, i);
		const char *said = field_text(row, "said"), *text = field_text(row, "text");
		bool seen = !said || !text;

		for (size_t j = 0; !seen && j < i; j++)
			seen =
			    strcmp(field_text_or(json_array_get(proofs, j), "said", ""), said) == 0;
		if (seen)
			continue;
		putchar('\n');
		say_line(said);
		say_paragraph(2, text);
	}
}

static void put_all(const json_t *answer, const struct args *args)
{
	const int64_t now = (int64_t)time(NULL);
	const json_t *backends = json_object_get(answer, "backends");
	const json_t *proofs = json_object_get(answer, "proofs");

	(void)args;
	say_field("User", "%s", field_text_or(answer, "user", "?"));
	say_field("Realm", "%s",
		  field_text_or(answer, "realm",
				"none of ours: this name cannot log "
				"in"));
	for (size_t i = 0; i < json_array_size(backends); i++)
		put_backend(json_array_get(backends, i), now);
	if (json_is_array(json_object_get(answer, "locks")))
		put_stores(answer, now);
	if (json_object_get(answer, "recent"))
		recent_put(json_object_get(answer, "recent"));
	if (json_array_size(proofs) == 0)
		return;
	putchar('\n');
	if (field_true(answer, "client_locked"))
		say_field("As from", "%s, which is locked; --address IP for another",
			  field_text_or(answer, "client", "?"));
	put_proofs(proofs);
	put_texts(proofs);
}

enum cli_exit cmd_explain_run(const struct cli *cli, const struct args *args)
{
	if (args->count != 1)
		return say_fault(cli, CLI_USAGE, "explain needs one USER");
	return ask_print(cli,
			 json_pack("{s:s, s:s, s:s*, s:s*}", "command", "explain", "user",
				   args->words[0], "service", args_value(args, "service"), "client",
				   args_value(args, "address")),
			 put_all, args);
}
