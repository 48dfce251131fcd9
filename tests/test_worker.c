/* SPDX-License-Identifier: MIT */
/* The pool of threads: order of ends, bounds in length and in time, nothing freed twice or never.
 */
#include <check.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "engine/worker.h"
#include "slow.h"

struct job {
	struct worker_job job;
	unsigned sleep_ms;
	atomic_int ran;
	int done, freed, late;
};

static uv_loop_t loop;

static void run(struct worker_job *job)
{
	struct job *self = (struct job *)job;
	struct timespec pause = {0, (long)self->sleep_ms * 1000000};

	nanosleep(&pause, NULL);
	atomic_fetch_add(&self->ran, 1);
}

static void on_done(struct worker_job *job, enum worker_end end)
{
	struct job *self = (struct job *)job;

	ck_assert_int_eq(self->freed, 0);
	self->done++;
	self->late += end == WORKER_LATE;
}

static void on_free(struct worker_job *job)
{
	struct job *self = (struct job *)job;

	ck_assert_int_eq(self->done, 1);
	self->freed++;
}

static uint64_t in_ms(unsigned ms)
{
	return uv_hrtime() + ms * UINT64_C(1000000);
}

static void submit_due(struct worker *worker, struct job *job, unsigned sleep_ms, uint64_t due)
{
	*job = (struct job){.sleep_ms = sleep_ms,
			    .job = {.run = run, .done = on_done, .free = on_free, .due = due}};
	worker_submit(worker, &job->job);
	ck_assert_int_eq(job->done, 0);
}

static void submit(struct worker *worker, struct job *job, unsigned sleep_ms)
{
	submit_due(worker, job, sleep_ms, 0);
}

static atomic_int released;

/* Keeps its thread until the test lets it go. */
static void run_held(struct worker_job *job)
{
	struct timespec pause = {0, 1000000};

	while (!atomic_load(&released))
		nanosleep(&pause, NULL);
	atomic_fetch_add(&((struct job *)job)->ran, 1);
}

static void hold_thread(struct worker *worker, struct job *job)
{
	*job = (struct job){.job = {.run = run_held, .done = on_done, .free = on_free}};
	worker_submit(worker, &job->job);
	while (!job->job.started)
		uv_run(&loop, UV_RUN_NOWAIT);
}

static void settle(struct worker *worker)
{
	atomic_store(&released, 1);
	while (worker_live(worker))
		uv_run(&loop, UV_RUN_ONCE);
}

static struct worker *open_worker(unsigned threads, unsigned length, unsigned wait_ms)
{
	struct worker_limits limits = {threads, length, wait_ms, false};
	struct worker *worker;

	atomic_store(&released, 0);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	worker = worker_open(&loop, &limits);
	ck_assert_ptr_nonnull(worker);
	return worker;
}

