/* SPDX-License-Identifier: MIT */
/* A file of ours: its faults, its format, several processes, a full disk, kill -9. */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "store/database.h"
#include "store_place.h"

#define FILE_NAME "test.sqlite"

static const char *const steps[] = {
    "CREATE TABLE row (n INTEGER PRIMARY KEY, text TEXT NOT NULL DEFAULT '')",
    "CREATE TABLE second (n INTEGER)",
    "ALTER TABLE second ADD COLUMN more TEXT; CREATE INDEX second_n ON second (n)",
};
static const struct database_format format = {FILE_NAME, steps, 3};

static struct database *open_with(const struct database_format *which)
{
	store_place_fault.len = 0;
	return database_open(store_place, which, DATABASE_PROCESS, &store_place_fault);
}

static struct database *open_good(void)
{
	struct database *database = open_with(&format);

	ck_assert_msg(database != NULL, "%.*s", (int)store_place_fault.len, store_place_fault.at);
	return database;
}

static void exec(struct database *database, const char *sql)
{
	char *error = NULL;

	sqlite3_exec(database_handle(database), sql, NULL, NULL, &error);
	ck_assert_msg(!error, "%s: %s", sql, error);
}

static int64_t number(struct database *database, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t value;

	ck_assert_int_eq(sqlite3_prepare_v2(database_handle(database), sql, -1, &statement, NULL),
			 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return value;
}

/* One row with `len` octets of text in a transaction of its own. */
static bool insert(struct database *database, int64_t n, int len)
{
	sqlite3_stmt *statement =
	    database_prepare(database, "INSERT INTO row VALUES (?1, hex(zeroblob(?2)))");
	bool good;

	sqlite3_bind_int64(statement, 1, n);
	sqlite3_bind_int(statement, 2, len / 2);
	good = database_begin(database) && database_step(database, statement) == DATABASE_DONE &&
	       database_commit(database);
	if (!good)
		database_rollback(database);
	sqlite3_finalize(statement);
	return good;
}

static int64_t log_octets(void)
{
	struct stat status;

	return stat(store_place_path(FILE_NAME "-wal"), &status) == 0 ? status.st_size : 0;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- opening ---- */

START_TEST(files_are_ours_alone)
{
	static const char *const names[] = {FILE_NAME, FILE_NAME "-wal", FILE_NAME "-shm"};
	mode_t mask = umask(0);
	struct database *database = open_good();
	struct stat status;

	ck_assert(insert(database, 1, 10));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		ck_assert_int_eq(stat(store_place_path(names[i]), &status), 0);
		ck_assert_uint_eq(status.st_mode & 07777, 0600);
	}
	database_close(&database);
	ck_assert_ptr_null(database);
	database_close(&database);
	umask(mask);
}
END_TEST

static const struct {
	const char *sql;
	int64_t want;
} pragmas[] = {
    {"PRAGMA wal_autocheckpoint", 0},
    {"PRAGMA trusted_schema", 0},
    {"PRAGMA foreign_keys", 1},
    {"PRAGMA busy_timeout", 2000},
    {"PRAGMA secure_delete", 2},
    {"PRAGMA synchronous", 1},
    {"PRAGMA user_version", 3},
    {"SELECT count(*) = 1 FROM pragma_journal_mode"
     " WHERE journal_mode = 'wal'",
     1},
};

START_TEST(connection)
{
	struct database *database = open_good();

	ck_assert_int_eq(number(database, pragmas[_i].sql), pragmas[_i].want);
	database_close(&database);
}
END_TEST

START_TEST(defensive)
{
	struct database *database = open_good();

	exec(database, "PRAGMA writable_schema = ON");
	ck_assert_int_ne(
	    sqlite3_exec(database_handle(database), "DELETE FROM sqlite_master", NULL, NULL, NULL),
	    SQLITE_OK);
	database_close(&database);
}
END_TEST

START_TEST(power)
{
	struct database *database =
	    database_open(store_place, &format, DATABASE_POWER, &store_place_fault);

	ck_assert_int_eq(number(database, "PRAGMA synchronous"), 2);
	database_lazy(database, true);
	ck_assert_int_eq(number(database, "PRAGMA synchronous"), 1);
	ck_assert(insert(database, 1, 10));
	database_lazy(database, false);
	ck_assert_int_eq(number(database, "PRAGMA synchronous"), 2);
	database_close(&database);
}
END_TEST

/* ---- faults ---- */

static void no_directory(void)
{
	ck_assert_int_eq(rmdir(store_place), 0);
}

static void a_file(void)
{
	no_directory();
	close(open(store_place, O_CREAT | O_WRONLY, 0600));
}

static void closed_directory(void)
{
	ck_assert_int_eq(chmod(store_place, 0500), 0);
}

/* Of somebody else, so that root has to be one who may not. */
static void closed_file(void)
{
	close(open(store_place_path(FILE_NAME), O_CREAT | O_WRONLY, 0400));
	ck_assert_int_eq(chmod(store_place, 0777), 0);
}

static void garbage(void)
{
	FILE *file = fopen(store_place_path(FILE_NAME), "w");

	for (int i = 0; i < 2000; i++)
		fputs("this is no database. ", file);
	fclose(file);
}

static void half(void)
{
	struct database *database = open_good();

	for (int i = 0; i < 100; i++)
		ck_assert(insert(database, i, 1000));
	database_close(&database);
	ck_assert_int_eq(truncate(store_place_path(FILE_NAME), 100), 0);
}

static void run_on_file(const char *sql)
{
	sqlite3 *handle;

	ck_assert_int_eq(sqlite3_open(store_place_path(FILE_NAME), &handle), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void newer(void)
{
	run_on_file("CREATE TABLE row (n); PRAGMA user_version = 4");
}

static void negative(void)
{
	run_on_file("CREATE TABLE row (n); PRAGMA user_version = -1");
}

static void foreign(void)
{
	run_on_file("CREATE TABLE addressbook (name)");
}

/* A table of this name stands in the way of the second step. */
static void crossed(void)
{
	run_on_file("CREATE TABLE row (n); CREATE TABLE second (n); PRAGMA user_version = 1");
}

static const struct {
	const char *name;
	void (*prepare)(void);
	bool as_nobody;
	const char *want;
} faults[] = {
    {"no directory", no_directory, false, "No such file or directory"},
    {"a file for a directory", a_file, false, "Not a directory"},
    {"closed directory", closed_directory, true, "Permission denied"},
    {"closed file", closed_file, true, FILE_NAME ": Permission denied"},
    {"garbage", garbage, false, FILE_NAME ": file is not a database"},
    {"truncated", half, false, FILE_NAME ": "},
    {"newer", newer, false, FILE_NAME ": written by a newer version of sasl-reason"},
    {"negative version", negative, false, FILE_NAME ": a database of something else"},
    {"something else", foreign, false, FILE_NAME ": a database of something else"},
    {"a step that fails", crossed, false, FILE_NAME ": table second already exists"},
};

START_TEST(fault)
{
	bool root = geteuid() == 0;
	struct database *database;
	int pid;

	faults[_i].prepare();
	if (root && faults[_i].as_nobody && faults[_i].prepare == closed_directory)
		ck_assert_int_eq(chown(store_place, 65534, 65534), 0);
	pid = fork();
	if (pid == 0) {
		if (root && faults[_i].as_nobody && setresuid(65534, 65534, 65534) != 0)
			_exit(3);
		database = open_with(&format);
		buf_put_char(&store_place_fault, '\0');
		if (!database && strstr(store_place_fault.at, faults[_i].want))
			_exit(0);
		fprintf(stderr, "%s: \"%s\"\n", faults[_i].name, store_place_fault.at);
		_exit(1);
	}
	ck_assert_msg(store_place_wait(pid), "%s", faults[_i].name);
	unlink(store_place);
}
END_TEST

/* What is not ours stays octet for octet. */
START_TEST(foreign_is_left_alone)
{
	foreign();
	ck_assert_ptr_null(open_with(&format));
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM sqlite_master"), 1);
	ck_assert_int_eq(store_place_number(FILE_NAME, "PRAGMA user_version"), 0);
}
END_TEST

START_TEST(long_path)
{
	char path[DATABASE_PATH_MAX + 10];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_ptr_null(database_open(path, &format, DATABASE_PROCESS, &store_place_fault));
	ck_assert_uint_gt(store_place_fault.len, 0);
}
END_TEST

/* ---- the format ---- */

START_TEST(steps_one_by_one)
{
	struct database_format grown = format;

	for (grown.step_count = 1; grown.step_count <= 3; grown.step_count++) {
		struct database *database = open_with(&grown);

		ck_assert_ptr_nonnull(database);
		ck_assert(insert(database, grown.step_count, 10));
		ck_assert_int_eq(number(database, "PRAGMA user_version"), grown.step_count);
		ck_assert_int_eq(number(database, "SELECT count(*) FROM row"), grown.step_count);
		database_close(&database);
	}
	store_place_check(FILE_NAME);
}
END_TEST

/* Its first step would pass, its second does not: neither stands. */
START_TEST(steps_all_or_none)
{
	static const char *const bad[] = {"CREATE TABLE row (n)", "CREATE TABLE good (n)",
					  "CREATE nonsense"};
	const struct database_format before = {FILE_NAME, bad, 1}, after = {FILE_NAME, bad, 3};
	struct database *database = open_with(&before);

	database_close(&database);
	ck_assert_ptr_null(open_with(&after));
	ck_assert_int_eq(store_place_number(FILE_NAME, "PRAGMA user_version"), 1);
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM sqlite_master"), 1);
}
END_TEST

/* Waits until the gate is closed by the parent, so that all begin at once. */
static int open_at_gate(const int gate[2], int n)
{
	struct database *database;
	bool good;
	char octet;

	close(gate[1]);
	if (read(gate[0], &octet, 1) != 0)
		return 2;
	database = open_with(&format);
	if (!database) {
		fprintf(stderr, "%.*s\n", (int)store_place_fault.len, store_place_fault.at);
		return 1;
	}
	good = insert(database, n, 10);
	database_close(&database);
	return good ? 0 : 3;
}

START_TEST(processes_at_once)
{
	int gate[2], pids[8];

	for (int round = 0; round < 10; round++) {
		ck_assert_int_eq(pipe(gate), 0);
		for (int i = 0; i < 8; i++) {
			pids[i] = fork();
			if (pids[i] == 0)
				_exit(open_at_gate(gate, i));
		}
		close(gate[0]);
		close(gate[1]);
		for (int i = 0; i < 8; i++)
			ck_assert(store_place_wait(pids[i]));
		ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM row"), 8);
		ck_assert_int_eq(store_place_number(FILE_NAME, "PRAGMA user_version"), 3);
		store_place_remove();
		store_place_make();
	}
}
END_TEST

static void *open_in_thread(void *n)
{
	char text[512];
	struct buf fault = BUF_ON(text);
	struct database *database;
	bool good = true;

	database = database_open(store_place, &format, DATABASE_PROCESS, &fault);
	for (int i = 0; i < 50 && good; i++)
		good = database && insert(database, *(int *)n * 1000 + i, 100);
	database_close(&database);
	return good ? n : NULL;
}

START_TEST(threads_at_once)
{
	pthread_t threads[8];
	int numbers[8];
	void *good;

	for (int i = 0; i < 8; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, open_in_thread, &numbers[i]), 0);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], &good);
		ck_assert_ptr_nonnull(good);
	}
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM row"), 400);
	store_place_check(FILE_NAME);
}
END_TEST

