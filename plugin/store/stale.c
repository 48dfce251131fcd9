/* SPDX-License-Identifier: MIT */
/* The last accepted password of each account, hashed, and the one before it: to know a stale one.
 */
#include "store/stale.h"

#include <stdlib.h>

#include "store/credentials.h"
#include "store/statement.h"

#define DAY 86400
/* Others may accept at the same time; each round costs two hashes. */
#define ROUNDS 4

enum statement { READ, FIRST, NEXT, REPLACE, FORGET, FORGET_OWN, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [READ] = "SELECT current, previous, changed FROM stale WHERE owner = ?1",
    [FIRST] = "INSERT INTO stale (owner, current) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [NEXT] = ("UPDATE stale SET current = ?2, previous = current, changed = ?4"
	      " WHERE owner = ?1 AND current = ?3"),
    [REPLACE] = "UPDATE stale SET current = ?2 WHERE owner = ?1 AND current = ?3",
    [FORGET] = "UPDATE stale SET previous = NULL WHERE previous IS NOT NULL AND changed < ?1",
    [FORGET_OWN] = ("UPDATE stale SET previous = NULL"
		    " WHERE owner = ?2 AND previous IS NOT NULL AND changed < ?1"),
};

struct stale_store {
	struct database *database;
	sqlite3_stmt *statements[STATEMENTS];
};

struct stale_store *stale_open(const char *directory, struct buf *fault)
{
	struct stale_store *store = calloc(1, sizeof(*store));
	bool good;

	if (!store) {
		buf_put_text(fault, "no memory");
		return NULL;
	}
	store->database = database_open(directory, &credentials_format, DATABASE_PROCESS, fault);
	good = store->database != NULL;
	for (int i = 0; i < STATEMENTS && good; i++) {
		store->statements[i] = database_prepare(store->database, texts[i]);
		good = store->statements[i] != NULL;
	}
	if (!good && store->database) {
		buf_put_text(fault, directory);
		buf_put_text(fault, ": its remembered passwords cannot be read");
	}
	if (!good)
		stale_close(&store);
	return store;
}

void stale_close(struct stale_store **store)
{
	if (!*store)
		return;
	database_close(&(*store)->database);
	free(*store);
	*store = NULL;
}

/* ---- reading ---- */

/* The row of an owner; spans are valid until the statement is released. */
static enum database_answer read_row(struct stale_store *store, struct span owner)
{
	sqlite3_stmt *statement = store->statements[READ];

	statement_bind_octets(statement, 1, owner.at, owner.len);
	return database_step(store->database, statement);
}

/* What was replaced before is too old. */
static int64_t oldest(unsigned days, int64_t now)
{
	return now - (int64_t)days * DAY;
}

bool stale_find(struct stale_store *store, struct span owner, unsigned days, int64_t now,
		struct buf *previous, int64_t *changed)
{
	sqlite3_stmt *statement = store->statements[READ];
	struct span text = SPAN_NONE;

	if (days > 0 && read_row(store, owner) == DATABASE_ROW) {
		text = statement_column(statement, 1);
		*changed = sqlite3_column_int64(statement, 2);
		if (*changed < oldest(days, now))
			text = SPAN_NONE;
		buf_put_span(previous, text);
	}
	statement_release(statement);
	return text.len > 0 && !previous->failed;
}

bool stale_look(struct stale_store *store, struct span owner, bool *current, int64_t *changed)
{
	sqlite3_stmt *statement = store->statements[READ];
	enum database_answer answer = read_row(store, owner);

	*current = answer == DATABASE_ROW;
	*changed = answer == DATABASE_ROW ? sqlite3_column_int64(statement, 2) : 0;
	statement_release(statement);
	return answer != DATABASE_FAILED;
}

/* ---- accepting ---- */

/* One acceptance under way. */
struct accepted {
	struct span owner, secret, scheme;
	unsigned days, longest;
	int64_t now;
	struct buf current; /* as it was read; empty: none */
	struct buf made;    /* of the secret */
	int64_t changed;    /* of the previous one; 0: there is none */
	char current_storage[PWHASH_STORED_MAX], made_storage[PWHASH_STORED_MAX];
};

enum round { ROUND_FAILED, ROUND_AGAIN, ROUND_DONE };

