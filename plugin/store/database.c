/* SPDX-License-Identifier: MIT */
/* A SQLite file of ours: opened in WAL mode, its format brought up to date, checkpointed aside. */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "store/database_format.h"

#define BUSY_MS	       2000
#define RETRY_MS       10
#define TRUNCATE_MS    100 /* a checkpoint's end waits so long for a moment without a commit */
#define PASSIVE_ROUNDS 3

struct database {
	sqlite3 *handle;
	sqlite3_stmt *begin, *commit;
	/* As the log has it: of transactions, and of what reads outside them. */
	bool failing, unreadable;
	bool broken; /* a step of this transaction failed */
	enum database_durable durable;
	char path[DATABASE_PATH_MAX + sizeof("-wal")];
};

static void put_fault(struct buf *fault, const char *path, const char *what)
{
	buf_put_text(fault, path);
	buf_put_text(fault, ": ");
	buf_put_text(fault, what);
}

/* The connection's last error. What SQLite calls unable to open has its cause in errno. */
static void put_cause(struct buf *out, sqlite3 *handle)
{
	int code = sqlite3_errcode(handle) & 0xff;
	int number = sqlite3_system_errno(handle);

	buf_put_text(out, sqlite3_errmsg(handle));
	if ((code == SQLITE_CANTOPEN || code == SQLITE_IOERR) && number != 0) {
		buf_put_text(out, " (");
		buf_put_text(out, strerror(number));
		buf_put_text(out, ")");
	}
}

/* Logs the first failure after a success; `state` is the flag for this. */
static void note_failure(struct database *database, bool *state, const char *what)
{
	char storage[512];
	struct buf cause = BUF_ON(storage);
	struct log_line line;

	if (*state)
		return;
	*state = true;
	put_cause(&cause, database->handle);
	log_begin(&line, LOG_LEVEL_ERROR, "database");
	log_put_text(&line, "what", what);
	log_put_text(&line, "path", database->path);
	log_put(&line, "cause", buf_span(&cause));
	log_put_number(&line, "code", sqlite3_extended_errcode(database->handle));
	log_end(&line);
}

static void note_success(const struct database *database, bool *state, const char *what)
{
	if (*state)
		log_say(LOG_LEVEL_WARNING, "database", what, database->path);
	*state = false;
}

/* ---- opening ---- */

static bool put_path(struct database *database, const char *directory, const char *name)
{
	struct buf out = {database->path, 0, DATABASE_PATH_MAX, false};

	buf_put_text(&out, directory);
	buf_put_char(&out, '/');
	buf_put_text(&out, name);
	buf_put_char(&out, '\0');
	return !out.failed;
}

/* Makes the file, so that it has our mode from the first moment; SQLite gives it to "-wal" and
 * "-shm". One thread at a time: to close any descriptor of a file frees the locks that SQLite has
 * on it (fcntl(2)). */
static bool make_file(const char *path)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int fd, error;

	pthread_mutex_lock(&lock);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	error = errno;
	if (fd >= 0)
		close(fd);
	pthread_mutex_unlock(&lock);
	errno = error;
	return fd >= 0 || error == EEXIST;
}

/* What SQLite would say of these is less clear. */
static bool check_place(const char *directory, const char *path, struct buf *fault)
{
	struct stat status;

	if (stat(directory, &status) != 0)
		put_fault(fault, directory, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		put_fault(fault, directory, strerror(ENOTDIR));
	else if (faccessat(AT_FDCWD, directory, R_OK | W_OK | X_OK, AT_EACCESS) != 0)
		put_fault(fault, directory, strerror(errno));
	else if (!make_file(path))
		put_fault(fault, path, strerror(errno));
	else if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0)
		put_fault(fault, path, strerror(errno));
	else
		return true;
	return false;
}

