/* SPDX-License-Identifier: MIT */
/* One AUTH exchange: the client's messages in, challenges and at last a verdict out. */
#include "engine/exchange.h"

#include <stdlib.h>

#include "base/secret.h"
#include "engine/message.h"
#include "engine/session.h"

enum stage {
	STAGE_FIRST,    /* nothing of the client yet */
	STAGE_NAME,     /* LOGIN: its name is awaited */
	STAGE_PASSWORD, /* LOGIN: its password is awaited; PLAIN: the one message */
	STAGE_LOOKUP,   /* challenge: the secret of the name is being found */
	STAGE_RESPONSE, /* challenge: the client's response is awaited */
	STAGE_VERDICT
};

struct exchange {
	struct inquiry *inquiry;
	struct session *session;
	exchange_done *done;
	void *owner;
	enum mech mech;
	enum stage stage;
	bool offered;
	bool challenging;
	struct secret message; /* challenge: what waits for the lookup */
	char storage[1024];    /* of the answer: a challenge or final data */
	struct buf answer;
};

static void on_inquired(void *owner);

struct exchange *exchange_open(const struct inquire_request *request, exchange_done *done,
			       void *owner)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->done = done;
	exchange->owner = owner;
	exchange->mech = request->mech;
	exchange->answer = BUF_ON(exchange->storage);
	exchange->inquiry = inquire_open(request, on_inquired, exchange);
	exchange->offered = request->mech_offered;
	if (!exchange->inquiry)
		exchange_close(&exchange);
	return exchange;
}

void exchange_close(struct exchange **closed)
{
	struct exchange *exchange = *closed;

	*closed = NULL;
	if (!exchange)
		return;
	session_close(&exchange->session);
	inquire_close(&exchange->inquiry);
	secret_wipe(&exchange->message);
	free(exchange);
}

static void answer(struct exchange *exchange, bool challenging)
{
	exchange->challenging = challenging;
	if (!challenging)
		exchange->stage = STAGE_VERDICT;
	exchange->done(exchange->owner);
}

static void conclude(struct exchange *exchange, bool compared, bool fits)
{
	exchange->stage = STAGE_VERDICT;
	inquire_conclude(exchange->inquiry, compared, fits);
}

static void challenge(struct exchange *exchange, struct span octets, enum stage next)
{
	exchange->answer = BUF_ON(exchange->storage);
	buf_put_span(&exchange->answer, octets);
	if (exchange->answer.failed) {
		/* Only a client's own nonce can make a challenge that long. */
		exchange_defect(exchange, DEFECT_TOO_LONG);
		return;
	}
	exchange->stage = next;
	answer(exchange, true);
}

/* It cannot be told whether the client is right. */
static void fail(struct exchange *exchange)
{
	inquire_fail(exchange->inquiry);
	conclude(exchange, false, false);
}

void exchange_defect(struct exchange *exchange, enum defect defect)
{
	inquire_restart(exchange->inquiry);
	inquire_defect(exchange->inquiry, defect);
	conclude(exchange, false, false);
}

/* ---- PLAIN and LOGIN ---- */

static void try_password(struct exchange *exchange, struct span password, bool early)
{
	exchange->answer = BUF_ON(exchange->storage); /* the prompt is no final data */
	if (early) {
		conclude(exchange, false, false);
		return;
	}
	exchange->stage = STAGE_VERDICT;
	inquire_password(exchange->inquiry, password);
}

static void step_plain(struct exchange *exchange, struct span octets)
{
	struct message message;
	enum defect defect;

	if (!octets.at) {
		challenge(exchange, span_of(""), STAGE_PASSWORD);
		return;
	}
	defect = message_take_plain(octets, &message);
	if (defect == DEFECT_FIELD_COUNT)
		message = (struct message){SPAN_NONE, SPAN_NONE, SPAN_NONE};
	inquire_defect(exchange->inquiry, defect);
	try_password(exchange, message.password,
		     inquire_name(exchange->inquiry, message.authcid, message.authzid));
}

static void step_login(struct exchange *exchange, struct span octets)
{
	if (!octets.at) {
		challenge(exchange, span_of("Username:"), STAGE_NAME);
	} else if (exchange->stage != STAGE_PASSWORD) {
		if (inquire_name(exchange->inquiry, octets, SPAN_NONE))
			conclude(exchange, false, false);
		else
			challenge(exchange, span_of("Password:"), STAGE_PASSWORD);
	} else {
		enum defect defect = message_check_password(octets);

		inquire_defect(exchange->inquiry, defect);
		try_password(exchange, octets, defect != DEFECT_NONE);
	}
}

