/* SPDX-License-Identifier: MIT */
/* An inquiry over slow, dead and full parts: in time, and the same for known and unknown names. */
#include "pace.h"

#include <check.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/inquiry.h"

static const char config[] =
    "user = root\nlog = stderr\nlog_level = error\ndefault_realm = \"example.org\"\n"
    "state_directory = \"\"\nadmin_socket = \"\"\n"
    "hash_threads = 1\nqueue_length = 1\n"
    "listener \"/tmp/auth\" { mechanisms = {PLAIN, SCRAM-SHA-256} }\n"
    "backend_passwd \"one\" { threads = 4 }\n"
    "backend_passwd \"two\" { threads = 4 }\n"
    "realm \"example.org\" { backends = {\"one\", \"two\"} secrets = mixed floor = 50ms "
    "scheme = \"%s\" }\n";

/* A backend that knows "alice", with the secret "right", and takes its time. */
struct fake {
	struct backend backend;
	unsigned sleep_ms;
	bool down, knows, disabled;
	bool prove_down; /* where the service judges: it finds the name, but cannot judge */
	const char *stored;
	atomic_int lookups, proves;
	atomic_int judged; /* secrets that it was given to judge */
	struct span canonical;
};

static uv_loop_t loop;
static struct settings *settings;
static struct engine *engine;
static struct fake fakes[2];
static int told;

static void sleep_ms(unsigned ms)
{
	struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&pause, NULL);
}

static enum backend_found fake_lookup(struct backend *backend, const struct backend_name *name,
				      struct backend_record *record)
{
	struct fake *fake = (struct fake *)backend;

	fake->lookups++;
	sleep_ms(fake->sleep_ms);
	if (fake->down)
		return BACKEND_DOWN;
	if (!fake->knows || !span_is(name->local, "alice"))
		return BACKEND_UNKNOWN;
	record->account.exists = YES;
	record->account.disabled = fake->disabled;
	record->canonical = fake->canonical;
	record->stored[record->stored_count++] = backend_record_keep(record, span_of(fake->stored));
	return BACKEND_KNOWN;
}

static void fake_close(struct backend **backend)
{
	*backend = NULL;
}

static const struct backend_type fake_type = {
    .name = "fake", .blocking = true, .lookup = fake_lookup, .close = fake_close};

/* The service judges: the secret is right if it is the stored one without its scheme. */
static enum backend_found fake_prove(struct backend *backend, const struct backend_name *name,
				     struct span secret, struct backend_record *record)
{
	struct fake *fake = (struct fake *)backend;

	fake->proves++;
	fake->judged += secret.at != NULL;
	sleep_ms(fake->sleep_ms);
	if (fake->down || fake->prove_down)
		return BACKEND_DOWN;
	if (!fake->knows || !span_is(name->local, "alice"))
		return BACKEND_UNKNOWN;
	record->account.exists = YES;
	record->proof = span_is(secret, fake->stored) ? PROOF_CURRENT : PROOF_NONE;
	return BACKEND_KNOWN;
}

static const struct backend_type judge_type = {.name = "judge",
					       .blocking = true,
					       .lookup = fake_lookup,
					       .prove = fake_prove,
					       .close = fake_close};

static void open_engine(const char *scheme)
{
	static const unsigned char key[SCRAMKEY_LEN] = {1};
	char path[] = "/tmp/test_inquire.XXXXXX", fault_text[4096];
	struct buf faults = BUF_ON(fault_text);
	const char *fault = NULL;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	dprintf(fd, config, scheme);
	close(fd);
	if (!settings_load(path, &settings, &faults))
		ck_abort_msg("%.*s", (int)faults.len, fault_text);
	unlink(path);
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	engine = engine_open(&loop, settings, key, &fault);
	ck_assert_msg(engine != NULL, "%s", fault);
	told = 0;
	for (int i = 0; i < 2; i++) {
		fakes[i] = (struct fake){.backend = {&fake_type, i ? "two" : "one"},
					 .knows = i == 0,
					 .stored = "{PLAIN}right"};
		engine->backends[i].backend->type->close(&engine->backends[i].backend);
		engine->backends[i].backend = &fakes[i].backend;
	}
}

static void close_engine(void)
{
	while (engine_busy(engine))
		uv_run(&loop, UV_RUN_ONCE);
	engine_close(&engine);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	settings_close(&settings);
}

