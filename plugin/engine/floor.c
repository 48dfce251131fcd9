/* SPDX-License-Identifier: MIT */
/* Lets answers leave at a moment to the nanosecond, not to the millisecond of the loop's timers. A
 * timer that counts whole milliseconds from when the work was done would add what is left of the
 * work's time after its whole milliseconds, and so tell it. */
#include "engine/floor.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct floor {
	uv_poll_t poll;
	int fd;
	struct floor_wait *first; /* of a pairing heap: none is due before it */
};

/* ---- the heap ---- */

static struct floor_wait *merge(struct floor_wait *a, struct floor_wait *b)
{
	struct floor_wait *later = b;

	if (!a || !b)
		return a ? a : b;
	if (b->due < a->due) {
		later = a;
		a = b;
	}
	later->next = a->child;
	a->child = later;
	return a;
}

static struct floor_wait *merge_all(struct floor_wait *list)
{
	struct floor_wait *pairs = NULL, *all = NULL, *a, *b;

	while (list) {
		a = list;
		b = a->next;
		list = b ? b->next : NULL;
		a = merge(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		a = pairs;
		pairs = a->next;
		all = merge(all, a);
	}
	return all;
}

static struct floor_wait *take_first(struct floor *floor)
{
	struct floor_wait *wait = floor->first;

	floor->first = merge_all(wait->child);
	wait->child = wait->next = NULL;
	return wait;
}

/* ---- the timer ---- */

static void set_timer(struct floor *floor)
{
	struct itimerspec at = {{0, 0}, {0, 0}};

	if (!floor->first) {
		uv_unref((uv_handle_t *)&floor->poll);
		return;
	}
	at.it_value.tv_sec = (time_t)(floor->first->due / 1000000000);
	at.it_value.tv_nsec = (long)(floor->first->due % 1000000000);
	timerfd_settime(floor->fd, TFD_TIMER_ABSTIME, &at, NULL);
	uv_ref((uv_handle_t *)&floor->poll);
}

static void on_timer(uv_poll_t *poll, int status, int events)
{
	struct floor *floor = poll->data;
	struct floor_wait *wait;
	uint64_t count;

	(void)status, (void)events;
	(void)!read(floor->fd, &count, sizeof(count));
	while (floor->first && floor->first->due <= uv_hrtime()) {
		wait = take_first(floor);
		wait->over(wait);
	}
	set_timer(floor);
}

void floor_wait(struct floor *floor, struct floor_wait *wait, uint64_t due,
		void (*over)(struct floor_wait *wait))
{
	*wait = (struct floor_wait){due, over, NULL, NULL};
	floor->first = merge(floor->first, wait);
	if (floor->first == wait)
		set_timer(floor);
}

struct floor *floor_open(uv_loop_t *loop)
{
	struct floor *floor = calloc(1, sizeof(*floor));

	if (!floor)
		return NULL;
	/* The clock of uv_hrtime(). */
	floor->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (floor->fd < 0) {
		free(floor);
		return NULL;
	}
	floor->poll.data = floor;
	uv_poll_init(loop, &floor->poll, floor->fd);
	uv_poll_start(&floor->poll, UV_READABLE, on_timer);
	uv_unref((uv_handle_t *)&floor->poll);
	return floor;
}

static void on_closed(uv_handle_t *handle)
{
	struct floor *floor = handle->data;

	close(floor->fd);
	free(floor);
}

void floor_close(struct floor **closed)
{
	struct floor *floor = *closed;
	struct floor_wait *wait;

	*closed = NULL;
	if (!floor)
		return;
	while (floor->first) {
		wait = take_first(floor);
		wait->over(wait);
	}
	uv_close((uv_handle_t *)&floor->poll, on_closed);
}