/* ---- challenge mechanisms ---- */

/* Gives the mechanism a message, or nothing yet, and goes where it leads. */
static void step_session(struct exchange *exchange, struct span octets)
{
	struct span out;

	exchange->answer = BUF_ON(exchange->storage);
	switch (session_step(exchange->session, octets, &out)) {
	case SESSION_CONTINUE:
		challenge(exchange, out, exchange->stage == STAGE_FIRST ? STAGE_NAME
									: STAGE_RESPONSE);
		return;
	case SESSION_PROVEN:
		if (out.at)
			buf_put_span(&exchange->answer, out);
		conclude(exchange, true, true);
		return;
	case SESSION_REFUSED:
		conclude(exchange, true, false);
		return;
	case SESSION_MALFORMED:
		inquire_defect(exchange->inquiry, DEFECT_SYNTAX);
		conclude(exchange, false, false);
		return;
	case SESSION_FAILED:
		fail(exchange);
		return;
	}
}

static enum defect take_names(struct exchange *exchange, struct span octets,
			      struct message *message, struct buf *names)
{
	if (mech_kind(exchange->mech) == MECH_KIND_SCRAM)
		return message_take_scram(octets, message, names);
	return message_take_cram(octets, message);
}

/* The first message with a name: it waits until the name's secret is found. */
static void step_names(struct exchange *exchange, struct span octets)
{
	char storage[2048];
	struct buf names = BUF_ON(storage);
	struct message message = {SPAN_NONE, SPAN_NONE, SPAN_NONE};
	enum defect defect = take_names(exchange, octets, &message, &names);

	inquire_defect(exchange->inquiry, defect);
	if (inquire_name(exchange->inquiry, message.authcid, message.authzid)) {
		conclude(exchange, false, false);
		return;
	}
	if (!secret_init(&exchange->message, octets)) {
		fail(exchange);
		return;
	}
	exchange->stage = STAGE_LOOKUP;
	inquire_lookup(exchange->inquiry, mech_kind(exchange->mech) == MECH_KIND_SCRAM);
}

static void step_challenge(struct exchange *exchange, struct span octets)
{
	bool server_first = mech_kind(exchange->mech) == MECH_KIND_DIGEST;

	if (!exchange->session)
		exchange->session =
		    session_open(exchange->mech, inquire_secret(exchange->inquiry));
	if (!exchange->session)
		fail(exchange);
	else if (exchange->stage == STAGE_RESPONSE)
		step_session(exchange, octets);
	else if (exchange->stage == STAGE_FIRST && server_first && octets.at)
		exchange_defect(exchange, DEFECT_SYNTAX);
	else if (exchange->stage == STAGE_FIRST && server_first)
		step_session(exchange, SPAN_NONE);
	else if (!octets.at)
		challenge(exchange, span_of(""), STAGE_NAME);
	else
		step_names(exchange, octets);
}

void exchange_step(struct exchange *exchange, struct span message)
{
	inquire_restart(exchange->inquiry);
	if (!exchange->offered) {
		conclude(exchange, false, false);
		return;
	}
	switch (exchange->mech) {
	case MECH_PLAIN:
		step_plain(exchange, message);
		break;
	case MECH_LOGIN:
		step_login(exchange, message);
		break;
	case MECH_CRAM_MD5:
	case MECH_SCRAM_SHA_1:
	case MECH_SCRAM_SHA_256:
		step_challenge(exchange, message);
		break;
	case MECH_UNKNOWN:
	case MECH_COUNT:
		conclude(exchange, false, false);
		break;
	}
}

static void on_inquired(void *owner)
{
	struct exchange *exchange = owner;

	if (exchange->stage != STAGE_LOOKUP) {
		answer(exchange, false);
		return;
	}
	if (inquire_settled(exchange->inquiry)) {
		conclude(exchange, false, false);
		return;
	}
	step_session(exchange, secret_span(&exchange->message));
}

bool exchange_challenge(const struct exchange *exchange, struct span *octets)
{
	*octets = buf_span(&exchange->answer);
	return exchange->challenging;
}

const struct inquiry *exchange_verdict(const struct exchange *exchange)
{
	return exchange->inquiry;
}

struct span exchange_final(const struct exchange *exchange)
{
	return exchange->answer.len ? buf_span(&exchange->answer) : SPAN_NONE;
}
