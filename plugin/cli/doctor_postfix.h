/* SPDX-License-Identifier: MIT */
/* Postfix: do its services that offer AUTH reach a listener, in the chroot or without one? */
#ifndef CLI_DOCTOR_POSTFIX_H
#define CLI_DOCTOR_POSTFIX_H

#include "base/buf.h"
#include "cli/doctor_facts.h"

/* What postconf(1) printed. */
struct doctor_postfix {
	struct span main;    /* postconf -x: "name = value" lines */
	struct span master;  /* postconf -M: the lines of master.cf, each on one line */
	struct span options; /* postconf -x -P: "service/type/name = value" lines */
};

/* Absent if there is no such parameter. */
struct span doctor_postfix_parameter(const struct doctor_postfix *postfix, const char *name);

/* The parameter for one service ("submission/inet"). */
struct span doctor_postfix_option(const struct doctor_postfix *postfix, struct span service,
				  const char *name);

/* The next service that is a smtpd, off the front of `master`; false after the last one. `service`
 * is "name/type", in storage of the caller. */
bool doctor_postfix_take_smtpd(const struct doctor_postfix *postfix, struct span *master,
			       struct buf *service, bool *chrooted);

/* Whether a chroot column with "-" means yes: so it was before Postfix 3.0, and is with
 * compatibility_level 0. */
bool doctor_postfix_default_chroot(struct span compatibility_level);

/* The check. */
void doctor_postfix_check(struct doctor_facts *facts);

#endif
