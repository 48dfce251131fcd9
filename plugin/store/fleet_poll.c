/* SPDX-License-Identifier: MIT */
/* A connection of hiredis on the event loop. */
#include "store/fleet_poll.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

struct poll {
	uv_poll_t handle;
	redisAsyncContext *context; /* null once it is closed */
	int events;
};

/* Reading is what finds an error out. Each of the two may close the connection. */
static void on_event(uv_poll_t *handle, int status, int events)
{
	struct poll *poll = handle->data;

	if (status < 0)
		events = UV_READABLE;
	if (poll->context && (events & UV_READABLE))
		redisAsyncHandleRead(poll->context);
	if (poll->context && (events & UV_WRITABLE))
		redisAsyncHandleWrite(poll->context);
}

static void watch(struct poll *poll, int events)
{
	if (events == poll->events)
		return;
	poll->events = events;
	if (events != 0)
		uv_poll_start(&poll->handle, events, on_event);
	else
		uv_poll_stop(&poll->handle);
}

static void add_read(void *data)
{
	struct poll *poll = data;

	watch(poll, poll->events | UV_READABLE);
}

static void drop_read(void *data)
{
	struct poll *poll = data;

	watch(poll, poll->events & ~UV_READABLE);
}

static void add_write(void *data)
{
	struct poll *poll = data;

	watch(poll, poll->events | UV_WRITABLE);
}

static void drop_write(void *data)
{
	struct poll *poll = data;

	watch(poll, poll->events & ~UV_WRITABLE);
}

static void free_poll(uv_handle_t *handle)
{
	free(handle->data);
}

static void clean_up(void *data)
{
	struct poll *poll = data;

	poll->context = NULL;
	uv_close((uv_handle_t *)&poll->handle, free_poll);
}

bool fleet_poll_attach(struct redisAsyncContext *context, uv_loop_t *loop)
{
	struct poll *poll = calloc(1, sizeof(*poll));

	if (!poll)
		return false;
	if (uv_poll_init(loop, &poll->handle, context->c.fd) != 0) {
		free(poll);
		return false;
	}
	poll->handle.data = poll;
	poll->context = context;
	context->ev.data = poll;
	context->ev.addRead = add_read;
	context->ev.delRead = drop_read;
	context->ev.addWrite = add_write;
	context->ev.delWrite = drop_write;
	context->ev.cleanup = clean_up;
	return true;
}
