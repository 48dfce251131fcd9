/* SPDX-License-Identifier: MIT */
/* The thread in which a ledger commits what many logins at once have caused: one piece at a time.
 */
#include "engine/ledger_writer.h"

#include <stdlib.h>

struct ledger_writer {
	uv_async_t written;
	uv_thread_t thread;
	uv_mutex_t lock;
	uv_cond_t change;
	void (*run)(void *context);
	void (*done)(void *context);
	void *context;
	bool due, ends; /* behind the lock */
	bool busy;	/* the loop's */
};

static void work(void *argument)
{
	struct ledger_writer *writer = argument;

	uv_mutex_lock(&writer->lock);
	for (;;) {
		while (!writer->due && !writer->ends)
			uv_cond_wait(&writer->change, &writer->lock);
		if (!writer->due)
			break;
		uv_mutex_unlock(&writer->lock);
		writer->run(writer->context);
		uv_mutex_lock(&writer->lock);
		writer->due = false;
		uv_async_send(&writer->written);
	}
	uv_mutex_unlock(&writer->lock);
}

static void on_written(uv_async_t *written)
{
	struct ledger_writer *writer = written->data;
	bool due;

	uv_mutex_lock(&writer->lock);
	due = writer->due;
	uv_mutex_unlock(&writer->lock);
	if (due || !writer->busy)
		return;
	writer->busy = false;
	uv_unref((uv_handle_t *)written);
	writer->done(writer->context);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

struct ledger_writer *ledger_writer_open(uv_loop_t *loop, void (*run)(void *context),
					 void (*done)(void *context), void *context)
{
	struct ledger_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->run = run;
	writer->done = done;
	writer->context = context;
	writer->written.data = writer;
	if (uv_mutex_init(&writer->lock) != 0)
		goto no_lock;
	if (uv_cond_init(&writer->change) != 0)
		goto no_change;
	if (uv_async_init(loop, &writer->written, on_written) != 0)
		goto no_handle;
	uv_unref((uv_handle_t *)&writer->written);
	if (uv_thread_create(&writer->thread, work, writer) == 0)
		return writer;
	uv_cond_destroy(&writer->change);
	uv_mutex_destroy(&writer->lock);
	uv_close((uv_handle_t *)&writer->written, on_closed);
	return NULL;
no_handle:
	uv_cond_destroy(&writer->change);
no_change:
	uv_mutex_destroy(&writer->lock);
no_lock:
	free(writer);
	return NULL;
}

void ledger_writer_close(struct ledger_writer **closed)
{
	struct ledger_writer *writer = *closed;

	*closed = NULL;
	if (!writer)
		return;
	uv_mutex_lock(&writer->lock);
	writer->ends = true;
	uv_cond_signal(&writer->change);
	uv_mutex_unlock(&writer->lock);
	uv_thread_join(&writer->thread);
	uv_cond_destroy(&writer->change);
	uv_mutex_destroy(&writer->lock);
	writer->busy = false;
	uv_close((uv_handle_t *)&writer->written, on_closed);
}

void ledger_writer_start(struct ledger_writer *writer)
{
	writer->busy = true;
	uv_ref((uv_handle_t *)&writer->written);
	uv_mutex_lock(&writer->lock);
	writer->due = true;
	uv_cond_signal(&writer->change);
	uv_mutex_unlock(&writer->lock);
}

bool ledger_writer_busy(const struct ledger_writer *writer)
{
	return writer && writer->busy;
}
