/* SPDX-License-Identifier: MIT */
/* Test the counters against a plain model of the rules: many random attempts, with restarts
 * between. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/attempts.h"
#include "store/database.h"
#include "store/journal_format.h"

#define STEPS	 50000
#define NAMES	 5
#define HOSTS	 5 /* the last one is none, the one before is shared */
#define ENTRIES	 4 /* the last one is none */
#define NO_HOST	 (HOSTS - 1)
#define NO_ENTRY (ENTRIES - 1)
#define SECRETS	 14
#define RECENT	 8

static const struct attempts_rules rules = {
    .threshold = 4, .network_threshold = 40, .window = 300, .lock = 90, .delay_ms = 6000};

/* ---- the model ---- */

/* A counter, and who has contributed how much to it in its window. */
struct tally {
	unsigned total, threshold;
	int64_t since, until;
	unsigned from[NAMES][HOSTS];
};

struct model {
	struct tally homes[NAMES][HOSTS], names[NAMES], networks[HOSTS], entries[ENTRIES];
	int recent[NAMES][HOSTS][RECENT], recent_next[NAMES][HOSTS];
	int entry_recent[ENTRIES][RECENT], entry_recent_next[ENTRIES];
	int last_entry[NAMES][HOSTS]; /* the one to which it contributed last */
};

static void model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
	memset(model->recent, -1, sizeof(model->recent));
	memset(model->entry_recent, -1, sizeof(model->entry_recent));
	memset(model->last_entry, -1, sizeof(model->last_entry));
	for (int n = 0; n < NAMES; n++) {
		model->names[n].threshold = 10 * rules.threshold;
		for (int h = 0; h < HOSTS; h++)
			model->homes[n][h].threshold = rules.threshold;
	}
	for (int h = 0; h < HOSTS; h++)
		model->networks[h].threshold = rules.network_threshold;
	for (int e = 0; e < ENTRIES; e++)
		model->entries[e].threshold = 10 * rules.threshold;
}

static bool counts(const struct tally *tally, int64_t now)
{
	if (tally->until > now)
		return true;
	return tally->total > 0 && tally->until == 0 && now < tally->since + rules.window;
}

/* True if it was counted; for nobody's share where there is no name. */
static bool add(struct tally *tally, int name, int host, int64_t now)
{
	if (tally->until > now)
		return false;
	if (!counts(tally, now)) {
		tally->total = 0;
		tally->until = 0;
		tally->since = now;
		memset(tally->from, 0, sizeof(tally->from));
	}
	tally->total++;
	if (name >= 0)
		tally->from[name][host]++;
	if (tally->total >= tally->threshold)
		tally->until = now + rules.lock;
	return true;
}

static bool subtract(struct tally *tally, int name, int host, int64_t now)
{
	unsigned part = tally->from[name][host];

	tally->from[name][host] = 0;
	if (part == 0 || tally->until > now || !counts(tally, now))
		return false;
	tally->total -= part;
	return true;
}

static bool known(int recent[RECENT], int *next, int secret)
{
	for (int i = 0; i < RECENT; i++)
		if (recent[i] == secret)
			return true;
	recent[(*next)++ % RECENT] = secret;
	return false;
}

static bool model_count(struct model *model, int name, int host, int entry, int secret, int64_t now)
{
	int *last = &model->last_entry[name][host];
	bool counted = false;

	if (secret >= 0 &&
	    known(model->recent[name][host], &model->recent_next[name][host], secret))
		return false;
	if (host != NO_HOST)
		counted = add(&model->homes[name][host], name, host, now);
	counted = add(&model->names[name], name, host, now) || counted;
	if (host < NO_HOST - 1)
		counted = add(&model->networks[host], name, host, now) || counted;
	if (entry != NO_ENTRY && add(&model->entries[entry], name, host, now)) {
		if (*last >= 0 && *last != entry)
			model->entries[*last].from[name][host] = 0;
		*last = entry;
		counted = true;
	}
	return counted;
}

static bool model_count_entry(struct model *model, int entry, int secret, int64_t now)
{
	if (secret >= 0 &&
	    known(model->entry_recent[entry], &model->entry_recent_next[entry], secret))
		return false;
	return add(&model->entries[entry], -1, -1, now);
}

