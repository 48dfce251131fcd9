/* SPDX-License-Identifier: MIT */
/* An inquiry from the inside: what the files inquire*.c share, nobody else's business. */
#ifndef ENGINE_INQUIRY_H
#define ENGINE_INQUIRY_H

#include "base/secret.h"
#include "engine/floor.h"
#include "engine/inquire.h"
#include "engine/ledger.h"
#include "engine/name.h"
#include "engine/owner.h"
#include "engine/prove.h"

struct inquiry {
	struct worker_job job; /* first: the job is the inquiry */
	struct engine *engine;
	inquire_done *done; /* null once it is closed */
	void *owner;
	unsigned references; /* the owner, the job in a thread, the floor */
	uint64_t opened;     /* uv_hrtime() */
	uint64_t stepped;
	void (*after_lookup)(struct inquiry *inquiry);
	void (*after_work)(struct inquiry *inquiry);
	struct attempt attempt;
	struct policy policy;
	struct verdict verdict;
	const struct backend *known; /* the backend that knows the name */
	size_t asked;		     /* backends of the realm asked so far */
	bool asked_all_for_refusal;  /* the rest is asked only for whether it is down */
	bool queued;		     /* it has stood in the queue for hashes */
	bool stranger;		     /* of no realm of ours: no backend to ask */
	bool asks_secret;	     /* done() is told that there is a secret, not yet a verdict */
	bool lookup_floor;
	bool settled; /* decided before any lookup: no secret to compare with */
	bool late;    /* a thread did not answer in time; what it writes is not looked at */
	bool judged;  /* evidence and record are final: what is asked since writes elsewhere */
	bool looked;  /* the answer rests on a lookup: it keeps to the floor */
	enum backend_found found;
	struct secret password;
	struct prove_result proved;
	struct backend_record *rest;
	struct floor_wait wait;
	struct ledger_wait ledger_wait;
	struct fleet_wait fleet_wait;
	void (*after_fleet)(struct inquiry *inquiry);
	bool fresh; /* nobody else was served since its locks were looked at */
	/* What the password was not shown to somebody for: the verdict goes by it, even if it ends
	 * meanwhile. LOCK_NONE: everybody was asked. */
	enum lock_scope withheld;
	int64_t withheld_until;
	bool limited;	    /* its name is counted: not exempt, and it could be read */
	bool recalled;	    /* record.previous is what we remembered */
	bool has_forwarder; /* another address speaks for the client's */
	unsigned char forwarder[16];
	unsigned delay_ms; /* of a refusal that counts */
	const char *defect;
	char id[REPLY_ID_LEN + 1];
	/* What stands before this is zeroed when it opens. */
	struct apppass app; /* the app password of ours that was sent; without an id: none */
	struct buf texts;
	char text_storage[320];
	struct buf account; /* its owner id (engine/owner), once it is known */
	char account_storage[OWNER_MAX];
	struct name name;
	struct session_secret secret;
	struct backend_record record;
};

#endif
