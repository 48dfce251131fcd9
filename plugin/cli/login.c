/* SPDX-License-Identifier: MIT */
/* A login on the daemon's auth socket, as a mail server relays it. */
#include "cli/login.h"

#include "base/b64.h"
#include "base/secret.h"
#include "base/tabline.h"
#include "cli/login_sasl.h"
#include "cli/wire.h"

#include <unistd.h>

/* A line of ours: the longest name, authzid and password, in base64, with the request. */
#define LINE_MAX_OCTETS	   8192
#define ANSWER_MAX	   65536
#define GREETING_LINES_MAX 64
/* A mechanism that goes on longer than this has no end. */
#define ROUNDS_MAX 8

/* One conversation. */
struct talk {
	const struct login *login;
	struct login_result *result;
	struct wire *wire;
	struct login_sasl *sasl; /* null for PLAIN and LOGIN */
	struct buf fault;
	unsigned round;
};

static void finish(char *text, const struct buf *out)
{
	text[out->failed ? 0 : out->len] = '\0';
}

static bool next_line(struct talk *talk, struct span *line)
{
	if (wire_take_line(talk->wire, ANSWER_MAX, line, &talk->fault))
		return true;
	if (talk->fault.len == 0)
		buf_put_text(&talk->fault, "sasl-reasond closed the connection");
	return false;
}

static bool take_greeting(struct talk *talk)
{
	struct span line, word;

	for (unsigned i = 0; i < GREETING_LINES_MAX; i++) {
		if (!next_line(talk, &line))
			return false;
		tabline_take_field(&line, &word);
		if (span_is(word, "DONE"))
			return true;
	}
	buf_put_text(&talk->fault, "this is no auth socket: its greeting has no end");
	return false;
}

/* The client's first message; absent where the server speaks first. */
static struct span first_message(const struct talk *talk, struct buf *plain)
{
	const struct login *login = talk->login;

	if (talk->sasl)
		return login_sasl_first(talk->sasl);
	if (login->mechanism == MECH_LOGIN)
		return SPAN_NONE;
	if (login->authzid)
		buf_put_text(plain, login->authzid);
	buf_put_char(plain, '\0');
	buf_put_text(plain, login->user);
	buf_put_char(plain, '\0');
	buf_put_span(plain, login->password);
	return buf_span(plain);
}

/* Sends a line that may hold the password, and wipes it. */
static bool send_line(struct talk *talk, struct buf *line)
{
	bool sent = false;

	buf_put_char(line, '\n');
	if (line->failed)
		buf_put_text(&talk->fault, "the name or the password is too long for a login");
	else
		sent = wire_send(talk->wire, buf_span(line), &talk->fault);
	buf_wipe(line);
	return sent;
}

static bool begin(struct talk *talk)
{
	const struct login *login = talk->login;
	char storage[LINE_MAX_OCTETS], plain_storage[LINE_MAX_OCTETS / 2];
	struct buf line = BUF_ON(storage), plain = BUF_ON(plain_storage);
	struct span first = first_message(talk, &plain);

	buf_put_text(&line, "VERSION\t1\t2\nCPID\t");
	buf_put_number(&line, (uint64_t)getpid());
	buf_put_text(&line, "\nAUTH\t1\t");
	buf_put_text(&line, mech_name(login->mechanism));
	tabline_put(&line, "service", span_of(login->service));
	tabline_put(&line, "rip", span_of(login->address));
	if (login->tls)
		buf_put_text(&line, "\tsecured");
	buf_put_text(&line, "\tfinal-resp-ok\tsasl-reason=1");
	if (first.at) {
		buf_put_text(&line, "\tresp=");
		b64_put(&line, first);
	}
	line.failed = line.failed || plain.failed;
	buf_wipe(&plain);
	return send_line(talk, &line);
}

/* LOGIN asks for the name, then for the password. */
static bool respond(struct talk *talk, struct span challenge, struct span *response)
{
	if (talk->sasl)
		return login_sasl_step(talk->sasl, challenge, response, &talk->fault);
	if (talk->login->mechanism != MECH_LOGIN || talk->round > 2) {
		buf_put_text(&talk->fault, "sasl-reasond asks for more than the mechanism has");
		return false;
	}
	*response = talk->round == 1 ? span_of(talk->login->user) : talk->login->password;
	return true;
}

static bool decode(struct talk *talk, struct span base64, struct buf *octets)
{
	if (b64_decode(base64, octets))
		return true;
	buf_put_text(&talk->fault, "sasl-reasond sent a challenge that is not base64");
	return false;
}

static bool go_on(struct talk *talk, struct span challenge)
{
	char storage[LINE_MAX_OCTETS], challenge_storage[LINE_MAX_OCTETS];
	struct buf line = BUF_ON(storage), octets = BUF_ON(challenge_storage);
	struct span response;

	if (++talk->round > ROUNDS_MAX) {
		buf_put_text(&talk->fault, "the mechanism has no end");
		return false;
	}
	if (!decode(talk, challenge, &octets) || !respond(talk, buf_span(&octets), &response))
		return false;
	buf_put_text(&line, "CONT\t1\t");
	b64_put(&line, response);
	return send_line(talk, &line);
}

/* What an answer says beside its text. */
struct fields {
	struct span user, code, reason, status, enhanced, incident, response;
	bool temporary;
};

