/* SPDX-License-Identifier: MIT */
/* A connection from an MTA's process to the daemon's auth socket (Dovecot auth protocol 1.x). */
#include "mta/client.h"
#include "mta/deadline.h"

#include "base/buf.h"
#include "base/tabline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

/* Lines of a greeting: a MECH for each mechanism and seven more, with room for new ones. */
#define GREETING_LINES_MAX 64

struct client {
	int fd;
	pid_t pid; /* the process that opened it */
	dev_t dev; /* with ino: the socket itself, because an MTA may close any descriptor */
	ino_t ino;
	unsigned id;
	bool introduced; /* VERSION and CPID have been sent */
	bool reused;
	bool greeted;
	bool gone; /* the peer has closed it */
	unsigned greeting_lines;
	struct sockaddr_un address;
	struct span unread; /* lies in `in` */
	char in[CLIENT_ANSWER_MAX];
};

/* The one piece of global state: MTAs log many people in, one after the other. */
static _Atomic(struct client *) idle;

static bool lost(struct client_reply *reply, const char *trouble, int error)
{
	*reply = (struct client_reply){CLIENT_LOST, SPAN_NONE, trouble, error};
	return false;
}

/* False if the descriptor was closed behind our back, and perhaps is somebody else's by now. */
static bool owns_descriptor(const struct client *link)
{
	struct stat now;

	return link->fd >= 0 && fstat(link->fd, &now) == 0 && S_ISSOCK(now.st_mode) &&
	       now.st_dev == link->dev && now.st_ino == link->ino;
}

void client_close(struct client **link)
{
	if (!*link)
		return;
	if (owns_descriptor(*link))
		close((*link)->fd);
	free(*link);
	*link = NULL;
}

void client_done(void)
{
	struct client *link = atomic_exchange(&idle, NULL);

	client_close(&link);
}

void client_keep(struct client **link)
{
	struct client *none = NULL;

	if ((*link)->unread.len == 0 && atomic_compare_exchange_strong(&idle, &none, *link))
		*link = NULL;
	client_close(link);
}

static struct client *take_idle(const char *path)
{
	struct client *link = atomic_exchange(&idle, NULL);

	if (!link)
		return NULL;
	if (link->pid != getpid() || strcmp(link->address.sun_path, path) != 0 ||
	    !owns_descriptor(link)) {
		client_close(&link);
		return NULL;
	}
	link->reused = true;
	return link;
}

/* A descriptor of 0 to 2 would be taken for a standard stream by the MTA or its children. */
static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int higher;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return higher;
}

/* EAGAIN means here that the listener's queue is full (unix(7)). */
static bool connect_before(const struct client *link, int64_t deadline)
{
	int pause_ms = 1;

	while (connect(link->fd, (const struct sockaddr *)&link->address, sizeof(link->address))) {
		if (errno == EISCONN)
			return true;
		if (errno != EAGAIN && errno != EINTR)
			return false;
		if (!deadline_pause(deadline, pause_ms))
			return false;
		if (pause_ms < 64)
			pause_ms *= 2;
	}
	return true;
}

static struct client *open_client(const char *path, int64_t deadline, struct client_reply *reply)
{
	struct client *link = calloc(1, sizeof(*link));
	struct buf name;
	struct stat made;

	if (!link) {
		lost(reply, "no memory", ENOMEM);
		return NULL;
	}
	link->fd = -1;
	link->pid = getpid();
	link->address.sun_family = AF_UNIX;
	name = (struct buf){link->address.sun_path, 0, sizeof(link->address.sun_path) - 1, false};
	buf_put_text(&name, path);
	if (name.failed) {
		lost(reply, "the path is too long for a socket", 0);
	} else if ((link->fd = open_socket()) < 0 || fstat(link->fd, &made)) {
		lost(reply, "cannot make a socket", errno);
	} else {
		link->dev = made.st_dev;
		link->ino = made.st_ino;
		if (connect_before(link, deadline))
			return link;
		lost(reply, "cannot connect", errno);
	}
	client_close(&link);
	return NULL;
}

static bool send_all(struct client *link, struct iovec *part, size_t parts, int64_t deadline,
		     struct client_reply *reply)
{
	while (parts > 0) {
		struct msghdr message = {.msg_iov = part, .msg_iovlen = parts};
		ssize_t sent = sendmsg(link->fd, &message, MSG_NOSIGNAL);

		if (sent < 0) {
			if (errno == EINTR ||
			    (errno == EAGAIN && deadline_wait(link->fd, DEADLINE_WRITE, deadline)))
				continue;
			link->gone = errno == EPIPE || errno == ECONNRESET;
			return lost(reply, "cannot send", errno);
		}
		while (parts > 0 && (size_t)sent >= part->iov_len) {
			sent -= (ssize_t)part->iov_len;
			part++;
			parts--;
		}
		if (parts > 0) {
			part->iov_base = (char *)part->iov_base + sent;
			part->iov_len -= (size_t)sent;
		}
	}
	return true;
}

