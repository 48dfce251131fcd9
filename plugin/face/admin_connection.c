/* SPDX-License-Identifier: MIT */
/* One connection of the admin socket: reads lines, has one at a time obeyed, writes the answers. */
#include "face/admin_connection.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/peercred.h"
#include "face/admin_json.h"

static void obey_lines(struct admin_connection *connection);

void admin_connection_release(struct admin_group *group)
{
	if (--group->references == 0)
		free(group);
}

/* ---- its end ---- */

static void on_closed(uv_handle_t *handle)
{
	struct admin_connection *connection = handle->data;

	admin_json_free(connection->answer);
	admin_connection_release(connection->group);
	free(connection);
}

void admin_connection_close(struct admin_connection *connection)
{
	if (connection->closing)
		return;
	connection->closing = true;
	if (connection->call) {
		connection->call->cancelled = true;
		connection->call->connection = NULL;
	}
	*connection->at = connection->next;
	if (connection->next)
		connection->next->at = connection->at;
	connection->group->count--;
	connection->group->roots -= connection->root;
	uv_close((uv_handle_t *)&connection->pipe, on_closed);
}

/* ---- answers ---- */

/* Nothing of it is under way, and no more will come. */
static bool is_over(const struct admin_connection *connection)
{
	return !connection->call && !connection->answer &&
	       (connection->ended || connection->last ||
		(connection->group->draining && connection->served && connection->len == 0));
}

static void go_on(struct admin_connection *connection)
{
	if (!connection->closing && !connection->obeying)
		obey_lines(connection);
}

static void on_sent(uv_write_t *write, int status)
{
	struct admin_connection *connection = write->handle->data;

	/* The handle's own end frees it otherwise. */
	if (connection->closing)
		return;
	admin_json_free(connection->answer);
	connection->answer = NULL;
	connection->active = uv_now(connection->group->engine->loop);
	if (status < 0)
		admin_connection_close(connection);
	else
		go_on(connection);
}

void admin_connection_send(struct admin_connection *connection, char *text)
{
	size_t len = strlen(text);
	uv_buf_t chunk = uv_buf_init(text, (unsigned)len + 1);

	/* In place of its NUL. */
	text[len] = '\n';
	connection->served = true;
	connection->answer = text;
	if (uv_write(&connection->write, (uv_stream_t *)&connection->pipe, &chunk, 1, on_sent) == 0)
		return;
	admin_connection_close(connection);
}

/* ---- requests ---- */

/* The next line, if it is there whole. */
static bool obey_line(struct admin_connection *connection)
{
	struct span rest = {connection->input, connection->len}, line;

	if (!span_has(rest, '\n')) {
		if (connection->len < sizeof(connection->input))
			return false;
		/* Its end cannot be told from the next one. */
		connection->last = true;
		connection->group->obey(connection, SPAN_NONE);
		return false;
	}
	span_take_until(&rest, '\n', &line);
	connection->group->obey(connection, line);
	connection->len = rest.len;
	memmove(connection->input, rest.at, rest.len);
	return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *chunk)
{
	struct admin_connection *connection = handle->data;

	(void)suggested;
	*chunk = uv_buf_init(connection->input + connection->len,
			     (unsigned)(sizeof(connection->input) - connection->len));
}

/* Both halves are closed, so that nobody reads an answer; else what is under way is still answered.
 */
static bool has_gone(const struct admin_connection *connection)
{
	struct pollfd poll_fd = {-1, 0, 0};

	return uv_fileno((const uv_handle_t *)&connection->pipe, &poll_fd.fd) == 0 &&
	       poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLHUP);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *chunk)
{
	struct admin_connection *connection = stream->data;

	(void)chunk;
	if (count == 0)
		return;
	connection->active = uv_now(connection->group->engine->loop);
	if (count > 0) {
		connection->len += (size_t)count;
		go_on(connection);
		return;
	}
	uv_read_stop(stream);
	connection->reading = false;
	connection->ended = true;
	if (count != UV_EOF || has_gone(connection))
		admin_connection_close(connection);
	go_on(connection);
}

/* Reads as long as there is room for more. */
static void keep_reading(struct admin_connection *connection)
{
	bool room = connection->len < sizeof(connection->input);

	if (connection->reading == room || connection->ended)
		return;
	connection->reading = room;
	if (!room)
		uv_read_stop((uv_stream_t *)&connection->pipe);
	else if (uv_read_start((uv_stream_t *)&connection->pipe, on_alloc, on_read) != 0)
		admin_connection_close(connection);
}

/* One request after the other. */
static void obey_lines(struct admin_connection *connection)
{
	connection->obeying = true;
	while (!connection->closing && !connection->last && !connection->call &&
	       !connection->answer && obey_line(connection))
		;
	connection->obeying = false;
	if (connection->closing)
		return;
	if (is_over(connection))
		admin_connection_close(connection);
	else
		keep_reading(connection);
}

/* ---- opening, time ---- */

static void read_credentials(struct admin_connection *connection)
{
	struct buf who = {connection->who, 0, sizeof(connection->who) - 1, false};
	uv_os_fd_t fd;
	uid_t uid;

	if (uv_fileno((uv_handle_t *)&connection->pipe, &fd) != 0)
		return;
	peercred_put(&who, fd);
	connection->root = peercred_uid(fd, &uid) && uid == 0;
	connection->group->roots += connection->root;
}

static void link_connection(struct admin_group *group, struct admin_connection *connection)
{
	connection->group = group;
	connection->at = &group->first;
	connection->next = group->first;
	if (group->first)
		group->first->at = &connection->next;
	group->first = connection;
	group->count++;
	group->references++;
}

struct admin_connection *admin_connection_open(struct admin_group *group, uv_stream_t *listener)
{
	struct admin_connection *connection = calloc(1, sizeof(*connection));

	if (!connection || uv_pipe_init(group->engine->loop, &connection->pipe, 0) != 0) {
		free(connection);
		return NULL;
	}
	connection->pipe.data = connection;
	connection->active = uv_now(group->engine->loop);
	link_connection(group, connection);
	if (uv_accept(listener, (uv_stream_t *)&connection->pipe) != 0)
		admin_connection_close(connection);
	else
		read_credentials(connection);
	return connection;
}

void admin_connection_start(struct admin_connection *connection)
{
	if (!connection->closing)
		keep_reading(connection);
}

/* Something has come that was not read yet. */
static bool has_input(const struct admin_connection *connection)
{
	uv_os_fd_t fd;
	char octet;

	return uv_fileno((const uv_handle_t *)&connection->pipe, &fd) == 0 &&
	       recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void admin_connection_sweep(struct admin_connection *connection, uint64_t now)
{
	uint64_t silent = now - connection->active;

	if (connection->call)
		return;
	/* One that does not read its answer is as silent as one that does not ask. */
	if (silent > ADMIN_IDLE_MS)
		admin_connection_close(connection);
	else if (connection->group->draining && !connection->answer &&
		 (connection->served || silent >= PEER_NEW_MS) && !has_input(connection))
		admin_connection_close(connection);
}
