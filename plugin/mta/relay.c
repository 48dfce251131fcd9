/* SPDX-License-Identifier: MIT */
/* The relay mechanisms: each step of a login goes to the daemon and its answer comes back. */
#include "mta/relay.h"

#include "mta/answer.h"
#include "mta/client.h"
#include "mta/option.h"
#include "mta/request.h"

#include "base/secret.h"
#include "base/tabline.h"

#include <stdlib.h>
#include <string.h>

/* Octets of the largest response that still fits in a line with the rest of the request. */
#define RESPONSE_MAX 5632

#define ACCOUNT_FLAGS (SASL_CU_AUTHID | SASL_CU_AUTHZID | SASL_CU_EXTERNALLY_VERIFIED)

#define SCRAM_SECURITY                                                                             \
	(SASL_SEC_NOPLAINTEXT | SASL_SEC_NOACTIVE | SASL_SEC_NOANONYMOUS | SASL_SEC_MUTUAL_AUTH)
#define SCRAM_FEATURES                                                                             \
	(SASL_FEAT_ALLOWS_PROXY | SASL_FEAT_SUPPORTS_HTTP | SASL_FEAT_CHANNEL_BINDING)

/* libsasl2 orders the mechanisms of one name by security flags, then channel binding, then max_ssf,
 * then hash strength. Everything is as in libsasl2 2.1.28's own plugins but the strength, which is
 * 8 bits more: so that ours come first, whichever was loaded first. */