/* ---- work ---- */

START_TEST(failed_step_fails_the_commit)
{
	struct database *database = open_good();
	sqlite3_stmt *add = database_prepare(database, "INSERT INTO row (n) VALUES (?1)");

	store_place_log();
	ck_assert_ptr_null(database_prepare(database, "SELECT nonsense"));
	ck_assert(database_begin(database));
	sqlite3_bind_int(add, 1, 1);
	ck_assert_int_eq(database_step(database, add), DATABASE_DONE);
	ck_assert_int_eq(database_step(database, add), DATABASE_FAILED);
	ck_assert(!database_commit(database));
	ck_assert_int_eq(number(database, "SELECT count(*) FROM row"), 0);
	ck_assert(database_begin(database));
	ck_assert_int_eq(database_step(database, add), DATABASE_DONE);
	ck_assert(database_commit(database));
	ck_assert_int_eq(number(database, "SELECT count(*) FROM row"), 1);
	ck_assert_int_eq(store_place_logged("cannot be written"), 1);
	ck_assert_int_eq(store_place_logged("UNIQUE constraint failed"), 1);
	ck_assert_int_eq(store_place_logged("can be written again"), 1);
	database_close(&database);
}
END_TEST

START_TEST(rollback)
{
	struct database *database = open_good();

	ck_assert(database_begin(database));
	exec(database, "INSERT INTO row (n) VALUES (1)");
	database_rollback(database);
	database_rollback(database);
	ck_assert_int_eq(number(database, "SELECT count(*) FROM row"), 0);
	ck_assert(insert(database, 1, 10));
	database_close(&database);
}
END_TEST

