/* SPDX-License-Identifier: MIT */
/* What the stores' thread keeps open: handles of its own, and the checkpoints of all files. */
#include "engine/engine_thread.h"

#include <stdlib.h>

#include "engine/ledger.h"
#include "engine/ledger_checkpoint.h"
#include "engine/ledger_stores.h"

#define CHECKPOINT_MS 1000

struct engine_thread {
	struct worker_job job; /* first: the checkpoint's */
	struct engine *engine;
	struct apppass_store *apppass;
	struct stale_store *stale;
	uv_timer_t *timer;
	bool checking;
	/* The thread's: there has been a checkpoint; that a store cannot be opened is in the log.
	 */
	bool begun, apppass_said, stale_said;
};

static void run_checkpoint(struct worker_job *job)
{
	struct engine_thread *thread = (struct engine_thread *)job;

	ledger_checkpoint(thread->engine->settings->state_directory, !thread->begun);
	thread->begun = true;
}

static void checkpoint_done(struct worker_job *job, enum worker_end end)
{
	(void)job, (void)end;
}

static void checkpoint_free(struct worker_job *job)
{
	((struct engine_thread *)job)->checking = false;
}

static void on_timer(uv_timer_t *timer)
{
	struct engine_thread *thread = timer->data;

	if (thread->checking)
		return;
	thread->checking = true;
	thread->job.run = run_checkpoint;
	thread->job.done = checkpoint_done;
	thread->job.free = checkpoint_free;
	worker_submit(thread->engine->stores, &thread->job);
}

struct engine_thread *engine_thread_open(struct engine *engine)
{
	struct engine_thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		return NULL;
	thread->engine = engine;
	if (!engine->settings->state_directory)
		return thread;
	thread->timer = malloc(sizeof(*thread->timer));
	if (!thread->timer) {
		free(thread);
		return NULL;
	}
	uv_timer_init(engine->loop, thread->timer);
	thread->timer->data = thread;
	uv_timer_start(thread->timer, on_timer, CHECKPOINT_MS, CHECKPOINT_MS);
	uv_unref((uv_handle_t *)thread->timer);
	return thread;
}

static void free_timer(uv_handle_t *timer)
{
	free(timer);
}

void engine_thread_close(struct engine_thread **closed)
{
	struct engine_thread *thread = *closed;

	*closed = NULL;
	if (!thread)
		return;
	if (thread->timer)
		uv_close((uv_handle_t *)thread->timer, free_timer);
	apppass_store_close(&thread->apppass);
	stale_close(&thread->stale);
	free(thread);
}

/* The first time that a store cannot be opened after it could. */
static void say_once(bool *said, bool opened, const char *what, const char *fault,
		     const char *directory)
{
	if (!opened && !*said)
		log_say(LOG_LEVEL_ERROR, what, fault, directory);
	*said = !opened;
}

struct apppass_store *engine_thread_apppass(struct engine *engine)
{
	struct engine_thread *thread = engine->thread;
	const char *directory = engine->settings->state_directory;
	char text[512];
	struct buf fault = {text, 0, sizeof(text) - 1, false};

	if (thread->apppass || !directory)
		return thread->apppass;
	thread->apppass =
	    ledger_stores_apppass(directory, ledger_apppass_key(engine->ledger), &fault);
	text[fault.len] = '\0';
	say_once(&thread->apppass_said, thread->apppass, "app passwords", text, directory);
	return thread->apppass;
}

struct stale_store *engine_thread_stale(struct engine *engine)
{
	struct engine_thread *thread = engine->thread;
	const char *directory = engine->settings->state_directory;
	char text[512];
	struct buf fault = {text, 0, sizeof(text) - 1, false};

	if (thread->stale || !directory)
		return thread->stale;
	thread->stale = stale_open(directory, &fault);
	text[fault.len] = '\0';
	say_once(&thread->stale_said, thread->stale, "remembered passwords", text, directory);
	return thread->stale;
}
