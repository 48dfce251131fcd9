/* SPDX-License-Identifier: MIT */
/* A challenge mechanism's server side: libsasl2's own, fed with the one secret that we hand it. */
#include "engine/session.h"

#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"

#define AUXPROP_NAME "sasl-reasond"

struct session {
	sasl_conn_t *conn;
	const char *mech;
	bool started;
	const struct session_secret *secret;
	bool scram;
	sasl_callback_t callbacks[3];
};

static int on_getopt(void *context, const char *plugin, const char *option, const char **value,
		     unsigned *len)
{
	(void)context;
	(void)plugin;
	*value = NULL;
	if (strcmp(option, "auxprop_plugin") == 0)
		*value = AUXPROP_NAME;
	else if (strcmp(option, "pwcheck_method") == 0)
		*value = "auxprop";
	else if (strcmp(option, "log_level") == 0)
		*value = "1";
	if (len)
		*len = *value ? (unsigned)strlen(*value) : 0;
	return *value ? SASL_OK : SASL_FAIL;
}

/* Admits the two stock mechanism families, refuses every other plugin and every config file. */
static int on_verifyfile(void *context, const char *file, sasl_verify_type_t type)
{
	const char *base = strrchr(file, '/');

	(void)context;
	base = base ? base + 1 : file;
	if (type != SASL_VRFY_PLUGIN)
		return SASL_CONTINUE;
	if (strncmp(base, "libscram.", 9) == 0 || strncmp(base, "libcrammd5.", 11) == 0)
		return SASL_OK;
	return SASL_CONTINUE;
}

static int on_log(void *context, int level, const char *message)
{
	(void)context;
	if (level <= SASL_LOG_ERR && message)
		log_say(LOG_LEVEL_WARNING, "libsasl2", message, NULL);
	return SASL_OK;
}

/* The engine compares authzid and authcid itself. */
static int on_proxy_policy(sasl_conn_t *conn, void *context, const char *requested_user,
			   unsigned rlen, const char *auth_identity, unsigned alen,
			   const char *def_realm, unsigned urlen, struct propctx *propctx)
{
	(void)conn, (void)context, (void)requested_user, (void)rlen, (void)auth_identity;
	(void)alen, (void)def_realm, (void)urlen, (void)propctx;
	return SASL_OK;
}

/* libsasl2 asks for the user's properties: the one secret of this session, whatever the name. */
static int auxprop_lookup(void *glob_context, sasl_server_params_t *sparams, unsigned flags,
			  const char *user, unsigned ulen)
{
	sasl_callback_ft proc;
	void *context = NULL;
	const struct session *session;
	const char *want;

	(void)glob_context, (void)user, (void)ulen;
	if (flags & SASL_AUXPROP_AUTHZID)
		return SASL_OK;
	if (sparams->utils->getcallback(sparams->utils->conn, SASL_CB_PROXY_POLICY, &proc,
					&context) != SASL_OK ||
	    !context)
		return SASL_FAIL;
	session = context;
	want = session->scram ? "*authPassword" : "*" SASL_AUX_PASSWORD_PROP;
	return sparams->utils->prop_set(sparams->propctx, want, session->secret->text,
					(int)strlen(session->secret->text)) == 0
		   ? SASL_OK
		   : SASL_FAIL;
}

static sasl_auxprop_plug_t auxprop_plugin = {
    .name = (char *)AUXPROP_NAME,
    .auxprop_lookup = auxprop_lookup,
};

static int auxprop_init(const sasl_utils_t *utils, int max_version, int *out_version,
			sasl_auxprop_plug_t **plug, const char *plugname)
{
	(void)utils, (void)plugname;
	if (max_version < SASL_AUXPROP_PLUG_VERSION)
		return SASL_BADVERS;
	*out_version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &auxprop_plugin;
	return SASL_OK;
}

static const sasl_callback_t global_callbacks[] = {
    {SASL_CB_GETOPT, (sasl_callback_ft)(void (*)(void))on_getopt, NULL},
    {SASL_CB_VERIFYFILE, (sasl_callback_ft)(void (*)(void))on_verifyfile, NULL},
    {SASL_CB_LOG, (sasl_callback_ft)(void (*)(void))on_log, NULL},
    {SASL_CB_LIST_END, NULL, NULL},
};

bool session_global_init(const char **fault)
{
	int result = sasl_auxprop_add_plugin(AUXPROP_NAME, auxprop_init);

	/* Without a name of the application there is no config file (load_config in server.c). */
	if (result == SASL_OK)
		result = sasl_server_init(global_callbacks, NULL);
	*fault = result == SASL_OK ? NULL : sasl_errstring(result, NULL, NULL);
	return result == SASL_OK;
}

void session_global_done(void)
{
	sasl_server_done();
}

bool session_available(enum mech mech)
{
	const char **all = sasl_global_listmech();

	for (; all && *all; all++)
		if (strcmp(*all, mech_name(mech)) == 0)
			return true;
	return false;
}

struct session *session_open(enum mech mech, const struct session_secret *secret)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->mech = mech_name(mech);
	session->scram = mech_kind(mech) == MECH_KIND_SCRAM;
	session->secret = secret;
	session->callbacks[0] = (sasl_callback_t){
	    SASL_CB_PROXY_POLICY, (sasl_callback_ft)(void (*)(void))on_proxy_policy, session};
	session->callbacks[1] = (sasl_callback_t){SASL_CB_LIST_END, NULL, NULL};
	if (sasl_server_new("smtp", "localhost", NULL, NULL, NULL, session->callbacks,
			    SASL_SUCCESS_DATA, &session->conn) != SASL_OK)
		session_close(&session);
	return session;
}

void session_close(struct session **closed)
{
	struct session *session = *closed;

	*closed = NULL;
	if (!session)
		return;
	if (session->conn)
		sasl_dispose(&session->conn);
	free(session);
}

/* libsasl2's results; what is not here cannot be told. */
static const struct {
	int result;
	enum session_step step;
} results[] = {
    {SASL_OK, SESSION_PROVEN},        {SASL_CONTINUE, SESSION_CONTINUE},
    {SASL_BADAUTH, SESSION_REFUSED},  {SASL_NOAUTHZ, SESSION_REFUSED},
    {SASL_BADPROT, SESSION_MALFORMED},
};

enum session_step session_step(struct session *session, struct span in, struct span *out)
{
	const char *answer = NULL;
	unsigned len = 0;
	int result;

	*out = SPAN_NONE;
	if (session->started) {
		result = sasl_server_step(session->conn, in.at, (unsigned)in.len, &answer, &len);
	} else {
		session->started = true;
		result = sasl_server_start(session->conn, session->mech, in.at, (unsigned)in.len,
					   &answer, &len);
	}
	if (answer)
		*out = (struct span){answer, len};
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (results[i].result == result)
			return results[i].step;
	log_say(LOG_LEVEL_WARNING, "libsasl2", sasl_errdetail(session->conn), session->mech);
	return SESSION_FAILED;
}