/* Reads once, behind what is there. */
static bool receive(struct client *link, int64_t deadline, struct client_reply *reply)
{
	ssize_t got;

	if (link->unread.len)
		memmove(link->in, link->unread.at, link->unread.len);
	link->unread.at = link->in;
	if (link->unread.len == sizeof(link->in))
		return lost(reply, "sent a line that is too long", 0);
	if (!deadline_wait(link->fd, DEADLINE_READ, deadline))
		return lost(reply, "no answer in time", 0);
	got = recv(link->fd, link->in + link->unread.len, sizeof(link->in) - link->unread.len, 0);
	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (got <= 0) {
		link->gone = true;
		return lost(reply, "closed the connection", got < 0 ? errno : 0);
	}
	link->unread.len += (size_t)got;
	return true;
}

/* The daemon left before it said anything to our request: a worker that ends, or has died. */
static bool left_unanswered(const struct client *link)
{
	return link->gone && !(link->greeted && link->unread.len);
}

/* Takes the greeting's lines up to DONE; keywords we do not know are left alone, as the protocol
 * wants it. */
static bool take_greeting(struct client *link, struct span line, struct client_reply *reply)
{
	struct span keyword = SPAN_NONE, version = SPAN_NONE;

	tabline_take_field(&line, &keyword);
	if (link->greeting_lines++ >= GREETING_LINES_MAX)
		return lost(reply, "sent a greeting without end", 0);
	if (span_is(keyword, "VERSION") &&
	    (!tabline_take_field(&line, &version) || !span_is(version, "1")))
		return lost(reply, "speaks another version of the protocol", 0);
	link->greeted = span_is(keyword, "DONE");
	return true;
}

static bool take_answer(const struct client *link, struct span line, struct client_reply *reply)
{
	static const struct {
		const char *keyword;
		enum client_answer answer;
	} answers[] = {{"FAIL", CLIENT_FAIL}, {"CONT", CLIENT_CONT}, {"OK", CLIENT_OK}};
	struct span keyword = SPAN_NONE, id = SPAN_NONE;
	uint64_t number;

	tabline_take_field(&line, &keyword);
	tabline_take_field(&line, &id);
	if (!span_take_number(id, UINT32_MAX, &number) || number != link->id)
		return lost(reply, "sent what is no answer to us", 0);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (!span_is(keyword, answers[i].keyword))
			continue;
		*reply = (struct client_reply){answers[i].answer, line, NULL, 0};
		return true;
	}
	return lost(reply, "sent what is no answer", 0);
}

static bool await_answer(struct client *link, int64_t deadline, struct client_reply *reply)
{
	struct span line;

	for (;;) {
		if (!tabline_take_line(&link->unread, &line)) {
			if (!receive(link, deadline, reply))
				return false;
		} else if (!link->greeted) {
			if (!take_greeting(link, line, reply))
				return false;
		} else {
			return take_answer(link, line, reply);
		}
	}
}

static bool ask(struct client *link, const char *command, struct span rest, int64_t deadline,
		struct client_reply *reply)
{
	char storage[96];
	struct buf head = BUF_ON(storage);
	struct iovec part[3];

	if (link->unread.len || link->pid != getpid() || !owns_descriptor(link))
		return lost(reply, "the connection is not ours any more", 0);
	if (!link->introduced) {
		link->introduced = true;
		buf_put_text(&head, "VERSION\t1\t2\nCPID\t");
		buf_put_number(&head, (uint64_t)link->pid);
		buf_put_char(&head, '\n');
	}
	buf_put_text(&head, command);
	buf_put_char(&head, '\t');
	buf_put_number(&head, link->id);
	buf_put_char(&head, '\t');
	part[0] = (struct iovec){head.at, head.len};
	part[1] = (struct iovec){(void *)rest.at, rest.len};
	part[2] = (struct iovec){(void *)"\n", 1};
	return send_all(link, part, 3, deadline, reply) && await_answer(link, deadline, reply);
}

void client_begin(struct client **link_r, const char *path, int timeout_ms, struct span request,
		  struct client_reply *reply)
{
	int64_t deadline = deadline_in(timeout_ms);
	struct client *link = take_idle(path);
	unsigned fresh = 0;
	bool again = true;

	*link_r = NULL;
	while (again) {
		if (!link)
			link = open_client(path, deadline, reply);
		if (!link)
			return;
		link->id++;
		if (ask(link, "AUTH", request, deadline, reply)) {
			*link_r = link;
			return;
		}
		fresh += !link->reused;
		again = left_unanswered(link) && fresh < 2;
		client_close(&link);
	}
}

void client_continue(struct client **link, int timeout_ms, struct span response,
		     struct client_reply *reply)
{
	if (!ask(*link, "CONT", response, deadline_in(timeout_ms), reply))
		client_close(link);
}