/* Another process holds the file for so long. */
static int hold(int milliseconds)
{
	int gate[2], pid;
	char octet;

	ck_assert_int_eq(pipe(gate), 0);
	pid = fork();
	if (pid == 0) {
		struct database *database = open_good();

		if (!database_begin(database) || write(gate[1], "x", 1) != 1)
			_exit(1);
		usleep((useconds_t)milliseconds * 1000);
		_exit(database_commit(database) ? 0 : 2);
	}
	ck_assert_int_eq(read(gate[0], &octet, 1), 1);
	close(gate[0]);
	close(gate[1]);
	return pid;
}

START_TEST(waits_for_another)
{
	struct database *database = open_good();
	int pid = hold(300);

	ck_assert(insert(database, 1, 10));
	ck_assert(store_place_wait(pid));
	database_close(&database);
}
END_TEST

/* One that has the file not yet in WAL mode: there SQLite itself waits for nobody. */
START_TEST(waits_for_another_mode)
{
	int gate[2], pid;
	char octet;
	struct database *database;

	ck_assert_int_eq(pipe(gate), 0);
	pid = fork();
	if (pid == 0) {
		sqlite3 *handle;

		sqlite3_open(store_place_path(FILE_NAME), &handle);
		if (sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
		    write(gate[1], "x", 1) != 1)
			_exit(1);
		usleep(300000);
		_exit(sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK ? 0 : 2);
	}
	ck_assert_int_eq(read(gate[0], &octet, 1), 1);
	close(gate[0]);
	close(gate[1]);
	database = open_good();
	ck_assert(insert(database, 1, 10));
	ck_assert(store_place_wait(pid));
	database_close(&database);
}
END_TEST

