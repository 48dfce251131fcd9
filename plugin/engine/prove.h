/* SPDX-License-Identifier: MIT */
/* From a secret and a record to the evidence: compares, decides nothing. */
#ifndef ENGINE_PROVE_H
#define ENGINE_PROVE_H

#include "backend/backend.h"

/* The outcome of comparing one password. */
struct prove_result {
	struct evidence evidence; /* spans borrow from the record */
	bool broken;		  /* a stored secret of the record could not be used */
	bool failed;		  /* the comparison could not be made: cannot tell */
};

/* Where proving against this record, or against `dummy` where it has no secret, belongs. */
enum prove_cost {
	PROVE_SLOW,  /* in a thread (pwhash_slow) */
	PROVE_BRIEF, /* a single comparison is slow, and that one is brief (pwhash_brief) */
	PROVE_CHEAP
};
enum prove_cost prove_cost(const struct backend_record *record, struct span dummy);

/* Compares the secret with everything the record has, current first (or what the service said of
 * it), then app passwords (without their spaces, tabs and dashes, in lower case), then the latest
 * previous one. A record without stored secrets (an unknown name, or one that the service has
 * refused) costs one comparison with `dummy`. `now`: seconds since 1970;
 * `service`: what an app password's scope is checked against. CPU only. */
void prove_password(const struct backend_record *record, struct span dummy, struct span secret,
		    struct span service, int64_t now, struct prove_result *result);

#endif
