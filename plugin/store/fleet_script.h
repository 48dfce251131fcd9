/* SPDX-License-Identifier: MIT */
/* What the fleet's server does with counters, in its own language: the arithmetic of
 * attempts_entry. */
#ifndef STORE_FLEET_SCRIPT_H
#define STORE_FLEET_SCRIPT_H

#include "store/fleet_key.h"

enum fleet_script { FLEET_SCRIPT_COUNT, FLEET_SCRIPT_CLEAR, FLEET_SCRIPT_FORGET };
#define FLEET_SCRIPTS 3
/* The first of them come with logins: the server knows them beforehand. */
#define FLEET_SCRIPTS_OFTEN 2

/* The fields of a counter, in the order of the answers: n s w l u c f. */
#define FLEET_SCRIPT_FIELDS 7
extern const char *const fleet_script_fields[FLEET_SCRIPT_FIELDS];

/* Its text: begins with what all of them share. Appended to `out`. */
void fleet_script_put(struct buf *out, enum fleet_script script);
/* Octets enough for any of them. */
#define FLEET_SCRIPT_MAX 8192

/* What a script is called with; the texts live in the struct. */
#define FLEET_SCRIPT_ARGS 24
struct fleet_script_call {
	struct fleet_keys keys;
	int keys_count;
	int count; /* keys and values */
	const char *arg[FLEET_SCRIPT_ARGS];
	char text[256];
	struct buf out; /* on `text` */
};

/* Each answers an array of arrays: the number of the kind, and the fields; FORGET with the number
 * of counters that were there behind them. `rules` may be null but for COUNT. FORGET takes
 * everything of the name and the entry, or of the network alone if there is no name. */
void fleet_script_fill(struct fleet_script_call *call, enum fleet_script script,
		       const unsigned char secret[FLEET_KEY_LEN], const struct attempts_who *who,
		       const struct attempts_rules *rules, int64_t now);

#endif
