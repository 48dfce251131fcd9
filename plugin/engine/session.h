/* SPDX-License-Identifier: MIT */
/* A challenge mechanism's server side: libsasl2's own, fed with the one secret that we hand it. */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "base/buf.h"
#include "core/attempt.h"

/* Loads libsasl2's stock SCRAM and CRAM-MD5 and nothing else: no config file, no plugin of ours
 * (which would relay to ourselves), no auxprop but our in-process one. Once per process, before
 * threads. False with a constant text in `fault`. */
bool session_global_init(const char **fault);
void session_global_done(void);

/* Whether libsasl2 here has the mechanism (CRAM-MD5 has left its master branch). */
bool session_available(enum mech mech);

/* The stored secret in the form that libsasl2's mechanism looks up: for SCRAM the value of
 * authPassword (RFC 5803), for CRAM-MD5 the cleartext. NUL-terminated, wiped by its owner. */
struct session_secret {
	bool real; /* false: made up, nobody can know the password that goes with it */
	char text[1100];
};

enum session_step {
	SESSION_FAILED,    /* libsasl2 could not go on: cannot tell */
	SESSION_MALFORMED, /* the client broke the mechanism's rules */
	SESSION_REFUSED,   /* the response does not fit the secret */
	SESSION_CONTINUE,
	SESSION_PROVEN
};

struct session;

/* One conversation with a mechanism. `secret` is borrowed until the close and may be filled up to
 * the step in which the client's name arrives. Null without memory. */
struct session *session_open(enum mech mech, const struct session_secret *secret);
void session_close(struct session **session);

/* One step. `in` absent: the client sent nothing yet (server-first, or no initial response).
 * `out` is what goes to the client, absent if nothing; valid until the next call. */
enum session_step session_step(struct session *session, struct span in, struct span *out);

#endif