static void on_told(void *owner)
{
	(void)owner;
	told++;
}

static struct inquiry *open_inquiry(enum mech mech, const char *name)
{
	struct inquire_request request = {.engine = engine, .mech = mech, .mech_offered = true};
	struct inquiry *inquiry = inquire_open(&request, on_told, NULL);

	ck_assert_ptr_nonnull(inquiry);
	ck_assert(!inquire_name(inquiry, span_of(name), SPAN_NONE));
	return inquiry;
}

static void wait_told(void)
{
	while (!told)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(told, 1);
}

/* One try with PLAIN; how long it took in milliseconds. */
static unsigned try_plain(const char *name, const char *password, struct verdict *verdict)
{
	struct inquiry *inquiry = open_inquiry(MECH_PLAIN, name);
	uint64_t start = uv_hrtime();
	unsigned took;

	told = 0;
	inquire_password(inquiry, span_of(password));
	wait_told();
	took = (unsigned)((uv_hrtime() - start) / 1000000);
	*verdict = *inquire_verdict(inquiry);
	inquire_close(&inquiry);
	return took;
}

struct row {
	const char *name;
	const char *user, *password;
	bool down[2];
	enum outcome want;
	enum reason want_told;
};

static const struct row rows[] = {
    {"right", "alice", "right", {false, false}, OUTCOME_ALLOW, 0},
    {"wrong", "alice", "wrong", {false, false}, OUTCOME_REFUSE, REASON_BAD_CREDENTIALS},
    {"unknown", "nobody", "wrong", {false, false}, OUTCOME_REFUSE, REASON_BAD_CREDENTIALS},
    {"right, the second is down", "alice", "right", {false, true}, OUTCOME_ALLOW, 0},
    {"wrong, the second is down", "alice", "x", {false, true}, OUTCOME_TRY_LATER, REASON_TEMPORARY},
    {"unknown, the second is down",
     "nobody",
     "x",
     {false, true},
     OUTCOME_TRY_LATER,
     REASON_TEMPORARY},
    {"right, the first is down",
     "alice",
     "right",
     {true, false},
     OUTCOME_TRY_LATER,
     REASON_TEMPORARY},
};

START_TEST(backends_down)
{
	const struct row *row = &rows[_i];
	struct verdict verdict;

	open_engine("SSHA512");
	fakes[0].down = row->down[0];
	fakes[1].down = row->down[1];
	try_plain(row->user, row->password, &verdict);
	ck_assert_msg(verdict.outcome == row->want, "%s: %d", row->name, verdict.outcome);
	if (row->want != OUTCOME_ALLOW)
		ck_assert_msg(verdict.told == row->want_told, "%s: %d", row->name, verdict.told);
	close_engine();
}
END_TEST

/* What each part may take adds up to more than a client waits. */
START_TEST(slow_parts_together_are_late)
{
	struct inquiry *inquiries[2];
	uint64_t start = uv_hrtime();
	unsigned took;

	pace_begin();
	open_engine("SSHA512");
	fakes[0].sleep_ms = fakes[1].sleep_ms = ENGINE_DEADLINE_MS - 3500;
	for (int i = 0; i < 2; i++) {
		inquiries[i] = open_inquiry(MECH_PLAIN, i ? "alice" : "nobody");
		inquire_password(inquiries[i], span_of("wrong"));
	}
	while (told < 2)
		uv_run(&loop, UV_RUN_ONCE);
	took = (unsigned)((uv_hrtime() - start) / 1000000);
	ck_assert_uint_ge(took, ENGINE_DEADLINE_MS - 10);
	ck_assert_uint_le(took, ENGINE_DEADLINE_MS + 250 + (unsigned)pace_end());
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(inquire_verdict(inquiries[i])->outcome, OUTCOME_TRY_LATER);
		inquire_close(&inquiries[i]);
	}
	close_engine();
}
END_TEST

/* ---- a service that judges ---- */

