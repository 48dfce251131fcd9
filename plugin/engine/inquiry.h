/* SPDX-License-Identifier: MIT */
/* An inquiry from the inside: what the files inquire*.c share, nobody else's business. */
#ifndef ENGINE_INQUIRY_H
#define ENGINE_INQUIRY_H

#include "base/secret.h"
#include "engine/floor.h"
#include "engine/inquire.h"
#include "engine/name.h"
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
	bool late;   /* a thread did not answer in time; what it writes is not looked at */
	bool looked; /* the answer rests on a lookup: it keeps to the floor */
	enum backend_found found;
	struct secret password;
	struct prove_result proved;
	struct backend_record *rest;
	struct floor_wait wait;
	const char *defect;
	char id[REPLY_ID_LEN + 1];
	/* What stands before this is zeroed when it opens. */
	struct buf texts;
	char text_storage[320];
	struct name name;
	struct session_secret secret;
	struct backend_record record;
};

#endif
