/* SPDX-License-Identifier: MIT */
/* The Dovecot auth client protocol 1.x: lines to commands, answers to lines. No I/O. */
#include "face/auth.h"

#include "base/b64.h"
#include "base/tabline.h"

#define VERSION_MAJOR "1"
#define VERSION_MINOR "2"

/* The security properties that Dovecot announces with each mechanism, which Postfix's
 * smtpd_sasl_security_options are compared with. */
static const char *properties(enum mech mech)
{
	switch (mech_kind(mech)) {
	case MECH_KIND_PLAINTEXT:
		return "\tplaintext";
	case MECH_KIND_DIGEST:
		return "\tdictionary\tactive";
	case MECH_KIND_SCRAM:
		return "\tmutual-auth";
	}
	return "";
}

void auth_put_greeting(struct buf *out, const enum mech *mechanisms, size_t count, uint64_t pid,
		       uint64_t connection, struct span cookie)
{
	buf_put_text(out, "VERSION\t" VERSION_MAJOR "\t" VERSION_MINOR "\n");
	for (size_t i = 0; i < count; i++) {
		buf_put_text(out, "MECH\t");
		buf_put_text(out, mech_name(mechanisms[i]));
		buf_put_text(out, properties(mechanisms[i]));
		buf_put_char(out, '\n');
	}
	buf_put_text(out, "SPID\t");
	buf_put_number(out, pid);
	buf_put_text(out, "\nCUID\t");
	buf_put_number(out, connection);
	buf_put_text(out, "\nCOOKIE\t");
	buf_put_span(out, cookie);
	buf_put_text(out, "\nDONE\n");
}

static bool take_id(struct span *line, uint32_t *id)
{
	struct span field;
	uint64_t number;

	if (!tabline_take_field(line, &field) || !span_take_number(field, UINT32_MAX, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

static void take_parameter(struct span field, struct auth_command *command)
{
	struct span value;

	if (tabline_value(field, "service", &value))
		command->service = value;
	else if (tabline_value(field, "rip", &value))
		command->client = value;
	else if (tabline_value(field, "real_rip", &value))
		command->forwarder = value;
	else if (tabline_value(field, "secured", &value))
		command->secured = true; /* Dovecot 2.3 writes secured=tls too */
	else if (span_is(field, "final-resp-ok"))
		command->final_ok = true;
	else if (span_is(field, "sasl-reason=1"))
		command->plugin = true;
}

static void take_parameters(struct span line, struct auth_command *command)
{
	struct span field, rest = line;

	while (tabline_take_field(&line, &field)) {
		if (tabline_value(field, "resp", &command->response)) {
			/* All that is left, so that a TAB in it opens no new field. */
			command->response.len = (size_t)(rest.at + rest.len - command->response.at);
			return;
		}
		take_parameter(field, command);
	}
}

static void take_begin(struct span line, struct auth_command *command)
{
	if (!take_id(&line, &command->id) || !tabline_take_field(&line, &command->mechanism) ||
	    command->mechanism.len == 0)
		return;
	command->kind = AUTH_BEGIN;
	take_parameters(line, command);
}

static void take_continue(struct span line, struct auth_command *command)
{
	if (!take_id(&line, &command->id) || !line.at)
		return;
	command->response = line;
	command->kind = AUTH_CONTINUE;
}

static void take_version(struct span line, struct auth_command *command)
{
	struct span major;

	if (tabline_take_field(&line, &major) && span_is(major, VERSION_MAJOR))
		command->kind = AUTH_IGNORED;
}

struct auth_command auth_take_command(struct span line)
{
	struct auth_command command = {.kind = AUTH_BROKEN};
	struct span word;

	if (!tabline_take_field(&line, &word) || span_has(line, '\0'))
		return command;
	if (span_is(word, "AUTH"))
		take_begin(line, &command);
	else if (span_is(word, "CONT"))
		take_continue(line, &command);
	else if (span_is(word, "CANCEL"))
		command.kind = take_id(&line, &command.id) ? AUTH_CANCEL : AUTH_BROKEN;
	else if (span_is(word, "VERSION"))
		take_version(line, &command);
	else if (span_is(word, "CPID"))
		command.kind = AUTH_IGNORED;
	return command;
}

static void put_head(struct buf *out, const char *word, uint32_t id)
{
	buf_put_text(out, word);
	buf_put_char(out, '\t');
	buf_put_number(out, id);
}

void auth_put_challenge(struct buf *out, uint32_t id, struct span octets)
{
	put_head(out, "CONT", id);
	buf_put_char(out, '\t');
	b64_put(out, octets);
	buf_put_char(out, '\n');
}

void auth_put_ok(struct buf *out, uint32_t id, struct span user, struct span final,
		 struct span incident)
{
	put_head(out, "OK", id);
	tabline_put(out, "user", user);
	tabline_put(out, "incident", incident);
	if (final.at) {
		buf_put_text(out, "\tresp=");
		b64_put(out, final);
	}
	buf_put_char(out, '\n');
}

/* Dovecot's own code= values (lib-auth-client); none says more than the told reason. */
static const char *fail_code(enum reason told)
{
	switch (reason_row(told)->code) {
	case REASON_CODE_BADAUTH:
		return NULL;
	case REASON_CODE_UNAVAIL:
		return "temp_fail";
	case REASON_CODE_DISABLED:
		return "user_disabled";
	case REASON_CODE_EXPIRED:
		return "pass_expired";
	case REASON_CODE_NOAUTHZ:
		return "authz_fail";
	case REASON_CODE_ENCRYPT:
		return "auth_mech_ssl_required";
	case REASON_CODE_NOMECH:
		return "auth_mech_invalid";
	}
	return NULL;
}

static void put_plugin_fields(struct buf *out, enum reason told, const struct inquiry *inquiry)
{
	struct reply_codes codes = reply_codes(told, inquire_style(inquiry));

	tabline_put(out, "reason_id", span_of(reason_row(told)->token));
	tabline_put(out, "incident", inquire_id(inquiry));
	buf_put_text(out, "\tstatus=");
	buf_put_number(out, codes.status);
	tabline_put(out, "enhanced", span_of(codes.enhanced));
}

void auth_put_fail(struct buf *out, uint32_t id, const struct inquiry *inquiry, bool plugin)
{
	const struct verdict *verdict = inquire_verdict(inquiry);
	char storage[REPLY_TEXT_MAX + 1];
	struct buf text = BUF_ON(storage);
	bool observed = inquire_observed(inquiry);
	enum reason told = observed && verdict->outcome != OUTCOME_TRY_LATER
			       ? REASON_BAD_CREDENTIALS
			       : verdict->told;

	put_head(out, "FAIL", id);
	tabline_put(out, "user", inquire_user(inquiry));
	tabline_put(out, "code", span_of(fail_code(told)));
	if (observed && plugin)
		tabline_put(out, "incident", inquire_id(inquiry));
	if (!observed) {
		reply_put(&text, verdict, inquire_style(inquiry), inquire_id(inquiry));
		tabline_put(out, "reason", buf_span(&text));
		if (plugin)
			put_plugin_fields(out, told, inquiry);
	}
	buf_put_char(out, '\n');
}