static const struct {
	const char *name;
	const char *user, *password;
	bool app_passwords, down, prove_down, second_down;
	enum outcome want;
	int want_proves, want_lookups;
} judge_rows[] = {
    {"right", "alice", "Secret", false, false, false, false, OUTCOME_ALLOW, 1, 0},
    {"wrong", "alice", "wrong", false, false, false, false, OUTCOME_REFUSE, 1, 0},
    {"unknown", "nobody", "wrong", false, false, false, false, OUTCOME_REFUSE, 1, 0},
    {"down", "alice", "Secret", false, true, false, false, OUTCOME_TRY_LATER, 1, 0},
    {"cannot judge", "alice", "Secret", false, false, true, false, OUTCOME_TRY_LATER, 1, 0},
    {"cannot judge unknown names", "nobody", "Secret", false, false, true, false, OUTCOME_TRY_LATER,
     1, 0},
    {"the next is down", "alice", "wrong", false, false, false, true, OUTCOME_TRY_LATER, 1, 0},
    {"like an app password", "alice", "abcd efgh ijkl mnop", true, false, false, false,
     OUTCOME_REFUSE, 0, 1},
    {"like an app password, unknown", "nobody", "ABCDEFGHIJKLMNOP", true, false, false, false,
     OUTCOME_REFUSE, 0, 1},
    {"there are no app passwords", "alice", "abcd efgh ijkl mnop", false, false, false, false,
     OUTCOME_REFUSE, 1, 0},
};

START_TEST(judged)
{
	struct verdict verdict;

	open_engine("SSHA512");
	settings->realms[0].app_passwords = judge_rows[_i].app_passwords;
	fakes[0].backend.type = &judge_type;
	fakes[0].stored = "Secret";
	fakes[0].down = judge_rows[_i].down;
	fakes[0].prove_down = judge_rows[_i].prove_down;
	fakes[1].down = judge_rows[_i].second_down;
	try_plain(judge_rows[_i].user, judge_rows[_i].password, &verdict);
	ck_assert_msg(verdict.outcome == judge_rows[_i].want, "%s: %d", judge_rows[_i].name,
		      verdict.outcome);
	ck_assert_int_eq(fakes[0].proves, judge_rows[_i].want_proves);
	ck_assert_int_eq(fakes[0].lookups, judge_rows[_i].want_lookups);
	close_engine();
}
END_TEST

/* One behind the backend that knows the name is put to the trouble that an unknown name makes, so
 * that it is found as down, but judges nothing: that would count against somebody's lock there. */
START_TEST(judge_behind)
{
	static const char *const users[] = {"alice", "nobody"};
	struct verdict verdict;

	open_engine("SSHA512");
	fakes[1].backend.type = &judge_type;
	fakes[1].prove_down = _i >= 2;
	fakes[1].knows = _i % 2 == 0;
	try_plain(users[_i % 2], "wrong", &verdict);
	ck_assert_int_eq(verdict.outcome, _i >= 2 ? OUTCOME_TRY_LATER : OUTCOME_REFUSE);
	ck_assert_int_eq(fakes[1].proves, 1);
	ck_assert_int_eq(fakes[1].judged, _i % 2);
	ck_assert_int_eq(fakes[1].lookups, 0);
	close_engine();
}
END_TEST
static const struct {
	struct span canonical;
	enum outcome want;
} canonicals[] = {
    {{"Alice Doe@example.org", 21}, OUTCOME_ALLOW},
    {{NULL, 0}, OUTCOME_ALLOW},
    {{"a\tcode=x", 8}, OUTCOME_REFUSE},
    {{"a\0b@example.org", 15}, OUTCOME_REFUSE},
    {{"\xff@example.org", 13}, OUTCOME_REFUSE},
};

/* Who would go by what is no name is not let in. */
START_TEST(canonical_name)
{
	struct verdict verdict;

	open_engine("SSHA512");
	fakes[0].canonical = canonicals[_i].canonical;
	try_plain("alice", "right", &verdict);
	ck_assert_int_eq(verdict.outcome, canonicals[_i].want);
	close_engine();
}
END_TEST

/* A challenge mechanism has nothing to judge. */
START_TEST(judge_challenge)
{
	struct inquiry *inquiry;

	open_engine("SSHA512");
	fakes[0].backend.type = &judge_type;
	inquiry = open_inquiry(MECH_SCRAM_SHA_256, "alice");
	inquire_lookup(inquiry, false);
	wait_told();
	ck_assert_int_eq(fakes[0].proves, 0);
	ck_assert_int_eq(fakes[0].lookups, 1);
	inquire_close(&inquiry);
	close_engine();
}
END_TEST

