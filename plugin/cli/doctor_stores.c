/* SPDX-License-Identifier: MIT */
/* What the daemon keeps: the journal, app passwords, and the counters of a fleet. */
#include "cli/doctor_stores.h"

#include <string.h>

#include "base/buf.h"
#include "cli/doctor_config.h"
#include "cli/field.h"

/* Valkey's own program, and Redis' that Debian 12 has. */
static const char *find_client(const struct doctor_facts *facts)
{
	struct stat found;

	return doctor_root_stat(&facts->root, "/usr/bin/valkey-cli", &found) ? "valkey-cli"
									     : "redis-cli";
}

static void put_option(struct buf *out, const char *option, struct span value)
{
	if (value.len == 0)
		return;
	buf_put_text(out, option);
	buf_put_span(out, value);
}

/* The client's options for [user@]host[:port][/db]: it knows not all of our uris. */
static void put_remote(struct buf *out, struct span place)
{
	struct span at, user = SPAN_NONE, host;

	span_take_until(&place, '/', &at);
	if (span_has(at, '@'))
		span_take_until(&at, '@', &user);
	if (at.len > 0 && at.at[0] == '[') {
		at = (struct span){at.at + 1, at.len - 1};
		span_take_until(&at, ']', &host);
		span_take_until(&at, ':', &(struct span){0});
	} else {
		span_take_until(&at, ':', &host);
	}
	put_option(out, " -h ", host);
	put_option(out, " -p ", at);
	put_option(out, " -n ", place);
	put_option(out, " --user ", user);
}

static void put_options(struct buf *out, const char *uri)
{
	const char *place = strstr(uri, "://");

	if (place && strncmp(uri, "unix:", 5) == 0)
		put_option(out, " -s ", span_of(place + 3));
	else if (place)
		put_remote(out, span_of(place + 3));
}

static void mend_fleet(struct doctor_facts *facts)
{
	json_t *parsed = NULL;
	const json_t *store;
	const char *uri, *password;
	char storage[512];
	struct buf options = {storage, 0, sizeof(storage) - 1, false};

	(void)doctor_config_ask(facts->config_path, &parsed);
	store = json_array_get(json_object_get(parsed, "store"), 0);
	uri = field_text(store, "uri");
	password = field_text_or(store, "password_file", "");
	if (uri)
		put_options(&options, uri);
	storage[options.len] = '\0';
	if (uri && password[0])
		doctor_report_mend(&facts->report, "REDISCLI_AUTH=\"$(head -n 1 %s)\" %s%s ping",
				   password, find_client(facts), storage);
	else if (uri)
		doctor_report_mend(&facts->report, "%s%s ping", find_client(facts), storage);
	else
		doctor_report_mend(&facts->report, "grep -A4 '^store' %s", facts->config_path);
	json_decref(parsed);
}

static void look_at_credentials(struct doctor_facts *facts)
{
	const char *word = field_text(facts->status, "credentials");

	if (!word)
		return;
	if (strcmp(word, "open") == 0) {
		doctor_report_add(&facts->report, DOCTOR_WELL, "app passwords can be read");
		return;
	}
	doctor_report_add(
	    &facts->report, DOCTOR_WRONG,
	    "app passwords get a temporary failure, former passwords are not known: %s",
	    field_text_or(facts->status, "credentials_fault", word));
	doctor_report_mend(&facts->report, "sasl-reason reload   # when that is mended");
}

void doctor_stores_check(struct doctor_facts *facts)
{
	const char *fleet = field_text(facts->status, "fleet");
	const json_t *failing = json_object_get(facts->status, "journal_failing");

	if (!facts->status) {
		doctor_report_add(&facts->report, DOCTOR_NOTE, "not looked at: the daemon is away");
		return;
	}
	if (json_is_true(failing) || json_is_string(failing)) {
		doctor_report_add(
		    &facts->report, DOCTOR_WRONG,
		    "it cannot write the journal and the counters of failed attempts");
		doctor_report_mend(&facts->report,
				   "df -h %s; journalctl -u sasl-reason | grep -E 'store|database'",
				   field_text(facts->status, "state_directory"));
	} else {
		doctor_report_add(&facts->report, DOCTOR_WELL, "the journal is written");
	}
	if (field_number(facts->status, "lost") > 0) {
		doctor_report_add(
		    &facts->report, DOCTOR_LESS,
		    "%lld decisions are not in the journal, because it could not be written",
		    (long long)field_number(facts->status, "lost"));
		doctor_report_mend(&facts->report,
				   "journalctl -u sasl-reason | grep -E 'store|database'");
	}
	look_at_credentials(facts);
	if (fleet && strcmp(fleet, "away") == 0) {
		doctor_report_add(
		    &facts->report, DOCTOR_WRONG,
		    "the fleet's Valkey does not answer: locks are this machine's alone");
		mend_fleet(facts);
	} else if (fleet) {
		doctor_report_add(&facts->report, DOCTOR_WELL, "the fleet's Valkey answers");
	}
}
