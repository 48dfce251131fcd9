/* SPDX-License-Identifier: MIT */
/* Those that wait for the fleet's server: each is told once, in time, whatever becomes of it. */
#include "store/fleet_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/fleet_script.h"

/* One that waits: for the counters of its attempt, or until they are forgotten. */
struct fleet_queue_ask {
	struct fleet_queue *queue;
	struct fleet_wait *wait; /* null: told, or left */
	struct fleet_queue_ask *next, *before;
	unsigned answers; /* still to come */
	struct part {
		struct fleet_queue_ask *ask;
		enum attempts_kind kind;
	} parts[ATTEMPTS_KINDS];
};

static void on_timer(uv_timer_t *timer);

/* The timer goes off at once if somebody is ready, else when the oldest ask is due. */
static void set_timer(struct fleet_queue *queue)
{
	uint64_t now = uv_now(queue->loop);
	struct fleet_queue_ask *first = queue->asks;

	if (queue->closing)
		return;
	if (queue->ready)
		uv_timer_start(&queue->timer, on_timer, 0, 0);
	else if (!first)
		uv_timer_stop(&queue->timer);
	else
		uv_timer_start(&queue->timer, on_timer,
			       first->wait->due > now ? first->wait->due - now : 0, 0);
}

static void make_ready(struct fleet_queue *queue, struct fleet_wait *wait)
{
	wait->next = NULL;
	if (queue->ready)
		queue->ready_last->next = wait;
	else
		queue->ready = wait;
	queue->ready_last = wait;
}

/* Takes the ask out of the list; its answers may still come. */
static struct fleet_wait *unhook(struct fleet_queue_ask *ask)
{
	struct fleet_queue *queue = ask->queue;
	struct fleet_wait *wait = ask->wait;

	if (ask->before)
		ask->before->next = ask->next;
	else
		queue->asks = ask->next;
	if (ask->next)
		ask->next->before = ask->before;
	else
		queue->last = ask->before;
	ask->wait = NULL;
	return wait;
}

static void tell(struct fleet_wait *wait)
{
	wait->waiting = false;
	wait->told(wait);
}

/* Those that become ready meanwhile have a turn of their own. */
static void tell_ready(struct fleet_queue *queue)
{
	size_t count = 0;

	for (struct fleet_wait *wait = queue->ready; wait; wait = wait->next)
		count++;
	for (; count > 0 && queue->ready && !queue->closing; count--) {
		struct fleet_wait *wait = queue->ready;

		queue->ready = wait->next;
		tell(wait);
	}
}

/* A server that does not answer the oldest in time is given up, which makes all of them ready. */
static void on_timer(uv_timer_t *timer)
{
	struct fleet_queue *queue = timer->data;

	if (queue->asks && queue->asks->wait->due <= uv_now(queue->loop)) {
		fleet_link_read(queue->link);
		if (!queue->closing && queue->asks && queue->asks->wait->due <= uv_now(queue->loop))
			fleet_link_drop(queue->link, "it does not answer in time");
	}
	tell_ready(queue);
	set_timer(queue);
}

/* ---- asking ---- */

/* One answer less to come; the last one ends the ask. */
static void finish(struct fleet_queue_ask *ask, const struct redisReply *reply)
{
	struct fleet_queue *queue = ask->queue;

	if (--ask->answers > 0)
		return;
	if (ask->wait) {
		struct fleet_wait *wait = unhook(ask);

		if (reply)
			tell(wait);
		else
			make_ready(queue, wait);
		set_timer(queue);
	}
	free(ask);
}

static void on_counter(void *context, const struct redisReply *reply)
{
	struct part *part = context;
	struct fleet_queue_ask *ask = part->ask;
	struct attempts_counter counter;

	if (ask->wait && fleet_reply_counter(reply, 0, &counter))
		attempts_merge(ask->queue->attempts, &ask->wait->who, part->kind, &counter,
			       ask->wait->now);
	finish(ask, reply);
}

static bool ask_one(struct fleet_queue_ask *ask, enum attempts_kind kind, const char *key)
{
	const char *arg[2 + FLEET_SCRIPT_FIELDS] = {"HMGET", key};

	memcpy(arg + 2, fleet_script_fields, sizeof(fleet_script_fields));
	ask->parts[kind] = (struct part){ask, kind};
	return fleet_link_send(ask->queue->link, 2 + FLEET_SCRIPT_FIELDS, arg, NULL, on_counter,
			       &ask->parts[kind]);
}

static void ask_each(struct fleet_queue_ask *ask)
{
	struct fleet_keys keys;

	fleet_key_of(ask->queue->key, &ask->wait->who, &keys);
	for (unsigned kind = 0; kind < ATTEMPTS_KINDS; kind++)
		if (keys.has[kind] && ask_one(ask, (enum attempts_kind)kind, keys.key[kind]))
			ask->answers++;
}