/* A name that we have locked is not handed to the service, which would lock it too, nor looked up
 * for what is no app password. */
START_TEST(judge_locked)
{
	struct attempts_who who = {.name = span_of("alice@example.org"), .by_network = true};
	struct verdict verdict;

	open_engine("PLAIN");
	fakes[0].backend.type = &judge_type;
	fakes[0].stored = "right";
	for (unsigned char i = 0; i < 100; i++) {
		who.network[15] = i;
		who.bits = 128;
		attempts_count(ledger_attempts(engine->ledger), &who, &settings->realms[0].rules,
			       SPAN_NONE, time(NULL));
	}
	try_plain("alice", "right", &verdict);
	ck_assert_int_eq(verdict.told, REASON_ACCOUNT_LOCKED);
	ck_assert_int_eq(fakes[0].judged, 0);
	ck_assert_int_eq(fakes[0].lookups, 0);
	try_plain("alice", "abcdefghijklmnop", &verdict);
	ck_assert_int_eq(verdict.told, REASON_ACCOUNT_LOCKED);
	ck_assert_int_eq(fakes[0].judged, 0);
	ck_assert_int_eq(fakes[0].lookups, 1);
	close_engine();
}
END_TEST

static void on_row(void *context, const struct attempts_row *row)
{
	unsigned *failures = context;

	failures[row->kind] += row->failures;
}

/* Failures by kind. */
static void count_rows(unsigned failures[ATTEMPTS_KINDS])
{
	memset(failures, 0, ATTEMPTS_KINDS * sizeof(*failures));
	attempts_each(ledger_attempts(engine->ledger), SPAN_NONE, time(NULL), on_row, failures);
}

static void lock_name(void)
{
	struct attempts_who who = {.name = span_of("alice@example.org")};

	for (int i = 0; i < 100; i++)
		attempts_count(ledger_attempts(engine->ledger), &who, &settings->realms[0].rules,
			       SPAN_NONE, time(NULL));
}

static void unlock_name(void)
{
	attempts_forget_name(ledger_attempts(engine->ledger), span_of("alice@example.org"),
			     span_of("one:=alice@example.org"));
}

/* LOGIN: what was locked between name and password is not handed to the service either, nor looked
 * up at all; what was unlocked is. */
static const struct {
	bool before, after; /* locked when the name comes, and when the password does */
	enum outcome want;
	int want_judged;
} between[] = {
    {false, false, OUTCOME_ALLOW, 1},
    {false, true, OUTCOME_REFUSE, 0},
    {true, false, OUTCOME_ALLOW, 1},
    {true, true, OUTCOME_REFUSE, 0},
};

START_TEST(locked_between)
{
	struct inquiry *inquiry;

	open_engine("PLAIN");
	fakes[0].backend.type = &judge_type;
	fakes[0].stored = "right";
	if (between[_i].before)
		lock_name();
	inquiry = open_inquiry(MECH_LOGIN, "alice");
	unlock_name();
	if (between[_i].after)
		lock_name();
	inquire_restart(inquiry);
	inquire_password(inquiry, span_of("right"));
	wait_told();
	ck_assert_int_eq(inquire_verdict(inquiry)->outcome, between[_i].want);
	if (between[_i].want == OUTCOME_REFUSE)
		ck_assert_int_eq(inquire_verdict(inquiry)->told, REASON_ACCOUNT_LOCKED);
	ck_assert_int_eq(fakes[0].judged, between[_i].want_judged);
	ck_assert_int_eq(fakes[0].lookups, 0);
	inquire_close(&inquiry);
	close_engine();
}
END_TEST

/* A lock that ends while a backend is asked was one when the service was passed over: the right
 * password is not a wrong one, and nothing is counted. Known or not. */
START_TEST(unlocked_meanwhile)
{
	unsigned failures[ATTEMPTS_KINDS];
	struct inquiry *inquiry;

	open_engine("PLAIN");
	fakes[0].backend.type = &judge_type;
	fakes[0].stored = "abcdefghijklmnop";
	fakes[0].knows = _i == 0;
	fakes[0].sleep_ms = 20;
	lock_name();
	inquiry = open_inquiry(MECH_PLAIN, "alice");
	inquire_password(inquiry, span_of("abcdefghijklmnop"));
	unlock_name();
	wait_told();
	ck_assert_int_eq(inquire_verdict(inquiry)->told, REASON_ACCOUNT_LOCKED);
	ck_assert_int_eq(fakes[0].judged, 0);
	count_rows(failures);
	for (int kind = 0; kind < ATTEMPTS_KINDS; kind++)
		ck_assert_uint_eq(failures[kind], 0);
	inquire_close(&inquiry);
	close_engine();
}
END_TEST

