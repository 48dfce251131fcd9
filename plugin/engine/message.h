/* SPDX-License-Identifier: MIT */
/* The messages of the mechanisms, read: who is logging in, and with PLAIN what the password is. */
#ifndef ENGINE_MESSAGE_H
#define ENGINE_MESSAGE_H

#include "base/buf.h"
#include "core/attempt.h"

/* Octets of a password that anybody could have typed; more is malformed, not hashed. */
#define MESSAGE_PASSWORD_MAX 1024

/* Spans into the message. `authzid` is absent or empty where the client sent none. */
struct message {
	struct span authzid;
	struct span authcid;
	struct span password;
};

/* authzid NUL authcid NUL password (RFC 4616 section 2). */
enum defect message_take_plain(struct span octets, struct message *message);

/* A password alone: LOGIN's second response, PLAIN's third field. */
enum defect message_check_password(struct span password);

/* name SP digest in 32 hexadecimal digits (RFC 2195 section 2); the name may hold spaces. */
enum defect message_take_cram(struct span octets, struct message *message);

/* client-first-message (RFC 5802 section 7): the names, undone of "=2C" and "=3D", are written to
 * `names`, which the message borrows. Channel binding ("p=") and extensions ("m=") are refused. */
enum defect message_take_scram(struct span octets, struct message *message, struct buf *names);

#endif
