/* SPDX-License-Identifier: MIT */
/* A connection to one of the daemon's sockets: lines out, lines in, all before one moment. */
#ifndef CLI_WIRE_H
#define CLI_WIRE_H

#include "base/buf.h"
#include "cli/cli.h"

/* The daemon answers within this, or it cannot be told. */
#define WIRE_TIMEOUT_MS 10000

struct wire;

/* Connects. Null with the reason in `fault` and *status CLI_CANNOT_TELL (nobody there) or
 * CLI_NOT_PERMITTED; `fault` stays unfinished text without a NUL. */
struct wire *wire_open(const char *path, int timeout_ms, enum cli_exit *status, struct buf *fault);

/* Closes it and wipes what was read. */
void wire_close(struct wire **wire);

/* Sends all of it; false with `fault`. */
bool wire_send(struct wire *wire, struct span text, struct buf *fault);

/* Waits for a line, at most `max` octets; without its LF, valid until the next call. False with
 * `fault`; an empty fault means that the daemon closed the connection between two lines. */
bool wire_take_line(struct wire *wire, size_t max, struct span *line, struct buf *fault);

#endif
