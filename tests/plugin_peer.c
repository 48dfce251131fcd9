/* SPDX-License-Identifier: MIT */
/* One connection of the false daemon, its logins checked by libsasl2's own mechanisms. */
#include "plugin_peer.h"
#include "plugin_fake.h"

#include "base/tabline.h"

#include <dlfcn.h>
#include <sasl/sasl.h>
#include <sasl/saslplug.h>
#include <sasl/saslutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096

const char *plugin_peer_stock(void)
{
	static char folder[512];
	Dl_info where;
	const char *end;

	if (dladdr((const void *)(uintptr_t)sasl_server_init, &where) == 0)
		return "/usr/lib/sasl2";
	end = strrchr(where.dli_fname, '/');
	snprintf(folder, sizeof(folder), "%.*s/sasl2", (int)(end - where.dli_fname),
		 where.dli_fname);
	return folder;
}

int plugin_peer_verify(void *context, const char *file, sasl_verify_type_t type)
{
	static const char *const admitted[] = {"libreason.",	"libplain.",   "liblogin.",
					       "libscram.",	"libcrammd5.", "libanonymous.",
					       "libdigestmd5.", "libsasldb."};
	const char *base = strrchr(file, '/');

	(void)context;
	base = base ? base + 1 : file;
	for (size_t i = 0; i < sizeof(admitted) / sizeof(admitted[0]); i++)
		if (strncmp(base, admitted[i], strlen(admitted[i])) == 0)
			return SASL_OK;
	return type == SASL_VRFY_PLUGIN ? SASL_CONTINUE : SASL_OK;
}

static int get_path(void *context, const char **path)
{
	(void)context;
	*path = plugin_peer_stock();
	return SASL_OK;
}

static int get_option(void *context, const char *plugin, const char *option, const char **value,
		      unsigned *len)
{
	(void)context;
	(void)plugin;
	if (strcmp(option, "auxprop_plugin") == 0)
		*value = "alice";
	else if (strcmp(option, "pwcheck_method") == 0)
		*value = "auxprop";
	else
		return SASL_FAIL;
	if (len)
		*len = (unsigned)strlen(*value);
	return SASL_OK;
}

static int write_log(void *context, int level, const char *message)
{
	(void)context;
	(void)level;
	(void)message;
	return SASL_OK;
}

/* The account: alice has one password, cleartext. */
static int lookup(void *context, sasl_server_params_t *params, unsigned flags, const char *user,
		  unsigned len)
{
	(void)context;
	if (!span_is((struct span){user, len}, "alice"))
		return SASL_NOUSER;
	if (!(flags & SASL_AUXPROP_AUTHZID))
		params->utils->prop_set(params->propctx, "*userPassword", "right-pw", -1);
	return SASL_OK;
}

static int auxprop_init(const sasl_utils_t *utils, int max_version, int *version,
			sasl_auxprop_plug_t **plug, const char *name)
{
	static char own_name[] = "alice";
	static sasl_auxprop_plug_t own = {.name = own_name, .auxprop_lookup = lookup};

	(void)utils;
	(void)max_version;
	(void)name;
	*version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &own;
	return SASL_OK;
}

struct peer {
	FILE *to;
	sasl_conn_t *sasl;
};

static void put_base64(const struct peer *peer, const char *data, unsigned len)
{
	char text[TEXT_MAX];
	unsigned written = 0;

	if (len && sasl_encode64(data, len, text, sizeof(text), &written) != SASL_OK)
		abort();
	fprintf(peer->to, "%.*s", (int)written, text);
}

static void answer(struct peer *peer, const char *id, int code, const char *out, unsigned len)
{
	const void *name = NULL;

	sasl_getprop(peer->sasl, SASL_USERNAME, &name);
	if (code == SASL_CONTINUE) {
		fprintf(peer->to, "CONT\t%s\t", id);
		put_base64(peer, out, len);
	} else if (code == SASL_OK) {
		fprintf(peer->to, "OK\t%s\tuser=%s@example.org", id, (const char *)name);
		if (out) {
			fputs("\tresp=", peer->to);
			put_base64(peer, out, len);
		}
	} else {
		fprintf(peer->to, "FAIL\t%s\tuser=%s\treason=%s\tenhanced=5.7.8\tstatus=535", id,
			name ? (const char *)name : "nobody", PLUGIN_FAKE_REASON);
	}
	fputc('\n', peer->to);
	fflush(peer->to);
}

static void take_request(struct peer *peer, struct span line)
{
	struct span keyword = SPAN_NONE, id = SPAN_NONE, mech = SPAN_NONE, field, resp = SPAN_NONE;
	char in[TEXT_MAX], id_text[16], mech_text[32];
	const char *out = NULL;
	unsigned in_len = 0, out_len = 0;
	bool first;
	int code;

	span_take_until(&line, '\t', &keyword);
	first = span_is(keyword, "AUTH");
	if (!first && !span_is(keyword, "CONT"))
		return;
	span_take_until(&line, '\t', &id);
	snprintf(id_text, sizeof(id_text), "%.*s", (int)id.len, id.at);
	if (first)
		span_take_until(&line, '\t', &mech);
	while (span_take_until(&line, '\t', &field))
		if (!first)
			resp = field;
		else
			tabline_value(field, "resp", &resp);
	if (resp.len && sasl_decode64(resp.at, (unsigned)resp.len, in, sizeof(in), &in_len))
		in_len = 0;
	if (first) {
		sasl_dispose(&peer->sasl);
		sasl_server_new("smtp", "test", NULL, NULL, NULL, NULL, SASL_SUCCESS_DATA,
				&peer->sasl);
		snprintf(mech_text, sizeof(mech_text), "%.*s", (int)mech.len, mech.at);
		code = sasl_server_start(peer->sasl, mech_text, resp.at ? in : NULL, in_len, &out,
					 &out_len);
	} else {
		code = sasl_server_step(peer->sasl, in, in_len, &out, &out_len);
	}
	answer(peer, id_text, code, out, out_len);
}

void plugin_peer_serve(int fd)
{
	static sasl_callback_t callbacks[] = {
	    {SASL_CB_GETOPT, (int (*)(void))(void *)get_option, NULL},
	    {SASL_CB_GETPATH, (int (*)(void))(void *)get_path, NULL},
	    {SASL_CB_VERIFYFILE, (int (*)(void))(void *)plugin_peer_verify, NULL},
	    {SASL_CB_LOG, (int (*)(void))(void *)write_log, NULL},
	    {SASL_CB_LIST_END, NULL, NULL},
	};
	struct peer peer = {.to = fdopen(fd, "r+")};
	FILE *from = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	sasl_server_init(callbacks, "plugin_peer");
	sasl_auxprop_add_plugin("alice", auxprop_init);
	fputs("VERSION\t1\t2\nMECH\tPLAIN\nSPID\t7\nCUID\t1\nCOOKIE\t00\nDONE\n", peer.to);
	fflush(peer.to);
	while ((len = getline(&line, &size, from)) > 0)
		take_request(&peer, (struct span){line, (size_t)len - 1});
	free(line);
	sasl_dispose(&peer.sasl);
	sasl_done();
}
