/* SPDX-License-Identifier: MIT */
/* App passwords: random secrets of an account, each with its label, scope and end, kept by us. */
#ifndef STORE_APPPASS_H
#define STORE_APPPASS_H

#include "base/buf.h"
#include "base/secret.h"
#include "core/network.h"

/* Letters of a secret: 16 of 26 are 75 bits, so that a keyed hash is enough. */
#define APPPASS_LETTERS	 16
#define APPPASS_ID_LEN	 8
#define APPPASS_HASH_LEN 32
#define APPPASS_KEY_LEN	 32
#define APPPASS_LABEL_MAX 64
#define APPPASS_LIST_MAX  256 /* octets of the services, and of the networks */
/* How many an account may have that are neither revoked nor expired. */
#define APPPASS_MAX 200

/* One app password. Times are seconds since 1970, 0: never. `services` and `networks` are lists
 * separated by commas; empty: all. Texts are UTF-8 without control characters. */
struct apppass {
	char id[APPPASS_ID_LEN + 1];
	char label[APPPASS_LABEL_MAX + 1];
	char services[APPPASS_LIST_MAX + 1];
	char networks[APPPASS_LIST_MAX + 1];
	unsigned char hash[APPPASS_HASH_LEN];
	int64_t created, expires, revoked, used;
	char used_client[48];
	char used_mechanism[24];
};

enum apppass_answer {
	APPPASS_FAILED, /* the store cannot tell now */
	APPPASS_NONE,
	APPPASS_FOUND
};

/* What add, revoke and rename come to. */
enum apppass_end {
	APPPASS_END_FAILED,    /* nothing was changed, for a reason that is logged */
	APPPASS_END_ABSENT,    /* no such app password */
	APPPASS_END_AMBIGUOUS, /* several have this label: say the id */
	APPPASS_END_TAKEN,     /* another one that is in force has this label */
	APPPASS_END_FULL,      /* APPPASS_MAX */
	APPPASS_END_MALFORMED, /* a label, list or time that cannot be */
	APPPASS_END_DONE
};

/* ---- the secret (pure) ---- */

/* True of 16 ASCII letters of any case, whatever spaces, tabs and dashes stand between: what may be an
 * app password. Its letters in lower case are written to `letters`. */
bool apppass_take_secret(struct span typed, char letters[APPPASS_LETTERS]);

/* Makes a secret: 16 letters, lower case, each of 26 with the same probability. */
void apppass_make_secret(char letters[APPPASS_LETTERS]);

/* As it is shown: "abcd efgh ijkl mnop". */
void apppass_put_secret(struct buf *out, const char letters[APPPASS_LETTERS]);

/* What is stored of it: HMAC-SHA-256 under the daemon's key of the account's owner id and the letters,
 * so that one lookup finds it among all and a stolen file tells nothing without the key. */
void apppass_hash(const unsigned char key[APPPASS_KEY_LEN], struct span owner,
		  const char letters[APPPASS_LETTERS], unsigned char hash[APPPASS_HASH_LEN]);

/* Makes an id: what APPPASS_ID_LEN letters and digits name in a command. */
void apppass_make_id(char id[APPPASS_ID_LEN + 1]);

/* Whether label, services and networks are in bounds and can be read (networks are address/bits);
 * `fault` is a constant text if not. */
bool apppass_valid(const struct apppass *app, const char **fault);

/* What stands in the way of using it, at `now`, for `service`, from an address (null: not known; it
 * then lies in no network). `since`: when it was revoked or expired. */
enum apppass_state { APPPASS_REVOKED, APPPASS_EXPIRED, APPPASS_OUTSIDE, APPPASS_GOOD };
enum apppass_state apppass_judge(const struct apppass *app, struct span service,
				 const unsigned char *address, int64_t now, int64_t *since);

/* ---- the value of a directory's attribute saslReasonAppPassword (pure) ---- */

/* "id$created$expires$revoked$services$networks$hash$label": times in seconds since 1970 or 0, the hash
 * in hexadecimal, the label last because it may have any character. */
void apppass_put_value(struct buf *out, const struct apppass *app);
bool apppass_take_value(struct span value, struct apppass *app);

/* ---- the store ---- */

struct apppass_store;

/* Opens "credentials.sqlite" in the state directory, DATABASE_POWER. One handle is for one thread at a
 * time; several may be open. Null with a text appended to `fault`. */
struct apppass_store *apppass_open(const char *directory, struct buf *fault);
void apppass_close(struct apppass_store **store);

/* The one of `owner` with this hash, revoked and expired ones too. One lookup by an index, whatever the
 * number of app passwords; microseconds, on the loop. */
enum apppass_answer apppass_find(struct apppass_store *store, struct span owner,
				 const unsigned char hash[APPPASS_HASH_LEN], struct apppass *app);

/* Calls each() for those of the owner, the oldest first. */
enum apppass_answer apppass_each(struct apppass_store *store, struct span owner,
				 void (*each)(void *context, const struct apppass *app),
				 void *context);

/* Each of these is committed when it returns; they wait for the disk, so not on the loop. `which` is an
 * id, or the label of exactly one that is in force (of one that is not, if none is). `name`: the login
 * name, for whoever reads the file. `done` (may be null) is the app password as it is now. */
enum apppass_end apppass_add(struct apppass_store *store, struct span owner, struct span name,
			     const struct apppass *app);
enum apppass_end apppass_revoke(struct apppass_store *store, struct span owner, struct span which,
				int64_t now, struct apppass *done);
enum apppass_end apppass_rename(struct apppass_store *store, struct span owner, struct span which,
				struct span label, struct apppass *done);

/* That one was used: written if the last use written is a minute old or more. Not on the loop. */
bool apppass_use(struct apppass_store *store, const char *id, int64_t now, struct span client,
		 struct span mechanism);

#endif