static const struct row {
	const char *name;
	unsigned security;
	unsigned strength_bits;
	unsigned features;
	bool server_first;
	bool scram;
} rows[] = {
    {"PLAIN", SASL_SEC_NOANONYMOUS | SASL_SEC_PASS_CREDENTIALS, 8,
     SASL_FEAT_WANT_CLIENT_FIRST | SASL_FEAT_ALLOWS_PROXY, false, false},
    {"LOGIN", SASL_SEC_NOANONYMOUS | SASL_SEC_PASS_CREDENTIALS, 8, 0, true, false},
    {"SCRAM-SHA-256", SCRAM_SECURITY, 264, SCRAM_FEATURES, false, true},
    {"SCRAM-SHA-1", SCRAM_SECURITY, 168, SCRAM_FEATURES, false, true},
    {"CRAM-MD5", SASL_SEC_NOPLAINTEXT | SASL_SEC_NOANONYMOUS, 8, SASL_FEAT_SERVER_FIRST, true,
     false},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* One login. */
struct relay {
	const struct row *row;
	struct client *link; /* null until AUTH has been sent and when it is over */
	bool prompted;
	char *out; /* what libsasl2 sends to the mail client; on the heap, null if there is none */
};

/* The error's name and text. canon_user comes first, because Exim asks for SASL_USERNAME before it
 * looks at the code, and seterror last, because canon_user sets one too. */
static int refuse(const sasl_server_params_t *params, sasl_out_params_t *oparams, const char *name,
		  int code, const char *text)
{
	const sasl_utils_t *utils = params->utils;

	if (!*name || params->canon_user(utils->conn, name, (unsigned)strlen(name), ACCOUNT_FLAGS,
					 oparams) != SASL_OK)
		(void)params->canon_user(utils->conn, "unknown", 7, ACCOUNT_FLAGS, oparams);
	utils->seterror(utils->conn, 0, "%s", text);
	return code;
}

static int refuse_lost(const sasl_server_params_t *params, sasl_out_params_t *oparams,
		       const char *trouble, int error)
{
	params->utils->log(params->utils->conn, SASL_LOG_ERR, "sasl-reason: %s: %s%s%s",
			   option_socket(params->utils), trouble, error ? ": " : "",
			   error ? strerror(error) : "");
	return refuse(params, oparams, "", SASL_UNAVAIL, ANSWER_TEMPORARY);
}

/* libsasl2 appends the connection's realm to a name without one; the daemon's name is complete as
 * it is. The buffer is libsasl2's own. */
static void cut_realm(const char *at, unsigned *len, const struct answer *answer)
{
	if (*len <= answer->name_len || memcmp(at, answer->name, answer->name_len) != 0 ||
	    at[answer->name_len] != '@')
		return;
	((char *)at)[answer->name_len] = '\0';
	*len = (unsigned)answer->name_len;
}

/* What another auxprop plugin may say about the account; anything else is its own trouble. */
static bool account_code(int code)
{
	return code == SASL_DISABLED || code == SASL_EXPIRED || code == SASL_NOAUTHZ ||
	       code == SASL_BADAUTH || code == SASL_NOUSER;
}

static int accept(const sasl_server_params_t *params, sasl_out_params_t *oparams,
		  const struct answer *answer)
{
	int code = params->canon_user(params->utils->conn, answer->name, (unsigned)answer->name_len,
				      ACCOUNT_FLAGS, oparams);
	sasl_callback_ft theirs = NULL;
	void *context = NULL;

	if (code != SASL_OK) {
		if (account_code(code))
			return code;
		return refuse_lost(params, oparams, "libsasl2 does not take the name", 0);
	}
	if (params->utils->getcallback(params->utils->conn, SASL_CB_CANON_USER, &theirs,
				       &context) != SASL_OK ||
	    !theirs) {
		cut_realm(oparams->authid, &oparams->alen, answer);
		cut_realm(oparams->user, &oparams->ulen, answer);
	}
	oparams->doneflag = 1;
	oparams->maxoutbuf = 0;
	oparams->mech_ssf = 0;
	oparams->encode_context = NULL;
	oparams->encode = NULL;
	oparams->decode_context = NULL;
	oparams->decode = NULL;
	oparams->param_version = 0;
	return SASL_OK;
}

/* Base64 from the daemon to relay->out, NUL-terminated as libsasl2's own are. */
static bool decode(struct relay *relay, const sasl_utils_t *utils, struct span base64,
		   const char **out, unsigned *out_len)
{
	unsigned len = 0;

	free(relay->out);
	relay->out = malloc(base64.len + 1); /* the text is shorter than its base64 */
	if (!relay->out)
		return false;
	if (base64.len && utils->decode64(base64.at, (unsigned)base64.len, relay->out,
					  (unsigned)base64.len + 1, &len) != SASL_OK)
		return false;
	relay->out[len] = '\0';
	*out = relay->out;
	*out_len = len;
	return true;
}

static int take_reply(struct relay *relay, const sasl_server_params_t *params,
		      const struct client_reply *reply, const char **out, unsigned *out_len,
		      sasl_out_params_t *oparams)
{
	struct answer answer;

	switch (reply->answer) {
	case CLIENT_LOST:
		return refuse_lost(params, oparams, reply->trouble, reply->error);
	case CLIENT_CONT:
		if (decode(relay, params->utils, reply->fields, out, out_len))
			return SASL_CONTINUE;
		client_close(&relay->link);
		return refuse_lost(params, oparams, "sent a challenge that is not base64", 0);
	case CLIENT_FAIL:
		answer_refused(reply->fields, &answer);
		client_keep(&relay->link);
		return refuse(params, oparams, answer.name, answer.code, answer.text);
	case CLIENT_OK:
		break;
	}
	answer_accepted(reply->fields, &answer);
	if (answer.code != SASL_OK ||
	    (answer.resp.at && !decode(relay, params->utils, answer.resp, out, out_len))) {
		client_close(&relay->link);
		return refuse_lost(params, oparams, "sent an OK that is not understood", 0);
	}
	client_keep(&relay->link);
	return accept(params, oparams, &answer);
}

/* One line to the daemon and its answer. `response` is absent where the client said nothing. */
static void exchange(struct relay *relay, const sasl_server_params_t *params, struct span response,
		     struct client_reply *reply)
{
	const sasl_utils_t *utils = params->utils;
	char storage[CLIENT_LINE_MAX - 64];
	struct buf line = BUF_ON(storage);

	if (!relay->link) {
		request_put(&line, relay->row->name, params);
		if (response.at)
			buf_put_text(&line, "\tresp=");
	}
	request_put_base64(&line, utils, response);
	*reply = (struct client_reply){CLIENT_LOST, SPAN_NONE, "the request is too long", 0};
	if (line.failed)
		client_close(&relay->link);
	else if (relay->link)
		client_continue(&relay->link, option_timeout_ms(utils), buf_span(&line), reply);
	else
		client_begin(&relay->link, option_socket(utils), option_timeout_ms(utils),
			     buf_span(&line), reply);
	secret_wipe_octets(storage, line.failed ? sizeof(storage) : line.len);
}

static int step(void *context, sasl_server_params_t *params, const char *in, unsigned in_len,
		const char **out, unsigned *out_len, sasl_out_params_t *oparams)
{
	struct relay *relay = context;
	struct span response = {in ? in : "", in ? in_len : 0};
	struct client_reply reply;

	*out = NULL;
	*out_len = 0;
	if (!relay)
		return SASL_BADPROT;
	if (!relay->link && response.len == 0 && relay->row->server_first)
		response = SPAN_NONE;
	/* libsasl2 itself asks for a first message only with SASL_FEAT_WANT_CLIENT_FIRST. */
	if (!relay->link && response.len == 0 && relay->row->scram && !relay->prompted) {
		relay->prompted = true;
		*out = "";
		return SASL_CONTINUE;
	}
	if (response.len > RESPONSE_MAX)
		return refuse(params, oparams, "", SASL_BADAUTH,
			      "535 5.7.8 The name or the password is longer than a mail server "
			      "takes. [malformed-credentials]");
	/* Whether the channel is bound to TLS is not something that the daemon can check. */
	if (!relay->link && relay->row->scram && response.len && response.at[0] == 'p')
		return refuse(params, oparams, "", SASL_BADAUTH,
			      "535 5.7.8 Channel binding is not available here: choose the "
			      "mechanism without -PLUS. [mechanism-unsupported]");
	exchange(relay, params, response, &reply);
	return take_reply(relay, params, &reply, out, out_len, oparams);
}

static int begin(void *context, sasl_server_params_t *params, const char *challenge,
		 unsigned challenge_len, void **relay_r)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	(void)params;
	(void)challenge;
	(void)challenge_len;
	if (!relay)
		return SASL_NOMEM;
	relay->row = *(const struct row **)context;
	*relay_r = relay;
	return SASL_OK;
}

