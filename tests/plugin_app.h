/* SPDX-License-Identifier: MIT */
/* A SASL server application as an MTA is one, and mail clients that log in to it, for tests. */
#ifndef TESTS_PLUGIN_APP_H
#define TESTS_PLUGIN_APP_H

#include <stdbool.h>
#include <stddef.h>

/* What the MTA's SASL configuration says; null is unset. Folders may be several, parted by ':',
 * loaded in that order. */
struct plugin_app {
	const char *folders;
	const char *socket;
	const char *timeout;
	const char *mechs;
	const char *auxprop;
	const char *realm;    /* the connection's user_realm */
	const char *remote;   /* "address;port", with service smtp */
	unsigned ssf;	      /* of an outer TLS layer */
	bool no_success_data; /* without SASL_SUCCESS_DATA, as most MTAs are */
	bool exim_like;	      /* asks for SASL_USERNAME before it looks at the code */
};

struct plugin_result {
	int code;
	int username_code; /* of sasl_getprop(SASL_USERNAME) */
	char username[600];
	char authid[600];
	char detail[2048];
	char sent[2048]; /* the server's last message */
	size_t sent_len;
	unsigned steps;
	double ms;
};

/* Initializes libsasl2 in this process; `app` must live until plugin_app_close(). Aborts the test
 * if that fails. */
void plugin_app_open(const struct plugin_app *app);
void plugin_app_close(void);

/* One login with hand-made messages. tokens[0] is the initial response, or "" for none; then one
 * message per challenge. The list ends with NULL; when it is used up the login is given up where
 * it is (code SASL_CONTINUE). "\\0" in a token is NUL. */
void plugin_app_login(const char *mech, const char *const *tokens, struct plugin_result *result);

/* One login by libsasl2's own client side. `steps_max` messages at most: then it is given up. */
void plugin_app_converse(const char *mech, const char *name, const char *password,
			 unsigned steps_max, struct plugin_result *result);

/* The mechanisms that are offered, parted by spaces, as EHLO would show them. */
void plugin_app_mechanisms(char *text, size_t size);

/* The names of the plugin files, in the order in which they were loaded. A static text. */
const char *plugin_app_loaded(void);

/* The last error or warning that libsasl2 or the plugin logged. A static text. */
const char *plugin_app_logged(void);

#endif