static bool read_current(struct stale_store *store, struct accepted *accepted)
{
	sqlite3_stmt *statement = store->statements[READ];
	enum database_answer answer = read_row(store, accepted->owner);

	accepted->current.len = 0;
	accepted->changed = 0;
	if (answer == DATABASE_ROW) {
		buf_put_span(&accepted->current, statement_column(statement, 0));
		if (statement_column(statement, 1).at)
			accepted->changed = sqlite3_column_int64(statement, 2);
	}
	statement_release(statement);
	return answer != DATABASE_FAILED && !accepted->current.failed;
}

static bool forget_old(struct stale_store *store, const struct accepted *accepted)
{
	sqlite3_stmt *statement = store->statements[FORGET];

	sqlite3_bind_int64(statement, 1, oldest(accepted->longest, accepted->now));
	return statement_run(store->database, statement);
}

static bool forget_own(struct stale_store *store, const struct accepted *accepted)
{
	sqlite3_stmt *statement = store->statements[FORGET_OWN];

	sqlite3_bind_int64(statement, 1, oldest(accepted->days, accepted->now));
	statement_bind_octets(statement, 2, accepted->owner.at, accepted->owner.len);
	return statement_run(store->database, statement);
}

/* Writes the new one, if what it is to replace still stands there. */
static enum round write_row(struct stale_store *store, const struct accepted *accepted,
			    enum statement how)
{
	sqlite3_stmt *statement = store->statements[how];
	bool wrote;

	if (!database_begin(store->database))
		return ROUND_FAILED;
	statement_bind_octets(statement, 1, accepted->owner.at, accepted->owner.len);
	statement_bind_text(statement, 2, buf_span(&accepted->made));
	if (how != FIRST)
		statement_bind_text(statement, 3, buf_span(&accepted->current));
	if (how == NEXT)
		sqlite3_bind_int64(statement, 4, accepted->now);
	if (!statement_run(store->database, statement)) {
		database_rollback(store->database);
		return ROUND_FAILED;
	}
	wrote = sqlite3_changes(database_handle(store->database)) > 0;
	if (!forget_old(store, accepted)) {
		database_rollback(store->database);
		return ROUND_FAILED;
	}
	if (!database_commit(store->database))
		return ROUND_FAILED;
	return wrote ? ROUND_DONE : ROUND_AGAIN;
}

static bool make(struct accepted *accepted)
{
	if (accepted->made.len == 0 &&
	    !pwhash_make(accepted->scheme, accepted->secret, &accepted->made))
		return false;
	return !accepted->made.failed;
}

static enum round try_once(struct stale_store *store, struct accepted *accepted)
{
	enum statement how = NEXT;

	if (!read_current(store, accepted))
		return ROUND_FAILED;
	if (accepted->current.len == 0) {
		how = FIRST;
	} else {
		switch (pwhash_verify(buf_span(&accepted->current), accepted->secret)) {
		case PWHASH_YES:
			if (accepted->changed != 0 &&
			    accepted->changed < oldest(accepted->days, accepted->now))
				return forget_own(store, accepted) ? ROUND_DONE : ROUND_FAILED;
			return ROUND_DONE;
		case PWHASH_FAILED:
			return ROUND_FAILED;
		case PWHASH_BROKEN: /* nothing can match it, so it is no previous one either */
			how = REPLACE;
			break;
		case PWHASH_NO:
			break;
		}
	}
	return make(accepted) ? write_row(store, accepted, how) : ROUND_FAILED;
}

bool stale_accept(struct stale_store *store, struct span owner, struct span secret,
		  struct span scheme, unsigned days, unsigned longest, int64_t now)
{
	struct accepted accepted = {.owner = owner, .secret = secret, .scheme = scheme};
	enum round round = ROUND_AGAIN;

	accepted.days = days;
	accepted.longest = longest;
	accepted.now = now;
	accepted.current = BUF_ON(accepted.current_storage);
	accepted.made = BUF_ON(accepted.made_storage);
	for (int i = 0; i < ROUNDS && round == ROUND_AGAIN; i++)
		round = try_once(store, &accepted);
	buf_wipe(&accepted.current);
	buf_wipe(&accepted.made);
	return round == ROUND_DONE;
}
