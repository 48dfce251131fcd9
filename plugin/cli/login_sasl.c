/* SPDX-License-Identifier: MIT */
/* The client's side of a challenge mechanism: libsasl2's SCRAM and CRAM-MD5. */
#include "cli/login_sasl.h"

#include "base/secret.h"

#include <sasl/sasl.h>
#include <stdlib.h>
#include <string.h>

struct login_sasl {
	sasl_conn_t *connection;
	sasl_callback_t callbacks[5];
	const char *user;
	const char *authzid;
	sasl_secret_t *secret;
	size_t secret_size;
	struct span first;
};

static int take_name(void *context, int id, const char **result, unsigned *len)
{
	const struct login_sasl *sasl = context;

	*result = id == SASL_CB_USER ? sasl->authzid : sasl->user;
	if (len)
		*len = (unsigned)strlen(*result);
	return SASL_OK;
}

static int take_secret(sasl_conn_t *connection, void *context, int id, sasl_secret_t **secret)
{
	const struct login_sasl *sasl = context;

	(void)connection;
	(void)id;
	*secret = sasl->secret;
	return SASL_OK;
}

/* libsasl2 logs to syslog by itself, which is not for a test. */
static int log_nothing(void *context, int level, const char *message)
{
	(void)context;
	(void)level;
	(void)message;
	return SASL_OK;
}

static bool keep_secret(struct login_sasl *sasl, struct span password)
{
	sasl->secret_size = sizeof(*sasl->secret) + password.len;
	sasl->secret = calloc(1, sasl->secret_size);
	if (!sasl->secret)
		return false;
	sasl->secret->len = password.len;
	memcpy(sasl->secret->data, password.at, password.len);
	return true;
}

static bool start(struct login_sasl *sasl, const char *mechanism, struct buf *fault)
{
	sasl_callback_t *to = sasl->callbacks;
	const char *first = NULL, *chosen = NULL;
	unsigned len = 0;
	int code;

	to[0] = (sasl_callback_t){SASL_CB_USER, (int (*)(void))(void (*)(void))take_name, sasl};
	to[1] = (sasl_callback_t){SASL_CB_AUTHNAME, (int (*)(void))(void (*)(void))take_name, sasl};
	to[2] = (sasl_callback_t){SASL_CB_PASS, (int (*)(void))(void (*)(void))take_secret, sasl};
	to[3] = (sasl_callback_t){SASL_CB_LOG, (int (*)(void))(void (*)(void))log_nothing, sasl};
	to[4] = (sasl_callback_t){SASL_CB_LIST_END, NULL, NULL};
	code = sasl_client_init(sasl->callbacks);
	if (code == SASL_OK)
		code = sasl_client_new("smtp", "localhost", NULL, NULL, sasl->callbacks, 0,
				       &sasl->connection);
	if (code == SASL_OK)
		code = sasl_client_start(sasl->connection, mechanism, NULL, &first, &len, &chosen);
	if (code == SASL_OK || code == SASL_CONTINUE) {
		sasl->first = (struct span){first, first ? len : 0};
		return true;
	}
	buf_put_text(fault, "libsasl2 here cannot do ");
	buf_put_text(fault, mechanism);
	buf_put_text(fault, ": ");
	buf_put_text(fault, code == SASL_NOMECH ? "its module is missing (libsasl2-modules)"
						: sasl_errstring(code, NULL, NULL));
	return false;
}

struct login_sasl *login_sasl_open(const char *mechanism, const char *user, const char *authzid,
				   struct span password, struct buf *fault)
{
	struct login_sasl *sasl = calloc(1, sizeof(*sasl));

	if (sasl && keep_secret(sasl, password)) {
		sasl->user = user;
		sasl->authzid = authzid ? authzid : "";
		if (start(sasl, mechanism, fault))
			return sasl;
	} else {
		buf_put_text(fault, "no memory");
	}
	login_sasl_close(&sasl);
	return NULL;
}

void login_sasl_close(struct login_sasl **sasl)
{
	if (!*sasl)
		return;
	sasl_dispose(&(*sasl)->connection);
	sasl_client_done();
	if ((*sasl)->secret)
		secret_wipe_octets((*sasl)->secret, (*sasl)->secret_size);
	free((*sasl)->secret);
	free(*sasl);
	*sasl = NULL;
}

struct span login_sasl_first(const struct login_sasl *sasl)
{
	return sasl->first;
}

bool login_sasl_step(struct login_sasl *sasl, struct span challenge, struct span *response,
		     struct buf *fault)
{
	const char *out = NULL;
	unsigned len = 0;
	int code = sasl_client_step(sasl->connection, challenge.at, (unsigned)challenge.len, NULL,
				    &out, &len);

	*response = (struct span){out ? out : "", out ? len : 0};
	if (code == SASL_OK || code == SASL_CONTINUE)
		return true;
	buf_put_text(fault, "the daemon's message is not what the mechanism wants: ");
	buf_put_text(fault, sasl_errdetail(sasl->connection));
	return false;
}
