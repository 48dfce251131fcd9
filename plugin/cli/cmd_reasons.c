/* SPDX-License-Identifier: MIT */
/* reasons: the table of the reasons, or one of them in detail. */
#include "cli/cmd_reasons.h"

#include "cli/advice.h"
#include "cli/mta_reply.h"
#include "cli/say.h"
#include "cli/table.h"

#include <stdio.h>

static const char *class_name(enum reason_class class)
{
	switch (class) {
	case REASON_CLASS_GENERIC:
		return "generic";
	case REASON_CLASS_REQUEST:
		return "request";
	case REASON_CLASS_UNIFORM:
		return "uniform";
	case REASON_CLASS_ACCOUNT:
		return "account";
	}
	return "?";
}

static const char *class_sentence(enum reason_class class)
{
	switch (class) {
	case REASON_CLASS_GENERIC:
		return "what everybody is told who has proven nothing, whether the name exists or "
		       "not";
	case REASON_CLASS_REQUEST:
		return "always told: it follows from what the client sent and from the "
		       "configuration";
	case REASON_CLASS_UNIFORM:
		return "always told: it is the same for names that do not exist";
	case REASON_CLASS_ACCOUNT:
		return "told to those alone who have proven the password";
	}
	return "?";
}

static const char *code_name(enum reason_code code)
{
	switch (code) {
	case REASON_CODE_BADAUTH:
		return "SASL_BADAUTH";
	case REASON_CODE_UNAVAIL:
		return "SASL_UNAVAIL";
	case REASON_CODE_DISABLED:
		return "SASL_DISABLED";
	case REASON_CODE_EXPIRED:
		return "SASL_EXPIRED";
	case REASON_CODE_NOAUTHZ:
		return "SASL_NOAUTHZ";
	case REASON_CODE_ENCRYPT:
		return "SASL_ENCRYPT";
	case REASON_CODE_NOMECH:
		return "SASL_NOMECH";
	}
	return "?";
}

/* The codes of a reply: codes = plain, or rfc. */
static void put_codes(char *out, size_t size, enum reason reason, bool rfc)
{
	const struct reply_style style = {.codes_rfc = rfc};
	struct reply_codes codes = reply_codes(reason, &style);

	snprintf(out, size, "%u %s", codes.status, codes.enhanced);
}

static void put_table(void)
{
	static const char *const heads[] = {"TOKEN", "TOLD", "REPLY", "codes = rfc", "SASL CODE"};
	struct table *table = table_open(heads, sizeof(heads) / sizeof(heads[0]));
	char codes[32];

	for (enum reason i = 0; i < REASON_COUNT; i++) {
		const struct reason_row *row = reason_row(i);

		table_put(table, row->token);
		table_put(table, row->class == REASON_CLASS_ACCOUNT ? "if proven" : "always");
		put_codes(codes, sizeof(codes), i, false);
		table_put(table, codes);
		put_codes(codes, sizeof(codes), i, true);
		table_put(table, codes);
		table_put(table, code_name(row->code));
	}
	table_close(&table);
}

/* The reply through one mail server, NUL-terminated; false if it answers this itself. */
static bool make_reply(char reply[MTA_REPLY_MAX + 1], enum mta_reply mta, enum reason reason)
{
	struct buf out = {reply, 0, MTA_REPLY_MAX, false};
	bool asked = mta_reply_put(&out, mta, reason);

	reply[out.len] = '\0';
	return asked;
}

static void put_replies(enum reason reason)
{
	char reply[MTA_REPLY_MAX + 1];

	puts("\nWhat a mail client reads (an example):");
	for (enum mta_reply i = 0; i < MTA_REPLY_COUNT; i++) {
		const char *note = mta_reply_note(i, reason);

		printf("\n  %s\n", mta_reply_name(i));
		if (!make_reply(reply, i, reason))
			say_paragraph(4,
				      "(refuses a method that it does not offer in its own words)");
		else
			say_paragraph(4, reply);
		if (note)
			printf("    (%s)\n", note);
	}
}

static void put_one(enum reason reason)
{
	const struct reason_row *row = reason_row(reason);
	char codes[32], rfc[32];

	put_codes(codes, sizeof(codes), reason, false);
	put_codes(rfc, sizeof(rfc), reason, true);
	say_field("Reason", "%s", row->token);
	say_field("Means", "%s", advice_row(reason)->found);
	say_field("Who is told", "%s (class %s)", class_sentence(row->class),
		  class_name(row->class));
	say_field("Codes", "%s; with codes = rfc: %s; for libsasl2: %s", codes, rfc,
		  code_name(row->code));
	say_field("Text", "%s", row->text);
	say_field("What to do", "%s", advice_row(reason)->todo);
	put_replies(reason);
}

static json_t *make_row(enum reason reason)
{
	const struct reason_row *row = reason_row(reason);
	const struct reply_style style = {.codes_rfc = false};
	struct reply_codes codes = reply_codes(reason, &style);

	return json_pack("{s:s, s:s, s:i, s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "token", row->token,
			 "class", class_name(row->class), "code", (int)codes.status, "enhanced",
			 codes.enhanced, "rfc_code", (int)row->status, "rfc_enhanced",
			 row->enhanced, "sasl_code", code_name(row->code), "text", row->text,
			 "found", advice_row(reason)->found, "todo", advice_row(reason)->todo);
}

static void put_json_table(void)
{
	json_t *rows = json_array();
	json_t *object;

	for (enum reason i = 0; i < REASON_COUNT; i++)
		json_array_append_new(rows, make_row(i));
	object = json_pack("{s:i, s:o}", "status", (int)CLI_DONE, "reasons", rows);
	say_json(object);
	json_decref(object);
}

static void put_json_one(enum reason reason)
{
	json_t *replies = json_array();
	json_t *object =
	    json_pack("{s:i, s:o}", "status", (int)CLI_DONE, "reason", make_row(reason));
	char reply[MTA_REPLY_MAX + 1];

	for (enum mta_reply i = 0; i < MTA_REPLY_COUNT; i++) {
		bool asked = make_reply(reply, i, reason);

		json_array_append_new(
		    replies, json_pack("{s:s, s:s?, s:s?}", "mta", mta_reply_name(i), "reply",
				       asked ? reply : NULL, "note", mta_reply_note(i, reason)));
	}
	json_object_set_new(object, "replies", replies);
	say_json(object);
	json_decref(object);
}

enum cli_exit cmd_reasons_run(const struct cli *cli, const struct args *args)
{
	enum reason reason;

	if (args->count > 1)
		return say_fault(cli, CLI_USAGE, "reasons takes one TOKEN at most");
	if (args->count == 1 && !reason_find(span_of(args->words[0]), &reason))
		return say_fault(cli, CLI_NONE,
				 "there is no reason \"%s\" (\"sasl-reason reasons\" "
				 "lists them)",
				 args->words[0]);
	if (args->count == 1 && cli->json)
		put_json_one(reason);
	else if (args->count == 1)
		put_one(reason);
	else if (cli->json)
		put_json_table();
	else
		put_table();
	return CLI_DONE;
}
