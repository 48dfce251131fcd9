/* SPDX-License-Identifier: MIT */
/* Stored secrets made with PBKDF2, as OpenLDAP, passlib and Dovecot write them. */
#ifndef BASE_PWHASH_PBKDF2_H
#define BASE_PWHASH_PBKDF2_H

#include "base/pwhash.h"

/* "iterations$salt$hash", salt and hash in adapted base64 (slapd-pw-pbkdf2(5), passlib's
 * ldap_pbkdf2_*), or for SHA-1 also Dovecot's "$1$salt$iterations$hex", the salt as it stands. */
bool pwhash_pbkdf2_valid(unsigned digest, struct span data);
bool pwhash_pbkdf2_slow(unsigned digest, struct span data);
enum pwhash_match pwhash_pbkdf2_verify(unsigned digest, struct span data, struct span secret);

/* `cost` is the number of iterations; 0: slapd's 10,000. */
bool pwhash_pbkdf2_make(unsigned digest, unsigned cost, struct span secret, struct buf *out);

#endif
