/* SPDX-License-Identifier: MIT */
/* The parent process: workers that die, hang, fail to start, and reloads among them. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/supervise.h"

/* What the processes of a test share. */
struct shared {
	atomic_int started;   /* workers so far */
	atomic_int pids[64];  /* of each */
	atomic_int ended[64]; /* that it got SIGTERM, or found its parent gone */
	atomic_int fail;      /* a worker ends before its first beat */
	atomic_int refuse;    /* a reload finds faults */
	atomic_int linger;    /* a worker goes on after SIGTERM */
	atomic_int mute;      /* a worker does not beat */
	atomic_int ask;	      /* so many times a worker asks for a reload */
	atomic_int reload_ms;
	atomic_int reloads, ready, well;
};

static struct shared *shared;
static pid_t parent;

static void pause_ms(int ms)
{
	struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&pause, NULL);
}

static volatile sig_atomic_t terminated;

static void on_term(int number)
{
	(void)number;
	terminated = 1;
}

static int work(void *context, int heartbeat)
{
	int self = atomic_fetch_add(&shared->started, 1);

	(void)context;
	ck_assert_int_lt(self, 64);
	atomic_store(&shared->pids[self], getpid());
	if (atomic_load(&shared->fail))
		return 1;
	signal(SIGTERM, on_term);
	signal(SIGPIPE, SIG_IGN);
	while (!terminated || atomic_load(&shared->linger)) {
		for (; atomic_load(&shared->ask) > 0; atomic_fetch_sub(&shared->ask, 1))
			ck_assert_int_eq(write(heartbeat, &(char){SUPERVISE_ASK_RELOAD}, 1), 1);
		if (!atomic_load(&shared->mute) && write(heartbeat, "", 1) < 0 && errno == EPIPE)
			break;
		pause_ms(SUPERVISE_BEAT_MS / 5);
	}
	atomic_store(&shared->ended[self], 1);
	return 0;
}

static bool reload(void *context)
{
	(void)context;
	pause_ms(atomic_load(&shared->reload_ms));
	atomic_fetch_add(&shared->reloads, 1);
	return !atomic_load(&shared->refuse);
}

static void ready(void *context, pid_t worker)
{
	(void)context, (void)worker;
	atomic_fetch_add(&shared->ready, 1);
}

static void well(void *context)
{
	(void)context;
	atomic_fetch_add(&shared->well, 1);
}

/* Waits until `*value` is at least `want`; false after `ms`. */
static bool comes(atomic_int *value, int want, int ms)
{
	for (; ms > 0 && atomic_load(value) < want; ms -= 10)
		pause_ms(10);
	return atomic_load(value) >= want;
}

static void setup(void)
{
	static const struct supervise ops = {NULL, work, reload, ready, well};

	shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	parent = fork();
	ck_assert_int_ge(parent, 0);
	if (parent == 0) {
		log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
		/* check's handler would end its whole group. */
		signal(SIGTERM, SIG_DFL);
		_exit(supervise_run(&ops));
	}
	ck_assert(comes(&shared->ready, 1, 5000));
}

static pid_t worker(int number)
{
	return atomic_load(&shared->pids[number]);
}

/* How many workers there are now; one that was killed at once has left no number. */
static int alive(void)
{
	int count = 0;

	for (int i = 0; i < atomic_load(&shared->started); i++)
		count += worker(i) > 0 && kill(worker(i), 0) == 0;
	return count;
}

/* Ends the parent and with it all workers. */
static void teardown(void)
{
	int status;

	kill(parent, SIGTERM);
	ck_assert_int_eq(waitpid(parent, &status, 0), parent);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_eq(alive(), 0);
	munmap(shared, sizeof(*shared));
}

START_TEST(ends)
{
	ck_assert_int_eq(atomic_load(&shared->started), 1);
	ck_assert(comes(&shared->well, 1, 3000));
}
END_TEST

static const int deadly[] = {SIGKILL, SIGABRT, SIGSTOP};

START_TEST(replaced)
{
	kill(worker(0), deadly[_i]);
	ck_assert(comes(&shared->started, 2, 4500));
	ck_assert_int_eq(atomic_load(&shared->ready), 1);
}
END_TEST

/* As killall -HUP does. */
START_TEST(worker_ignores_hangup)
{
	kill(worker(0), SIGHUP);
	pause_ms(1000);
	ck_assert_int_eq(atomic_load(&shared->started), 1);
	ck_assert_int_eq(kill(worker(0), 0), 0);
}
END_TEST