START_TEST(waits_no_longer)
{
	struct database *database = open_good();
	int pid = hold(4000);
	double start = seconds(), took;

	store_place_log();
	ck_assert(!insert(database, 1, 10));
	ck_assert(!insert(database, 1, 10) || seconds() - start > 3.9);
	took = seconds() - start;
	ck_assert_double_ge(took, 1.9);
	kill(pid, SIGKILL);
	store_place_wait(pid);
	ck_assert(insert(database, 2, 10));
	ck_assert_int_eq(store_place_logged("database is locked"), 1);
	ck_assert_int_eq(store_place_logged("can be written again"), 1);
	database_close(&database);
}
END_TEST

/* ---- full disk ---- */

/* Inserts until it fails; then nothing of the failed one stands, and with room again all goes on.
 */
static void fill(struct database *database, void (*make_room)(struct database *database))
{
	int64_t n = 0;

	store_place_log();
	while (n < 10000 && insert(database, n, 4000))
		n++;
	ck_assert_int_gt(n, 3);
	ck_assert_int_lt(n, 10000);
	for (int i = 0; i < 5; i++)
		ck_assert(!insert(database, 20000 + i, 4000));
	ck_assert_int_eq(number(database, "SELECT count(*) FROM row"), n);
	make_room(database);
	ck_assert(insert(database, 30000, 4000));
	ck_assert_int_eq(number(database, "SELECT count(*) FROM row"), n + 1);
	ck_assert_int_eq(store_place_logged("cannot be written"), 1);
	ck_assert_int_eq(store_place_logged("can be written again"), 1);
}

