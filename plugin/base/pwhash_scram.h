/* SPDX-License-Identifier: MIT */
/* SCRAM keys (RFC 5802, RFC 7677) as stored secrets; pwhash_scram_derive() too is here. */
#ifndef BASE_PWHASH_SCRAM_H
#define BASE_PWHASH_SCRAM_H

#include "base/pwhash.h"

/* Reads the data after the scheme, "4096,salt,stored,server" or "4096:salt$stored:server";
 * `key_len` is 20 or 32. */
bool pwhash_scram_take(struct span data, size_t key_len, struct pwhash_scram *scram);

/* A row of the table in pwhash.c each. */
bool pwhash_scram_valid(unsigned key_len, struct span data);
bool pwhash_scram_slow(unsigned key_len, struct span data);
enum pwhash_match pwhash_scram_verify(unsigned key_len, struct span data, struct span secret);

/* `cost` is the number of iterations; 0: 4096. */
bool pwhash_scram_make(unsigned key_len, unsigned cost, struct span secret, struct buf *out);

#endif
