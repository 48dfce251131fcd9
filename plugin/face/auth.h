/* SPDX-License-Identifier: MIT */
/* The Dovecot auth client protocol 1.x: lines to commands, answers to lines. No I/O. */
#ifndef FACE_AUTH_H
#define FACE_AUTH_H

#include "engine/exchange.h"

/* A line of a client, LF not counted: what the longest SASL message that SMTP can carry (RFC 4954
 * section 4: 12288 octets of base64) needs with its fields. */
#define AUTH_LINE_MAX 16384
/* A line of ours: reason, user name and the rest, or a challenge. */
#define AUTH_REPLY_MAX 4096

enum auth_kind {
	AUTH_BROKEN,  /* not this protocol: the connection is closed */
	AUTH_IGNORED, /* a command or a version detail that asks for nothing */
	AUTH_BEGIN,
	AUTH_CONTINUE,
	AUTH_CANCEL
};

/* One command; spans into the line. */
struct auth_command {
	enum auth_kind kind;
	uint32_t id;
	struct span mechanism;
	struct span service;
	struct span client;    /* rip= */
	struct span forwarder; /* real_rip=: who speaks for the client, a proxy */
	struct span response;  /* base64, absent if there is none; unchecked */
	bool secured;
	bool final_ok; /* takes a mechanism's final data with OK */
	bool plugin;   /* our own plugin: more fields with FAIL, temporary failures as FAIL */
};

/* Reads a line without its LF. resp= and CONT's data are the whole rest of the line, TABs and all:
 * what base64 does not allow must not become another field. */
struct auth_command auth_take_command(struct span line);

/* What a listener says first. `cookie` is 32 hexadecimal digits (nothing of ours needs it). */
void auth_put_greeting(struct buf *out, const enum mech *mechanisms, size_t count, uint64_t pid,
		       uint64_t connection, struct span cookie);

/* CONT with octets of a challenge. */
void auth_put_challenge(struct buf *out, uint32_t id, struct span octets);

/* OK with the canonical user name; `final` absent or final data that goes with it; `incident`
 * absent or, for our own plugin and `sasl-reason test`, the id. */
void auth_put_ok(struct buf *out, uint32_t id, struct span user, struct span final,
		 struct span incident);

/* FAIL, written from the verdict's told reason. */
void auth_put_fail(struct buf *out, uint32_t id, const struct inquiry *inquiry, bool plugin);

#endif
