/* SPDX-License-Identifier: MIT */
/* The last decisions, without secrets: what `sasl-reason why ID` tells the help desk. */
#include "store/journal.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "core/word.h"
#include "store/database.h"
#include "store/journal_file.h"

/* After so many rows the oldest are looked at, and at most so many of them go: no turn of the loop
 * pays for more, and what has to go is still gone four times as fast as it comes. */
#define DROP_EVERY 64
#define DROP_MOST  256

/* Rows that stay whatever the size of the file, which has the counters too. */
#define KEPT 1000

#define DAY_MS INT64_C(86400000)

#define COLUMNS                                                                                    \
	"time_ms, id, outcome, cause, said, proof, lock, tls, observed, overrun, ms, status, "     \
	"enhanced, user, realm, mechanism, service, client, peer, backend, defect, label, text"

/* Their places in COLUMNS. */
enum column {
	TIME_MS,
	ID,
	OUTCOME,
	CAUSE,
	SAID,
	PROOF,
	LOCK,
	TLS,
	OBSERVED,
	OVERRUN,
	MS,
	STATUS,
	TEXTS /* and from here on these */
};

struct journal {
	struct journal_limits limits;
	struct database *database;
	sqlite3_stmt *insert, *oldest, *drop, *pages, *free_pages;
	uint64_t page_size;
	unsigned put; /* since the oldest were looked at */
};

/* ---- writing ---- */

/* The first column of a statement's first row. */
static bool number_of(struct database *database, sqlite3_stmt *statement, uint64_t *number)
{
	bool ok = database_step(database, statement) == DATABASE_ROW;

	if (ok)
		*number = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return ok;
}

struct journal *journal_open(struct database *database, const struct journal_limits *limits)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	sqlite3_stmt *page_size = database_prepare(database, "PRAGMA page_size");

	if (!journal)
		return NULL;
	journal->limits = *limits;
	journal->database = database;
	journal->insert =
	    database_prepare(database, "INSERT INTO journal (" COLUMNS ") VALUES (?, ?, ?, ?, ?, "
				       "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	journal->oldest = database_prepare(
	    database, "SELECT number, time_ms FROM journal ORDER BY number LIMIT ?");
	journal->drop = database_prepare(database, "DELETE FROM journal WHERE number <= ?");
	journal->pages = database_prepare(database, "PRAGMA page_count");
	journal->free_pages = database_prepare(database, "PRAGMA freelist_count");
	if (!page_size || !journal->insert || !journal->oldest || !journal->drop ||
	    !journal->pages || !journal->free_pages ||
	    !number_of(database, page_size, &journal->page_size))
		journal_close(&journal);
	return journal;
}

void journal_close(struct journal **journal)
{
	free(*journal);
	*journal = NULL;
}

static void bind_word(sqlite3_stmt *statement, enum column column, const char *word)
{
	sqlite3_bind_text(statement, (int)column + 1, word, -1, SQLITE_STATIC);
}

static void bind_number(sqlite3_stmt *statement, enum column column, int64_t number)
{
	sqlite3_bind_int64(statement, (int)column + 1, number);
}

static void bind_entry(sqlite3_stmt *statement, const struct journal_entry *entry)
{
	bool refused = entry->outcome != OUTCOME_ALLOW;

	bind_number(statement, TIME_MS, entry->time_ms);
	sqlite3_bind_text(statement, ID + 1, entry->id, REPLY_ID_LEN, SQLITE_STATIC);
	bind_word(statement, OUTCOME, word_of_outcome(entry->outcome));
	bind_word(statement, CAUSE, refused ? reason_row(entry->cause)->token : NULL);
	bind_word(statement, SAID, refused ? reason_row(entry->told)->token : NULL);
	bind_word(statement, PROOF, word_of_proof(entry->proof));
	bind_word(statement, LOCK, word_of_lock(entry->lock));
	bind_number(statement, TLS, entry->tls);
	bind_number(statement, OBSERVED, entry->observed);
	bind_number(statement, OVERRUN, entry->overrun);
	bind_number(statement, MS, entry->ms);
	bind_number(statement, STATUS, entry->status);
	for (int i = 0; i < JOURNAL_TEXTS; i++)
		sqlite3_bind_text(statement, TEXTS + 1 + i, entry->texts[i].at,
				  (int)entry->texts[i].len, SQLITE_STATIC);
}

static bool over_size(struct journal *journal, bool *over)
{
	uint64_t pages, free_pages;

	if (!number_of(journal->database, journal->pages, &pages) ||
	    !number_of(journal->database, journal->free_pages, &free_pages))
		return false;
	*over = (pages - free_pages) * journal->page_size > journal->limits.octets;
	return true;
}

/* The number up to which rows go; 0: none. */
static bool find_last_to_drop(struct journal *journal, int64_t newest, int64_t now_ms,
			      int64_t *last)
{
	int64_t entries = (int64_t)journal->limits.entries;
	int64_t too_old = now_ms - journal->limits.days * DAY_MS;
	bool over;
	enum database_answer answer;

	*last = 0;
	if (!over_size(journal, &over))
		return false;
	sqlite3_bind_int(journal->oldest, 1, DROP_MOST);
	while ((answer = database_step(journal->database, journal->oldest)) == DATABASE_ROW) {
		int64_t number = sqlite3_column_int64(journal->oldest, 0);

		if (number > newest - entries && !(over && number <= newest - KEPT) &&
		    sqlite3_column_int64(journal->oldest, 1) >= too_old)
			break;
		*last = number;
	}
	sqlite3_reset(journal->oldest);
	return answer != DATABASE_FAILED;
}

