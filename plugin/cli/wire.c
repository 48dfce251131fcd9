/* SPDX-License-Identifier: MIT */
/* A connection to one of the daemon's sockets: lines out, lines in, all before one moment. */
#include "cli/wire.h"

#include "base/secret.h"
#include "base/tabline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WIRE_FIRST_SIZE 4096

struct wire {
	int fd;
	int64_t deadline; /* ms, monotonic */
	char *in;
	size_t size, len; /* of `in` */
	size_t taken;	  /* of it by wire_take_line() */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for POLLIN or POLLOUT; false when the time is over. */
static bool wait_for(const struct wire *wire, short event)
{
	struct pollfd entry = {wire->fd, event, 0};

	for (;;) {
		int64_t left = wire->deadline - now_ms();
		int ready = left > 0 ? poll(&entry, 1, (int)left) : 0;

		if (ready > 0)
			return true;
		if (ready == 0 || errno != EINTR)
			return false;
	}
}

static void put_errno(struct buf *fault, const char *what, const char *path)
{
	int error = errno;

	buf_put_text(fault, what);
	buf_put_text(fault, " ");
	buf_put_text(fault, path);
	buf_put_text(fault, ": ");
	buf_put_text(fault, strerror(error));
}

/* A full queue of the listener is EAGAIN at once (unix(7)): ask again until the time is over. */
static bool connect_before(const struct wire *wire, const struct sockaddr_un *address)
{
	const struct timespec pause = {0, 20000000};

	while (connect(wire->fd, (const struct sockaddr *)address, sizeof(*address))) {
		if (errno != EAGAIN && errno != EINTR)
			return errno == EISCONN;
		if (now_ms() >= wire->deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static void put_connect_fault(const char *path, enum cli_exit *status, struct buf *fault)
{
	*status = CLI_CANNOT_TELL;
	if (errno == EACCES || errno == EPERM) {
		*status = CLI_NOT_PERMITTED;
		put_errno(fault, "you may not use", path);
		buf_put_text(fault, " (be root, or one whom the modes of it and of its folder "
				    "let in)");
	} else if (errno == ENOENT || errno == ECONNREFUSED) {
		buf_put_text(fault, "sasl-reasond is not running");
		buf_put_text(fault, errno == ENOENT ? ": there is no " : ": nobody listens at ");
		buf_put_text(fault, path);
	} else {
		put_errno(fault, "cannot connect to", path);
	}
}

struct wire *wire_open(const char *path, int timeout_ms, enum cli_exit *status, struct buf *fault)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct buf name = {address.sun_path, 0, sizeof(address.sun_path) - 1, false};
	struct wire *wire = calloc(1, sizeof(*wire));

	*status = CLI_CANNOT_TELL;
	buf_put_text(&name, path);
	if (!wire || !(wire->in = malloc(WIRE_FIRST_SIZE))) {
		buf_put_text(fault, "no memory");
		free(wire);
		return NULL;
	}
	wire->size = WIRE_FIRST_SIZE;
	wire->deadline = now_ms() + timeout_ms;
	wire->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wire->fd < 0) {
		put_errno(fault, "cannot make a socket for", path);
	} else if (name.failed) {
		*status = CLI_USAGE;
		buf_put_text(fault, "the path of the socket is too long: ");
		buf_put_text(fault, path);
	} else if (!connect_before(wire, &address)) {
		put_connect_fault(path, status, fault);
	} else {
		return wire;
	}
	wire_close(&wire);
	return NULL;
}

void wire_close(struct wire **wire)
{
	if (!*wire)
		return;
	if ((*wire)->fd >= 0)
		close((*wire)->fd);
	secret_wipe_octets((*wire)->in, (*wire)->size);
	free((*wire)->in);
	free(*wire);
	*wire = NULL;
}

bool wire_send(struct wire *wire, struct span text, struct buf *fault)
{
	while (text.len) {
		ssize_t sent = send(wire->fd, text.at, text.len, MSG_NOSIGNAL);

		if (sent >= 0) {
			text.at += sent;
			text.len -= (size_t)sent;
		} else if (errno == EAGAIN) {
			if (!wait_for(wire, POLLOUT)) {
				buf_put_text(fault, "sasl-reasond does not listen in time");
				return false;
			}
		} else if (errno != EINTR) {
			put_errno(fault, "cannot send", "to sasl-reasond");
			return false;
		}
	}
	return true;
}

/* Makes room for more: what was taken goes, and then the storage doubles. */
static bool make_room(struct wire *wire, size_t max, struct buf *fault)
{
	char *larger;

	memmove(wire->in, wire->in + wire->taken, wire->len - wire->taken);
	wire->len -= wire->taken;
	wire->taken = 0;
	if (wire->len < wire->size)
		return true;
	if (wire->size > max || !(larger = malloc(wire->size * 2))) {
		buf_put_text(fault, "sasl-reasond sent a line that is too long");
		return false;
	}
	memcpy(larger, wire->in, wire->len);
	secret_wipe_octets(wire->in, wire->size);
	free(wire->in);
	wire->in = larger;
	wire->size *= 2;
	return true;
}

static bool receive(struct wire *wire, struct buf *fault)
{
	ssize_t got = recv(wire->fd, wire->in + wire->len, wire->size - wire->len, 0);

	if (got > 0) {
		wire->len += (size_t)got;
		return true;
	}
	if (got < 0 && errno == EINTR)
		return true;
	if (got < 0 && errno == EAGAIN) {
		if (wait_for(wire, POLLIN))
			return true;
		buf_put_text(fault, "sasl-reasond does not answer in time");
	} else if (wire->len > wire->taken) {
		buf_put_text(fault,
			     "sasl-reasond closed the connection in the middle of an answer");
	}
	return false;
}

bool wire_take_line(struct wire *wire, size_t max, struct span *line, struct buf *fault)
{
	for (;;) {
		struct span rest = {wire->in + wire->taken, wire->len - wire->taken};

		if (tabline_take_line(&rest, line)) {
			wire->taken = (size_t)(rest.at - wire->in);
			return true;
		}
		if (!make_room(wire, max, fault) || !receive(wire, fault))
			return false;
	}
}