static void close_worker(struct worker *worker)
{
	worker_close(&worker);
	ck_assert_ptr_null(worker);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

START_TEST(all_run)
{
	enum { COUNT = 500 };
	static struct job jobs[COUNT];
	struct worker *worker = open_worker(4, COUNT, 10000);

	for (int i = 0; i < COUNT; i++)
		submit(worker, &jobs[i], 0);
	settle(worker);
	for (int i = 0; i < COUNT; i++) {
		ck_assert_int_eq(atomic_load(&jobs[i].ran), 1);
		ck_assert_int_eq(jobs[i].late, 0);
		ck_assert_int_eq(jobs[i].freed, 1);
	}
	close_worker(worker);
}
END_TEST

START_TEST(full_queue_is_late_at_once)
{
	struct job jobs[4];
	struct worker *worker = open_worker(1, 2, 100000);

	hold_thread(worker, &jobs[0]);
	submit(worker, &jobs[1], 0);
	submit(worker, &jobs[2], 0);
	submit(worker, &jobs[3], 0);
	while (!jobs[3].done)
		uv_run(&loop, UV_RUN_ONCE);
	settle(worker);
	ck_assert_int_eq(jobs[3].late, 1);
	ck_assert_int_eq(atomic_load(&jobs[3].ran), 0);
	ck_assert_int_eq(jobs[1].late + jobs[2].late, 0);
	close_worker(worker);
}
END_TEST

START_TEST(waiting_too_long_is_late)
{
	struct job jobs[2];
	struct worker *worker = open_worker(1, 10, 500);

	hold_thread(worker, &jobs[0]);
	submit(worker, &jobs[1], 0);
	while (!jobs[1].done)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(jobs[1].late, 1);
	ck_assert_int_eq(jobs[0].done, 0);
	settle(worker);
	ck_assert_int_eq(atomic_load(&jobs[1].ran), 0);
	ck_assert_int_eq(jobs[0].late, 0);
	close_worker(worker);
}
END_TEST

START_TEST(due_while_waiting_is_late)
{
	struct job jobs[2];
	struct worker *worker = open_worker(1, 10, 10000);

	hold_thread(worker, &jobs[0]);
	submit_due(worker, &jobs[1], 0, in_ms(60));
	while (!jobs[1].done)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(jobs[1].late, 1);
	ck_assert_int_eq(jobs[0].done, 0);
	settle(worker);
	close_worker(worker);
}
END_TEST

START_TEST(running_too_long_is_late_and_freed_after)
{
	struct job job;
	struct worker *worker = open_worker(1, 10, 1000);

	job = (struct job){
	    .job = {.run = run_held, .done = on_done, .free = on_free, .due = in_ms(500)}};
	worker_submit(worker, &job.job);
	while (!job.done)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(job.late, 1);
	ck_assert_int_eq(job.freed, 0);
	ck_assert_int_eq(atomic_load(&job.ran), 0);
	settle(worker);
	ck_assert_int_eq(job.freed, 1);
	ck_assert_int_eq(atomic_load(&job.ran), 1);
	close_worker(worker);
}
END_TEST

/* What this thread has used: the same however busy the machine is. */
static uint64_t cpu_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

static struct worker *late_pool;
static struct job after_late;

/* What it submits is put in front of the jobs that are being looked through. */
static void on_done_submit(struct worker_job *job, enum worker_end end)
{
	on_done(job, end);
	if (!after_late.job.run)
		submit(late_pool, &after_late, 0);
}

/* A backend that answers nobody makes thousands late in one turn of the loop: each is told once,
 * and that takes far less than looking through all of them for each would. */
START_TEST(many_late_at_once)
{
	enum { COUNT = 100000 };
	struct job *jobs = calloc(COUNT, sizeof(*jobs));
	uint64_t from;

	late_pool = open_worker(1, COUNT, 100000);
	hold_thread(late_pool, &jobs[0]);
	for (int i = 1; i < COUNT; i++) {
		jobs[i].job = (struct worker_job){
		    .run = run, .done = on_done_submit, .free = on_free, .due = uv_hrtime()};
		worker_submit(late_pool, &jobs[i].job);
	}
	from = cpu_ms();
	while (!jobs[1].done)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_uint_lt(cpu_ms() - from, slow_ms(1500));
	settle(late_pool);
	for (int i = 1; i < COUNT; i++) {
		ck_assert_int_eq(jobs[i].late, 1);
		ck_assert_int_eq(jobs[i].freed, 1);
		ck_assert_int_eq(atomic_load(&jobs[i].ran), 0);
	}
	ck_assert_int_eq(atomic_load(&after_late.ran), 1);
	ck_assert_int_eq(after_late.late, 0);
	close_worker(late_pool);
	free(jobs);
}
END_TEST

/* A lookup that ends in a hash is one job in two pools, one after the other. */
struct relay {
	struct worker_job job;
	struct worker *next;
	int rounds, ran, freed;
};

static void relay_run(struct worker_job *job)
{
	((struct relay *)job)->ran++;
}

static void relay_done(struct worker_job *job, enum worker_end end)
{
	struct relay *self = (struct relay *)job;

	ck_assert_int_eq(end, WORKER_DONE);
	if (self->rounds-- > 0)
		worker_submit(self->next, job);
}

static void relay_free(struct worker_job *job)
{
	((struct relay *)job)->freed++;
}

START_TEST(done_may_submit_again)
{
	enum { COUNT = 20, ROUNDS = 3 };
	struct worker_limits limits = {2, COUNT, 10000, false};
	struct worker *first = open_worker(2, COUNT, 10000);
	struct worker *second = worker_open(&loop, &limits);
	struct relay relays[COUNT];

	for (int i = 0; i < COUNT; i++) {
		relays[i] = (struct relay){
		    .job = {.run = relay_run, .done = relay_done, .free = relay_free},
		    .next = second,
		    .rounds = ROUNDS};
		worker_submit(first, &relays[i].job);
	}
	while (worker_live(first) || worker_live(second))
		uv_run(&loop, UV_RUN_ONCE);
	for (int i = 0; i < COUNT; i++) {
		ck_assert_int_eq(relays[i].ran, ROUNDS + 1);
		ck_assert_int_eq(relays[i].freed, ROUNDS + 1);
	}
	worker_close(&second);
	close_worker(first);
}
END_TEST

static struct worker *slow_pool;

static void on_done_slow(struct worker_job *job, enum worker_end end)
{
	struct job *self = (struct job *)job;

	self->done++;
	self->late += end == WORKER_LATE;
}

static void on_done_go_slow(struct worker_job *job, enum worker_end end)
{
	struct job *self = (struct job *)job;

	ck_assert_int_eq(end, WORKER_DONE);
	self->job.run = run_held;
	self->job.done = on_done_slow;
	self->job.due = in_ms(60);
	worker_submit(slow_pool, job);
}

static void on_free_again(struct worker_job *job)
{
	((struct job *)job)->freed++;
}

/* The second pool knows the job: it ends it in time. */
START_TEST(submitted_again_has_a_deadline)
{
	struct worker_limits limits = {1, 10, 1000, false};
	struct worker *first = open_worker(1, 10, 1000);
	struct job job = {.job = {.run = run, .done = on_done_go_slow, .free = on_free_again}};

	slow_pool = worker_open(&loop, &limits);
	worker_submit(first, &job.job);
	while (!job.done)
		uv_run(&loop, UV_RUN_ONCE);
	ck_assert_int_eq(job.late, 1);
	ck_assert_int_eq(job.freed, 1);
	settle(slow_pool);
	ck_assert_int_eq(job.freed, 2);
	worker_close(&slow_pool);
	close_worker(first);
}
END_TEST

/* The loop runs it while the only thread is busy; one in each turn. */
START_TEST(set_aside_needs_no_thread)
{
	struct worker *worker = open_worker(1, 10, 1000);
	struct job busy, aside[2];

	for (int i = 0; i < 2; i++)
		aside[i] = (struct job){.job = {.run = run, .done = on_done, .free = on_free}};
	hold_thread(worker, &busy);
	ck_assert(worker_set_aside(worker, &aside[0].job));
	ck_assert(!worker_set_aside(worker, &aside[1].job));
	ck_assert_int_eq(aside[0].ran, 0);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(aside[0].ran, 1);
	ck_assert_int_eq(aside[0].done, 1);
	ck_assert_int_eq(aside[0].late, 0);
	ck_assert_int_eq(aside[0].freed, 1);
	ck_assert_int_eq(busy.done, 0);
	ck_assert(worker_set_aside(worker, &aside[1].job));
	settle(worker);
	ck_assert_int_eq(aside[1].freed, 1);
	ck_assert_int_eq(busy.done, 1);
	close_worker(worker);
}
END_TEST

struct bound {
	struct worker_job job;
	cpu_set_t where;
};

static void run_bound(struct worker_job *job)
{
	sched_getaffinity(0, sizeof(cpu_set_t), &((struct bound *)job)->where);
}

static void on_end_bound(struct worker_job *job, enum worker_end end)
{
	(void)job;
	ck_assert_int_eq(end, WORKER_DONE);
}

static void on_free_bound(struct worker_job *job)
{
	(void)job;
}

/* The loop alone on a processor. */
static void go_to(unsigned processor)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(processor, &only);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(only), &only), 0);
}