static bool drop_oldest(struct journal *journal, int64_t newest, int64_t now_ms)
{
	int64_t last;

	if (!find_last_to_drop(journal, newest, now_ms, &last))
		return false;
	if (last == 0)
		return true;
	sqlite3_bind_int64(journal->drop, 1, last);
	return database_step(journal->database, journal->drop) == DATABASE_DONE;
}

bool journal_put(struct journal *journal, const struct journal_entry *entry)
{
	sqlite3 *handle = database_handle(journal->database);

	bind_entry(journal->insert, entry);
	if (database_step(journal->database, journal->insert) != DATABASE_DONE)
		return false;
	if (++journal->put < DROP_EVERY)
		return true;
	journal->put = 0;
	return drop_oldest(journal, sqlite3_last_insert_rowid(handle), entry->time_ms);
}

/* ---- reading ---- */

/* A copy of a column in `texts`; absent for NULL. */
static struct span take_text(sqlite3_stmt *row, int column, struct buf *texts)
{
	const char *at = (const char *)sqlite3_column_text(row, column);
	struct span text = {at, (size_t)sqlite3_column_bytes(row, column)};
	size_t start = texts->len;

	if (!at)
		return SPAN_NONE;
	buf_put_span(texts, text);
	return (struct span){texts->at + start, texts->len - start};
}

static struct span word_at(sqlite3_stmt *row, enum column column)
{
	return span_of((const char *)sqlite3_column_text(row, (int)column));
}

static bool take_entry(sqlite3_stmt *row, struct journal_entry *entry, struct buf *texts)
{
	struct span id = word_at(row, ID);
	bool ok;

	memset(entry, 0, sizeof(*entry));
	memcpy(entry->id, id.at, id.len < REPLY_ID_LEN ? id.len : REPLY_ID_LEN);
	entry->time_ms = sqlite3_column_int64(row, TIME_MS);
	ok = word_take_outcome(word_at(row, OUTCOME), &entry->outcome) &&
	     word_take_proof(word_at(row, PROOF), &entry->proof) &&
	     word_take_lock(word_at(row, LOCK), &entry->lock);
	if (ok && entry->outcome != OUTCOME_ALLOW)
		ok = reason_find(word_at(row, CAUSE), &entry->cause) &&
		     reason_find(word_at(row, SAID), &entry->told);
	entry->tls = sqlite3_column_int(row, TLS);
	entry->observed = sqlite3_column_int(row, OBSERVED);
	entry->overrun = sqlite3_column_int(row, OVERRUN);
	entry->ms = (unsigned)sqlite3_column_int64(row, MS);
	entry->status = (unsigned short)sqlite3_column_int(row, STATUS);
	for (int i = 0; i < JOURNAL_TEXTS; i++)
		entry->texts[i] = take_text(row, TEXTS + i, texts);
	return ok && !texts->failed;
}

/* As ids are written: upper case. False if it is none. */
static bool take_id(struct span text, char id[REPLY_ID_LEN])
{
	text = span_trim(text);
	if (text.len != REPLY_ID_LEN)
		return false;
	for (size_t i = 0; i < REPLY_ID_LEN; i++) {
		char c = text.at[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if ((c < 'A' || c > 'Z') && (c < '2' || c > '9'))
			return false;
		id[i] = c;
	}
	return true;
}

static enum journal_answer find(sqlite3 *handle, const char *id, struct journal_entry *entry,
				struct buf *texts)
{
	/* The newest first: that is what the help desk is asked about. */
	static const char sql[] =
	    "SELECT " COLUMNS " FROM journal WHERE id = ? ORDER BY number DESC LIMIT 1";
	enum journal_answer answer = JOURNAL_FAILED;
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(handle, sql, sizeof(sql), &statement, NULL) != SQLITE_OK)
		return JOURNAL_FAILED;
	sqlite3_bind_text(statement, 1, id, REPLY_ID_LEN, SQLITE_STATIC);
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		answer = take_entry(statement, entry, texts) ? JOURNAL_FOUND : JOURNAL_FAILED;
		break;
	case SQLITE_DONE:
		answer = JOURNAL_NONE;
		break;
	default:
		break;
	}
	sqlite3_finalize(statement);
	return answer;
}

enum journal_answer journal_find(const char *directory, struct span id, struct journal_entry *entry,
				 struct buf *texts)
{
	enum journal_answer answer = JOURNAL_FAILED;
	char upper[REPLY_ID_LEN];
	sqlite3 *handle;

	if (!take_id(id, upper))
		return JOURNAL_NONE;
	handle = journal_file_open(directory);
	if (handle)
		answer = find(handle, upper, entry, texts);
	sqlite3_close(handle);
	return answer;
}
