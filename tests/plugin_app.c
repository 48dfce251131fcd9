/* SPDX-License-Identifier: MIT */
/* A SASL server application as an MTA is one, and mail clients that log in to it, for tests. */
#include "plugin_app.h"
#include "plugin_peer.h"

#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct plugin_app *config;
static char loaded[4096];
static char logged[2048];

/* Who the client side logs in as. */
static struct {
	const char *name;
	sasl_secret_t *secret;
} person;

static int get_option(void *context, const char *plugin, const char *option, const char **value,
		      unsigned *len)
{
	const struct {
		const char *option;
		const char *value;
	} options[] = {
	    {"reason_socket", config->socket},
	    {"reason_timeout", config->timeout},
	    {"reason_mechs", config->mechs},
	    {"auxprop_plugin", config->auxprop},
	    {"log_level", "7"},
	};

	(void)context;
	(void)plugin;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(option, options[i].option) != 0 || !options[i].value)
			continue;
		*value = options[i].value;
		if (len)
			*len = (unsigned)strlen(*value);
		return SASL_OK;
	}
	return SASL_FAIL;
}

static int get_path(void *context, const char **path)
{
	(void)context;
	*path = config->folders;
	return SASL_OK;
}

static int get_client_path(void *context, const char **path)
{
	(void)context;
	*path = plugin_peer_stock();
	return SASL_OK;
}

static int verify_file(void *context, const char *file, sasl_verify_type_t type)
{
	size_t len = strlen(loaded);
	int admitted = plugin_peer_verify(context, file, type);

	if (type == SASL_VRFY_PLUGIN && admitted == SASL_OK)
		snprintf(loaded + len, sizeof(loaded) - len, " %s", strrchr(file, '/') + 1);
	return admitted;
}

static int write_log(void *context, int level, const char *message)
{
	(void)context;
	if (level == SASL_LOG_ERR || level == SASL_LOG_WARN)
		snprintf(logged, sizeof(logged), "%s", message);
	return SASL_OK;
}

static int get_simple(void *context, int id, const char **value, unsigned *len)
{
	(void)context;
	*value = id == SASL_CB_USER ? "" : person.name;
	if (len)
		*len = (unsigned)strlen(*value);
	return SASL_OK;
}

static int get_secret(sasl_conn_t *conn, void *context, int id, sasl_secret_t **secret)
{
	(void)conn;
	(void)context;
	(void)id;
	*secret = person.secret;
	return SASL_OK;
}

#define PROC(function) ((int (*)(void))(void *)(function))

static const sasl_callback_t server_callbacks[] = {
    {SASL_CB_GETOPT, PROC(get_option), NULL},
    {SASL_CB_GETPATH, PROC(get_path), NULL},
    {SASL_CB_VERIFYFILE, PROC(verify_file), NULL},
    {SASL_CB_LOG, PROC(write_log), NULL},
    {SASL_CB_LIST_END, NULL, NULL},
};

static const sasl_callback_t client_callbacks[] = {
    {SASL_CB_GETPATH, PROC(get_client_path), NULL},
    {SASL_CB_VERIFYFILE, PROC(plugin_peer_verify), NULL},
    {SASL_CB_LOG, PROC(write_log), NULL},
    {SASL_CB_USER, PROC(get_simple), NULL},
    {SASL_CB_AUTHNAME, PROC(get_simple), NULL},
    {SASL_CB_PASS, PROC(get_secret), NULL},
    {SASL_CB_LIST_END, NULL, NULL},
};

void plugin_app_open(const struct plugin_app *app)
{
	config = app;
	loaded[0] = '\0';
	logged[0] = '\0';
	if (sasl_server_init(server_callbacks, "plugin_app") != SASL_OK)
		abort();
}

void plugin_app_close(void)
{
	sasl_done();
}

