/* SPDX-License-Identifier: MIT */
/* What each kind of proof would give a user now: decide() on a pretended login. */
#ifndef FACE_ADMIN_PROOF_H
#define FACE_ADMIN_PROOF_H

#include "face/admin_app.h"
#include "face/admin_task.h"

/* What the verdicts rest on, beside the task. */
struct admin_proof {
	const struct admin_task *task;	   /* found */
	const struct admin_app_list *apps; /* of our own store */
	int64_t previous_changed; /* when the remembered previous password was replaced; 0: there is
				     none */
	struct attempt attempt;	  /* the pretended one */
	bool client_locked;	  /* nobody said from where: from where the name is locked */
	char network[64];	  /* of that lock */
};

/* A login with PLAIN over TLS for `service` from `client`, an address. If that is absent, from the
 * network for which the name was locked last, if it is locked for one: a table in which the right
 * password logs in would be wrong for whoever is there. It is in attempt.client then. */
void admin_proof_pretend(struct admin_proof *proof, struct span service, struct span client);

/* The list: one object for each kind of proof that can happen. */
json_t *admin_proof_array(const struct admin_proof *proof);

#endif
