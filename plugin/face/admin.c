/* SPDX-License-Identifier: MIT */
/* The admin socket: one JSON object per line in, one out, for `sasl-reason`. */
#include "face/admin.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "face/admin_connection.h"
#include "face/admin_json.h"
#include "face/admin_request.h"

#define FAULT_MAX 512

/* A call and what it must not lose with its connection. */
struct call {
	struct admin_call call; /* first: the call is this */
	char who[ADMIN_CONNECTION_WHO];
};

/* ---- calls ---- */

static struct admin_call *open_call(struct admin_connection *connection)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	memcpy(call->who, connection->who, sizeof(call->who));
	call->call.group = connection->group;
	call->call.engine = connection->group->engine;
	call->call.who = call->who;
	call->call.connection = connection;
	connection->call = &call->call;
	connection->group->calls++;
	connection->group->references++;
	return &call->call;
}

static void free_call(struct admin_call *call)
{
	call->group->calls--;
	admin_connection_release(call->group);
	json_decref(call->request);
	free(call);
}

void admin_answer(struct admin_call *call, int status, json_t *answer)
{
	struct admin_connection *connection = call->connection;
	json_t *whole = json_pack("{s:i}", "status", status);
	char *text = NULL;

	if (whole && answer && json_object_update(whole, answer) == 0)
		text = json_dumps(whole, JSON_COMPACT);
	json_decref(whole);
	json_decref(answer);
	free_call(call);
	if (!connection) {
		admin_json_free(text);
		return;
	}
	connection->call = NULL;
	if (!text) {
		log_say(LOG_LEVEL_ERROR, "admin", "out of memory", connection->who);
		admin_connection_close(connection);
		return;
	}
	admin_connection_send(connection, text);
}

void admin_reply(struct admin_call *call, json_t *answer)
{
	admin_answer(call, EX_OK, answer);
}

void admin_fail(struct admin_call *call, int status, const char *format, ...)
{
	char text[FAULT_MAX];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	admin_answer(call, status, json_pack("{s:o}", "error", admin_json_cstring(text)));
}

/* ---- what the connections call ---- */

static void obey(struct admin_connection *connection, struct span line)
{
	char text[FAULT_MAX];
	struct buf fault = {text, 0, sizeof(text) - 1, false};
	struct admin_call *call = open_call(connection);
	admin_request_run *run;

	if (!call) {
		admin_connection_close(connection);
		return;
	}
	if (!line.at)
		admin_fail(call, EX_USAGE, "the request is too long");
	else if (admin_request_take(line, &call->request, &run, &fault))
		run(call);
	else
		admin_fail(call, EX_USAGE, "%.*s", (int)fault.len, fault.at);
}

/* ---- the group ---- */

struct admin_group *admin_open(struct engine *engine, const struct peer_group *peers,
			       const char *config_path, void (*ask_reload)(void *context),
			       void *context)
{
	struct admin_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	admin_json_begin();
	group->references = 1;
	group->engine = engine;
	group->peers = peers;
	group->config_path = config_path;
	group->ask_reload = ask_reload;
	group->context = context;
	group->obey = obey;
	return group;
}

void admin_close(struct admin_group **closed)
{
	struct admin_group *group = *closed;

	*closed = NULL;
	if (!group)
		return;
	while (group->first)
		admin_connection_close(group->first);
	admin_connection_release(group);
}

bool admin_idle(const struct admin_group *group)
{
	return group->count == 0 && group->calls == 0;
}

/* Root's are counted by themselves: nobody else's shut root out. */
static bool is_too_many(const struct admin_connection *connection)
{
	const struct admin_group *group = connection->group;
	size_t count = connection->root ? group->roots : group->count - group->roots;

	return count > ADMIN_CONNECTIONS_MAX;
}

static void refuse_connection(struct admin_connection *connection)
{
	struct admin_call *call = open_call(connection);

	log_say(LOG_LEVEL_WARNING, "connection closed", "too many at the admin socket",
		connection->who);
	connection->last = true;
	if (call)
		admin_fail(call, EX_TEMPFAIL, "too many connections to the admin socket");
	else
		admin_connection_close(connection);
}

bool admin_accept(struct admin_group *group, uv_stream_t *listener,
		  const struct settings_listener *settings)
{
	struct admin_connection *connection = admin_connection_open(group, listener);

	if (!connection)
		return false;
	log_say(LOG_LEVEL_DEBUG, "connection", settings->path, connection->who);
	if (!connection->closing && is_too_many(connection))
		refuse_connection(connection);
	else
		admin_connection_start(connection);
	return true;
}

void admin_sweep(struct admin_group *group, bool draining)
{
	struct admin_connection *connection = group->first;
	uint64_t now = uv_now(group->engine->loop);

	group->draining = draining;
	while (connection) {
		struct admin_connection *next = connection->next;

		admin_connection_sweep(connection, now);
		connection = next;
	}
}