static sasl_conn_t *new_server(void)
{
	sasl_security_properties_t layers = {.maxbufsize = 0};
	sasl_ssf_t ssf = config->ssf;
	sasl_conn_t *conn = NULL;

	if (sasl_server_new("smtp", "mx.example.org", config->realm,
			    config->remote ? "192.0.2.1;25" : NULL, config->remote, NULL,
			    config->no_success_data ? 0 : SASL_SUCCESS_DATA, &conn) != SASL_OK ||
	    sasl_setprop(conn, SASL_SEC_PROPS, &layers) != SASL_OK ||
	    sasl_setprop(conn, SASL_SSF_EXTERNAL, &ssf) != SASL_OK)
		abort();
	return conn;
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void note_sent(struct plugin_result *result, const char *out, unsigned len)
{
	result->sent_len = len < sizeof(result->sent) ? len : sizeof(result->sent) - 1;
	if (result->sent_len)
		memcpy(result->sent, out, result->sent_len);
	result->sent[result->sent_len] = '\0';
}

static void finish(sasl_conn_t *conn, struct plugin_result *result)
{
	const void *name = NULL;

	result->username_code = sasl_getprop(conn, SASL_USERNAME, &name);
	if (result->username_code == SASL_OK && name)
		snprintf(result->username, sizeof(result->username), "%s", (const char *)name);
	name = NULL;
	if (sasl_getprop(conn, SASL_AUTHUSER, &name) == SASL_OK && name)
		snprintf(result->authid, sizeof(result->authid), "%s", (const char *)name);
	sasl_dispose(&conn);
}

/* The detail is lost as soon as sasl_getprop() fails. */
static void note_detail(sasl_conn_t *conn, struct plugin_result *result)
{
	const void *name;

	if (config->exim_like)
		(void)sasl_getprop(conn, SASL_USERNAME, &name);
	snprintf(result->detail, sizeof(result->detail), "%s", sasl_errdetail(conn));
}

static size_t token_octets(const char *token, char *octets, size_t size)
{
	size_t len = 0;

	for (; *token && len < size; token++) {
		bool nul = token[0] == '\\' && token[1] == '0';

		octets[len++] = nul ? '\0' : *token;
		token += nul;
	}
	return len;
}

void plugin_app_login(const char *mech, const char *const *tokens, struct plugin_result *result)
{
	static char in[65536];
	double begin = now_ms();
	sasl_conn_t *conn = new_server();
	const char *out = NULL;
	unsigned out_len = 0;
	size_t len = token_octets(tokens[0], in, sizeof(in));

	*result = (struct plugin_result){.steps = 1};
	result->code =
	    sasl_server_start(conn, mech, len ? in : NULL, (unsigned)len, &out, &out_len);
	note_sent(result, out, out_len);
	while (result->code == SASL_CONTINUE && tokens[result->steps]) {
		len = token_octets(tokens[result->steps++], in, sizeof(in));
		result->code = sasl_server_step(conn, in, (unsigned)len, &out, &out_len);
		note_sent(result, out, out_len);
	}
	note_detail(conn, result);
	result->ms = now_ms() - begin;
	finish(conn, result);
}

static sasl_secret_t *make_secret(const char *password)
{
	size_t len = strlen(password);
	sasl_secret_t *secret = malloc(sizeof(*secret) + len + 1);

	if (!secret)
		abort();
	secret->len = len;
	memcpy(secret->data, password, len + 1);
	return secret;
}

void plugin_app_converse(const char *mech, const char *name, const char *password,
			 unsigned steps_max, struct plugin_result *result)
{
	double begin = now_ms();
	sasl_conn_t *server = new_server(), *client = NULL;
	const char *out = NULL, *in = NULL, *chosen;
	unsigned out_len = 0, in_len = 0;
	int client_code;

	person.name = name;
	person.secret = make_secret(password);
	*result = (struct plugin_result){.steps = 1};
	if (sasl_client_init(client_callbacks) != SASL_OK ||
	    sasl_client_new("smtp", "mx.example.org", NULL, NULL, NULL, 0, &client) != SASL_OK)
		abort();
	client_code = sasl_client_start(client, mech, NULL, &in, &in_len, &chosen);
	result->code = sasl_server_start(server, mech, in, in_len, &out, &out_len);
	while (result->code == SASL_CONTINUE && result->steps < steps_max) {
		in = NULL;
		in_len = 0;
		if (client_code == SASL_CONTINUE)
			client_code = sasl_client_step(client, out, out_len, NULL, &in, &in_len);
		if (client_code != SASL_CONTINUE && client_code != SASL_OK)
			break;
		result->steps++;
		result->code = sasl_server_step(server, in ? in : "", in_len, &out, &out_len);
	}
	note_sent(result, out, out_len);
	if (result->code == SASL_OK && out && client_code == SASL_CONTINUE)
		client_code = sasl_client_step(client, out, out_len, NULL, &in, &in_len);
	if (result->code == SASL_OK && client_code != SASL_OK)
		result->code = SASL_BADSERV;
	note_detail(server, result);
	result->ms = now_ms() - begin;
	sasl_dispose(&client);
	free(person.secret);
	finish(server, result);
}

void plugin_app_mechanisms(char *text, size_t size)
{
	sasl_conn_t *conn = new_server();
	const char *list = NULL;

	text[0] = '\0';
	if (sasl_listmech(conn, NULL, "", " ", "", &list, NULL, NULL) == SASL_OK)
		snprintf(text, size, "%s", list);
	sasl_dispose(&conn);
}

const char *plugin_app_loaded(void)
{
	return loaded;
}

const char *plugin_app_logged(void)
{
	return logged;
}