/* The same with the account's own lock, which ends while a thread compares. */
START_TEST(silent_lock_ends_meanwhile)
{
	struct attempts_who who = {.entry = span_of("one:=alice@example.org")};
	struct inquiry *inquiry;

	open_engine("CRYPT");
	for (int i = 0; i < 100; i++)
		attempts_count(ledger_attempts(engine->ledger), &who, &settings->realms[0].rules,
			       SPAN_NONE, time(NULL));
	inquiry = open_inquiry(MECH_PLAIN, "alice");
	inquire_password(inquiry, span_of("right"));
	while (inquiry->withheld == LOCK_NONE)
		uv_run(&loop, UV_RUN_ONCE);
	unlock_name();
	wait_told();
	ck_assert_int_eq(inquire_verdict(inquiry)->told, REASON_BAD_CREDENTIALS);
	ck_assert_int_eq(inquire_verdict(inquiry)->cause, REASON_ACCOUNT_LOCKED);
	inquire_close(&inquiry);
	close_engine();
}
END_TEST

/* ---- guesses in an outage ---- */

/* A wrong password that is judged and told as temporary counts for the account alone, each once;
 * beyond ten times the threshold the right one is temporary too. Nobody's name, nobody's network,
 * and no name without an account. */
START_TEST(guessed_while_down)
{
	unsigned failures[ATTEMPTS_KINDS];
	struct verdict verdict;
	char password[16];

	open_engine("SSHA512");
	settings->realms[0].rules.threshold = 1;
	settings->realms[0].floor_ms = 0;
	fakes[1].down = true;
	for (int i = 0; i < 30; i++) {
		snprintf(password, sizeof(password), "guess-%d", i);
		try_plain("nobody", password, &verdict);
		ck_assert_int_eq(verdict.outcome, OUTCOME_TRY_LATER);
		snprintf(password, sizeof(password), "guess-%d", i < 9 ? i : 8);
		try_plain("alice", password, &verdict);
		ck_assert_int_eq(verdict.outcome, OUTCOME_TRY_LATER);
	}
	count_rows(failures);
	ck_assert_uint_eq(failures[ATTEMPTS_ENTRY], 9);
	try_plain("alice", "right", &verdict);
	ck_assert_int_eq(verdict.outcome, OUTCOME_ALLOW);
	try_plain("alice", "the tenth", &verdict);
	try_plain("alice", "right", &verdict);
	ck_assert_int_eq(verdict.told, REASON_TEMPORARY);
	ck_assert_int_eq(verdict.cause, REASON_ACCOUNT_LOCKED);
	count_rows(failures);
	ck_assert_uint_eq(failures[ATTEMPTS_ENTRY], 10);
	ck_assert_uint_eq(failures[ATTEMPTS_NAME_NETWORK] + failures[ATTEMPTS_NAME] +
			      failures[ATTEMPTS_NETWORK],
			  0);
	close_engine();
}
END_TEST

/* What was wrong in the outage is wrong once more afterwards, as an unknown name's is. */
START_TEST(guessed_again_after_it)
{
	unsigned failures[ATTEMPTS_KINDS];
	struct verdict verdict;

	open_engine("SSHA512");
	fakes[1].down = true;
	try_plain("alice", "wrong", &verdict);
	fakes[1].down = false;
	try_plain("alice", "wrong", &verdict);
	try_plain("nobody", "wrong", &verdict);
	count_rows(failures);
	ck_assert_uint_eq(failures[ATTEMPTS_NAME], 2);
	ck_assert_uint_eq(failures[ATTEMPTS_ENTRY], 2);
	close_engine();
}
END_TEST

/* Who only observes does not tell the right password of a disabled account by a refusal that a
 * wrong one does not get while a backend is down: whether it stands before or behind. */