/* How many of eight jobs ran in a thread that may run on this processor alone. */
static int count_bound(struct worker *worker, unsigned processor)
{
	struct bound jobs[8];
	int count = 0;

	for (int i = 0; i < 8; i++) {
		jobs[i].job = (struct worker_job){
		    .run = run_bound, .done = on_end_bound, .free = on_free_bound};
		worker_submit(worker, &jobs[i].job);
	}
	while (worker_live(worker))
		uv_run(&loop, UV_RUN_ONCE);
	for (int i = 0; i < 8; i++)
		count += CPU_COUNT(&jobs[i].where) == 1 && CPU_ISSET(processor, &jobs[i].where);
	return count;
}

/* The first and the last processor that this process may run on. */
static void find_processors(unsigned *first, unsigned *last)
{
	cpu_set_t all;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	*first = *last = CPU_SETSIZE;
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all)) {
			*first = *first < i ? *first : i;
			*last = i;
		}
}

START_TEST(together_they_follow_the_loop)
{
	struct worker_limits limits = {4, 100, 10000, true};
	struct timespec pause = {0, 600000000};
	struct worker *apart = open_worker(4, 100, 10000);
	struct worker *together = worker_open(&loop, &limits);
	unsigned first, last;

	find_processors(&first, &last);
	go_to(first);
	ck_assert_int_eq(count_bound(together, first), 8);
	ck_assert_int_eq(count_bound(apart, first), first == last ? 8 : 0);
	go_to(last);
	nanosleep(&pause, NULL);
	ck_assert_int_eq(count_bound(together, last), 8);
	worker_close(&together);
	close_worker(apart);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker");
	TCase *cases = tcase_create("worker");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, all_run);
	tcase_add_test(cases, full_queue_is_late_at_once);
	tcase_add_test(cases, waiting_too_long_is_late);
	tcase_add_test(cases, due_while_waiting_is_late);
	tcase_add_test(cases, running_too_long_is_late_and_freed_after);
	tcase_add_test(cases, many_late_at_once);
	tcase_add_test(cases, done_may_submit_again);
	tcase_add_test(cases, submitted_again_has_a_deadline);
	tcase_add_test(cases, set_aside_needs_no_thread);
	tcase_add_test(cases, together_they_follow_the_loop);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
