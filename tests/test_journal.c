/* SPDX-License-Identifier: MIT */
/* Tests of store/journal: what goes in comes out, ids, and what goes when there is too much. */
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/database.h"
#include "store/journal.h"

#define DAY_MS INT64_C(86400000)
#define NOW    INT64_C(1800000000000)

/* So many rows are put before the oldest are looked at, and at most so many of them go. */
#define DROP_EVERY 64
#define DROP_MOST  256

static char directory[64];
static struct database *database;
static struct journal *journal;

static const struct journal_limits plenty = {100000, 90, UINT64_C(1) << 30};

static void open_journal(const struct journal_limits *limits)
{
	char storage[512];
	struct buf fault = BUF_ON(storage);

	database = database_open(directory, &journal_format, DATABASE_PROCESS, &fault);
	ck_assert_msg(database != NULL, "%.*s", (int)fault.len, storage);
	journal = journal_open(database, limits);
	ck_assert_ptr_nonnull(journal);
}

static void close_journal(void)
{
	journal_close(&journal);
	ck_assert_ptr_null(journal);
	database_close(&database);
}

static void setup(void)
{
	snprintf(directory, sizeof(directory), "/tmp/test_journal.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	open_journal(&plenty);
}

static void teardown(void)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	char path[128];

	close_journal();
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s%s", directory, journal_format.name, names[i]);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(directory), 0);
}

/* A refusal with everything in it. */
static struct journal_entry full(void)
{
	return (struct journal_entry){
	    .id = "ABCDEFGH",
	    .time_ms = NOW,
	    .outcome = OUTCOME_REFUSE,
	    .cause = REASON_APP_REVOKED,
	    .told = REASON_BAD_CREDENTIALS,
	    .proof = PROOF_APP_STALE,
	    .lock = LOCK_SILENT,
	    .tls = true,
	    .observed = true,
	    .overrun = true,
	    .ms = 4000000000U,
	    .status = 535,
	    .enhanced = span_of("5.7.8"),
	    .user = span_of("j\xc3\xb6rg@example.org"),
	    .realm = span_of("example.org"),
	    .mechanism = span_of("PLAIN"),
	    .service = span_of("smtp"),
	    .client = span_of("2001:db8::1"),
	    .peer = span_of("pid=1 uid=2"),
	    .backend = span_of("directory"),
	    .defect = span_of("two entries"),
	    .label = span_of("phone's"),
	    .text = span_of("No. [bad-credentials] (id ABCDEFGH)"),
	};
}

static void put_rows(const struct journal_entry *entry, int count)
{
	ck_assert(database_begin(database));
	for (int i = 0; i < count; i++)
		ck_assert(journal_put(journal, entry));
	ck_assert(database_commit(database));
}

