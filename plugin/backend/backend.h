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
#define BACKEND_APPS_MAX     128
#define BACKEND_NETWORKS_MAX 16
#define BACKEND_TEXT_MAX     32768
/* Octets of all app passwords in an entry, which leaves room in the record for the rest. */
#define BACKEND_APPS_OCTETS 24576

/* An app password kept by the backend itself. */
struct backend_app {
	/* Of the password without spaces, tabs and dashes, lower case: "{SCHEME}data"; or, where
	 * `value` is there, absent. */
	struct span stored;
	struct span label;
	struct span services; /* absent: all */
	int64_t expires;      /* 0: never */
	int64_t revoked;      /* 0: not */
	/* Kept by us in the entry (store/apppass has its format): the whole value. */
	struct span value;
};

/* One account as found. All spans point into `text`, or into memory that the backend keeps until
 * it is closed. Holds stored secrets: whoever owns it calls backend_record_wipe(). */
struct backend_record {
	struct account account;
	struct span canonical; /* the name where the backend has another one; else absent */
	/* What never goes to another account, in printable ASCII: entryUUID, objectGUID, uid.
	 * Absent where the name is all there is. */
	struct span stable;
	struct span stored[BACKEND_SECRETS_MAX]; /* "{SCHEME}data", any of them logs in */
	size_t stored_count;
	struct span previous;	  /* the latest old secret; absent if not known */
	int64_t previous_changed; /* when it was replaced */
	size_t app_count;
	struct network networks[BACKEND_NETWORKS_MAX];
	/* What the service itself said of the secret (prove()); PROOF_UNKNOWN: it was not asked,
	 * and the secret is compared with `stored`. */
	enum proof proof;
	const char *defect; /* why account.defect is set, for the log; a constant */
	/* The last members, so that making a record empty does not cost writing all of it. */
	struct buf text;
	struct backend_app apps[BACKEND_APPS_MAX]; /* those behind `app_count` are anything */
	char storage[BACKEND_TEXT_MAX];
};

/* An account that does not exist. */
void backend_record_init(struct backend_record *record);

/* Overwrites what was filled, so that no secret stays, and makes it as new. */
void backend_record_wipe(struct backend_record *record);

/* Copies `text` into the record's own storage and gives the copy; absent, and the record marked
 * defect, if it is full. */
struct span backend_record_keep(struct backend_record *record, struct span text);

/* One more app password, empty; null if there are BACKEND_APPS_MAX. */
struct backend_app *backend_record_add_app(struct backend_record *record);

/* Marks the account defect; the first reason (a constant) stays. */
void backend_record_spoil(struct backend_record *record, const char *why);

struct backend;

enum backend_write {
	BACKEND_WRITE_FAILED,  /* nothing is known to have changed; the cause is in the log */
	BACKEND_WRITE_REFUSED, /* the service has not the right, or not the schema */
	BACKEND_WRITE_ABSENT,  /* no such account, or no such value (any more) */
	BACKEND_WRITE_DONE
};

/* How a backend's service is. All zero: nothing is known. */
struct backend_health {
	enum answer up;
	int64_t certificate_until; /* of the server asked last, seconds since 1970; 0: no TLS yet */
	unsigned lockout_threshold; /* of the service's own default policy; 0: none, or not known */
};

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
	/* Null where the backend keeps no app passwords of ours. Replaces the value `old` of the
	 * account's entry (absent: adds one) by `new` (absent: removes it). May block: in a thread
	 * of the type's. */
	enum backend_write (*write_app)(struct backend *backend, const struct backend_name *name,
					struct span old, struct span new);
	/* Null where there is nothing to tell. How the service is: from any thread, at once. */
	void (*health)(struct backend *backend, struct backend_health *health);
	void (*close)(struct backend **backend);
};

/* The head of every backend; a type's own struct begins with it. */
struct backend {
	const struct backend_type *type;
	const char *label; /* the name in the config; borrowed */
};

#endif
