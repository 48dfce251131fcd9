/* SPDX-License-Identifier: MIT */
/* The connection to the fleet's server: made again when it is lost, each loss and return told once.
 */
#include "store/fleet_link.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/fleet_poll.h"

#define PAUSE_FIRST_MS 1000
#define PAUSE_MOST_MS  5000
/* For connecting, password, database and the first answer. */
#define GREET_MS 3000

/* A command under way. */
struct command {
	struct fleet_link *link; /* null: given up, only to be freed */
	struct command *next, *before;
	fleet_link_answer *answer;
	void *context;
};

enum state { AWAY, RESOLVING, GREETING, UP };

struct fleet_link {
	uv_loop_t *loop;
	struct fleet_uri uri;
	struct secret password;
	const char *name;
	void (*up)(void *context);
	void *context;
	enum state state;
	uv_timer_t timer; /* the pause, or the end of what may be waited for a greeting */
	uv_getaddrinfo_t resolving;
	redisAsyncContext *redis;
	struct command *commands;
	size_t pending;
	unsigned pause_ms;
	bool told_away, timer_closed, closing;
	bool resolving_now; /* `resolving` is under way, whatever `state` is by now */
	struct addrinfo *addresses,
	    *address;	 /* what it came to, and the next of them to be tried */
	char cause[160]; /* why the last one was none */
};

bool fleet_link_connected(const struct fleet_link *link)
{
	return link->state == UP;
}

size_t fleet_link_pending(const struct fleet_link *link)
{
	return link->pending;
}

/* ---- losing it ---- */

static void on_pause(uv_timer_t *timer);

/* Takes a command out of the list. */
static void settle(struct fleet_link *link, struct command *command)
{
	if (command->before)
		command->before->next = command->next;
	else
		link->commands = command->next;
	if (command->next)
		command->next->before = command->before;
	link->pending--;
}

/* What is under way is answered; what hiredis calls later finds nothing. */
static void answer_all(struct fleet_link *link)
{
	while (link->commands) {
		struct command *command = link->commands;

		settle(link, command);
		command->link = NULL;
		command->answer(command->context, NULL);
	}
}

static void release(struct fleet_link *link)
{
	redisAsyncContext *redis = link->redis;

	link->redis = NULL;
	if (redis) {
		redis->data = NULL;
		redisAsyncFree(redis);
	}
}

void fleet_link_drop(struct fleet_link *link, const char *why)
{
	struct log_line line;

	if (link->state == AWAY || link->closing)
		return;
	link->state = AWAY;
	if (!link->told_away) {
		log_begin(&line, LOG_LEVEL_WARNING, "fleet");
		log_put_text(&line, "what", "the server is away: each daemon counts alone");
		log_put_text(&line, "cause", why);
		log_put_text(&line, "about", link->name);
		log_end(&line);
	}
	link->told_away = true;
	uv_timer_start(&link->timer, on_pause, link->pause_ms, 0);
	link->pause_ms = link->pause_ms * 2 < PAUSE_MOST_MS ? link->pause_ms * 2 : PAUSE_MOST_MS;
	answer_all(link);
	release(link);
}

/* ---- commands ---- */

/* Without a reply the connection is going, and with it all commands. */
static void on_reply(redisAsyncContext *redis, void *reply, void *data)
{
	struct command *command = data;
	struct fleet_link *link = command->link;

	if (link && reply) {
		settle(link, command);
		command->answer(command->context, reply);
	} else if (link) {
		fleet_link_drop(link, redis->errstr ? redis->errstr : "connection closed");
	}
	free(command);
}

static bool send_command(struct fleet_link *link, int count, const char *const *arg,
			 const size_t *len, fleet_link_answer *answer, void *context)
{
	struct command *command = calloc(1, sizeof(*command));

	if (!command)
		return false;
	command->link = link;
	command->answer = answer;
	command->context = context;
	if (redisAsyncCommandArgv(link->redis, on_reply, command, count, (const char **)arg, len) !=
	    REDIS_OK) {
		free(command);
		return false;
	}
	command->next = link->commands;
	if (command->next)
		command->next->before = command;
	link->commands = command;
	link->pending++;
	return true;
}

bool fleet_link_send(struct fleet_link *link, int count, const char *const *arg, const size_t *len,
		     fleet_link_answer *answer, void *context)
{
	return link->state == UP && send_command(link, count, arg, len, answer, context);
}

void fleet_link_read(struct fleet_link *link)
{
	if (link->redis)
		redisAsyncHandleRead(link->redis);
}

/* ---- making it ---- */

static void connect_next(struct fleet_link *link);

/* hiredis frees the connection itself after these two. */
static void on_connect(const redisAsyncContext *redis, int status)
{
	struct fleet_link *link = redis->data;

	if (!link || status == REDIS_OK)
		return;
	link->redis = NULL;
	snprintf(link->cause, sizeof(link->cause), "%s", redis->errstr);
	answer_all(link);
	connect_next(link);
}

static void on_disconnect(const redisAsyncContext *redis, int status)
{
	struct fleet_link *link = redis->data;

	(void)status;
	if (!link)
		return;
	link->redis = NULL;
	fleet_link_drop(link,
			redis->errstr && redis->errstr[0] ? redis->errstr : "connection closed");
}

static void on_password(void *context, const struct redisReply *reply)
{
	/* Some servers repeat the command in their error: it is not logged. */
	if (fleet_reply_error(reply).at)
		fleet_link_drop(context, "it does not accept the password");
}

static void on_database(void *context, const struct redisReply *reply)
{
	if (fleet_reply_error(reply).at)
		fleet_link_drop(context, "it does not have the database");
}