START_TEST(reloads)
{
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->ready, 2, 5000));
	ck_assert_int_eq(atomic_load(&shared->started), 2);
	ck_assert(comes(&shared->ended[0], 1, 2000));
	ck_assert_int_eq(atomic_load(&shared->ended[1]), 0);
}
END_TEST

/* Asking many times at once is asking once. */
START_TEST(worker_asks_for_reload)
{
	kill(parent, SIGSTOP);
	atomic_store(&shared->ask, _i ? 20 : 1);
	for (int ms = 0; ms < 2000 && atomic_load(&shared->ask) > 0; ms += 10)
		pause_ms(10);
	ck_assert_int_eq(atomic_load(&shared->ask), 0);
	kill(parent, SIGCONT);
	ck_assert(comes(&shared->ready, 2, 5000));
	ck_assert(comes(&shared->ended[0], 1, 2000));
	pause_ms(2 * SUPERVISE_BEAT_MS);
	ck_assert_int_eq(atomic_load(&shared->reloads), 1);
	ck_assert_int_eq(atomic_load(&shared->started), 2);
	ck_assert_int_eq(kill(worker(1), 0), 0);
}
END_TEST

/* What it finds is the same as after SIGHUP: faults change nothing. */
START_TEST(refused_asking_changes_nothing)
{
	atomic_store(&shared->refuse, 1);
	atomic_store(&shared->ask, 1);
	ck_assert(comes(&shared->reloads, 1, 2000));
	pause_ms(500);
	ck_assert_int_eq(atomic_load(&shared->reloads), 1);
	ck_assert_int_eq(atomic_load(&shared->started), 1);
	ck_assert_int_eq(atomic_load(&shared->ended[0]), 0);
}
END_TEST

/* It has clients too: one that hangs while it drains is killed as soon as any other. */
START_TEST(hangs_while_draining)
{
	int ms = 0;

	atomic_store(&shared->linger, 1);
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->ready, 2, 5000));
	pause_ms(300);
	kill(worker(0), SIGSTOP);
	for (; ms < 4500 && kill(worker(0), 0) == 0; ms += 10)
		pause_ms(10);
	ck_assert_int_lt(ms, 4500);
	ck_assert_int_eq(atomic_load(&shared->started), 2);
	atomic_store(&shared->linger, 0);
}
END_TEST

START_TEST(refused_reload_changes_nothing)
{
	atomic_store(&shared->refuse, 1);
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->reloads, 1, 2000));
	pause_ms(500);
	ck_assert_int_eq(atomic_load(&shared->started), 1);
	ck_assert_int_eq(atomic_load(&shared->ended[0]), 0);
}
END_TEST

/* The new settings let no worker start: the old one serves on, until a reload mends it. */
START_TEST(old_serves_until_new_works)
{
	atomic_store(&shared->fail, 1);
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->started, 4, 8000));
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->reloads, 2, 2000));
	pause_ms(1000);
	ck_assert_int_eq(atomic_load(&shared->ended[0]), 0);
	ck_assert_int_eq(kill(worker(0), 0), 0);
	atomic_store(&shared->fail, 0);
	ck_assert(comes(&shared->ready, 2, 8000));
	ck_assert(comes(&shared->ended[0], 1, 2000));
}
END_TEST

START_TEST(slow_reload_kills_nobody)
{
	atomic_store(&shared->reload_ms, SUPERVISE_HUNG_MS + 1000);
	atomic_store(&shared->refuse, 1);
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->reloads, 1, SUPERVISE_HUNG_MS + 3000));
	pause_ms(500);
	ck_assert_int_eq(atomic_load(&shared->started), 1);
}
END_TEST

/* One that drains ends by itself, whatever is reloaded meanwhile. */
START_TEST(reloads_while_draining)
{
	atomic_store(&shared->linger, 1);
	for (int i = 1; i <= 5; i++) {
		kill(parent, SIGHUP);
		ck_assert(comes(&shared->ready, 1 + i, 8000));
	}
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(kill(worker(i), 0), 0);
		ck_assert_int_eq(atomic_load(&shared->ended[i]), 0);
	}
	atomic_store(&shared->linger, 0);
	for (int i = 0; i < 5; i++)
		ck_assert(comes(&shared->ended[i], 1, 5000));
	ck_assert_int_eq(atomic_load(&shared->ended[5]), 0);
}
END_TEST

