/* SPDX-License-Identifier: MIT */
/* The thread in which a ledger commits what many logins at once have caused: one piece at a time.
 */
#ifndef ENGINE_LEDGER_WRITER_H
#define ENGINE_LEDGER_WRITER_H

#include <stdbool.h>
#include <uv.h>

struct ledger_writer;

/* `run` is called in the thread, `done` afterwards on the loop, both with `context`. Null if the
 * thread or its handle cannot be made. The handle keeps no loop alive but while something is under
 * way. */
struct ledger_writer *ledger_writer_open(uv_loop_t *loop, void (*run)(void *context),
					 void (*done)(void *context), void *context);

/* Waits for what is under way, without done(). Its handle needs one more turn of the loop. */
void ledger_writer_close(struct ledger_writer **writer);

/* Lets it run; not while it is under way. */
void ledger_writer_start(struct ledger_writer *writer);

/* From ledger_writer_start() until done() is called. */
bool ledger_writer_busy(const struct ledger_writer *writer);

#endif
