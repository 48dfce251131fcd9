/* SPDX-License-Identifier: MIT */
/* The counters in incidents.sqlite: read at the start, written at the end of a turn of the loop. */
#include "store/attempts_file.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "store/attempts_row.h"
#include "store/database.h"

/* Rows looked at for each that is written, and at least: what keeps the file as small as the
 * memory. */
#define SWEEP_FACTOR 2
#define SWEEP_LEAST  8

struct attempts_file {
	struct database *database;
	struct attempts_memory *memory;
	sqlite3_stmt *news, *put, *sweep, *drop, *key_get, *key_put;
	/* Every writing of a row gives it a new id, the highest: what is above this, others have
	 * written. */
	int64_t seen, seen_before;
	int64_t swept;		  /* the last id looked at */
	bool keyed, keyed_before; /* the database has the memory's secret */
	/* What the last transaction wrote; its end is not known until the next. */
	uint32_t *written;
	size_t written_count;
	atomic_bool rolled_back;
};

#define COLUMNS                                                                                    \
	"kind, key, name, network, failures, since, until, window, lock, "                         \
	"name_share, name_since, entry_share, entry_since, entry_key"

static bool prepare(struct attempts_file *file)
{
	struct database *database = file->database;

	file->news = database_prepare(database, "SELECT " COLUMNS
						", id FROM attempts WHERE id > ?1 ORDER BY id");
	file->put =
	    database_prepare(database, "INSERT OR REPLACE INTO attempts (" COLUMNS ") VALUES "
				       "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)");
	file->sweep = database_prepare(
	    database, "SELECT " COLUMNS ", id FROM attempts WHERE id > ?1 ORDER BY id LIMIT ?2");
	file->drop = database_prepare(database, "DELETE FROM attempts WHERE id = ?1");
	file->key_get = database_prepare(database, "SELECT key FROM attempts_meta WHERE id = 1");
	file->key_put = database_prepare(
	    database, "INSERT OR IGNORE INTO attempts_meta (id, key) VALUES (1, ?1)");
	return file->news && file->put && file->sweep && file->drop && file->key_get &&
	       file->key_put;
}

/* ---- the secret of the keys ---- */

/* Takes the database's secret, if it has one. False if that failed. */
static bool take_secret(struct attempts_file *file)
{
	struct attempts_memory *memory = file->memory;
	unsigned char secret[ATTEMPTS_KEY_SECRET_LEN];
	enum database_answer answer = database_step(file->database, file->key_get);
	bool found =
	    answer == DATABASE_ROW && sqlite3_column_bytes(file->key_get, 0) == (int)sizeof(secret);

	if (found)
		memcpy(secret, sqlite3_column_blob(file->key_get, 0), sizeof(secret));
	sqlite3_reset(file->key_get);
	if (!found)
		return answer != DATABASE_FAILED;
	file->keyed = memcmp(memory->secret, secret, sizeof(secret)) == 0 ||
		      attempts_memory_rekey(memory, secret);
	return file->keyed;
}

/* The memory's own becomes the database's, unless another process was first. */
static bool give_secret(struct attempts_file *file)
{
	sqlite3_bind_blob(file->key_put, 1, file->memory->secret, sizeof(file->memory->secret),
			  SQLITE_STATIC);
	return database_step(file->database, file->key_put) == DATABASE_DONE && take_secret(file);
}

/* ---- rows ---- */

/* Meets the rows above `seen`, of others. */
static bool take_news(struct attempts_file *file)
{
	enum database_answer answer;

	sqlite3_bind_int64(file->news, 1, file->seen);
	while ((answer = database_step(file->database, file->news)) == DATABASE_ROW) {
		attempts_row_take(file->memory, file->news);
		file->seen = sqlite3_column_int64(file->news, ATTEMPTS_ROW_COLUMNS);
	}
	sqlite3_reset(file->news);
	return answer == DATABASE_DONE;
}

