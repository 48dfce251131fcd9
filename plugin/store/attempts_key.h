/* SPDX-License-Identifier: MIT */
/* The hashes under which the counters of an attempt are found. */
#ifndef STORE_ATTEMPTS_KEY_H
#define STORE_ATTEMPTS_KEY_H

#include "store/attempts.h"
#include "store/attempts_entry.h"

/* Octets of the secret of all of them: 128-bit SipHash. */
#define ATTEMPTS_KEY_SECRET_LEN 16

/* What an attempt is counted by. */
struct attempts_keys {
	bool has[ATTEMPTS_KINDS];
	unsigned char key[ATTEMPTS_KINDS][ATTEMPTS_ENTRY_KEY_LEN];
	uint64_t name_hash; /* of the name alone; 0 without one */
};

/* By (name, network) only with both; by network only if it is not shared. */
void attempts_key_of(const unsigned char secret[ATTEMPTS_KEY_SECRET_LEN],
		     const struct attempts_who *who, struct attempts_keys *keys);

/* The first octets of a key, as a number. */
uint64_t attempts_key_short(const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN]);

/* A wrong password's truncated hash: another one for each counter. */
uint32_t attempts_key_password(const unsigned char pepper[ATTEMPTS_KEY_SECRET_LEN],
			       const unsigned char key[ATTEMPTS_ENTRY_KEY_LEN],
			       struct span password);

#endif
