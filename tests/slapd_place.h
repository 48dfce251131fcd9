/* SPDX-License-Identifier: MIT */
/* A slapd of a test's own: a folder, certificates, accounts, a process, its log. */
#ifndef TESTS_SLAPD_PLACE_H
#define TESTS_SLAPD_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#define SLAPD_PLACE_SUFFIX  "dc=example,dc=org"
#define SLAPD_PLACE_PEOPLE  "ou=people," SLAPD_PLACE_SUFFIX
#define SLAPD_PLACE_SERVICE "cn=service," SLAPD_PLACE_SUFFIX
#define SLAPD_PLACE_RIGHT   "right-pw"

struct slapd_place {
	char root[64];
	char plain[64];	 /* ldap://127.0.0.1:PORT */
	char tls[64];	 /* ldaps://127.0.0.1:PORT */
	char local[160]; /* ldapi://… */
	char secret[96]; /* file with the service's password */
	char ca[96];	 /* signed the certificate "good" and the one "expired" */
	char log[96];
	int ports[2];
	pid_t pid; /* 0: not running */
};

/* True if slapd, slapadd and openssl are there. */
bool slapd_place_possible(void);

/* Makes the folder, without starting anything: certificates good, expired, other (for another host)
 * and alien (of an unknown authority), and the accounts of `ldif` below the suffix's own entries.
 * more.conf in the folder is a part of slapd.conf, and empty. Aborts if it cannot, as all of these
 * do. */
void slapd_place_make(struct slapd_place *place, const char *ldif);
void slapd_place_remove(struct slapd_place *place);

/* Starts it with one of the certificates, and waits until it answers; on the same ports each time.
 */
void slapd_place_start(struct slapd_place *place, const char *certificate);
void slapd_place_stop(struct slapd_place *place);

/* From now on slapd_place_said() counts anew, when slapd has had time to write down what was
 * before. */
void slapd_place_forget(struct slapd_place *place);

/* Lines of slapd's log with this text, since slapd_place_forget(). */
int slapd_place_said(const struct slapd_place *place, const char *text);

/* A port of loopback that nobody listens on. */
int slapd_place_port(void);

#endif
