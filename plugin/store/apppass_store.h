/* SPDX-License-Identifier: MIT */
/* The app passwords of all accounts in a file of ours, found by their hash. */
#ifndef STORE_APPPASS_STORE_H
#define STORE_APPPASS_STORE_H

#include "store/apppass.h"

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

struct apppass_store;

/* Opens "credentials.sqlite" in the state directory, DATABASE_POWER. One handle is for one thread
 * at a time; several may be open. Null with a text appended to `fault`. */
struct apppass_store *apppass_store_open(const char *directory, struct buf *fault);
void apppass_store_close(struct apppass_store **store);

/* Whether the hashes of this file are made with `key`: the last key that asked before there was one.
 * APPPASS_NONE: with another one, so that no app password in it can be recognised. May wait for the
 * disk. */
enum apppass_answer apppass_store_check_key(struct apppass_store *store,
					    const unsigned char key[APPPASS_KEY_LEN]);

/* The one of `owner` with this hash, revoked and expired ones too. One lookup by an index, whatever
 * the number of app passwords; microseconds, on the loop. */
enum apppass_answer apppass_store_find(struct apppass_store *store, struct span owner,
				       const unsigned char hash[APPPASS_HASH_LEN],
				       struct apppass *app);

/* Calls each() for those of the owner, the oldest first. */
enum apppass_answer apppass_store_each(struct apppass_store *store, struct span owner,
				       void (*each)(void *context, const struct apppass *app),
				       void *context);

/* Each of these is committed when it returns; they wait for the disk, so not on the loop. `which`
 * is an id, or the label of exactly one that is in force (of one that is not, if none is). `name`:
 * the login name, for whoever reads the file. `done` (may be null) is the app password as it is
 * now. */
enum apppass_end apppass_store_add(struct apppass_store *store, struct span owner, struct span name,
				   const struct apppass *app);
enum apppass_end apppass_store_revoke(struct apppass_store *store, struct span owner,
				      struct span which, int64_t now, struct apppass *done);
enum apppass_end apppass_store_rename(struct apppass_store *store, struct span owner,
				      struct span which, struct span label, int64_t now,
				      struct apppass *done);

/* That one was used: written if the last use written is a minute old or more. Not on the loop. */
bool apppass_store_use(struct apppass_store *store, const char *id, int64_t now, struct span client,
		       struct span mechanism);

#endif