static int64_t ask(const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t number;

	ck_assert_int_eq(sqlite3_prepare_v2(database_handle(database), sql, -1, &statement, NULL),
			 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static enum journal_answer find(const char *id, struct journal_entry *entry, struct buf *texts)
{
	return journal_find(directory, span_of(id), entry, texts);
}

/* ---- one entry ---- */

static void same_text(struct span got, struct span want, const char *what)
{
	ck_assert_msg(span_equal(got, want) && (got.at == NULL) == (want.at == NULL),
		      "%s: '%.*s', not '%.*s'", what, (int)got.len, got.at ? got.at : "",
		      (int)want.len, want.at ? want.at : "");
}

static void same_entry(const struct journal_entry *got, const struct journal_entry *want)
{
	ck_assert_str_eq(got->id, want->id);
	ck_assert_int_eq(got->time_ms, want->time_ms);
	ck_assert_int_eq(got->outcome, want->outcome);
	if (want->outcome != OUTCOME_ALLOW) {
		ck_assert_int_eq(got->cause, want->cause);
		ck_assert_int_eq(got->told, want->told);
	}
	ck_assert_int_eq(got->proof, want->proof);
	ck_assert_int_eq(got->lock, want->lock);
	ck_assert_int_eq(got->tls, want->tls);
	ck_assert_int_eq(got->observed, want->observed);
	ck_assert_int_eq(got->overrun, want->overrun);
	ck_assert_uint_eq(got->ms, want->ms);
	ck_assert_uint_eq(got->status, want->status);
	same_text(got->enhanced, want->enhanced, "enhanced");
	same_text(got->user, want->user, "user");
	same_text(got->realm, want->realm, "realm");
	same_text(got->mechanism, want->mechanism, "mechanism");
	same_text(got->service, want->service, "service");
	same_text(got->client, want->client, "client");
	same_text(got->peer, want->peer, "peer");
	same_text(got->backend, want->backend, "backend");
	same_text(got->defect, want->defect, "defect");
	same_text(got->label, want->label, "label");
	same_text(got->text, want->text, "text");
}

static void round_trip(const struct journal_entry *entry)
{
	struct journal_entry got;
	char storage[4096];
	struct buf texts = BUF_ON(storage);

	put_rows(entry, 1);
	ck_assert_int_eq(find(entry->id, &got, &texts), JOURNAL_FOUND);
	same_entry(&got, entry);
}

/* Each text has a column of its own. */
START_TEST(test_texts)
{
	struct journal_entry entry = full(), got;
	char storage[4096], names[JOURNAL_TEXTS][16];
	struct buf texts = BUF_ON(storage);

	for (int i = 0; i < JOURNAL_TEXTS; i++) {
		snprintf(names[i], sizeof(names[i]), "text %d", i);
		entry.texts[i] = span_of(names[i]);
	}
	put_rows(&entry, 1);
	ck_assert_int_eq(find(entry.id, &got, &texts), JOURNAL_FOUND);
	for (int i = 0; i < JOURNAL_TEXTS; i++)
		same_text(got.texts[i], entry.texts[i], names[i]);
}
END_TEST

START_TEST(test_full)
{
	struct journal_entry entry = full();

	round_trip(&entry);
}
END_TEST

/* Absent is not empty, and false is not true. */
START_TEST(test_bare)
{
	struct journal_entry entry = {.id = "ZZZZ2222",
				      .time_ms = 1,
				      .outcome = OUTCOME_ALLOW,
				      .service = {"", 0},
				      .proof = PROOF_CURRENT};

	round_trip(&entry);
}
END_TEST

/* Every word of every enum survives. */
START_TEST(test_reasons)
{
	struct journal_entry entry = full();

	entry.cause = (enum reason)_i;
	entry.told = (enum reason)(REASON_COUNT - 1 - _i);
	entry.proof = (enum proof)(_i % (PROOF_IMPOSSIBLE + 1));
	entry.lock = (enum lock_scope)(_i % (LOCK_SILENT + 1));
	entry.outcome = _i % 2 ? OUTCOME_TRY_LATER : OUTCOME_REFUSE;
	round_trip(&entry);
}
END_TEST

/* What has quotes, control characters and more is data. */
START_TEST(test_hostile)
{
	struct journal_entry entry = full();

	entry.user = span_of("x'); DROP TABLE journal; --");
	entry.mechanism = (struct span){"a\0b", 3};
	entry.peer = span_of("\xff\xfe\n");
	round_trip(&entry);
}
END_TEST

/* ---- looking up ---- */

static const struct {
	const char *id;
	enum journal_answer want;
} ids[] = {
    {"ABCDEFGH", JOURNAL_FOUND}, {"abcdefgh", JOURNAL_FOUND},	   {" AbCdEfGh\t", JOURNAL_FOUND},
    {"ABCDEFG", JOURNAL_NONE},	 {"ABCDEFGHJ", JOURNAL_NONE},	   {"", JOURNAL_NONE},
    {"ABCDEFG%", JOURNAL_NONE},	 {"ABCDEFG1", JOURNAL_NONE},	   {"ABCDEFG2", JOURNAL_NONE},
    {"ABCD EFG", JOURNAL_NONE},	 {"ABCDEF\xc3\xb6", JOURNAL_NONE},
};

START_TEST(test_id)
{
	struct journal_entry entry = full(), got;
	char storage[4096];
	struct buf texts = BUF_ON(storage);

	put_rows(&entry, 1);
	ck_assert_int_eq(find(ids[_i].id, &got, &texts), ids[_i].want);
}
END_TEST

/* An id that is no text at all needs no file. */
START_TEST(test_no_file)
{
	struct journal_entry got;
	char storage[512];
	struct buf texts = BUF_ON(storage);

	ck_assert_int_eq(journal_find("/nonexistent", span_of("ABCDEFGH"), &got, &texts),
			 JOURNAL_FAILED);
	ck_assert_int_eq(journal_find("/nonexistent", SPAN_NONE, &got, &texts), JOURNAL_NONE);
}
END_TEST

START_TEST(test_no_room)
{
	struct journal_entry entry = full(), got;
	char storage[20];
	struct buf texts = BUF_ON(storage);

	put_rows(&entry, 1);
	ck_assert_int_eq(find("ABCDEFGH", &got, &texts), JOURNAL_FAILED);
}
END_TEST

/* What is not committed is not there, and what is, for another connection too. */
START_TEST(test_commit)
{
	struct journal_entry entry = full(), got;
	char storage[4096];
	struct buf texts = BUF_ON(storage);

	ck_assert(database_begin(database));
	ck_assert(journal_put(journal, &entry));
	ck_assert_int_eq(find("ABCDEFGH", &got, &texts), JOURNAL_NONE);
	database_rollback(database);
	ck_assert_int_eq(find("ABCDEFGH", &got, &texts), JOURNAL_NONE);
	put_rows(&entry, 1);
	ck_assert_int_eq(find("ABCDEFGH", &got, &texts), JOURNAL_FOUND);
}
END_TEST

START_TEST(test_reopen)
{
	struct journal_entry entry = full(), got;
	char storage[4096];
	struct buf texts = BUF_ON(storage);

	put_rows(&entry, 1);
	close_journal();
	open_journal(&plenty);
	ck_assert_int_eq(find("ABCDEFGH", &got, &texts), JOURNAL_FOUND);
	same_entry(&got, &entry);
}
END_TEST

/* ---- limits ---- */

/* No put drops more than a few, and in the end as many are there as may be. */
START_TEST(test_entries)
{
	struct journal_limits limits = {1000, 90, UINT64_C(1) << 30};
	struct journal_entry entry = full();
	int64_t before, after;

	put_rows(&entry, 8000);
	ck_assert_int_eq(ask("SELECT count(*) FROM journal"), 8000);
	close_journal();
	open_journal(&limits);
	for (int i = 0; i < 200 * DROP_EVERY; i += DROP_EVERY) {
		before = ask("SELECT count(*) FROM journal");
		put_rows(&entry, DROP_EVERY);
		after = ask("SELECT count(*) FROM journal");
		ck_assert_int_ge(after, before + DROP_EVERY - DROP_MOST);
	}
	ck_assert_int_eq(after, 1000);
	ck_assert_int_eq(ask("SELECT max(number) - min(number) FROM journal"), 999);
}
END_TEST

START_TEST(test_days)
{
	struct journal_limits limits = {100000, 2, UINT64_C(1) << 30};
	struct journal_entry entry = full();

	close_journal();
	open_journal(&limits);
	entry.time_ms = NOW - 2 * DAY_MS - 1;
	put_rows(&entry, 4);
	entry.time_ms = NOW - 2 * DAY_MS;
	put_rows(&entry, 4);
	entry.time_ms = NOW;
	put_rows(&entry, DROP_EVERY - 8);
	ck_assert_int_eq(ask("SELECT count(*) FROM journal"), DROP_EVERY - 4);
	ck_assert_int_eq(ask("SELECT min(time_ms) FROM journal"), NOW - 2 * DAY_MS);
}
END_TEST

/* The file stops growing, but the last thousand stay. */
START_TEST(test_octets)
{
	struct journal_limits limits = {100000, 90, 1 << 20};
	struct journal_entry entry = full();
	char long_text[451];

	memset(long_text, 'x', 450);
	long_text[450] = '\0';
	entry.text = span_of(long_text);
	close_journal();
	open_journal(&limits);
	put_rows(&entry, 6000);
	ck_assert_int_le(ask("PRAGMA page_count") * ask("PRAGMA page_size"), (1 << 20) + 262144);
	ck_assert_int_ge(ask("SELECT count(*) FROM journal"), 1000);
	limits.octets = 4096;
	close_journal();
	open_journal(&limits);
	put_rows(&entry, 20 * DROP_EVERY);
	ck_assert_int_eq(ask("SELECT count(*) FROM journal"), 1000);
}
END_TEST

#define ROUNDS 50

static bool tell(int out)
{
	return write(out, "", 1) == 1;
}

static bool hear(int in)
{
	char octet;

	return read(in, &octet, 1) == 1;
}

/* Another process, which is in the middle of a commit whenever it says so, ends it soon after it is
 * told to, and begins the next one when it is told to. */
static void write_too(int out, int in)
{
	struct journal_entry entry = full();

	open_journal(&plenty);
	entry.user = span_of("theirs");
	for (int i = 0; i < ROUNDS; i++) {
		if (!database_begin(database) || !journal_put(journal, &entry) || !tell(out) ||
		    !hear(in) || usleep(3000) != 0 || !database_commit(database) || !hear(in))
			_exit(1);
	}
	_exit(0);
}

/* A row that comes while another process writes waits for it, and none is lost. */
START_TEST(test_two)
{
	struct journal_entry entry = full();
	int theirs[2], ours[2], status;
	pid_t child;

	close_journal();
	ck_assert(pipe(theirs) == 0 && pipe(ours) == 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(theirs[0]);
		close(ours[1]);
		write_too(theirs[1], ours[0]);
	}
	close(theirs[1]);
	close(ours[0]);
	open_journal(&plenty);
	entry.user = span_of("ours");
	for (int i = 0; i < ROUNDS; i++) {
		ck_assert(hear(theirs[0]));
		ck_assert_int_eq(ask("SELECT count(*) FROM journal"), 2 * i);
		ck_assert(tell(ours[1]));
		put_rows(&entry, 1);
		ck_assert_int_eq(ask("SELECT count(*) FROM journal"), 2 * i + 2);
		ck_assert(tell(ours[1]));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_eq(ask("SELECT count(*) FROM journal WHERE user = 'ours'"), ROUNDS);
	close(theirs[0]);
	close(ours[1]);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("journal");
	TCase *tests = tcase_create("journal");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_texts);
	tcase_add_test(tests, test_full);
	tcase_add_test(tests, test_bare);
	tcase_add_loop_test(tests, test_reasons, 0, REASON_COUNT);
	tcase_add_test(tests, test_hostile);
	tcase_add_loop_test(tests, test_id, 0, ROWS(ids));
	tcase_add_test(tests, test_no_file);
	tcase_add_test(tests, test_no_room);
	tcase_add_test(tests, test_commit);
	tcase_add_test(tests, test_reopen);
	tcase_add_test(tests, test_entries);
	tcase_add_test(tests, test_days);
	tcase_add_test(tests, test_octets);
	tcase_add_test(tests, test_two);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