START_TEST(observed_while_down)
{
	static const char *const passwords[] = {"right", "wrong"};
	int behind = _i % 2, knows = behind ? 0 : 1;
	struct verdict verdict;

	open_engine("SSHA512");
	settings->realms[0].observe = _i < 4;
	fakes[0].knows = knows == 0;
	fakes[1].knows = knows == 1;
	fakes[knows].disabled = true;
	fakes[1 - knows].down = true;
	try_plain("alice", passwords[_i / 2 % 2], &verdict);
	if (_i < 4 || _i >= 6)
		ck_assert_int_eq(verdict.told, REASON_TEMPORARY);
	else
		ck_assert_int_eq(verdict.told, REASON_ACCOUNT_DISABLED);
	ck_assert(verdict.cause == REASON_ACCOUNT_DISABLED);
	close_engine();
}
END_TEST

/* ---- a full queue for hashes ---- */

static atomic_bool gate, running;

static void run_long(struct worker_job *job)
{
	(void)job;
	atomic_store(&running, true);
	while (!atomic_load(&gate))
		sleep_ms(5);
}

static void ignore_end(struct worker_job *job, enum worker_end end)
{
	(void)job, (void)end;
}

static void ignore(struct worker_job *job)
{
	(void)job;
}

static const char *const schemes[] = {"SSHA512", "PBKDF2-SHA256", "CRYPT"};
static const char *const secrets[] = {"{PLAIN}right",
				      "{PBKDF2-SHA256}10000$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAA"
				      "AAAAAAAAAAAAAAAAA"};

static const struct {
	const char *user, *password;
	enum outcome want_cheap; /* where alice has a secret that costs nothing to compare */
} full_rows[] = {{"nobody", "x", OUTCOME_TRY_LATER},
		 {"alice", "wrong", OUTCOME_TRY_LATER},
		 {"alice", "right", OUTCOME_ALLOW}};

static void fill_queue(struct worker_job jobs[2])
{
	atomic_store(&gate, false);
	atomic_store(&running, false);
	for (int i = 0; i < 2; i++)
		jobs[i] = (struct worker_job){.run = run_long, .done = ignore_end, .free = ignore};
	worker_submit(engine->hashes, &jobs[0]);
	while (!atomic_load(&running))
		uv_run(&loop, UV_RUN_NOWAIT);
	worker_submit(engine->hashes, &jobs[1]);
}

/* Whatever the scheme of the realm and of the account: only a proven login is answered. */
START_TEST(full_queue)
{
	struct worker_job jobs[2];
	int scheme = _i / 6, secret = _i / 3 % 2, row = _i % 3;
	enum outcome want = secret ? OUTCOME_TRY_LATER : full_rows[row].want_cheap;
	struct verdict verdict;

	open_engine(schemes[scheme]);
	fakes[0].stored = secrets[secret];
	fill_queue(jobs);
	try_plain(full_rows[row].user, full_rows[row].password, &verdict);
	atomic_store(&gate, true);
	ck_assert_msg(verdict.outcome == want, "%s, %s, %s: %d", schemes[scheme], secrets[secret],
		      full_rows[row].password, verdict.outcome);
	close_engine();
}
END_TEST

/* Judged before it stood in the queue, a guess is no free one; one that was not judged is none. */
START_TEST(guessed_at_a_full_queue)
{
	unsigned failures[ATTEMPTS_KINDS];
	struct worker_job jobs[2];
	struct verdict verdict;
	char password[16];

	open_engine("CRYPT");
	settings->realms[0].rules.threshold = 1;
	fakes[0].stored = secrets[_i];
	fill_queue(jobs);
	for (int i = 0; i < 10; i++) {
		snprintf(password, sizeof(password), "guess-%d", i);
		try_plain("alice", password, &verdict);
		ck_assert_int_eq(verdict.outcome, OUTCOME_TRY_LATER);
		try_plain("nobody", password, &verdict);
		ck_assert_int_eq(verdict.outcome, OUTCOME_TRY_LATER);
	}
	try_plain("alice", "right", &verdict);
	atomic_store(&gate, true);
	ck_assert_int_eq(verdict.told, REASON_TEMPORARY);
	count_rows(failures);
	ck_assert_uint_eq(failures[ATTEMPTS_ENTRY], _i ? 0 : 10);
	ck_assert_uint_eq(failures[ATTEMPTS_NAME], 0);
	close_engine();
}
END_TEST