/* ---- forgetting ---- */

static void on_forgotten(void *context, const struct redisReply *reply)
{
	struct fleet_queue_ask *ask = context;
	struct fleet_wait *wait = ask->wait;
	struct attempts_counter counter;
	enum attempts_kind kind;

	for (size_t i = 0; wait && i < fleet_reply_rows(reply); i++)
		if (fleet_reply_row(reply, i, &kind, &counter))
			attempts_merge(ask->queue->attempts, &wait->who, kind, &counter, wait->now);
	if (wait)
		wait->done = fleet_reply_lifted(reply, &wait->lifted);
	finish(ask, reply);
}

/* It is rare, so the script goes with it. */
static void forget_all(struct fleet_queue_ask *ask)
{
	char text[FLEET_SCRIPT_MAX], keys[8];
	const char *arg[3 + FLEET_SCRIPT_ARGS] = {"EVAL", text, keys};
	struct buf out = BUF_ON(text);
	struct fleet_script_call call;

	fleet_script_put(&out, FLEET_SCRIPT_FORGET);
	buf_put_char(&out, '\0');
	fleet_script_fill(&call, FLEET_SCRIPT_FORGET, ask->queue->key, &ask->wait->who, NULL,
			  ask->wait->now);
	snprintf(keys, sizeof(keys), "%d", call.keys_count);
	memcpy(arg + 3, call.arg, (size_t)call.count * sizeof(*arg));
	if (!out.failed &&
	    fleet_link_send(ask->queue->link, 3 + call.count, arg, NULL, on_forgotten, ask))
		ask->answers++;
}

/* ---- both ---- */

/* False if nothing could be sent: then no answer comes. */
static bool send_all(struct fleet_queue *queue, struct fleet_wait *wait,
		     void (*send)(struct fleet_queue_ask *ask))
{
	struct fleet_queue_ask *ask = calloc(1, sizeof(*ask));

	if (!ask)
		return false;
	ask->queue = queue;
	ask->wait = wait;
	send(ask);
	if (ask->answers == 0) {
		free(ask);
		return false;
	}
	ask->before = queue->last;
	if (queue->last)
		queue->last->next = ask;
	else
		queue->asks = ask;
	queue->last = ask;
	return true;
}

static void begin(struct fleet_queue *queue, const struct attempts_who *who, int64_t now,
		  struct fleet_wait *wait, void (*send)(struct fleet_queue_ask *ask))
{
	wait->who = *who;
	wait->now = now;
	wait->waiting = true;
	wait->done = false;
	wait->lifted = 0;
	wait->next = NULL;
	/* The loop may have been busy since its turn began. */
	uv_update_time(queue->loop);
	wait->due = uv_now(queue->loop) + queue->timeout_ms;
	if (!fleet_link_connected(queue->link) || !send_all(queue, wait, send))
		make_ready(queue, wait);
	set_timer(queue);
}

void fleet_queue_ask(struct fleet_queue *queue, const struct attempts_who *who, int64_t now,
		     struct fleet_wait *wait)
{
	begin(queue, who, now, wait, ask_each);
}

void fleet_queue_forget(struct fleet_queue *queue, const struct attempts_who *who, int64_t now,
			struct fleet_wait *wait)
{
	begin(queue, who, now, wait, forget_all);
}

/* ---- leaving, the end ---- */

static void leave_ready(struct fleet_queue *queue, struct fleet_wait *wait)
{
	struct fleet_wait **at = &queue->ready, *before = NULL;

	while (*at && *at != wait) {
		before = *at;
		at = &before->next;
	}
	if (!*at)
		return;
	*at = wait->next;
	if (queue->ready_last == wait)
		queue->ready_last = before;
}

void fleet_queue_leave(struct fleet_queue *queue, struct fleet_wait *wait)
{
	if (!wait->waiting)
		return;
	wait->waiting = false;
	leave_ready(queue, wait);
	for (struct fleet_queue_ask *ask = queue->asks; ask; ask = ask->next)
		if (ask->wait == wait) {
			unhook(ask);
			break;
		}
	set_timer(queue);
}

void fleet_queue_init(struct fleet_queue *queue, uv_loop_t *loop)
{
	queue->loop = loop;
	uv_timer_init(loop, &queue->timer);
	queue->timer.data = queue;
}

void fleet_queue_close(struct fleet_queue *queue, uv_close_cb closed)
{
	queue->closing = true;
	while (queue->asks)
		unhook(queue->asks)->waiting = false;
	for (struct fleet_wait *wait = queue->ready; wait; wait = wait->next)
		wait->waiting = false;
	queue->ready = NULL;
	uv_close((uv_handle_t *)&queue->timer, closed);
}
