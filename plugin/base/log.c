/* SPDX-License-Identifier: MIT */
/* The log: lines of key=value, escaped here alone, to syslog or standard error. */
#include "base/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log_queue.h"

#define LOG_WAITING_MAX 65536
#define LOG_PREFIX_MAX	128

static const struct {
	const char *name;
	int priority;
} log_levels[] = {
    [LOG_LEVEL_ERROR] = {"error", LOG_ERR},
    [LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
    [LOG_LEVEL_INFO] = {"info", LOG_INFO},
    [LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
};

static _Atomic int log_threshold = LOG_LEVEL_WARNING;

/* Everything below is under the lock. */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_target log_target = LOG_TARGET_STDERR;
static char log_program[64] = "sasl-reason";
static char log_storage[LOG_WAITING_MAX];
static struct log_queue log_queue = {
    .fd = STDERR_FILENO,
    .waiting = {log_storage, 0, sizeof(log_storage), false},
};

static bool is_plain(struct span value)
{
	if (value.len == 0)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (c <= ' ' || c > '~' || c == '"' || c == '\\')
			return false;
	}
	return true;
}

/* Puts the text, as much of it as fits if it may be `cut`, else all of it; what did not fit is
 * told by "..." and ends the line. */
static void put(struct log_line *line, struct span text, bool cut)
{
	const size_t room = sizeof(line->text) - 3 - line->len;

	if (line->cut)
		return;
	line->cut = text.len > room;
	if (line->cut)
		text.len = cut ? room : 0;
	memcpy(line->text + line->len, text.at, text.len);
	line->len += text.len;
	if (line->cut) {
		memcpy(line->text + line->len, "...", 3);
		line->len += 3;
	}
}

static void put_octet(struct log_line *line, char octet)
{
	char storage[4];
	struct buf out = BUF_ON(storage);
	unsigned char bits = (unsigned char)octet;

	if (octet < ' ' || octet > '~') {
		buf_put_text(&out, "\\x");
		buf_put_hex(&out, &bits, 1);
	} else {
		if (octet == '"' || octet == '\\')
			buf_put_char(&out, '\\');
		buf_put_char(&out, octet);
	}
	put(line, buf_span(&out), false);
}

void log_begin(struct log_line *line, enum log_level level, const char *event)
{
	line->level = level;
	line->cut = false;
	line->len = 0;
	put(line, span_of(event), true);
}

void log_put(struct log_line *line, const char *key, struct span value)
{
	if (!value.at)
		return;
	put(line, (struct span){" ", 1}, true);
	put(line, span_of(key), true);
	if (is_plain(value)) {
		put(line, (struct span){"=", 1}, true);
		put(line, value, true);
		return;
	}
	put(line, (struct span){"=\"", 2}, true);
	for (size_t i = 0; i < value.len && !line->cut; i++)
		put_octet(line, value.at[i]);
	put(line, (struct span){"\"", 1}, true);
}

void log_put_text(struct log_line *line, const char *key, const char *value)
{
	log_put(line, key, span_of(value));
}

void log_put_number(struct log_line *line, const char *key, int64_t value)
{
	char storage[24];
	struct buf out = BUF_ON(storage);

	if (value < 0)
		buf_put_char(&out, '-');
	buf_put_number(&out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
	log_put(line, key, buf_span(&out));
}

/* "2026-07-01T08:00:00.123Z warning sasl-reasond[4711]: " */
static void put_prefix(struct buf *out, enum log_level level)
{
	static time_t second = -1;
	static char text[32];
	struct timespec now = {0, 0};
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != second && gmtime_r(&now.tv_sec, &utc) &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.", &utc))
		second = now.tv_sec;
	buf_put_text(out, text);
	buf_put_padded(out, (uint64_t)now.tv_nsec / 1000000, 3);
	buf_put_text(out, "Z ");
	buf_put_text(out, log_levels[level].name);
	buf_put_char(out, ' ');
	buf_put_text(out, log_program);
	buf_put_char(out, '[');
	buf_put_number(out, (uint64_t)getpid());
	buf_put_text(out, "]: ");
}

static void write_line(const struct log_line *line)
{
	char storage[LOG_PREFIX_MAX];
	struct buf prefix = BUF_ON(storage);

	if (log_target == LOG_TARGET_SYSLOG) {
		syslog(log_levels[line->level].priority, "%.*s", (int)line->len, line->text);
		return;
	}
	put_prefix(&prefix, line->level);
	log_queue_put(&log_queue, buf_span(&prefix), (struct span){line->text, line->len});
	if (line->level <= LOG_LEVEL_WARNING)
		log_queue_flush(&log_queue);
}

void log_end(struct log_line *line)
{
	if (!log_wants(line->level))
		return;
	pthread_mutex_lock(&log_lock);
	write_line(line);
	pthread_mutex_unlock(&log_lock);
}

void log_flush(void)
{
	pthread_mutex_lock(&log_lock);
	log_queue_flush(&log_queue);
	pthread_mutex_unlock(&log_lock);
}

bool log_wants(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&log_threshold, memory_order_relaxed);
}

void log_open(enum log_target target, enum log_level level, const char *program)
{
	struct buf name = BUF_ON(log_program);

	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_lock(&log_lock);
	log_queue_flush(&log_queue);
	log_queue_look(&log_queue);
	log_target = target;
	buf_put_span(&name, (struct span){program, strnlen(program, sizeof(log_program) - 1)});
	log_program[name.len] = '\0';
	closelog();
	if (target == LOG_TARGET_SYSLOG)
		openlog(log_program, LOG_PID, LOG_MAIL);
	pthread_mutex_unlock(&log_lock);
	atomic_store_explicit(&log_threshold, (int)level, memory_order_relaxed);
}

void log_say(enum log_level level, const char *event, const char *what, const char *about)
{
	struct log_line line;

	if (!log_wants(level))
		return;
	log_begin(&line, level, event);
	log_put_text(&line, "what", what);
	log_put_text(&line, "about", about);
	log_end(&line);
}
