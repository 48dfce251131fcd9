/* SPDX-License-Identifier: MIT */
/* Stored secrets made with argon2, as libsodium, libargon2, OpenLDAP and Dovecot write them. */
#ifndef BASE_PWHASH_ARGON2_H
#define BASE_PWHASH_ARGON2_H

#include "base/pwhash.h"

/* "$argon2id$v=19$m=65536,t=3,p=1$salt$hash" or argon2i; `variant` is not used. Entries that want
 * more than PWHASH_MEMORY_MAX, or more than eight passes over that much, are broken. */
bool pwhash_argon2_valid(unsigned variant, struct span data);
bool pwhash_argon2_slow(unsigned variant, struct span data);
enum pwhash_match pwhash_argon2_verify(unsigned variant, struct span data, struct span secret);

/* argon2id; `cost` is the memory in KiB, with three passes; 0: doveadm's 65536. */
bool pwhash_argon2_make(unsigned variant, unsigned cost, struct span secret, struct buf *out);

#endif
