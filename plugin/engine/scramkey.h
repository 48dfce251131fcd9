/* SPDX-License-Identifier: MIT */
/* The secret that a challenge mechanism compares with: a real one, or one made up for the name. */
#ifndef ENGINE_SCRAMKEY_H
#define ENGINE_SCRAMKEY_H

#include "backend/backend.h"
#include "engine/session.h"

#define SCRAMKEY_LEN 32

/* Fills `out` for a mechanism of kind SCRAM or DIGEST: the record's own SCRAM keys; else keys from
 * its cleartext; else (an unknown name, a hashed account) from a cleartext that nobody can know.
 * Salt, iterations and made-up secrets come from one function of `key`, mechanism and name, so that
 * they do not change from one try to the next, nor with a restart, and are alike for all names.
 * Costs `iterations` HMACs with SCRAM, for every name. False only when a library fails. */
bool scramkey_fill(const struct backend_record *record, enum mech mech, struct span name,
		   const unsigned char key[SCRAMKEY_LEN], unsigned iterations,
		   struct session_secret *out);

#endif
