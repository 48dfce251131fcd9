/* SPDX-License-Identifier: MIT */
/* Accounts in a file with Dovecot's passwd-file syntax, in memory and reread when it changes. */
#include "backend/backend_file.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "backend/backend_file_parse.h"
#include "backend/backend_file_table.h"
#include "base/log.h"

#define QUIET_NS      INT64_C(1000000000) /* a file written in place must rest so long */
#define RETRY_NS      (2 * QUIET_NS)      /* for want of memory or of descriptors */
#define WARNINGS_MAX  10
#define FAULT_MAX     1024

/* What tells one state of a file from another. `error` is errno where there is no status. */
struct state {
	int error;
	dev_t device;
	ino_t inode;
	off_t size;
	mode_t mode;
	uid_t owner;
	struct timespec modified;
	struct timespec changed;
};

struct backend_file {
	struct backend backend;
	const char *path;
	struct backend_file_table *table; /* null: down */
	struct state taken;    /* of `table` */
	struct state refused;  /* looked at and not taken: not looked at again, but at retry_at */
	int64_t retry_at;      /* 0: what is wrong with it can only go away with a change */
	struct state waiting;  /* written in place, seen first at `waiting_since` */
	int64_t waiting_since;
	_Atomic int up; /* enum answer: whether the last reading was taken */
};

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * QUIET_NS + time->tv_nsec;
}

static int64_t clock_now(clockid_t clock)
{
	struct timespec now = {0, 0};

	clock_gettime(clock, &now);
	return nanoseconds(&now);
}

static struct state state_of(const struct stat *status)
{
	return (struct state){0, status->st_dev, status->st_ino, status->st_size, status->st_mode,
			      status->st_uid, status->st_mtim, status->st_ctim};
}

static struct state look(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0)
		return state_of(&status);
	return (struct state){.error = errno};
}

static bool same_inode(const struct state *a, const struct state *b)
{
	return a->error == b->error && a->device == b->device && a->inode == b->inode;
}

static bool same(const struct state *a, const struct state *b)
{
	return same_inode(a, b) && a->size == b->size && a->mode == b->mode &&
	       a->owner == b->owner && nanoseconds(&a->modified) == nanoseconds(&b->modified) &&
	       nanoseconds(&a->changed) == nanoseconds(&b->changed);
}

/* One account's trouble, found when the file is read. */
static void warn(const char *path, size_t line, const char *what, struct span field)
{
	struct log_line out;

	log_begin(&out, LOG_LEVEL_WARNING, "backend-file");
	log_put_text(&out, "what", what);
	log_put(&out, "field", field);
	log_put_text(&out, "path", path);
	log_put_number(&out, "line", (int64_t)line);
	log_end(&out);
}

/* The iterations of a SCRAM key, "{SCRAM-SHA-256}4096,salt,key,key"; 0 of any other secret. */
static uint64_t iterations_of(struct span stored)
{
	struct span scheme, count;
	uint64_t iterations;

	if (!span_take_until(&stored, '}', &scheme) || scheme.len < 7 ||
	    !span_equal_nocase((struct span){scheme.at, 7}, span_of("{SCRAM-")) ||
	    !span_take_until(&stored, ',', &count) ||
	    !span_take_number(count, UINT32_MAX, &iterations))
		return 0;
	return iterations;
}

/* Names that do not exist are told one count; an account with another one is known by it. */
static void compare(const char *path, size_t line, const struct backend_record *record,
		    uint64_t *seen, bool *said)
{
	for (size_t i = 0; i < record->stored_count; i++) {
		uint64_t iterations = iterations_of(record->stored[i]);

		if (iterations && *seen && iterations != *seen && !*said) {
			warn(path, line, "SCRAM keys differ in their iterations: SCRAM tells which "
			     "names exist", SPAN_NONE);
			*said = true;
		}
		if (iterations && !*seen)
			*seen = iterations;
	}
}

static void inspect(const char *path, const struct backend_file_table *table)
{
	struct backend_record *record = malloc(sizeof(*record));
	bool said_unknown = false, said_iterations = false;
	uint64_t iterations = 0;
	size_t warnings = 0, line;
	struct span unknown;

	for (size_t i = 0; record && i < backend_file_table_count(table); i++) {
		struct span rest = backend_file_table_at(table, i, &line);

		backend_record_init(record);
		backend_file_parse_rest(rest, record, &unknown);
		if (unknown.at && !said_unknown) {
			warn(path, line, "an extra field is not known and ignored", unknown);
			said_unknown = true;
		}
		if (record->defect && warnings++ < WARNINGS_MAX)
			warn(path, line, "a value cannot be read: the account cannot log in",
			     span_of(record->defect));
		compare(path, line, record, &iterations, &said_iterations);
		backend_record_wipe(record);
	}
	if (warnings > WARNINGS_MAX)
		log_say(LOG_LEVEL_WARNING, "backend-file", "more accounts have such values", path);
	free(record);
}

