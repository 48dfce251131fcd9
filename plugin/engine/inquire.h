/* SPDX-License-Identifier: MIT */
/* One attempt on its way to a verdict: asks backends, compares, calls decide(), logs the decision.
 */
#ifndef ENGINE_INQUIRE_H
#define ENGINE_INQUIRE_H

#include <sys/types.h>

#include "core/reply.h"
#include "engine/engine.h"
#include "engine/session.h"

/* What a face knows of an attempt before the first message. Spans are copied. */
struct inquire_request {
	struct engine *engine;
	enum mech mech;
	bool mech_offered;
	bool tls;
	struct span mechanism; /* as the client wrote it */
	struct span service;   /* "smtp" */
	struct span client;    /* its address as text; absent: not known */
	struct span forwarder; /* the address that speaks for it, where that is another one */
	struct span peer;      /* who is at the other end of the socket, for the log */
};

struct inquiry;

/* Called once for each question below that says so, possibly before it returns; not after
 * inquire_close(). */
typedef void inquire_done(void *owner);

/* Null without memory. The clock for the realm's floor starts here and with each
 * inquire_restart(). */
struct inquiry *inquire_open(const struct inquire_request *request, inquire_done *done,
			     void *owner);

/* Ends it at any moment; work in threads goes on until it is done and is then thrown away. */
void inquire_close(struct inquiry **inquiry);

/* A new message of the client came: its answer's floor counts from now. */
void inquire_restart(struct inquiry *inquiry);

/* Something about the message is malformed. */
void inquire_defect(struct inquiry *inquiry, enum defect defect);

/* It cannot be checked now (no memory, a library fails): inquire_conclude() is temporary-failure.
 */
void inquire_fail(struct inquiry *inquiry);

/* The names, as the client sent them; `authzid` empty or absent if none. True if that settles the
 * attempt already (decide_early): then inquire_conclude() is what remains. */
bool inquire_name(struct inquiry *inquiry, struct span authcid, struct span authzid);

/* PLAIN and LOGIN: the whole way from the password (copied) to the verdict. Calls done(). */
void inquire_password(struct inquiry *inquiry, struct span password);

/* Challenge mechanisms: looks the name up and finds or makes up the secret to compare with.
 * `floor`: its answer goes to the client, so it keeps to the realm's floor. Calls done(); then
 * inquire_secret() is filled, or inquire_settled() says that nothing can be compared. */
void inquire_lookup(struct inquiry *inquiry, bool floor);
const struct session_secret *inquire_secret(const struct inquiry *inquiry);
bool inquire_settled(const struct inquiry *inquiry);

/* The verdict. `compared`: the mechanism ended with the client's response fitting the secret or
 * not; otherwise it could not be compared. Calls done(), for a refusal not before the floor. */
void inquire_conclude(struct inquiry *inquiry, bool compared, bool fits);

/* After the verdict: what the face needs to answer. Borrowed until inquire_close(). */
const struct verdict *inquire_verdict(const struct inquiry *inquiry);
const struct reply_style *inquire_style(const struct inquiry *inquiry);
struct span inquire_id(const struct inquiry *inquiry);
/* The canonical name: for who is let in the backend's, where it has another one. Absent if the
 * client's could not be read. */
struct span inquire_user(const struct inquiry *inquiry);
/* The realm is only being observed: no reason goes to the client. */
bool inquire_observed(const struct inquiry *inquiry);

#endif