static struct fields take_fields(struct span line)
{
	struct fields fields = {.temporary = false};
	struct span field, value;

	while (tabline_take_field(&line, &field)) {
		if (tabline_value(field, "temp", &value))
			fields.temporary = true;
		else if (!tabline_value(field, "user", &fields.user) &&
			 !tabline_value(field, "code", &fields.code) &&
			 !tabline_value(field, "reason", &fields.reason) &&
			 !tabline_value(field, "status", &fields.status) &&
			 !tabline_value(field, "enhanced", &fields.enhanced) &&
			 !tabline_value(field, "incident", &fields.incident))
			(void)tabline_value(field, "resp", &fields.response);
	}
	fields.temporary = fields.temporary || span_is(fields.code, "temp_fail");
	return fields;
}

static void keep(char *text, size_t size, struct span value)
{
	struct buf out = {text, 0, size - 1, false};

	tabline_unescape(value, &out);
	finish(text, &out);
}

#define KEEP(member, value) keep((member), sizeof(member), (value))

/* "535 5.7.8 text"; without a text (observe) the mail server has its own. */
static void keep_reply(struct talk *talk, const struct fields *fields)
{
	char *reply = talk->result->reply;
	struct buf out = {reply, 0, sizeof(talk->result->reply) - 1, false};

	if (fields->status.len) {
		buf_put_span(&out, fields->status);
		buf_put_char(&out, ' ');
		buf_put_span(&out, fields->enhanced);
	} else {
		buf_put_text(&out, fields->temporary ? "454 4.7.0" : "535 5.7.8");
	}
	buf_put_char(&out, ' ');
	if (fields->reason.len)
		tabline_unescape(fields->reason, &out);
	else
		buf_put_text(&out, fields->temporary ? "Temporary authentication failure"
						     : "authentication failed");
	finish(reply, &out);
}

static void end_refused(struct talk *talk, struct span line)
{
	struct fields fields = take_fields(line);

	KEEP(talk->result->user, fields.user);
	KEEP(talk->result->incident, fields.incident);
	keep_reply(talk, &fields);
	talk->result->end = fields.temporary ? LOGIN_LATER : LOGIN_REFUSED;
}

/* With SCRAM the daemon has to prove that it knows the password too. */
static void end_allowed(struct talk *talk, struct span line)
{
	static const char accepted[] = "235 2.7.0 Authentication successful";
	struct fields fields = take_fields(line);
	char storage[LINE_MAX_OCTETS];
	struct buf octets = BUF_ON(storage);
	struct span none;

	KEEP(talk->result->user, fields.user);
	KEEP(talk->result->incident, fields.incident);
	if (fields.response.at && talk->sasl &&
	    (!decode(talk, fields.response, &octets) ||
	     !login_sasl_step(talk->sasl, buf_span(&octets), &none, &talk->fault)))
		return;
	KEEP(talk->result->reply, span_of(accepted));
	talk->result->end = LOGIN_ALLOWED;
}

static void converse(struct talk *talk)
{
	struct span line, word, id;

	if (!take_greeting(talk) || !begin(talk))
		return;
	for (;;) {
		if (!next_line(talk, &line))
			return;
		tabline_take_field(&line, &word);
		if (!tabline_take_field(&line, &id) || !span_is(id, "1"))
			break;
		if (span_is(word, "CONT")) {
			if (!go_on(talk, line))
				return;
			continue;
		}
		if (span_is(word, "FAIL"))
			end_refused(talk, line);
		else if (span_is(word, "OK"))
			end_allowed(talk, line);
		else
			break;
		return;
	}
	buf_put_text(&talk->fault, "sasl-reasond sent what is no answer to a login");
}

static bool needs_sasl(enum mech mechanism)
{
	return mech_kind(mechanism) != MECH_KIND_PLAINTEXT;
}

/* Whom the socket does not let in has not been refused a login: that alone is CLI_NOT_PERMITTED. */
static struct wire *open_wire(const char *socket, enum cli_exit *status, struct buf *fault)
{
	struct wire *wire = wire_open(socket, WIRE_TIMEOUT_MS, status, fault);

	if (!wire && *status == CLI_NOT_PERMITTED)
		*status = CLI_CANNOT_TELL;
	return wire;
}

enum cli_exit login_reach(const char *socket, struct buf *fault)
{
	enum cli_exit status;
	struct wire *wire = open_wire(socket, &status, fault);

	if (wire)
		status = CLI_DONE;
	wire_close(&wire);
	return status;
}

void login_run(const struct login *login, struct login_result *result)
{
	struct talk talk = {.login = login, .result = result};
	bool ready = true;

	*result = (struct login_result){.end = LOGIN_UNTOLD, .fault_status = CLI_CANNOT_TELL};
	talk.fault = (struct buf){result->fault, 0, sizeof(result->fault) - 1, false};
	if (needs_sasl(login->mechanism)) {
		talk.sasl = login_sasl_open(mech_name(login->mechanism), login->user,
					    login->authzid, login->password, &talk.fault);
		ready = talk.sasl != NULL;
	}
	if (ready)
		talk.wire = open_wire(login->socket, &result->fault_status, &talk.fault);
	if (talk.wire)
		converse(&talk);
	wire_close(&talk.wire);
	login_sasl_close(&talk.sasl);
	result->fault[talk.fault.len] = '\0';
}
