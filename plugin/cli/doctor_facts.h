/* SPDX-License-Identifier: MIT */
/* What the checks of the doctor start from: what the daemon says of itself, and where to look. */
#ifndef CLI_DOCTOR_FACTS_H
#define CLI_DOCTOR_FACTS_H

#include <jansson.h>

#include "cli/doctor_report.h"
#include "cli/doctor_root.h"

struct doctor_facts {
	struct doctor_root root;
	struct doctor_report report;
	const char *config_path; /* of the configuration */
	const char *socket;	 /* the admin socket */
	json_t *config;		 /* the admin socket's answer to `config`, or the like of it
				    (cli/doctor_config); null: none */
	json_t *status;		 /* its answer to `status`; null while the daemon is away */
};

/* The first listener at or behind *at that speaks to mail servers: its path, and *at behind it;
 * null after the last one. */
const char *doctor_facts_listener(const struct doctor_facts *facts, size_t *at);

/* Whether there is one with this path; slashes that stand twice count once. */
bool doctor_facts_listens(const struct doctor_facts *facts, const char *path);

/* The user of the daemon's worker: false if there is no such user, or none is configured (then
 * root's, if it is root who starts it: nothing is kept from it). */
bool doctor_facts_user(const struct doctor_facts *facts, struct doctor_user *user);

/* Reports that the user of a program (`whose`: "Postfix") may use the socket, or what stands in the
 * way, with the command. True if it may. */
bool doctor_facts_admits(struct doctor_facts *facts, const char *path, const char *whose,
			 const struct doctor_user *user);

#endif