static bool run(sqlite3 *handle, const char *sql)
{
	return sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool set_wal(sqlite3 *handle)
{
	sqlite3_stmt *statement = NULL;
	bool wal = false;

	if (sqlite3_prepare_v2(handle, "PRAGMA journal_mode = WAL", -1, &statement, NULL) ==
		SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		wal = span_is(span_of((const char *)sqlite3_column_text(statement, 0)), "wal");
	return sqlite3_finalize(statement) == SQLITE_OK && wal;
}

/* SQLite does not wait where two processes bring one file into WAL mode at the same time. */
static bool wait_wal(sqlite3 *handle)
{
	const struct timespec pause = {0, RETRY_MS * 1000000};

	for (int waited = 0; !set_wal(handle); waited += RETRY_MS) {
		if ((sqlite3_errcode(handle) & 0xff) != SQLITE_BUSY || waited >= BUSY_MS)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

static bool set_durable(sqlite3 *handle, enum database_durable durable)
{
	return run(handle, durable == DATABASE_POWER ? "PRAGMA synchronous = FULL"
						     : "PRAGMA synchronous = NORMAL");
}

static bool configure(sqlite3 *handle, enum database_durable durable)
{
	sqlite3_extended_result_codes(handle, 1);
	return sqlite3_busy_timeout(handle, BUSY_MS) == SQLITE_OK &&
	       sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
	       run(handle, "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;"
			   "PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY") &&
	       wait_wal(handle) && sqlite3_wal_autocheckpoint(handle, 0) == SQLITE_OK &&
	       set_durable(handle, durable);
}

static bool bring_up_to_date(struct database *database, const struct database_format *format,
			     struct buf *fault)
{
	switch (database_format_apply(database->handle, format)) {
	case DATABASE_FORMAT_CURRENT:
		return true;
	case DATABASE_FORMAT_NEWER:
		put_fault(fault, database->path, "written by a newer version of sasl-reason");
		return false;
	case DATABASE_FORMAT_FOREIGN:
		put_fault(fault, database->path, "a database of something else");
		return false;
	case DATABASE_FORMAT_FAILED:
		break;
	}
	buf_put_text(fault, database->path);
	buf_put_text(fault, ": ");
	put_cause(fault, database->handle);
	return false;
}

static bool open_handle(struct database *database, const struct database_format *format,
			enum database_durable durable, struct buf *fault)
{
	if (sqlite3_open_v2(database->path, &database->handle,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    !configure(database->handle, durable)) {
		buf_put_text(fault, database->path);
		buf_put_text(fault, ": ");
		put_cause(fault, database->handle);
		return false;
	}
	return bring_up_to_date(database, format, fault);
}

struct database *database_open(const char *directory, const struct database_format *format,
			       enum database_durable durable, struct buf *fault)
{
	struct database *database = calloc(1, sizeof(*database));

	if (!database) {
		put_fault(fault, directory, strerror(ENOMEM));
		return NULL;
	}
	database->durable = durable;
	if (!put_path(database, directory, format->name))
		buf_put_text(fault, "the path of the state directory is too long");
	else if (check_place(directory, database->path, fault) &&
		 open_handle(database, format, durable, fault)) {
		database->begin = database_prepare(database, "BEGIN IMMEDIATE");
		database->commit = database_prepare(database, "COMMIT");
		if (database->begin && database->commit)
			return database;
		put_fault(fault, database->path, strerror(ENOMEM));
	}
	database_close(&database);
	return NULL;
}

void database_close(struct database **database)
{
	sqlite3_stmt *statement;

	if (!*database)
		return;
	while ((*database)->handle && (statement = sqlite3_next_stmt((*database)->handle, NULL)))
		sqlite3_finalize(statement);
	sqlite3_close((*database)->handle);
	free(*database);
	*database = NULL;
}

void database_wait(struct database *database, unsigned ms)
{
	sqlite3_busy_timeout(database->handle, (int)ms);
}

sqlite3 *database_handle(const struct database *database)
{
	return database->handle;
}

/* ---- work ---- */

sqlite3_stmt *database_prepare(struct database *database, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
			       NULL) != SQLITE_OK)
		note_failure(database, &database->unreadable, "cannot be read");
	return statement;
}

enum database_answer database_step(struct database *database, sqlite3_stmt *statement)
{
	bool alone = statement != database->begin && sqlite3_get_autocommit(database->handle);
	int code = sqlite3_step(statement);

	if (code != SQLITE_ROW && code != SQLITE_DONE) {
		if (alone)
			note_failure(database, &database->unreadable, "cannot be read");
		else
			note_failure(database, &database->failing, "cannot be written");
		database->broken = true;
	} else if (alone) {
		note_success(database, &database->unreadable, "can be read again");
	}
	if (code != SQLITE_ROW)
		sqlite3_reset(statement);
	return code == SQLITE_ROW    ? DATABASE_ROW
	       : code == SQLITE_DONE ? DATABASE_DONE
				     : DATABASE_FAILED;
}

bool database_begin(struct database *database)
{
	database->broken = false;
	return database_step(database, database->begin) == DATABASE_DONE;
}

bool database_commit(struct database *database)
{
	if (!database->broken && database_step(database, database->commit) == DATABASE_DONE) {
		note_success(database, &database->failing, "can be written again");
		return true;
	}
	database_rollback(database);
	return false;
}

/* A failure that is grave has done it already (sqlite3_get_autocommit(3)). */
void database_rollback(struct database *database)
{
	if (!sqlite3_get_autocommit(database->handle))
		run(database->handle, "ROLLBACK");
	database->broken = false;
}

void database_lazy(struct database *database, bool lazy)
{
	set_durable(database->handle, lazy ? DATABASE_PROCESS : database->durable);
}

/* ---- checkpoints ---- */

static int64_t log_size(const struct database *database)
{
	char name[sizeof(database->path)];
	struct buf out = BUF_ON(name);
	struct stat status;

	buf_put_text(&out, database->path);
	buf_put_text(&out, "-wal");
	buf_put_char(&out, '\0');
	return !out.failed && stat(name, &status) == 0 ? status.st_size : 0;
}

/* Most of it goes by without holding anybody up. Only what was added meanwhile is moved while
 * commits wait, and where somebody reads from the log it is left for the next time. */
void database_checkpoint(struct database *database)
{
	int total = 0, moved = -1, code = SQLITE_OK;

	if (log_size(database) < DATABASE_CHECKPOINT_AT)
		return;
	for (int i = 0; i < PASSIVE_ROUNDS && moved != total && code == SQLITE_OK; i++)
		code = sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_PASSIVE,
						 &total, &moved);
	if ((code & 0xff) == SQLITE_BUSY) /* another one is at it */
		return;
	if (code != SQLITE_OK) {
		note_failure(database, &database->failing, "cannot be checkpointed");
		return;
	}
	/* Who commits all the time is waited for, else the log would grow without end. */
	sqlite3_busy_timeout(database->handle, TRUNCATE_MS);
	sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(database->handle, BUSY_MS);
}
