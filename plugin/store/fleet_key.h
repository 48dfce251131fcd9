/* SPDX-License-Identifier: MIT */
/* The names that counters have in the fleet's server: they tell nothing without the fleet's key. */
#ifndef STORE_FLEET_KEY_H
#define STORE_FLEET_KEY_H

#include "store/attempts.h"
#include "store/fleet.h"

/* "sasl-reason:name-network:" and 32 digits. */
#define FLEET_KEY_MAX 64

struct fleet_keys {
	bool has[ATTEMPTS_KINDS];
	char key[ATTEMPTS_KINDS][FLEET_KEY_MAX];
	char networks[FLEET_KEY_MAX]; /* the set of a name's (name, network); of no name's without
					 one */
};

/* Has what attempts_look() would look at. */
void fleet_key_of(const unsigned char secret[FLEET_KEY_LEN], const struct attempts_who *who,
		  struct fleet_keys *keys);

#endif
