/* SPDX-License-Identifier: MIT */
/* What a credential backend is: one table of functions, and the record that a lookup fills. */
#ifndef BACKEND_BACKEND_H
#define BACKEND_BACKEND_H

#include "base/buf.h"
#include "core/attempt.h"

/* A name in its one normal form (engine/name): local@domain, NFKC and case-folded UTF-8. */
struct backend_name {
	struct span full;   /* "alice@example.org" */
	struct span local;  /* "alice" */
	struct span domain; /* "example.org" */
};

enum backend_found {
	BACKEND_DOWN,	 /* cannot be asked now: the realm answers temporary-failure */
	BACKEND_UNKNOWN, /* no such account here: the next backend of the realm is asked */
	BACKEND_KNOWN
};

#define BACKEND_SECRETS_MAX  8
#define BACKEND_APPS_MAX     16
#define BACKEND_NETWORKS_MAX 16
#define BACKEND_TEXT_MAX     8192

/* An app password kept by the backend itself. */
struct backend_app {
	struct span stored; /* of the password without spaces, tabs and dashes, lower case */
	struct span label;
	struct span services; /* absent: all */
	int64_t expires;      /* 0: never */
	int64_t revoked;      /* 0: not */
};

/* One account as found. All spans point into `text`, or into memory that the backend keeps until
 * it is closed. Holds stored secrets: whoever owns it calls backend_record_wipe(). */
struct backend_record {
	struct account account;
	struct span canonical; /* the name where the backend has another one; else absent */
	struct span stored[BACKEND_SECRETS_MAX]; /* "{SCHEME}data", any of them logs in */
	size_t stored_count;
	struct span previous;	  /* the latest old secret; absent if not known */
	int64_t previous_changed; /* when it was replaced */
	struct backend_app apps[BACKEND_APPS_MAX];
	size_t app_count;
	struct network networks[BACKEND_NETWORKS_MAX];
	/* What the service itself said of the secret (prove()); PROOF_UNKNOWN: it was not asked,
	 * and the secret is compared with `stored`. */
	enum proof proof;
	const char *defect; /* why account.defect is set, for the log; a constant */
	/* The last member, so that making a record empty does not cost writing all of it. */
	struct buf text;
	char storage[BACKEND_TEXT_MAX];
};

/* An account that does not exist. */
void backend_record_init(struct backend_record *record);

/* Overwrites what was filled, so that no secret stays, and makes it as new. */
void backend_record_wipe(struct backend_record *record);

/* Copies `text` into the record's own storage and gives the copy; absent, and the record marked
 * defect, if it is full. */
struct span backend_record_keep(struct backend_record *record, struct span text);

/* Marks the account defect; the first reason (a constant) stays. */
void backend_record_spoil(struct backend_record *record, const char *why);

struct backend;

/* The table of a backend type. */
struct backend_type {
	const char *name;
	/* True if lookup() may wait for something: it then runs in threads of its own, several at
	 * a time; otherwise it runs on the event loop and must take microseconds. */
	bool blocking;
	/* Fills an initialised record. May be asked from several threads if `blocking`. */
	enum backend_found (*lookup)(struct backend *backend, const struct backend_name *name,
				     struct backend_record *record);
	/* Null where the engine compares the secret with record->stored. Else, for PLAIN and LOGIN
	 * in place of lookup(), in a thread of a `blocking` type: as lookup(), and then has the
	 * service judge the secret of a known name (an LDAP bind), which fills record->proof. An
	 * unknown name puts the service to the same trouble, and with an absent secret every name
	 * does. BACKEND_DOWN if either question finds it down. */
	enum backend_found (*prove)(struct backend *backend, const struct backend_name *name,
				    struct span secret, struct backend_record *record);
	void (*close)(struct backend **backend);
};

/* The head of every backend; a type's own struct begins with it. */
struct backend {
	const struct backend_type *type;
	const char *label; /* the name in the config; borrowed */
};

#endif
