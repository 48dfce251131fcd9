/* SPDX-License-Identifier: MIT */
/* A bounded pool of threads for work that would stop the event loop: hashes, blocking backends. */
#include "engine/worker.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SWEEP_MS   20
#define FOLLOW_NS  UINT64_C(500000000)
/* Enough for crypt_r, argon2 and NSS modules; the default of 8 MiB each would only look large. */
#define STACK_SIZE (512u * 1024)

struct queue {
	struct worker_job *first;
	struct worker_job **end;
};

struct worker {
	struct worker_limits limits;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct queue waiting;   /* for the threads (mutex) */
	struct queue ran;       /* back from them, or never given to them (mutex) */
	unsigned waiting_count; /* (mutex) */
	bool closing;           /* (mutex) */
	struct worker_job *live;
	size_t live_count;
	/* eventfd(2), written when `ran` is no longer empty. Not uv_async_t: its loop spins until
	 * the thread that woke it, and which it may have preempted, has gone on. */
	int wake_loop;
	uv_poll_t woken;
	uv_timer_t sweep;
	uv_idle_t spare;          /* runs before the loop waits again */
	struct worker_job *aside; /* what it runs then */
	int processor;            /* of the threads, if they are together; -1: any */
	uint64_t moved;           /* uv_hrtime() when they came to it */
	unsigned handles;
	unsigned thread_count;
	pthread_t threads[];
};

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_put(struct queue *queue, struct worker_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

static struct worker_job *queue_take(struct queue *queue)
{
	struct worker_job *job = queue->first;

	if (job) {
		queue->first = job->next;
		if (!queue->first)
			queue->end = &queue->first;
	}
	return job;
}

/* Its counter cannot be full: the loop empties it. */
static void wake_loop(const struct worker *worker)
{
	(void)eventfd_write(worker->wake_loop, 1);
}

/* Under the mutex, which it lets go of for a moment. */
static void give_back(struct worker *worker, struct worker_job *job)
{
	bool wake = worker->ran.first == NULL;

	queue_put(&worker->ran, job);
	if (!wake)
		return;
	pthread_mutex_unlock(&worker->mutex);
	wake_loop(worker);
	pthread_mutex_lock(&worker->mutex);
}

static void *thread_main(void *arg)
{
	struct worker *worker = arg;
	struct worker_job *job;
	bool wanted;

	pthread_mutex_lock(&worker->mutex);
	for (;;) {
		while (!worker->closing && !worker->waiting.first)
			pthread_cond_wait(&worker->wake, &worker->mutex);
		if (worker->closing)
			break;
		job = queue_take(&worker->waiting);
		worker->waiting_count--;
		wanted = !job->told;
		job->started = true;
		pthread_mutex_unlock(&worker->mutex);
		if (wanted)
			job->run(job);
		pthread_mutex_lock(&worker->mutex);
		give_back(worker, job);
	}
	pthread_mutex_unlock(&worker->mutex);
	return NULL;
}

static void live_add(struct worker *worker, struct worker_job *job)
{
	job->live_next = worker->live;
	job->live_at = &worker->live;
	if (worker->live)
		worker->live->live_at = &job->live_next;
	worker->live = job;
	if (worker->live_count++ == 0)
		uv_timer_again(&worker->sweep);
}

static void live_remove(struct worker *worker, struct worker_job *job)
{
	*job->live_at = job->live_next;
	if (job->live_next)
		job->live_next->live_at = job->live_at;
	if (--worker->live_count == 0)
		uv_timer_stop(&worker->sweep);
}

/* On the loop: takes back what has run, and what the full queue refused. */
static void on_woken(uv_poll_t *woken, int status, int events)
{
	struct worker *worker = woken->data;
	void (*release)(struct worker_job *);
	struct worker_job *job;
	eventfd_t count;

	(void)status, (void)events;
	eventfd_read(worker->wake_loop, &count);
	for (;;) {
		pthread_mutex_lock(&worker->mutex);
		job = queue_take(&worker->ran);
		pthread_mutex_unlock(&worker->mutex);
		if (!job)
			return;
		/* First: done() may hand the same job over again, to this pool or another. */
		live_remove(worker, job);
		release = job->free;
		if (!job->told) {
			job->told = true;
			job->done(job, job->started ? WORKER_DONE : WORKER_LATE);
		}
		release(job);
	}
}

static bool is_late(const struct worker *worker, const struct worker_job *job, uint64_t now)
{
	uint64_t age = (now - job->submitted) / 1000000;

	if (job->due && now >= job->due)
		return true;
	return !job->started && age >= worker->limits.wait_ms;
}

/* Now and then: ends for its owner what takes too long. done() may submit, which puts a job in
 * front; the one at hand stays in its place until it was freed, which nobody does from here. */
static void on_sweep(uv_timer_t *timer)
{
	struct worker *worker = timer->data;
	uint64_t now = uv_hrtime();

	pthread_mutex_lock(&worker->mutex);
	for (struct worker_job *job = worker->live; job; job = job->live_next) {
		if (job->told || !is_late(worker, job, now))
			continue;
		job->told = true;
		pthread_mutex_unlock(&worker->mutex);
		job->done(job, WORKER_LATE);
		pthread_mutex_lock(&worker->mutex);
	}
	pthread_mutex_unlock(&worker->mutex);
}

/* Not bound for ever to where something else may need all of the processor. If it fails, the threads
 * stay where they may be now. */
static void follow_loop(struct worker *worker, uint64_t now)
{
	int processor = sched_getcpu();
	cpu_set_t only;

	if (processor < 0 || processor >= CPU_SETSIZE || processor == worker->processor)
		return;
	if (worker->processor >= 0 && now - worker->moved < FOLLOW_NS)
		return;
	CPU_ZERO(&only);
	CPU_SET((unsigned)processor, &only);
	for (unsigned i = 0; i < worker->thread_count; i++)
		pthread_setaffinity_np(worker->threads[i], sizeof(only), &only);
	worker->processor = processor;
	worker->moved = now;
}

void worker_submit(struct worker *worker, struct worker_job *job)
{
	bool waits;

	job->submitted = uv_hrtime();
	job->started = false;
	job->told = false;
	live_add(worker, job);
	if (worker->limits.together)
		follow_loop(worker, job->submitted);
	pthread_mutex_lock(&worker->mutex);
	waits = worker->waiting_count < worker->limits.length;
	if (waits) {
		queue_put(&worker->waiting, job);
		worker->waiting_count++;
	} else {
		give_back(worker, job);
	}
	pthread_mutex_unlock(&worker->mutex);
	/* Not before: the thread would run into the mutex and have to be woken twice. */
	if (waits)
		pthread_cond_signal(&worker->wake);
}

static void on_spare(uv_idle_t *spare)
{
	struct worker *worker = spare->data;
	struct worker_job *job = worker->aside;
	void (*release)(struct worker_job *) = job->free;

	uv_idle_stop(spare);
	worker->aside = NULL;
	live_remove(worker, job);
	if (!job->told) {
		job->told = true;
		job->run(job);
		job->done(job, WORKER_DONE);
	}
	release(job);
}

bool worker_set_aside(struct worker *worker, struct worker_job *job)
{
	if (worker->aside)
		return false;
	job->submitted = uv_hrtime();
	job->started = true;
	job->told = false;
	live_add(worker, job);
	worker->aside = job;
	uv_idle_start(&worker->spare, on_spare);
	return true;
}

size_t worker_live(const struct worker *worker)
{
	return worker->live_count;
}

static bool start_threads(struct worker *worker)
{
	pthread_attr_t attributes;
	bool ok = true;

	if (pthread_attr_init(&attributes) != 0)
		return false;
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	while (ok && worker->thread_count < worker->limits.threads) {
		ok = pthread_create(&worker->threads[worker->thread_count], &attributes,
				    thread_main, worker) == 0;
		worker->thread_count += ok;
	}
	pthread_attr_destroy(&attributes);
	return ok;
}

struct worker *worker_open(uv_loop_t *loop, const struct worker_limits *limits)
{
	struct worker *worker =
	    calloc(1, sizeof(*worker) + limits->threads * sizeof(worker->threads[0]));

	if (!worker)
		return NULL;
	worker->wake_loop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->wake_loop < 0) {
		free(worker);
		return NULL;
	}
	worker->limits = *limits;
	worker->processor = -1;
	queue_init(&worker->waiting);
	queue_init(&worker->ran);
	pthread_mutex_init(&worker->mutex, NULL);
	pthread_cond_init(&worker->wake, NULL);
	worker->handles = 3;
	uv_idle_init(loop, &worker->spare);
	worker->spare.data = worker;
	uv_timer_init(loop, &worker->sweep);
	uv_poll_init(loop, &worker->woken, worker->wake_loop);
	worker->sweep.data = worker;
	worker->woken.data = worker;
	uv_poll_start(&worker->woken, UV_READABLE, on_woken);
	uv_unref((uv_handle_t *)&worker->woken);
	uv_timer_start(&worker->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	uv_timer_stop(&worker->sweep);
	if (!start_threads(worker))
		worker_close(&worker);
	return worker;
}

static void on_closed(uv_handle_t *handle)
{
	struct worker *worker = handle->data;

	if (--worker->handles > 0)
		return;
	close(worker->wake_loop);
	free(worker);
}

void worker_close(struct worker **closed)
{
	struct worker *worker = *closed;

	*closed = NULL;
	if (!worker)
		return;
	pthread_mutex_lock(&worker->mutex);
	worker->closing = true;
	pthread_cond_broadcast(&worker->wake);
	pthread_mutex_unlock(&worker->mutex);
	for (unsigned i = 0; i < worker->thread_count; i++)
		pthread_join(worker->threads[i], NULL);
	uv_close((uv_handle_t *)&worker->sweep, on_closed);
	uv_close((uv_handle_t *)&worker->woken, on_closed);
	uv_close((uv_handle_t *)&worker->spare, on_closed);
}
