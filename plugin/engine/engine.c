/* SPDX-License-Identifier: MIT */
/* What all attempts of a worker process share: settings, open backends, threads, the key. */
#include "engine/engine.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/backend_file.h"
#include "backend/backend_passwd.h"
#include "base/pwhash.h"
#include "engine/afterwards.h"
#include "engine/engine_thread.h"
#include "engine/ledger.h"

bool engine_check(const struct settings *settings, struct buf *faults)
{
	bool ok = true;

	for (size_t i = 0; i < settings->backend_count; i++) {
		const char *path = settings->backends[i].path;

		if (!path || access(path, F_OK) != 0 || backend_file_check(path, faults))
			continue;
		buf_put_char(faults, '\n');
		ok = false;
	}
	return ok;
}

static struct backend *open_backend(const struct settings_backend *settings)
{
	switch (settings->type) {
	case SETTINGS_BACKEND_FILE:
		return backend_file_open(settings->label, settings->path);
	case SETTINGS_BACKEND_PASSWD:
		return backend_passwd_open(settings->label, settings->min_uid,
					   settings->app_required_group);
	case SETTINGS_BACKEND_LDAP:
		return backend_ldap_open(settings->ldap);
	}
	return NULL;
}

static bool open_backends(struct engine *engine)
{
	const struct settings *settings = engine->settings;

	for (size_t i = 0; i < settings->backend_count; i++) {
		struct engine_backend *slot = &engine->backends[i];
		struct worker_limits limits = {
		    .threads = settings->backends[i].threads,
		    .length = settings->queue_length,
		    .wait_ms = settings->queue_wait_ms,
		    .together = settings->backends[i].type == SETTINGS_BACKEND_LDAP,
		};

		slot->backend = open_backend(&settings->backends[i]);
		if (!slot->backend)
			return false;
		if (slot->backend->type->blocking)
			slot->worker = worker_open(engine->loop, &limits);
		if (slot->backend->type->blocking && !slot->worker)
			return false;
	}
	return true;
}

/* A random password, hashed once: comparing with it costs what comparing with a real one costs. */
static bool make_dummy(const struct settings_realm *realm, struct engine_realm *slot)
{
	unsigned char octets[16];
	char storage[33];
	struct buf password = BUF_ON(storage);
	struct buf stored = BUF_ON(slot->storage);
	bool ok;

	randombytes_buf(octets, sizeof(octets));
	buf_put_hex(&password, octets, sizeof(octets));
	ok = pwhash_make(span_of(realm->scheme), buf_span(&password), &stored);
	slot->dummy = buf_span(&stored);
	buf_wipe(&password);
	return ok;
}

static bool open_realms(struct engine *engine)
{
	for (size_t i = 0; i < engine->settings->realm_count; i++)
		if (!make_dummy(&engine->settings->realms[i], &engine->realms[i]))
			return false;
	return true;
}

static bool open_threads(struct engine *engine)
{
	struct worker_limits limits = {
	    .threads = engine->settings->hash_threads,
	    .length = engine->settings->queue_length,
	    .wait_ms = engine->settings->queue_wait_ms,
	};

	engine->hashes = worker_open(engine->loop, &limits);
	limits.threads = 1;
	engine->stores = worker_open(engine->loop, &limits);
	engine->thread = engine_thread_open(engine);
	return engine->hashes && engine->stores && engine->thread;
}

static bool open_ledger(struct engine *engine)
{
	char text[512];
	struct buf fault = {text, 0, sizeof(text) - 1, false};

	engine->afterwards = afterwards_open();
	engine->ledger = ledger_open(engine->loop, engine->settings, engine->key, &fault);
	text[fault.len] = '\0';
	if (!engine->ledger)
		log_say(LOG_LEVEL_ERROR, "ledger", text, engine->settings->state_directory);
	return engine->ledger && engine->afterwards;
}

struct engine *engine_open(uv_loop_t *loop, const struct settings *settings,
			   const unsigned char key[SCRAMKEY_LEN], const char **fault)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	*fault = "out of memory";
	if (!engine)
		return NULL;
	engine->loop = loop;
	engine->started = time(NULL);
	engine->settings = settings;
	engine->offset_at = -1;
	memcpy(engine->key, key, SCRAMKEY_LEN);
	engine->backends = calloc(settings->backend_count + 1, sizeof(*engine->backends));
	engine->realms = calloc(settings->realm_count, sizeof(*engine->realms));
	if (!engine->backends || !engine->realms)
		goto fail;
	*fault = "the timer of the floors cannot be made";
	engine->floor = floor_open(loop);
	if (!engine->floor)
		goto fail;
	*fault = "the threads cannot be started";
	if (!open_threads(engine))
		goto fail;
	*fault = "what is written down cannot be opened";
	if (!open_ledger(engine))
		goto fail;
	*fault = "a backend cannot be opened";
	if (!open_backends(engine))
		goto fail;
	*fault = "a realm's scheme cannot be hashed";
	if (!open_realms(engine))
		goto fail;
	*fault = NULL;
	return engine;
fail:
	engine_close(&engine);
	return NULL;
}

void engine_close(struct engine **closed)
{
	struct engine *engine = *closed;

	*closed = NULL;
	if (!engine)
		return;
	floor_close(&engine->floor);
	ledger_close(&engine->ledger);
	worker_close(&engine->hashes);
	worker_close(&engine->stores);
	engine_thread_close(&engine->thread);
	afterwards_close(&engine->afterwards);
	for (size_t i = 0; engine->backends && i < engine->settings->backend_count; i++) {
		struct engine_backend *slot = &engine->backends[i];

		worker_close(&slot->worker);
		if (slot->backend)
			slot->backend->type->close(&slot->backend);
	}
	sodium_memzero(engine->key, sizeof(engine->key));
	free(engine->backends);
	free(engine->realms);
	free(engine);
}

bool engine_busy(const struct engine *engine)
{
	bool busy = worker_live(engine->hashes) > 0 || worker_live(engine->stores) > 0;

	for (size_t i = 0; i < engine->settings->backend_count; i++)
		if (engine->backends[i].worker)
			busy = busy || worker_live(engine->backends[i].worker) > 0;
	return busy;
}

int32_t engine_utc_offset(struct engine *engine, int64_t now)
{
	time_t at = (time_t)now;
	struct tm local;

	if (engine->offset_at != now && localtime_r(&at, &local)) {
		engine->offset_at = now;
		engine->utc_offset = (int32_t)local.tm_gmtoff;
	}
	return engine->utc_offset;
}

struct span engine_dummy(const struct engine *engine, const struct settings_realm *realm)
{
	return engine->realms[realm - engine->settings->realms].dummy;
}
