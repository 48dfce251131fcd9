/* SPDX-License-Identifier: MIT */
/* The checkpoints of a state directory's files, aside of those who write them. */
#ifndef ENGINE_LEDGER_CHECKPOINT_H
#define ENGINE_LEDGER_CHECKPOINT_H

#include <stdbool.h>

/* Moves what the write-ahead logs of the state directory's files hold into the files
 * (database_checkpoint), with connections of its own. For the stores' thread: waits for the disk.
 * Null: nothing is kept, nothing is done. `first`: opens the files however small their logs are,
 * because SQLite keeps the descriptor of such a connection for the next one: what a worker has open
 * does not change later. */
void ledger_checkpoint(const char *directory, bool first);

#endif