/* And one that is only observed is told as a wrong one, though it is proven. */
START_TEST(observed_at_a_full_queue)
{
	struct worker_job jobs[2];
	struct verdict verdict;

	open_engine("SSHA512");
	settings->realms[0].observe = _i < 2;
	fakes[0].disabled = true;
	fill_queue(jobs);
	try_plain("alice", _i % 2 ? "wrong" : "right", &verdict);
	atomic_store(&gate, true);
	ck_assert_int_eq(verdict.told, _i == 2 ? REASON_ACCOUNT_DISABLED : REASON_TEMPORARY);
	close_engine();
}
END_TEST

/* ---- SCRAM ---- */

/* The challenge waits for all backends, whether an earlier one knows the name or not. */
START_TEST(challenge_waits_for_all)
{
	struct inquiry *inquiry;
	uint64_t start;
	unsigned took;

	open_engine("SSHA512");
	fakes[1].sleep_ms = 500;
	inquiry = open_inquiry(MECH_SCRAM_SHA_256, _i ? "alice" : "nobody");
	start = uv_hrtime();
	inquire_lookup(inquiry, true);
	wait_told();
	took = (unsigned)((uv_hrtime() - start) / 1000000);
	ck_assert_uint_ge(took, 490);
	ck_assert(!inquire_settled(inquiry));
	ck_assert_int_eq(inquire_secret(inquiry)->real, _i);
	ck_assert(strncmp(inquire_secret(inquiry)->text, "SCRAM-SHA-256$4096:", 19) == 0);
	inquire_close(&inquiry);
	close_engine();
}
END_TEST

START_TEST(failed_is_temporary)
{
	struct inquiry *inquiry;

	open_engine("SSHA512");
	inquiry = open_inquiry(MECH_SCRAM_SHA_256, "alice");
	inquire_fail(inquiry);
	inquire_conclude(inquiry, false, false);
	wait_told();
	ck_assert_int_eq(inquire_verdict(inquiry)->outcome, OUTCOME_TRY_LATER);
	inquire_close(&inquiry);
	close_engine();
}
END_TEST

/* Closed at each moment: while a backend is asked, while a thread hashes, while the floor runs. */
START_TEST(closed_under_way)
{
	struct inquiry *inquiry;
	uint64_t start;
	int before;

	open_engine("CRYPT");
	fakes[0].sleep_ms = 50;
	inquiry = open_inquiry(MECH_PLAIN, "nobody");
	inquire_password(inquiry, span_of("wrong"));
	start = uv_hrtime();
	while ((uv_hrtime() - start) / 1000000 < (uint64_t)_i * 10)
		uv_run(&loop, UV_RUN_NOWAIT);
	before = told;
	inquire_close(&inquiry);
	while (engine_busy(engine))
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(told, before);
	close_engine();
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("inquire");
	TCase *cases = tcase_create("inquire");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, backends_down, 0, ROWS(rows));
	tcase_add_test(cases, slow_parts_together_are_late);
	tcase_add_loop_test(cases, judged, 0, ROWS(judge_rows));
	tcase_add_loop_test(cases, judge_behind, 0, 4);
	tcase_add_loop_test(cases, canonical_name, 0,
			    (int)(sizeof(canonicals) / sizeof(canonicals[0])));
	tcase_add_test(cases, judge_challenge);
	tcase_add_test(cases, judge_locked);
	tcase_add_loop_test(cases, locked_between, 0, ROWS(between));
	tcase_add_loop_test(cases, unlocked_meanwhile, 0, 2);
	tcase_add_test(cases, silent_lock_ends_meanwhile);
	tcase_add_test(cases, guessed_while_down);
	tcase_add_test(cases, guessed_again_after_it);
	tcase_add_loop_test(cases, observed_while_down, 0, 8);
	tcase_add_loop_test(cases, guessed_at_a_full_queue, 0, ROWS(secrets));
	tcase_add_loop_test(cases, observed_at_a_full_queue, 0, 4);
	tcase_add_loop_test(cases, full_queue, 0, ROWS(schemes) * ROWS(secrets) * ROWS(full_rows));
	tcase_add_loop_test(cases, challenge_waits_for_all, 0, 2);
	tcase_add_test(cases, failed_is_temporary);
	tcase_add_loop_test(cases, closed_under_way, 0, 15);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
