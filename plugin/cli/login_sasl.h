/* SPDX-License-Identifier: MIT */
/* The client's side of a challenge mechanism: libsasl2's SCRAM and CRAM-MD5. */
#ifndef CLI_LOGIN_SASL_H
#define CLI_LOGIN_SASL_H

#include "base/buf.h"

#include <stdbool.h>

struct login_sasl;

/* Texts and the password are borrowed while it is open. Null with `fault`: libsasl2 has no such
 * mechanism (libsasl2-modules is not installed), or no memory. */
struct login_sasl *login_sasl_open(const char *mechanism, const char *user, const char *authzid,
				   struct span password, struct buf *fault);
void login_sasl_close(struct login_sasl **sasl);

/* What the client says first; absent if the server does. Valid until the next step. */
struct span login_sasl_first(const struct login_sasl *sasl);

/* The answer to a challenge, or to the server's final message, of which it may be empty. False with
 * `fault`: the challenge is no good (of SCRAM: the server does not know the password either). */
bool login_sasl_step(struct login_sasl *sasl, struct span challenge, struct span *response,
		     struct buf *fault);

#endif