static void on_greeting(void *context, const struct redisReply *reply)
{
	struct fleet_link *link = context;

	if (!reply || link->state != GREETING)
		return;
	if (!span_is(fleet_reply_text(reply), "PONG")) {
		fleet_link_drop(link,
				"it answers, but does not serve: loading, or it wants a password");
		return;
	}
	link->state = UP;
	link->pause_ms = PAUSE_FIRST_MS;
	uv_timer_stop(&link->timer);
	if (link->told_away)
		log_say(LOG_LEVEL_WARNING, "fleet", "the server is back", link->name);
	link->told_away = false;
	link->up(link->context);
}

static bool greet(struct fleet_link *link)
{
	char password[FLEET_LINK_PASSWORD_MAX + 1] = "", db[8];
	const char *auth[3] = {"AUTH", link->uri.user, password};
	const char *plain[2] = {"AUTH", password};
	const char *select[2] = {"SELECT", db};
	const char *ping[1] = {"PING"};
	bool fine = true;

	if (link->password.len > 0 && link->password.len < sizeof(password)) {
		memcpy(password, link->password.at, link->password.len);
		fine = link->uri.user[0] ? send_command(link, 3, auth, NULL, on_password, link)
					 : send_command(link, 2, plain, NULL, on_password, link);
		secret_wipe_octets(password, sizeof(password));
	}
	snprintf(db, sizeof(db), "%u", link->uri.db);
	if (fine && link->uri.db != 0)
		fine = send_command(link, 2, select, NULL, on_database, link);
	return fine && send_command(link, 1, ping, NULL, on_greeting, link);
}

/* Takes over a connection that hiredis is making. */
static bool begin(struct fleet_link *link, redisAsyncContext *redis)
{
	if (!redis)
		return false;
	if (redis->err == 0 && fleet_poll_attach(redis, link->loop)) {
		redis->data = link;
		link->redis = redis;
		redisAsyncSetConnectCallback(redis, on_connect);
		redisAsyncSetDisconnectCallback(redis, on_disconnect);
		if (greet(link))
			return true;
		answer_all(link);
		release(link);
		return false;
	}
	snprintf(link->cause, sizeof(link->cause), "%s", redis->errstr ? redis->errstr : "");
	redisAsyncFree(redis);
	return false;
}

/* The next of the addresses that has a connection begun. */
static void connect_next(struct fleet_link *link)
{
	while (link->state == GREETING && link->address) {
		const struct addrinfo *address = link->address;
		char host[NI_MAXHOST];

		link->address = address->ai_next;
		if (getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof(host), NULL, 0,
				NI_NUMERICHOST) == 0 &&
		    begin(link, redisAsyncConnect(host, link->uri.port)))
			return;
	}
	fleet_link_drop(link, link->cause[0] ? link->cause : "no connection");
}

static void finish_close(struct fleet_link *link)
{
	if (!link->timer_closed || link->resolving_now)
		return;
	uv_freeaddrinfo(link->addresses);
	secret_wipe(&link->password);
	free(link);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
	struct fleet_link *link = request->data;

	link->resolving_now = false;
	uv_freeaddrinfo(link->addresses);
	link->addresses = link->address = addresses;
	if (link->closing)
		finish_close(link);
	else if (link->state != RESOLVING)
		return;
	else if (status != 0)
		fleet_link_drop(link, uv_strerror(status));
	else {
		link->state = GREETING;
		connect_next(link);
	}
}

static void on_late(uv_timer_t *timer)
{
	fleet_link_drop(timer->data, "it does not answer in time");
}

static void on_pause(uv_timer_t *timer)
{
	static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC};
	struct fleet_link *link = timer->data;
	int status;

	link->cause[0] = '\0';
	uv_timer_start(&link->timer, on_late, GREET_MS, 0);
	if (link->uri.local) {
		link->state = GREETING;
		if (!begin(link, redisAsyncConnectUnix(link->uri.host)))
			fleet_link_drop(link, link->cause[0] ? link->cause : "no connection");
		return;
	}
	link->state = RESOLVING;
	if (link->resolving_now)
		return;
	link->resolving.data = link;
	status =
	    uv_getaddrinfo(link->loop, &link->resolving, on_resolved, link->uri.host, NULL, &hints);
	link->resolving_now = status == 0;
	if (status != 0)
		fleet_link_drop(link, uv_strerror(status));
}

struct fleet_link *fleet_link_open(uv_loop_t *loop, const struct fleet_uri *uri,
				   const struct secret *password, const char *name,
				   void (*up)(void *context), void *context)
{
	struct fleet_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	if (password->len > 0 && !secret_init(&link->password, secret_span(password))) {
		free(link);
		return NULL;
	}
	link->loop = loop;
	link->uri = *uri;
	link->name = name;
	link->up = up;
	link->context = context;
	link->pause_ms = PAUSE_FIRST_MS;
	uv_timer_init(loop, &link->timer);
	link->timer.data = link;
	uv_timer_start(&link->timer, on_pause, 0, 0);
	return link;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct fleet_link *link = handle->data;

	link->timer_closed = true;
	finish_close(link);
}

void fleet_link_close(struct fleet_link **link)
{
	struct fleet_link *old = *link;

	*link = NULL;
	if (!old)
		return;
	old->closing = true;
	old->state = AWAY;
	answer_all(old);
	release(old);
	if (old->resolving_now)
		uv_cancel((uv_req_t *)&old->resolving);
	uv_close((uv_handle_t *)&old->timer, on_timer_closed);
}