static bool put_dirty(struct attempts_file *file)
{
	struct attempts_memory *memory = file->memory;

	while (memory->dirty_count > 0) {
		uint32_t place = memory->dirty[memory->dirty_count - 1];
		enum attempts_kind kind;
		struct attempts_entry *entry = attempts_memory_place(memory, place, &kind);

		attempts_row_bind(file->put, kind, entry);
		if (database_step(file->database, file->put) != DATABASE_DONE)
			return false;
		memory->dirty_count--;
		entry->dirty = false;
		entry->unsaved = 0;
		file->written[file->written_count++] = place;
	}
	return true;
}

static bool drop_row(struct attempts_file *file, int64_t id)
{
	sqlite3_bind_int64(file->drop, 1, id);
	return database_step(file->database, file->drop) == DATABASE_DONE;
}

/* Goes on through the rows, the longest unwritten first. A row without its counter in memory was
 * replaced there by another; but a lock is kept as long as it stands. */
static bool sweep(struct attempts_file *file, size_t rows)
{
	enum database_answer answer;
	size_t looked = 0;
	bool fine = true;

	sqlite3_bind_int64(file->sweep, 1, file->swept);
	sqlite3_bind_int64(file->sweep, 2, (int64_t)rows);
	while (fine && (answer = database_step(file->database, file->sweep)) == DATABASE_ROW) {
		file->swept = sqlite3_column_int64(file->sweep, ATTEMPTS_ROW_COLUMNS);
		looked++;
		if (attempts_row_useless(file->memory, file->sweep))
			fine = drop_row(file, file->swept);
	}
	sqlite3_reset(file->sweep);
	if (looked < rows)
		file->swept = 0;
	return fine && answer == DATABASE_DONE;
}

/* ---- the whole ---- */

/* SQLite's rollback hook: it may not ask SQLite anything, and other transactions of the connection
 * may be another thread's. */
static void on_rollback(void *context)
{
	struct attempts_file *file = context;

	atomic_store(&file->rolled_back, true);
}

/* What was written last is to be written again; if it was not that transaction, it does no harm. */
static void take_back(struct attempts_file *file)
{
	if (!atomic_exchange(&file->rolled_back, false))
		return;
	while (file->written_count > 0) {
		enum attempts_kind kind;
		struct attempts_entry *entry = attempts_memory_place(
		    file->memory, file->written[--file->written_count], &kind);

		if (entry)
			attempts_memory_touch(file->memory, kind, entry);
	}
	file->seen = file->seen_before;
	file->keyed = file->keyed_before;
}

bool attempts_file_dirty(const struct attempts_file *file)
{
	return file->memory->dirty_count > 0 ||
	       (atomic_load(&file->rolled_back) && file->written_count > 0);
}

struct attempts_file *attempts_file_open(struct database *database, struct attempts_memory *memory)
{
	struct attempts_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->database = database;
	file->memory = memory;
	file->written = calloc(attempts_table_size(&memory->tables[0]) * ATTEMPTS_KINDS,
			       sizeof(*file->written));
	if (!file->written || !prepare(file) || !take_secret(file) ||
	    (file->keyed && !take_news(file))) {
		attempts_file_close(&file);
		return NULL;
	}
	file->seen_before = file->seen;
	file->keyed_before = file->keyed;
	sqlite3_rollback_hook(database_handle(database), on_rollback, file);
	return file;
}

/* The statements are the database's. */
void attempts_file_close(struct attempts_file **file)
{
	if (!*file)
		return;
	sqlite3_rollback_hook(database_handle((*file)->database), NULL, NULL);
	take_back(*file);
	free((*file)->written);
	free(*file);
	*file = NULL;
}

bool attempts_file_save(struct attempts_file *file)
{
	size_t count;

	take_back(file);
	count = file->memory->dirty_count;
	file->written_count = 0;
	file->seen_before = file->seen;
	file->keyed_before = file->keyed;
	if ((!file->keyed && !give_secret(file)) || !take_news(file) || !put_dirty(file))
		return false;
	if (file->written_count > 0)
		file->seen = sqlite3_last_insert_rowid(database_handle(file->database));
	return sweep(file, count * SWEEP_FACTOR + SWEEP_LEAST);
}
