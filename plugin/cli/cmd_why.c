/* SPDX-License-Identifier: MIT */
/* why: an incident of the journal in plain words. */
#include "cli/cmd_why.h"

#include "cli/advice.h"
#include "cli/ask.h"
#include "cli/field.h"
#include "cli/say.h"
#include "cli/when.h"
#include "core/reply.h"

#include <string.h>
#include <time.h>

/* The reason of a member; REASON_COUNT if it has none that we know. */
static enum reason take_reason(const json_t *incident, const char *key)
{
	enum reason reason;

	return reason_find(span_of(field_text(incident, key)), &reason) ? reason : REASON_COUNT;
}

static bool allowed(const json_t *incident)
{
	return strcmp(field_text_or(incident, "outcome", ""), "allow") == 0;
}

static void put_time(const json_t *incident, int64_t now)
{
	int64_t time = field_number(incident, "time");

	say_field("When", "%s (%s), answered in %lld ms%s", when_of(time).text,
		  when_distance(time, now).text, (long long)field_number(incident, "ms"),
		  field_true(incident, "overrun") ? ", later than it should have been" : "");
}

static void put_who(const json_t *incident)
{
	const char *user = field_text(incident, "user");

	if (!user)
		say_field("Who", "not known: it ended before there was a name");
	else if (strncmp(user, "hashed:", 7) == 0)
		say_field("Who",
			  "%s (a name that was not looked up, or that nobody here has; it is kept "
			  "as a hash, because it may be a mistyped password)",
			  user);
	else
		say_field("Who", "%s", user);
}

static void put_where(const json_t *incident)
{
	const char *peer = field_text(incident, "peer");

	say_field("From", "%s, %s TLS, for %s%s%s",
		  field_text_or(incident, "client", "an unknown address"),
		  field_true(incident, "tls") ? "with" : "without",
		  field_text_or(incident, "service", "an unknown service"),
		  peer ? "; asked by " : "", peer ? peer : "");
	say_field("Mechanism", "%s", field_text_or(incident, "mechanism", "unknown"));
}

static void put_outcome(const json_t *incident)
{
	const char *outcome = field_text_or(incident, "outcome", "refuse");

	say_field("Outcome", "%s%s",
		  allowed(incident)		      ? "logged in"
		  : strcmp(outcome, "try-later") == 0 ? "not checked, to be tried later"
						      : "refused",
		  field_true(incident, "observed")
		      ? " (observe = yes: the client was told nothing of this)"
		      : "");
}

static const struct advice_row *find_advice(const json_t *incident, enum reason cause)
{
	const struct advice_facts facts = {
	    .known = field_text(incident, "backend") != NULL,
	    .defect = field_text(incident, "defect") != NULL,
	    .own_lock = advice_lock(field_text(incident, "lock")) != NULL,
	    .impossible = strcmp(field_text_or(incident, "proof", ""), "impossible") == 0,
	};

	return advice_case(cause, &facts);
}

/* The cause, how the password relates to the account, and what of the account matters. */
static void put_found(const json_t *incident)
{
	enum reason cause = take_reason(incident, "reason");
	const char *word = field_text_or(incident, "proof", "unknown");
	const char *lock = advice_lock(field_text(incident, "lock"));

	if (cause != REASON_COUNT)
		say_field("Found", "%s: %s", reason_row(cause)->token,
			  find_advice(incident, cause)->found);
	else if (field_text(incident, "reason"))
		say_field("Found", "%s", field_text(incident, "reason"));
	if (field_text(incident, "backend"))
		say_field("Account", "known to %s", field_text(incident, "backend"));
	/* While a backend is down, "none" is only what the others say. */
	if (lock && cause == REASON_ACCOUNT_LOCKED && strcmp(word, "none") == 0)
		say_field("Password",
			  "is no app password, and nothing else logs in past this lock");
	else if (strcmp(word, "unknown") != 0 && cause != REASON_TEMPORARY && advice_proof(word))
		say_field("Password", "%s", advice_proof(word));
	if (field_text(incident, "label"))
		say_field("App password", "\"%s\"", field_text(incident, "label"));
	if (lock)
		say_field("Locked", "%s", lock);
	if (field_text(incident, "defect"))
		say_field("Defect", "%s", field_text(incident, "defect"));
}

static void put_told(const json_t *incident)
{
	const char *text = field_text(incident, "text");
	enum reason cause = take_reason(incident, "reason");
	enum reason said = take_reason(incident, "said");

	if (text)
		say_field("Client was told", "%lld %s %s",
			  (long long)field_number(incident, "status"),
			  field_text_or(incident, "enhanced", ""), text);
	if (cause == REASON_COUNT)
		return;
	if (said != REASON_COUNT && cause != said)
		say_field("Why not more", "%s", advice_silence(cause, said));
	say_field("What to do", "%s", find_advice(incident, cause)->todo);
}

void cmd_why_put(const json_t *incident, int64_t now)
{
	say_field("Incident", "%s", field_text_or(incident, "id", "?"));
	put_time(incident, now);
	put_who(incident);
	put_where(incident);
	put_outcome(incident);
	put_found(incident);
	put_told(incident);
}

/* The id itself, or out of a whole reply: "... (id 7K3MQ2XD)". */
static struct span take_id(const char *word)
{
	const char *at = strstr(word, "(id ");
	struct span id = span_of(at ? at + 4 : word);

	if (at && id.len > REPLY_ID_LEN)
		id.len = REPLY_ID_LEN;
	return span_trim(id);
}

static void put_answer(const json_t *answer, const struct args *args)
{
	(void)args;
	cmd_why_put(json_object_get(answer, "incident"), (int64_t)time(NULL));
}

enum cli_exit cmd_why_run(const struct cli *cli, const struct args *args)
{
	struct span id;

	if (args->count != 1)
		return say_fault(cli, CLI_USAGE, "why needs the id of one incident");
	id = take_id(args->words[0]);
	return ask_print(cli, json_pack("{s:s, s:s%}", "command", "why", "id", id.at, id.len),
			 put_answer, args);
}
