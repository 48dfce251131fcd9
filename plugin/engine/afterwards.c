/* SPDX-License-Identifier: MIT */
/* What is done once somebody is let in: uses and passwords are written down, what ends soon is
 * said. */
#include "engine/afterwards.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/engine_thread.h"

#define DAY	 86400
#define USE_EACH 60 /* seconds between two uses of an app password that are written */
#define SLOTS	 8192
#define TAG_LEN	 crypto_shorthash_siphashx24_BYTES

/* Tables in which a newer one takes an older one's place: who falls out is only written once more.
 */
struct afterwards {
	unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
	unsigned char passwords[SLOTS][TAG_LEN]; /* of owner and accepted password */
	struct {
		unsigned char tag[TAG_LEN]; /* of the owner */
		int64_t day;
	} said[SLOTS];
};

struct afterwards *afterwards_open(void)
{
	struct afterwards *afterwards = calloc(1, sizeof(*afterwards));

	if (afterwards)
		randombytes_buf(afterwards->key, sizeof(afterwards->key));
	return afterwards;
}

void afterwards_close(struct afterwards **afterwards)
{
	if (*afterwards)
		sodium_memzero(*afterwards, sizeof(**afterwards));
	free(*afterwards);
	*afterwards = NULL;
}

static size_t slot_of(const unsigned char tag[TAG_LEN])
{
	return (tag[0] | (size_t)tag[1] << 8) % SLOTS;
}

static void make_tag(const struct afterwards *afterwards, struct span text,
		     unsigned char tag[TAG_LEN])
{
	crypto_shorthash_siphashx24(tag, (const unsigned char *)text.at, text.len, afterwards->key);
}

/* ---- jobs of the stores' thread ---- */

struct afterwards_job {
	struct worker_job job; /* first: the job is this */
	struct engine *engine;
	int64_t now;
	char id[APPPASS_ID_LEN + 1];
	struct secret password; /* of a password to remember */
	struct span scheme;
	unsigned days, longest;
	bool remembered; /* the thread's: it need not come again */
	struct buf client, mechanism, owner;
	char client_storage[80], mechanism_storage[40], owner_storage[OWNER_MAX];
};

static void job_free(struct worker_job *job)
{
	struct afterwards_job *it = (struct afterwards_job *)job;

	secret_wipe(&it->password);
	free(it);
}

static struct afterwards_job *make_job(const struct inquiry *inquiry,
				       void (*run)(struct worker_job *),
				       void (*done)(struct worker_job *, enum worker_end))
{
	struct afterwards_job *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	it->job.run = run;
	it->job.done = done;
	it->job.free = job_free;
	it->engine = inquiry->engine;
	it->now = inquiry->attempt.now;
	it->client = BUF_ON(it->client_storage);
	it->mechanism = BUF_ON(it->mechanism_storage);
	it->owner = BUF_ON(it->owner_storage);
	buf_put_span(&it->client, inquiry->attempt.client);
	buf_put_span(&it->mechanism, inquiry->attempt.mechanism);
	buf_put_span(&it->owner, buf_span(&inquiry->account));
	return it;
}

/* ---- the last use of an app password ---- */

static void run_use(struct worker_job *job)
{
	struct afterwards_job *it = (struct afterwards_job *)job;
	struct apppass_store *store = engine_thread_apppass(it->engine);

	if (store)
		apppass_store_use(store, it->id, it->now, buf_span(&it->client),
				  buf_span(&it->mechanism));
}

static void use_done(struct worker_job *job, enum worker_end end)
{
	(void)job, (void)end;
}

static void note_use(const struct inquiry *inquiry)
{
	struct afterwards_job *it;

	if (!inquiry->app.id[0] || inquiry->name.realm->app_in_directory ||
	    inquiry->attempt.now - inquiry->app.used < USE_EACH)
		return;
	it = make_job(inquiry, run_use, use_done);
	if (!it)
		return;
	memcpy(it->id, inquiry->app.id, sizeof(it->id));
	worker_submit(inquiry->engine->stores, &it->job);
}

/* ---- the last accepted password ---- */

static void run_remember(struct worker_job *job)
{
	struct afterwards_job *it = (struct afterwards_job *)job;
	struct stale_store *store = engine_thread_stale(it->engine);

	it->remembered =
	    store && stale_accept(store, buf_span(&it->owner), secret_span(&it->password),
				  it->scheme, it->days, it->longest, it->now);
}

/* The owner alone chooses the slot, so that only one password of it is in the table. */
static unsigned char *password_slot(struct afterwards *afterwards, struct span owner,
				    unsigned char tag[TAG_LEN])
{
	make_tag(afterwards, owner, tag);
	return afterwards->passwords[slot_of(tag)];
}