static void forget_shares(struct model *model, int name, int host)
{
	model->names[name].from[name][host] = 0;
	for (int e = 0; e < ENTRIES; e++)
		model->entries[e].from[name][host] = 0;
}

static void model_clear(struct model *model, int name, int host, int entry, int64_t now)
{
	if (host == NO_HOST)
		return;
	subtract(&model->names[name], name, host, now);
	if (entry != NO_ENTRY && model->last_entry[name][host] == entry)
		subtract(&model->entries[entry], name, host, now);
	memset(model->recent[name][host], -1, sizeof(model->recent[name][host]));
	model->homes[name][host].total = 0;
	model->homes[name][host].until = 0;
	forget_shares(model, name, host);
}

static void empty(struct tally *tally)
{
	tally->total = 0;
	tally->until = 0;
	memset(tally->from, 0, sizeof(tally->from));
}

static void model_forget(struct model *model, int name, int entry)
{
	for (int h = 0; h < HOSTS; h++) {
		empty(&model->homes[name][h]);
		forget_shares(model, name, h);
		memset(model->recent[name][h], -1, sizeof(model->recent[name][h]));
	}
	empty(&model->names[name]);
	if (entry == NO_ENTRY)
		return;
	empty(&model->entries[entry]);
	memset(model->entry_recent[entry], -1, sizeof(model->entry_recent[entry]));
}

static void model_look(const struct model *model, int name, int host, int entry, int64_t now,
		       struct attempts_state *state)
{
	const struct tally *home =
	    host == NO_HOST ? &model->names[name] : &model->homes[name][host];
	unsigned failures = counts(home, now) ? home->total : 0;

	*state = (struct attempts_state){LOCK_NONE, 0, 0};
	if (entry != NO_ENTRY && model->entries[entry].until > now)
		*state = (struct attempts_state){LOCK_SILENT, model->entries[entry].until, 0};
	if (model->names[name].until > now)
		*state = (struct attempts_state){LOCK_NAME, model->names[name].until, 0};
	if (host != NO_HOST && home->until > now)
		*state = (struct attempts_state){LOCK_NAME_NETWORK, home->until, 0};
	if (host < NO_HOST - 1 && model->networks[host].until > now)
		*state = (struct attempts_state){LOCK_NETWORK, model->networks[host].until, 0};
	for (unsigned i = 0; i < failures && state->delay_ms < rules.delay_ms; i++)
		state->delay_ms = state->delay_ms ? 2 * state->delay_ms : 100;
	if (state->delay_ms > rules.delay_ms)
		state->delay_ms = rules.delay_ms;
}

/* ---- both ---- */

struct pair {
	struct model model;
	struct database *database;
	struct attempts *attempts;
	char directory[64];
};

static void open_real(struct pair *pair)
{
	char text[512];
	struct buf fault = BUF_ON(text);

	pair->database = database_open(pair->directory, &journal_format, DATABASE_PROCESS, &fault);
	ck_assert_msg(pair->database, "%.*s", (int)fault.len, fault.at);
	pair->attempts = attempts_open(pair->database, 4096);
	ck_assert_ptr_nonnull(pair->attempts);
}

static void close_real(struct pair *pair)
{
	attempts_close(&pair->attempts);
	database_close(&pair->database);
}

static void save(struct pair *pair)
{
	if (!attempts_dirty(pair->attempts))
		return;
	ck_assert(database_begin(pair->database));
	ck_assert(attempts_save(pair->attempts));
	ck_assert(database_commit(pair->database));
}

/* A new process knows the counters, but no wrong passwords. */
static void restart(struct pair *pair)
{
	save(pair);
	close_real(pair);
	open_real(pair);
	memset(pair->model.recent, -1, sizeof(pair->model.recent));
	memset(pair->model.entry_recent, -1, sizeof(pair->model.entry_recent));
}

