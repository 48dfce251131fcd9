/* SPDX-License-Identifier: MIT */
/* The admin socket: one JSON object per line in, one out, for `sasl-reason`. */
#ifndef FACE_ADMIN_H
#define FACE_ADMIN_H

#include <jansson.h>

#include "face/peer.h"

/* clang-format off: its lines are broken where a reader looks for them.
 *
 * A request is {"command": "...", ...}; the answer {"status": N, ...}, with N as sysexits.h has it:
 *   0   done
 *   64  the request cannot be obeyed as it is: malformed, a command or member that there is not,
 *       a label that is taken or that several have                                       "error"
 *   67  no such incident, user, app password                                             "error"
 *   75  it cannot be told now (a backend is down, ...)                                   "error"
 *   77  not permitted (the directory refuses a write, no more app passwords)             "error"
 *   78  the configuration does not provide for it                                        "error"
 * Times are seconds since 1970 (0: never, not), durations milliseconds where a name ends in _ms.
 * Absent texts are null, and an optional member of a request may be. A peer is root or in
 * admin_group (the socket's mode); commands that change something are logged with its pid and uid.
 * Requests of one connection are answered in their order.
 *
 * why {"id"}
 *   "incident": {"id", "time", "outcome", "reason", "said", "proof", "lock", "tls", "observed",
 *     "overrun", "ms", "status", "enhanced", "user", "realm", "mechanism", "service", "client",
 *     "peer", "backend", "defect", "label", "text"}
 *   reason and said are null where the outcome is allow
 * explain {"user", "service"?, "client"?}
 *   (service: "smtp" if absent)
 *   "client": the address that the proofs are given from; if none was asked for, the address or
 *     network ("192.0.2.0/24") for which the name was locked last, and is; null: none is known,
 *   "client_locked": true if it is that one,
 *   "user" (normal form), "realm" (null: none of ours), "owner" (null: nobody is known),
 *   "backends": [{"label", "type", "answer": "known"|"unknown"|"down", "account": null |
 *     {"canonical", "stable", "disabled", "locked", "must_change", "app_required",
 *     "oauth2_required", "service_disabled", "expires", "password_expires", "locked_until",
 *     "password_changed", "mechanisms", "services", "restriction", "defect",
 *     "secrets": ["SSHA512", ...], "previous": bool}}],
 *   "app_passwords": as app-password-list (null: the store cannot tell), "locks": as lockouts-list,
 *   "remembered": {"current": bool, "previous_changed"} (null: nothing is remembered here),
 *   "recent": [{"count", "first", "last", "id", "outcome", "reason", "said", "proof", "client",
 *     "mechanism", "service"}] (null: there is no journal): the last logins, the latest first, those
 *     that are alike folded into one with the id of the last; reason and said as for why
 *   "proofs": [{"proof", "outcome", "reason", "said", "text"}]: what each kind of proof would give
 *     now; the last three are null where the outcome is allow, text where observe is on
 * app-password-add {"user", "label", "services": [..]?, "networks": [..]?, "expires"?}
 *   "secret" ("abcd efgh ijkl mnop": shown this once), and the fields of one of app-password-list
 * app-password-list {"user"}
 *   "app_passwords": [{"id", "label", "services": [..], "networks": [..], "created", "expires",
 *     "revoked", "used", "used_client", "used_mechanism", "store": "sqlite"|"directory"|"backend"}]
 *   the backend's own (of a file) have no id (null) and can be seen only, also where app_passwords
 *   is off: the status is 78 only if there are none
 * app-password-revoke {"user", "which"}, app-password-rename {"user", "which", "label"}
 *   the fields of one of app-password-list
 *   revoking a revoked one is done too: "revoked" says since when it is
 * lockouts-list {"user"?}
 *   "lockouts": [{"scope": "name-network"|"name"|"network"|"entry", "name", "network", "failures",
 *     "since", "until"}], "omitted": how many there are beyond the first ADMIN_LOCKOUTS_MAX
 * lockouts-clear {"user"} (or the name of an entry, as lockouts-list has it) or {"network"}
 *   (an address, or a network as lockouts-list has it)
 *   "cleared": count, which may be 0; with a fleet also "fleet": "sent" and "fleet_cleared", the
 *     count of its store; or "fleet": "away", with status 75: it is lifted here only
 * status {}
 *   "version", "pid" (worker), "parent", "started", "config", "state_directory", "connections",
 *   "counters": {"allowed", "refused", "later", "overruns", "locked", "expiring",
 *     "by_cause": {token: count}},
 *   "backends": [{"label", "type", "up": "yes"|"no"|"unknown", "certificate_until"}],
 *   "journal_failing", "waiting", "lost", "fleet": null | "connected" | "away",
 *   "credentials" (app passwords and former passwords): null (none are kept) | "open" | "failing",
 *   "credentials_fault": null | why they cannot be used,
 *   "queues": {"hashes", "stores"}
 * config {}
 *   what `doctor` and `test` need
 *   "listeners": [{"path", "mode" (octal text, "0660"), "owner", "group" (ids; null: as the process
 *     makes it), "face": "auth"|"admin", "mechanisms": [..]}],
 *   "user", "uid", "gid" (all null: whoever starts it), "key_file", "default_realm",
 *   "realms": [{"name", "secrets": "hashed"|"cleartext"|"scram"|"mixed", "app_passwords",
 *     "observe", "floor_ms"}],
 *   "backends": [{"label", "type": "file"|"passwd"|"ldap", "path", "uris": [..], "starttls"}]
 * reload {}
 *   asks the parent to read the configuration again
 *   "worker": the pid that answered; when `status` has another one, it is in effect
 */
/* clang-format on */

/* A line of a request. */
#define ADMIN_LINE_MAX 65536
/* A connection that does not go on within this is closed. */
#define ADMIN_IDLE_MS 60000
/* So many of root's, and so many of all others. */
#define ADMIN_CONNECTIONS_MAX 32
/* Rows of one lockouts-list: the loop waits for them. */
#define ADMIN_LOCKOUTS_MAX 10000

struct admin_group;

/* What the admin connections of a worker share. `ask_reload` asks the parent (base/supervise). Null
 * without memory. */
struct admin_group *admin_open(struct engine *engine, const struct peer_group *peers,
			       const char *config_path, void (*ask_reload)(void *context),
			       void *context);
void admin_close(struct admin_group **group);

/* As peer_accept(). */
bool admin_accept(struct admin_group *group, uv_stream_t *listener,
		  const struct settings_listener *settings);

/* True if nothing is under way; for a worker that drains. */
bool admin_idle(const struct admin_group *group);
/* Closes what is overdue, or all that is idle while draining; about once a second. */
void admin_sweep(struct admin_group *group, bool draining);

/* ---- for the files face/admin_*.c ---- */

/* One request under way. Whoever takes it calls one of the three below exactly once, possibly
 * later; it may learn by `cancelled` that nobody waits any more. */
struct admin_call {
	struct admin_group *group;
	struct engine *engine;
	json_t *request;
	const char *who; /* the peer, for the log */
	bool cancelled;
	struct admin_connection *connection;
};

/* Takes over (steals) the object; the status is added. With another than 0 it has an "error". */
void admin_answer(struct admin_call *call, int status, json_t *answer);
/* The same with status 0. */
void admin_reply(struct admin_call *call, json_t *answer);
/* The same with nothing but an "error". */
void admin_fail(struct admin_call *call, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
