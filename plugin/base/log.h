/* SPDX-License-Identifier: MIT */
/* The log: lines of key=value, escaped here alone, to syslog or standard error. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG };

/* Where lines go and from which level on; may be called again (a reload). Before the first call:
 * warnings to standard error. From the first call on the process ignores SIGPIPE.
 *
 * Standard error: "<RFC 3339 time, UTC> <level> <program>[<pid>]: <line>". Nothing waits for a
 * slow reader or a full disk: what cannot be written is dropped, 64 KiB may wait, and the first
 * line after that says how many were lost. Syslog: facility mail. All of it may be called from
 * several threads; a fork copies what waits, so log_flush() first. */
void log_open(enum log_target target, enum log_level level, const char *program);

/* True if a line of this level would be written: asked before an expensive one is made. */
bool log_wants(enum log_level level);

/* One line being made. Values are spans, numbers or constants; there is no way to put a secret. */
struct log_line {
	enum log_level level;
	bool cut; /* longer than `text`: it ends in "..." */
	size_t len;
	char text[1536];
};

/* Begins a line: "event" first. */
void log_begin(struct log_line *line, enum log_level level, const char *event);
/* " key=value"; key="value" if it is empty or has anything but printable ASCII without spaces,
 * quotes and backslashes: then these two stand behind a backslash and each octet that is not
 * printable ASCII is \xHH. An absent value leaves the key out. */
void log_put(struct log_line *line, const char *key, struct span value);
void log_put_text(struct log_line *line, const char *key, const char *value);
void log_put_number(struct log_line *line, const char *key, int64_t value);
/* Writes it. Lines of LOG_LEVEL_INFO and below may wait for log_flush(); others go at once. */
void log_end(struct log_line *line);

/* Writes what waits: once per turn of the event loop. */
void log_flush(void);

/* A line with only a message: log_say(LOG_LEVEL_ERROR, "listener", "what happened", path) writes
 * `listener what="what happened" about=...`. `about` may be null. */
void log_say(enum log_level level, const char *event, const char *what, const char *about);

#endif
