/* SPDX-License-Identifier: MIT */
/* The configuration, checked and turned into the plain structs that the engine and faces use. */
#ifndef ENGINE_SETTINGS_H
#define ENGINE_SETTINGS_H

#include <stdio.h>
#include <sys/types.h>

#include "backend/backend_ldap.h"
#include "base/buf.h"
#include "base/log.h"
#include "core/policy.h"
#include "core/reply.h"
#include "store/attempts.h"
#include "store/fleet.h"
#include "store/journal.h"

#define SETTINGS_PATH SYSCONFDIR "/sasl-reason.conf"

enum settings_backend_type {
	SETTINGS_BACKEND_FILE,
	SETTINGS_BACKEND_PASSWD,
	SETTINGS_BACKEND_LDAP
};
#define SETTINGS_BACKEND_TYPES 3

struct settings_backend {
	enum settings_backend_type type;
	const char *label;
	const char *path;		/* file: absolute; else null */
	unsigned min_uid;		/* passwd */
	const char *app_required_group; /* passwd: its members need app passwords; null: nobody */
	const struct backend_ldap_settings *ldap;
	unsigned threads; /* at least 1, for a type that blocks; else 0 */
};

enum settings_face {
	SETTINGS_FACE_AUTH, /* the Dovecot auth protocol (face/auth) */
	SETTINGS_FACE_ADMIN /* face/admin: admin_socket */
};

/* A socket that we listen at. */
struct settings_listener {
	enum settings_face face;
	const char *path; /* absolute, fits sun_path */
	mode_t mode;
	uid_t owner;			  /* (uid_t)-1: as the process makes it */
	gid_t group;			  /* (gid_t)-1: likewise */
	enum mech mechanisms[MECH_COUNT]; /* in the order of the config, none twice */
	size_t mechanism_count;		  /* at least 1; 0 for SETTINGS_FACE_ADMIN */
	unsigned max_connections;
	unsigned idle_ms; /* without a request for so long: closed; 0: never */
};

struct settings_realm {
	const char *name;	/* lower case */
	const size_t *backends; /* indices into settings.backends, in the order of asking */
	size_t backend_count;	/* at least 1 */
	/* policy.disclose is that of settings_disclose() for clients in no listed network. */
	struct policy policy;
	struct reply_style style;	/* complete: texts, url, contact, mechanisms, codes */
	const struct network *networks; /* where every reason is told */
	size_t network_count;
	const char *scheme; /* for pwhash_make(): whose hash an unknown name costs */
	unsigned floor_ms;
	unsigned scram_iterations;
	bool app_passwords;
	bool app_in_directory; /* `sasl-reason app-password` keeps them in the entry, not in SQLite
				*/
	struct attempts_rules rules; /* rules.threshold without what a directory's policy says */
	bool threshold_of_directory; /* take it from the first backend whose policy is known */
	unsigned remember_days;	     /* store/stale; 0: nothing is remembered */
	unsigned expiring_days;	     /* logins whose secret ends so soon are logged; 0: none */
	bool observe; /* log every verdict, but tell no reason besides bad-credentials and
		       * temporary-failure (who may log in does not change) */
};

/* What user= of a login looks like: "alice@example.org" or "alice". */
enum settings_username { SETTINGS_USERNAME_FULL, SETTINGS_USERNAME_LOCAL };

struct settings {
	const char *user; /* null: stay who we are; else uid and gid are its */
	uid_t uid;
	gid_t gid;
	enum log_target log_target;
	enum log_level log_level;
	const char *key_file;	     /* null: that of state_directory, else a random one */
	const char *pid_file;	     /* null: none */
	const char *state_directory; /* null: nothing outlives the process */
	struct journal_limits journal;
	bool journal_hash_unknown; /* names without an account stand hashed in the journal */
	size_t attempts_entries;
	unsigned ipv4_bits, ipv6_bits; /* of an address that make its network */
	const struct network *forwarders, *shared, *exempt; /* trusted_forwarders and so on */
	size_t forwarder_count, shared_count, exempt_count;
	const struct fleet_settings *fleet; /* null: none */
	enum settings_username username;
	unsigned hash_threads;	/* at least 1 (0 in the config is already the number of cores) */
	unsigned queue_length;	/* pieces of work that may wait, per pool of threads */
	unsigned queue_wait_ms; /* what waited longer is answered with temporary-failure */
	struct settings_listener *listeners; /* that of admin_socket last, if there is one */
	size_t listener_count;		     /* at least 1 with SETTINGS_FACE_AUTH */
	struct settings_backend *backends;
	size_t backend_count;
	struct settings_realm *realms;
	size_t realm_count; /* at least 1 */
	/* The realm of names without a domain; null: such names are malformed (DEFECT_NO_DOMAIN).
	 */
	const struct settings_realm *default_realm;
	/* Whose policy and texts answer names of no realm; never null. */
	const struct settings_realm *stranger_realm;
	const char *warnings; /* lines "file:line: what", each with its LF; "" if there are none */
	struct settings_store *store; /* what all of this points into */
};

/* Reads and checks a config file. False, and `out` null, if anything is wrong: then `faults` has
 * lines "file:line: what", each with its LF, as many as fit (give it 4 KiB or more). Looks up the
 * users and groups that it names (getpwnam, getgrnam), so it may block; touches no other file but
 * those that it includes. Not for several threads at a time (base/conf.h). */
bool settings_load(const char *path, struct settings **out, struct buf *faults);

/* The files that hold secrets: false, with lines in `faults` as above, if one can be read or
 * written by its group or by others, belongs to somebody besides root, the process and `user`,
 * or if key_file is not there or has less than 16 octets. A missing accounts file is no fault
 * (its backend is down until it comes) but gives a line in `warnings`. */
bool settings_check_files(const struct settings *settings, struct buf *faults,
			  struct buf *warnings);

/* Frees it and sets it to null, which it may be. */
void settings_close(struct settings **settings);

/* Writes the effective configuration, every key with its value, in the syntax settings_load()
 * reads. */
void settings_print(const struct settings *settings, FILE *out);

/* The realm of a domain, whatever its ASCII case; null if there is none. */
const struct settings_realm *settings_find_realm(const struct settings *settings,
						 struct span domain);

/* What a client may be told in a realm, by its address (16 octets, or null if not known). */
enum policy_disclose settings_disclose(const struct settings_realm *realm,
				       const unsigned char *address);

/* Whether some listener offers the mechanism. */
bool settings_offers(const struct settings *settings, enum mech mech);

#endif
