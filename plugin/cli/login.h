/* SPDX-License-Identifier: MIT */
/* A login on the daemon's auth socket, as a mail server relays it. */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include "base/buf.h"
#include "cli/cli.h"
#include "core/mech.h"
#include "core/reply.h"

/* Texts are borrowed. */
struct login {
	const char *socket;
	enum mech mechanism;
	const char *user;
	const char *authzid; /* null: none */
	const char *service;
	const char *address; /* of the mail client */
	bool tls;	     /* between the mail client and the mail server */
	struct span password;
};

/* LOGIN_UNTOLD: there was no answer, or none that can be understood. */
enum login_end { LOGIN_UNTOLD, LOGIN_REFUSED, LOGIN_LATER, LOGIN_ALLOWED };

/* NUL-terminated texts; empty if there is none. */
struct login_result {
	enum login_end end;
	enum cli_exit fault_status;	    /* with LOGIN_UNTOLD; never CLI_NOT_PERMITTED */
	char fault[512];		    /* with LOGIN_UNTOLD, or what is odd about an answer */
	char reply[REPLY_TEXT_MAX + 64];    /* "535 5.7.8 ..." as a mail client reads it */
	char user[512];			    /* the canonical name */
	char incident[REPLY_ID_LEN + 1];
};

/* Whether the socket can be used, before anybody types a password: CLI_DONE, or CLI_USAGE or
 * CLI_CANNOT_TELL with a sentence in `fault`, which stays without a NUL. Blocks for at most 10 s.
 */
enum cli_exit login_reach(const char *socket, struct buf *fault);

/* Runs it; blocks for at most 10 s. */
void login_run(const struct login *login, struct login_result *result);

#endif