/* A conversation that still runs ends with its connection. */
static void dispose(void *context, const sasl_utils_t *utils)
{
	struct relay *relay = context;

	(void)utils;
	if (!relay)
		return;
	client_close(&relay->link);
	free(relay->out);
	free(relay);
}

/* What one call of relay_list() gave out; freed with the last of its mechanisms. */
struct offer {
	unsigned held;
	struct offered {
		const struct row *row; /* first: begin() looks at nothing else */
		struct offer *offer;
	} each[ROWS];
	sasl_server_plug_t plugs[ROWS];
};

static void withdraw(void *context, const sasl_utils_t *utils)
{
	struct offered *offered = context;
	struct offer *offer = offered->offer;

	(void)utils;
	client_done();
	if (--offer->held == 0)
		free(offer);
}

int relay_list(const sasl_utils_t *utils, sasl_server_plug_t **plugs_r, int *count_r)
{
	struct offer *offer = calloc(1, sizeof(*offer));

	*plugs_r = NULL;
	*count_r = 0;
	if (!offer)
		return SASL_NOMEM;
	for (size_t i = 0; i < ROWS; i++) {
		struct offered *offered = &offer->each[offer->held];

		if (!option_mechanism(utils, rows[i].name))
			continue;
		*offered = (struct offered){&rows[i], offer};
		offer->plugs[offer->held++] = (sasl_server_plug_t){
		    .mech_name = rows[i].name,
		    .security_flags =
			rows[i].security | SASL_SET_HASH_STRENGTH_BITS(rows[i].strength_bits),
		    .features = rows[i].features,
		    .glob_context = offered,
		    .mech_new = begin,
		    .mech_step = step,
		    .mech_dispose = dispose,
		    .mech_free = withdraw,
		};
	}
	*plugs_r = offer->plugs;
	*count_r = (int)offer->held;
	if (offer->held == 0) {
		*plugs_r = NULL;
		free(offer);
	}
	return SASL_OK;
}