/* With too many that drain a reload waits; it is not lost, and none is killed for it. */
START_TEST(reload_waits_for_room)
{
	enum { ROOM = 10 };

	atomic_store(&shared->linger, 1);
	for (int i = 1; i < ROOM; i++) {
		kill(parent, SIGHUP);
		ck_assert(comes(&shared->ready, 1 + i, 8000));
	}
	kill(parent, SIGHUP);
	pause_ms(1000);
	ck_assert_int_eq(atomic_load(&shared->reloads), ROOM - 1);
	ck_assert_int_eq(alive(), ROOM);
	atomic_store(&shared->linger, 0);
	ck_assert(comes(&shared->ready, ROOM + 1, 8000));
	for (int i = 0; i < ROOM; i++)
		ck_assert(comes(&shared->ended[i], 1, 5000));
	ck_assert_int_eq(atomic_load(&shared->reloads), ROOM);
}
END_TEST

/* One that drains for too long is killed, and only then. */
START_TEST(drains_for_too_long)
{
	struct timespec from, to;

	atomic_store(&shared->linger, 1);
	clock_gettime(CLOCK_MONOTONIC, &from);
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->ready, 2, 5000));
	for (int ms = 0; ms < 20000 && kill(worker(0), 0) == 0; ms += 10)
		pause_ms(10);
	clock_gettime(CLOCK_MONOTONIC, &to);
	ck_assert_int_ne(kill(worker(0), 0), 0);
	ck_assert_int_ge(to.tv_sec - from.tv_sec, 9);
	ck_assert_int_eq(atomic_load(&shared->ended[0]), 0);
	atomic_store(&shared->linger, 0);
}
END_TEST

/* One that was not heard yet when the next reload came may have clients. */
START_TEST(unheard_drains)
{
	atomic_store(&shared->mute, 1);
	kill(parent, SIGHUP);
	ck_assert(comes(&shared->started, 2, 5000));
	while (worker(1) == 0)
		pause_ms(10);
	pause_ms(300);
	atomic_store(&shared->mute, 0);
	atomic_store(&shared->linger, 1);
	kill(parent, SIGSTOP);
	pause_ms(300);
	kill(parent, SIGHUP);
	kill(parent, SIGCONT);
	ck_assert(comes(&shared->ready, 2, 5000));
	atomic_store(&shared->linger, 0);
	ck_assert(comes(&shared->ended[0], 1, 5000));
	ck_assert(comes(&shared->ended[1], 1, 5000));
}
END_TEST

/* A parent that was stopped for long, as the whole machine may be, blames no worker for it. */
START_TEST(stopped_parent_kills_nobody)
{
	kill(worker(0), SIGSTOP);
	kill(parent, SIGSTOP);
	pause_ms(SUPERVISE_HUNG_MS + 1000);
	kill(parent, SIGCONT);
	pause_ms(SUPERVISE_BEAT_MS);
	kill(worker(0), SIGCONT);
	pause_ms(1000);
	ck_assert_int_eq(atomic_load(&shared->started), 1);
	ck_assert_int_eq(kill(worker(0), 0), 0);
}
END_TEST

START_TEST(many_reloads_leave_one_worker)
{
	for (int i = 0; i < 20; i++) {
		kill(parent, SIGHUP);
		pause_ms(i % 3 * 40);
	}
	pause_ms(500);
	for (int ms = 0; ms < 10000 && alive() > 1; ms += 10)
		pause_ms(10);
	ck_assert_int_eq(alive(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("supervise");
	TCase *cases = tcase_create("supervise");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, ends);
	tcase_add_loop_test(cases, replaced, 0, sizeof(deadly) / sizeof(deadly[0]));
	tcase_add_test(cases, worker_ignores_hangup);
	tcase_add_test(cases, reloads);
	tcase_add_loop_test(cases, worker_asks_for_reload, 0, 2);
	tcase_add_test(cases, refused_asking_changes_nothing);
	tcase_add_test(cases, hangs_while_draining);
	tcase_add_test(cases, refused_reload_changes_nothing);
	tcase_add_test(cases, old_serves_until_new_works);
	tcase_add_test(cases, slow_reload_kills_nobody);
	tcase_add_test(cases, reloads_while_draining);
	tcase_add_test(cases, reload_waits_for_room);
	tcase_add_test(cases, drains_for_too_long);
	tcase_add_test(cases, unheard_drains);
	tcase_add_test(cases, stopped_parent_kills_nobody);
	tcase_add_test(cases, many_reloads_leave_one_worker);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
