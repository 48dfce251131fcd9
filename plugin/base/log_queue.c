/* SPDX-License-Identifier: MIT */
/* Lines on their way to a descriptor whose reader may be slow, full or gone: never waited for. */
#include "base/log_queue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void log_queue_look(struct log_queue *queue)
{
	struct stat about;

	queue->kind = fstat(queue->fd, &about) == 0 ? about.st_mode & S_IFMT : 0;
}

/* As write(2), with EAGAIN instead of waiting. */
static ssize_t write_some(const struct log_queue *queue)
{
	struct pollfd ready = {queue->fd, POLLOUT, 0};
	struct span text = buf_span(&queue->waiting);

	if (S_ISREG(queue->kind))
		return write(queue->fd, text.at, text.len);
	if (S_ISSOCK(queue->kind))
		return send(queue->fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* What poll(2) calls writable takes PIPE_BUF octets at once. O_NONBLOCK is no way: it
	 * would be set for everybody who shares this terminal or pipe. */
	if (poll(&ready, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(queue->fd, text.at, text.len < PIPE_BUF ? text.len : PIPE_BUF);
}

static void drop_all(struct log_queue *queue)
{
	for (size_t i = 0; i < queue->waiting.len; i++)
		queue->lost += queue->waiting.at[i] == '\n';
	queue->lost -= queue->notices;
	queue->lost += queue->told;
	queue->waiting.len = 0;
}

void log_queue_flush(struct log_queue *queue)
{
	while (queue->waiting.len) {
		ssize_t n = write_some(queue);

		if (n > 0) {
			queue->torn = queue->waiting.at[n - 1] != '\n';
			buf_drop(&queue->waiting, (size_t)n);
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			return;
		} else {
			drop_all(queue);
		}
	}
	queue->told = 0;
	queue->notices = 0;
}

static bool append(struct log_queue *queue, struct span prefix, struct span text)
{
	size_t len = prefix.len + text.len + 1;

	if (queue->waiting.cap - queue->waiting.len < len)
		log_queue_flush(queue);
	if (queue->waiting.cap - queue->waiting.len < len)
		return false;
	buf_put_span(&queue->waiting, prefix);
	buf_put_span(&queue->waiting, text);
	buf_put_char(&queue->waiting, '\n');
	return true;
}

static bool append_notice(struct log_queue *queue, struct span prefix)
{
	char storage[64];
	struct buf text = BUF_ON(storage);

	/* Ends the torn line too. */
	if (queue->torn && queue->waiting.len == 0) {
		buf_put_char(&queue->waiting, '\n');
		queue->notices++;
	}
	buf_put_text(&text, "log lost=");
	buf_put_number(&text, queue->lost);
	if (!append(queue, prefix, buf_span(&text)))
		return false;
	queue->told += queue->lost;
	queue->lost = 0;
	queue->notices++;
	return true;
}

void log_queue_put(struct log_queue *queue, struct span prefix, struct span text)
{
	if ((queue->lost && !append_notice(queue, prefix)) || !append(queue, prefix, text))
		queue->lost++;
}