static void say_kept(const struct backend_file *file, const char *what)
{
	struct log_line out;

	log_begin(&out, LOG_LEVEL_ERROR, "backend-file");
	log_put_text(&out, "what", what);
	log_put_text(&out, "backend", file->backend.label);
	log_put_text(&out, "then", file->table ? "the accounts read before stay" : "no logins");
	log_end(&out);
}

static void take_over(struct backend_file *file, struct backend_file_table *table,
		      const struct stat *status)
{
	struct log_line out;

	backend_file_table_close(&file->table);
	file->table = table;
	file->taken = state_of(status);
	file->up = YES;
	inspect(file->path, table);
	log_begin(&out, LOG_LEVEL_INFO, "backend-file");
	log_put_text(&out, "what", "read");
	log_put_text(&out, "path", file->path);
	log_put_number(&out, "accounts", (int64_t)backend_file_table_count(table));
	log_end(&out);
}

/* Reads what stands there now and takes it, or notes that this state is not to be taken. */
static void reread(struct backend_file *file, const struct state *now)
{
	struct backend_file_table *table = NULL;
	struct stat status;
	char storage[FAULT_MAX];
	struct buf fault = BUF_ON(storage);
	enum backend_file_read outcome =
	    backend_file_table_read(file->path, &table, &status, &fault);

	file->refused = *now;
	file->up = NO;
	file->retry_at = outcome == BACKEND_FILE_UNREADABLE && !now->error
			     ? clock_now(CLOCK_MONOTONIC) + RETRY_NS
			     : 0;
	if (outcome != BACKEND_FILE_READ) {
		buf_put_char(&fault, '\0');
		say_kept(file, fault.failed ? "the file cannot be used" : storage);
	} else if (file->table && backend_file_table_count(file->table) > 0 &&
		   backend_file_table_count(table) == 0) {
		say_kept(file, "the file has lost all its accounts");
		backend_file_table_close(&table);
	} else {
		take_over(file, table, &status);
	}
}

/* Whether a file that was written to in place has come to rest. */
static bool rested(struct backend_file *file, const struct state *now)
{
	int64_t age = clock_now(CLOCK_REALTIME) - nanoseconds(&now->changed);

	if (age >= QUIET_NS)
		return true;
	if (!same(now, &file->waiting)) {
		file->waiting = *now;
		file->waiting_since = clock_now(CLOCK_MONOTONIC);
		return false;
	}
	return clock_now(CLOCK_MONOTONIC) - file->waiting_since >= QUIET_NS;
}

static bool is_refused(const struct backend_file *file, const struct state *now)
{
	return same(now, &file->refused) &&
	       (!file->retry_at || clock_now(CLOCK_MONOTONIC) < file->retry_at);
}

static void refresh(struct backend_file *file)
{
	struct state now = look(file->path);
	bool in_place;

	if (same(&now, &file->taken)) {
		file->up = YES;
		return;
	}
	if (is_refused(file, &now))
		return;
	in_place = !now.error &&
		   (same_inode(&now, &file->taken) || same_inode(&now, &file->refused));
	if (!in_place || rested(file, &now))
		reread(file, &now);
}

static enum backend_found backend_file_lookup(struct backend *backend,
					      const struct backend_name *name,
					      struct backend_record *record)
{
	struct backend_file *file = (struct backend_file *)backend;
	struct span rest, unknown;

	refresh(file);
	if (!file->table)
		return BACKEND_DOWN;
	if (!backend_file_table_find(file->table, name->full, &rest) &&
	    !backend_file_table_find(file->table, name->local, &rest))
		return BACKEND_UNKNOWN;
	/* The record outlives the next reading of the file: it gets a copy. */
	rest = backend_record_keep(record, rest);
	backend_file_parse_rest(rest, record, &unknown);
	return BACKEND_KNOWN;
}

static void backend_file_health(struct backend *backend, struct backend_health *health)
{
	health->up = (enum answer)((struct backend_file *)backend)->up;
}

static void backend_file_close(struct backend **backend)
{
	struct backend_file *file = (struct backend_file *)*backend;

	*backend = NULL;
	if (!file)
		return;
	backend_file_table_close(&file->table);
	free(file);
}

static const struct backend_type file_type = {
    .name = "file",
    .lookup = backend_file_lookup,
    .health = backend_file_health,
    .close = backend_file_close};

struct backend *backend_file_open(const char *label, const char *path)
{
	struct backend_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->backend = (struct backend){&file_type, label};
	file->path = path;
	refresh(file);
	return &file->backend;
}

bool backend_file_check(const char *path, struct buf *fault)
{
	struct backend_file_table *table;
	struct stat status;

	if (backend_file_table_read(path, &table, &status, fault) != BACKEND_FILE_READ)
		return false;
	inspect(path, table);
	backend_file_table_close(&table);
	return true;
}
