/* SPDX-License-Identifier: MIT */
/* A SQLite file of ours: opened in WAL mode, its format brought up to date, checkpointed aside. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <sqlite3.h>

#include "base/buf.h"

/* The format of one file. Step i brings `PRAGMA user_version` i to i + 1, in one transaction; steps
 * are never changed once released, only added. */
struct database_format {
	const char *name; /* of the file in the state directory: "incidents.sqlite" */
	const char *const *steps;
	int step_count;
};

/* What an acknowledged commit survives. */
enum database_durable {
	DATABASE_PROCESS, /* the death of the process: synchronous = NORMAL */
	DATABASE_POWER	  /* that of the machine too: synchronous = FULL */
};

/* Octets of a state directory's path, and of a file in it. */
#define DATABASE_PATH_MAX 1024

/* Octets of a log that are left in it. */
#define DATABASE_CHECKPOINT_AT (4 << 20)

struct database;

/* Opens (and makes, mode 0600) the file in `directory`, with a connection of its own, for one
 * thread at a time. Another process may have it open too: a commit waits for it at most 2 s (it
 * holds the file for microseconds). A file of a newer format, one that is no database and one that
 * cannot be written are faults: null, with a text appended to `fault`. May block on the disk. */
struct database *database_open(const char *directory, const struct database_format *format,
			       enum database_durable durable, struct buf *fault);
void database_close(struct database **database);

/* How long a commit waits for another process from now on, instead of 2 s. */
void database_wait(struct database *database, unsigned ms);

/* The connection, for files of this room. */
sqlite3 *database_handle(const struct database *database);

/* A statement of the connection, kept for its life and finalized by database_close(). Null (logged)
 * if it cannot be prepared. */
sqlite3_stmt *database_prepare(struct database *database, const char *sql);

/* One step of a statement. The caller resets it when it has its rows; database_step() does that
 * itself after the last one and after a failure, which is logged as that of a commit is. */
enum database_answer { DATABASE_FAILED, DATABASE_DONE, DATABASE_ROW };
enum database_answer database_step(struct database *database, sqlite3_stmt *statement);

/* BEGIN IMMEDIATE and COMMIT. False: nothing of it stands (rolled back); the first failure after a
 * success is logged with its cause (disk full, I/O error), and so is the recovery. A commit after a
 * step that failed is a failure too. */
bool database_begin(struct database *database);
bool database_commit(struct database *database);
void database_rollback(struct database *database);

/* Between transactions: whether those to come may be as DATABASE_PROCESS has it. A later commit
 * that is DATABASE_POWER takes them along. */
void database_lazy(struct database *database, bool lazy);

/* Moves what the log of a file holds into the file if it holds more than DATABASE_CHECKPOINT_AT;
 * for a thread that may block, with a connection of its own. Others' commits wait for the end of
 * it, at most some 100 ms. The loop's connections never do that themselves. */
void database_checkpoint(struct database *database);

#endif