static void more_pages(struct database *database)
{
	exec(database, "PRAGMA max_page_count = 100000");
}

START_TEST(full_by_pages)
{
	struct database *database = open_good();

	exec(database, "PRAGMA max_page_count = 30");
	fill(database, more_pages);
	ck_assert_int_eq(store_place_logged("database or disk is full"), 1);
	database_close(&database);
	store_place_check(FILE_NAME);
}
END_TEST

static void no_limit(struct database *database)
{
	struct rlimit limit;

	(void)database;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Each write beyond 256 KiB gives EFBIG. */
START_TEST(full_by_limit)
{
	struct database *database = open_good();
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 256 << 10;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	fill(database, no_limit);
	database_close(&database);
	store_place_check(FILE_NAME);
}
END_TEST

static void free_ballast(struct database *database)
{
	(void)database;
	ck_assert_int_eq(unlink(store_place_path("ballast")), 0);
}

static void write_ballast(size_t octets)
{
	int fd = open(store_place_path("ballast"), O_CREAT | O_WRONLY, 0600);

	ck_assert_int_eq(posix_fallocate(fd, 0, (off_t)octets), 0);
	close(fd);
}

/* On a file system of 1 MiB, where this process may mount one. */
START_TEST(full_disk)
{
	struct database *database;

	if (unshare(CLONE_NEWNS) != 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", store_place, "tmpfs", 0, "size=1m") != 0) {
		printf("# no file system can be mounted here: full_by_pages alone\n");
		return;
	}
	write_ballast(512 << 10);
	database = open_good();
	fill(database, free_ballast);
	ck_assert_int_eq(store_place_logged("database or disk is full"), 1);
	database_close(&database);
	store_place_check(FILE_NAME);
	store_place_remove();
	write_ballast((1 << 20) - 8192);
	ck_assert_ptr_null(open_with(&format));
	buf_put_char(&store_place_fault, '\0');
	ck_assert_msg(strstr(store_place_fault.at, "disk") != NULL, "%s", store_place_fault.at);
	umount(store_place);
}
END_TEST

/* ---- checkpoints ---- */

START_TEST(checkpoint_moves)
{
	struct database *database = open_good(), *aside = open_good();
	int64_t size;
	int n = 0;

	for (; n < 100; n++)
		ck_assert(insert(database, n, 10000));
	size = log_octets();
	ck_assert_int_gt(size, 1000000);
	database_checkpoint(aside);
	ck_assert_int_eq(log_octets(), size);
	for (; n < 600; n++)
		ck_assert(insert(database, n, 10000));
	ck_assert_int_gt(log_octets(), 5000000);
	database_checkpoint(aside);
	ck_assert_int_eq(log_octets(), 0);
	ck_assert(insert(database, n, 10));
	ck_assert_int_eq(number(database, "SELECT count(*) FROM row"), 601);
	database_close(&database);
	database_close(&aside);
	store_place_check(FILE_NAME);
}
END_TEST

/* A reader keeps the log; nobody waits for it, and the next checkpoint does it. */
START_TEST(checkpoint_beside_a_reader)
{
	struct database *database = open_good(), *aside = open_good(), *reader = open_good();
	double start;
	int n = 0;

	for (; n < 300; n++)
		ck_assert(insert(database, n, 10000));
	exec(reader, "BEGIN");
	ck_assert_int_eq(number(reader, "SELECT count(*) FROM row"), 300);
	for (; n < 600; n++)
		ck_assert(insert(database, n, 10000));
	start = seconds();
	database_checkpoint(aside);
	ck_assert_double_lt(seconds() - start, 1.9);
	ck_assert_int_gt(log_octets(), 5000000);
	ck_assert(insert(database, n, 10));
	ck_assert_int_eq(number(reader, "SELECT count(*) FROM row"), 300);
	ck_assert_int_eq(number(aside, "PRAGMA busy_timeout"), 2000);
	exec(reader, "COMMIT");
	database_checkpoint(aside);
	ck_assert_int_eq(log_octets(), 0);
	ck_assert_int_eq(number(reader, "SELECT count(*) FROM row"), 601);
	database_close(&database);
	database_close(&aside);
	database_close(&reader);
}
END_TEST

/* ---- kill -9 ---- */

/* Commits 1, 2, 3, …, and says each number once it is committed. */
static void commit_until_killed(int out)
{
	struct database *database = open_good(), *aside = open_good();
	int64_t n = number(database, "SELECT coalesce(max(n), 0) FROM row");

	for (;;) {
		n++;
		if (!insert(database, n, 3000) || write(out, &n, sizeof(n)) != sizeof(n))
			_exit(1);
		if (n % 500 == 0)
			database_checkpoint(aside);
	}
}

START_TEST(killed)
{
	int64_t n, last = 0;

	srand((unsigned)getpid());
	for (int round = 0; round < 30; round++) {
		int pipes[2], pid;

		ck_assert_int_eq(pipe(pipes), 0);
		pid = fork();
		if (pid == 0)
			commit_until_killed(pipes[1]);
		close(pipes[1]);
		ck_assert_int_eq(read(pipes[0], &n, sizeof(n)), sizeof(n));
		usleep((useconds_t)(rand() % 40000));
		kill(pid, SIGKILL);
		do
			last = n;
		while (read(pipes[0], &n, sizeof(n)) == sizeof(n));
		close(pipes[0]);
		ck_assert(!store_place_wait(pid));
		store_place_check(FILE_NAME);
		ck_assert_int_ge(store_place_number(FILE_NAME, "SELECT count(*) FROM row"), last);
		ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT max(n) - count(*) FROM row"),
				 0);
	}
	printf("# %lld commits, 30 kills\n", (long long)last);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("database");
	TCase *tcase = tcase_create("database");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, store_place_make, store_place_remove);
	tcase_add_test(tcase, files_are_ours_alone);
	tcase_add_loop_test(tcase, connection, 0, sizeof(pragmas) / sizeof(*pragmas));
	tcase_add_test(tcase, defensive);
	tcase_add_test(tcase, power);
	tcase_add_loop_test(tcase, fault, 0, sizeof(faults) / sizeof(*faults));
	tcase_add_test(tcase, foreign_is_left_alone);
	tcase_add_test(tcase, long_path);
	tcase_add_test(tcase, steps_one_by_one);
	tcase_add_test(tcase, steps_all_or_none);
	tcase_add_test(tcase, processes_at_once);
	tcase_add_test(tcase, threads_at_once);
	tcase_add_test(tcase, failed_step_fails_the_commit);
	tcase_add_test(tcase, rollback);
	tcase_add_test(tcase, waits_for_another);
	tcase_add_test(tcase, waits_for_another_mode);
	tcase_add_test(tcase, waits_no_longer);
	tcase_add_test(tcase, full_by_pages);
	tcase_add_test(tcase, full_by_limit);
	tcase_add_test(tcase, full_disk);
	tcase_add_test(tcase, checkpoint_moves);
	tcase_add_test(tcase, checkpoint_beside_a_reader);
	tcase_add_test(tcase, killed);
	suite_add_tcase(suite, tcase);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_WARNING, "test_database");
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