/* The next login brings it again. */
static void bring_again(struct engine *engine, struct span owner)
{
	unsigned char tag[TAG_LEN];

	memset(password_slot(engine->afterwards, owner, tag), 0, TAG_LEN);
}

static void remember_done(struct worker_job *job, enum worker_end end)
{
	struct afterwards_job *it = (struct afterwards_job *)job;

	if (end == WORKER_LATE || !it->remembered)
		bring_again(it->engine, buf_span(&it->owner));
}

/* True of one that was accepted last, as far as this worker knows. */
static bool is_known(struct afterwards *afterwards, const struct inquiry *inquiry)
{
	crypto_generichash_state state;
	unsigned char tag[TAG_LEN];
	unsigned char *slot = password_slot(afterwards, buf_span(&inquiry->account), tag);

	crypto_generichash_init(&state, afterwards->key, sizeof(afterwards->key), TAG_LEN);
	crypto_generichash_update(&state, tag, sizeof(tag));
	crypto_generichash_update(&state, inquiry->password.at, inquiry->password.len);
	crypto_generichash_final(&state, tag, TAG_LEN);
	if (sodium_memcmp(slot, tag, TAG_LEN) == 0)
		return true;
	memcpy(slot, tag, TAG_LEN);
	return false;
}

static unsigned longest_days(const struct settings *settings)
{
	unsigned longest = 0;

	for (size_t i = 0; i < settings->realm_count; i++)
		if (settings->realms[i].remember_days > longest)
			longest = settings->realms[i].remember_days;
	return longest;
}

static bool submit_password(const struct inquiry *inquiry)
{
	const struct settings_realm *realm = inquiry->name.realm;
	struct afterwards_job *it = make_job(inquiry, run_remember, remember_done);

	if (!it)
		return false;
	if (!secret_init(&it->password, secret_span(&inquiry->password))) {
		job_free(&it->job);
		return false;
	}
	it->scheme = span_of(realm->scheme);
	it->days = realm->remember_days;
	it->longest = longest_days(inquiry->engine->settings);
	worker_submit(inquiry->engine->stores, &it->job);
	return true;
}

static void remember_password(const struct inquiry *inquiry)
{
	if (!inquiry->name.realm->remember_days || !inquiry->password.at ||
	    inquiry->account.len == 0 || is_known(inquiry->engine->afterwards, inquiry))
		return;
	if (!submit_password(inquiry))
		bring_again(inquiry->engine, buf_span(&inquiry->account));
}

/* ---- what ends soon ---- */

static bool said_today(struct afterwards *afterwards, const struct inquiry *inquiry)
{
	unsigned char tag[TAG_LEN];
	int64_t day = inquiry->attempt.now / DAY;
	size_t slot;

	make_tag(afterwards, buf_span(&inquiry->account), tag);
	slot = slot_of(tag);
	if (afterwards->said[slot].day == day &&
	    memcmp(afterwards->said[slot].tag, tag, TAG_LEN) == 0)
		return true;
	memcpy(afterwards->said[slot].tag, tag, TAG_LEN);
	afterwards->said[slot].day = day;
	return false;
}

static void say_expiring(const struct inquiry *inquiry)
{
	const struct evidence *evidence = &inquiry->proved.evidence;
	int64_t left = (int64_t)inquiry->name.realm->expiring_days * DAY;
	int64_t end = evidence->proof == PROOF_APP ? evidence->app_until
						   : inquiry->record.account.password_expires;
	struct log_line line;

	if (end == 0 || end - inquiry->attempt.now >= left)
		return;
	inquiry->engine->counters.expiring++;
	if (said_today(inquiry->engine->afterwards, inquiry))
		return;
	log_begin(&line, LOG_LEVEL_INFO, "expiring");
	log_put(&line, "id", inquire_id(inquiry));
	log_put(&line, "user", inquiry->name.parts.full);
	log_put_text(&line, "what", evidence->proof == PROOF_APP ? "app password" : "password");
	log_put(&line, "label", evidence->app_label);
	log_put_number(&line, "days",
		       end > inquiry->attempt.now ? (end - inquiry->attempt.now) / DAY : 0);
	log_end(&line);
}

void afterwards_login(struct inquiry *inquiry)
{
	if (inquiry->proved.evidence.proof == PROOF_APP)
		note_use(inquiry);
	else if (inquiry->proved.evidence.proof == PROOF_CURRENT)
		remember_password(inquiry);
	say_expiring(inquiry);
}
