/* SPDX-License-Identifier: MIT */
/* libsasl2 in a mail server: its plugin folder, and the server's SASL configuration. */
#ifndef CLI_DOCTOR_SASL_H
#define CLI_DOCTOR_SASL_H

#include "base/span.h"
#include "cli/doctor_facts.h"

/* Who asks through libsasl2. */
struct doctor_sasl {
	const char *program; /* "Postfix" */
	const char *file;    /* its SASL configuration, which is there */
	const char *base;    /* the folder that a relative reason_socket begins at; null: none */
	const char *chroot;  /* where it runs in a chroot, else null */
	const struct doctor_user *user;
};

/* The value of an option as libsasl2 reads it: the first line "key: value" counts. Absent if there
 * is none. */
struct span doctor_sasl_option(struct span text, const char *key);

/* The check of the module: is libreason.so where the installed libsasl2 looks. */
void doctor_sasl_module(struct doctor_facts *facts);

/* Reports what is wrong with the file; true if it leads to a listener. */
bool doctor_sasl_judge(struct doctor_facts *facts, const struct doctor_sasl *sasl);

/* Whether the file names us at all. */
bool doctor_sasl_is_ours(const struct doctor_facts *facts, const char *file);

#endif
