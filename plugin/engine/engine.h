/* SPDX-License-Identifier: MIT */
/* What all attempts of a worker process share: settings, open backends, threads, the key. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "backend/backend.h"
#include "engine/floor.h"
#include "engine/scramkey.h"
#include "engine/settings.h"
#include "engine/worker.h"

/* Each message of a client is answered within this, whatever has to be asked and compared: Postfix
 * waits 10 s (DESIGN section 1). */
#define ENGINE_DEADLINE_MS 8000

struct engine_backend {
	struct backend *backend;
	struct worker *worker; /* null for a backend that does not block */
};

/* Beside each settings_realm. */
struct engine_realm {
	struct span dummy; /* a stored secret of the realm's scheme that nobody has */
	char storage[512];
};

/* Since the worker's start, for `status`. */
struct engine_counters {
	uint64_t allowed, refused, later;
	uint64_t overruns;		 /* refusals that left later than their realm's floor */
	uint64_t locked;		 /* refused by our own locks */
	uint64_t expiring;		 /* allowed with a secret that ends soon */
	uint64_t by_cause[REASON_COUNT]; /* not allowed, by what was found */
};

struct ledger;
struct afterwards;
struct engine_thread;

struct engine {
	uv_loop_t *loop;
	time_t started;
	const struct settings *settings;
	struct engine_backend *backends; /* as settings->backends */
	struct engine_realm *realms;	 /* as settings->realms */
	struct worker *hashes;
	/* One thread for what waits for the disk: commits of app passwords, reading the journal.
	 * Jobs open and keep store handles of their own (engine_thread_apppass). */
	struct worker *stores;
	struct floor *floor;
	struct ledger *ledger;
	struct afterwards *afterwards;
	struct engine_thread *thread; /* what the stores' thread keeps open */
	unsigned char key[SCRAMKEY_LEN];
	int64_t offset_at; /* when utc_offset was looked up */
	int32_t utc_offset;
	struct engine_counters counters;
};

/* Reads what the backends of a configuration would read, for a check before the start: false with
 * lines in `faults`. A missing file is no fault (settings_check_files() warns of it). */
bool engine_check(const struct settings *settings, struct buf *faults);

/* Opens the backends and starts the threads. `settings` is borrowed; `key` is copied. A backend
 * that is down is no failure. Null, and a constant text in `fault`, if it cannot work at all. */
struct engine *engine_open(uv_loop_t *loop, const struct settings *settings,
			   const unsigned char key[SCRAMKEY_LEN], const char **fault);

/* Closes everything; its handles need one more turn of the loop. */
void engine_close(struct engine **engine);

/* True while a thread is at work on something. */
bool engine_busy(const struct engine *engine);

/* Seconds east of UTC at `now`. */
int32_t engine_utc_offset(struct engine *engine, int64_t now);

/* The dummy of a realm. */
struct span engine_dummy(const struct engine *engine, const struct settings_realm *realm);

#endif