static struct attempts_who who_of(int name, int host, int entry)
{
	static const char *const names[] = {"a", "b", "c", "d", "e"};
	static const char *const entries[] = {"x", "y", "z", NULL};
	struct attempts_who who = {.name = span_of(names[name]),
				   .entry = span_of(entries[entry]),
				   .by_network = host != NO_HOST,
				   .shared = host == NO_HOST - 1,
				   .bits = 128};

	if (who.by_network)
		who.network[15] = (unsigned char)(host + 1);
	return who;
}

static void compare(struct pair *pair, int step, int name, int host, int entry, int64_t now)
{
	struct attempts_who who = who_of(name, host, entry);
	struct attempts_state want, got;

	model_look(&pair->model, name, host, entry, now, &want);
	attempts_look(pair->attempts, &who, &rules, now, &got);
	ck_assert_msg(
	    got.lock == want.lock && got.until == want.until && got.delay_ms == want.delay_ms,
	    "step %d, name %d host %d entry %d: lock %d until %lld delay %u, not %d %lld %u", step,
	    name, host, entry, got.lock, (long long)got.until, got.delay_ms, want.lock,
	    (long long)want.until, want.delay_ms);
}

static int pick(int count)
{
	return (int)(random() % count);
}

static void count_both(struct pair *pair, int number, int name, int host, int entry, int secret,
		       bool alone, int64_t now)
{
	char text = (char)('a' + secret);
	struct span password = secret < 0 ? SPAN_NONE : (struct span){&text, 1};
	struct attempts_who who = who_of(name, host, entry);
	bool want = alone ? model_count_entry(&pair->model, entry, secret, now)
			  : model_count(&pair->model, name, host, entry, secret, now);

	if (alone)
		who = (struct attempts_who){.entry = who.entry};
	ck_assert_msg(attempts_count(pair->attempts, &who, &rules, password, now) == want,
		      "step %d: counted or not", number);
}

static void step(struct pair *pair, int number, int64_t now, unsigned seen[LOCK_SILENT + 1])
{
	int name = pick(NAMES), host = pick(HOSTS), entry = pick(ENTRIES);
	int secret = pick(SECRETS + 6) - 6, what = pick(64);
	struct attempts_who who = who_of(name, host, entry);
	struct attempts_state state;

	model_look(&pair->model, name, host, entry, now, &state);
	seen[state.lock]++;
	if (what == 0) {
		model_forget(&pair->model, name, entry);
		attempts_forget_name(pair->attempts, who.name, who.entry);
	} else if (what < 5) {
		model_clear(&pair->model, name, host, entry, now);
		attempts_clear(pair->attempts, &who, now);
	} else if (what >= 60 && entry != NO_ENTRY) {
		count_both(pair, number, name, host, entry, secret, true, now);
	} else if (state.lock == LOCK_NONE || what < 8) {
		count_both(pair, number, name, host, entry, secret, false, now);
	}
	compare(pair, number, name, host, entry, now);
	compare(pair, number, pick(NAMES), pick(HOSTS), pick(ENTRIES), now);
}

START_TEST(as_the_model)
{
	static struct pair pair;
	unsigned seen[LOCK_SILENT + 1] = {0};
	const char *const names[] = {"", "-wal", "-shm"};
	int64_t now = 1000;
	char path[128];

	srandom((unsigned)_i + 1);
	snprintf(pair.directory, sizeof(pair.directory), "/tmp/test_attempts_model.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(pair.directory));
	model_init(&pair.model);
	open_real(&pair);
	for (int i = 0; i < STEPS; i++) {
		now += pick(4) == 0 ? pick(4) : pick(2000) == 0 ? pick(700) : 0;
		step(&pair, i, now, seen);
		if (pick(20) == 0)
			save(&pair);
		if (pick(1000) == 0)
			restart(&pair);
	}
	for (int lock = LOCK_NONE; lock <= LOCK_SILENT; lock++)
		ck_assert_msg(seen[lock] > 100, "lock %d: %u times", lock, seen[lock]);
	close_real(&pair);
	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/incidents.sqlite%s", pair.directory, names[i]);
		remove(path);
	}
	remove(pair.directory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attempts_model");
	TCase *tcase = tcase_create("attempts_model");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, as_the_model, 0, 2);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
