/* SPDX-License-Identifier: MIT */
/* The app passwords of all accounts in a file of ours, found by their hash. */
#include "store/apppass_store.h"

#include <stdlib.h>
#include <string.h>

#include "store/apppass_key.h"
#include "store/apppass_row.h"
#include "store/credentials.h"
#include "store/statement.h"

#define USE_EVERY 60  /* seconds between two notes of a use */
#define ENDED_MAX 500 /* revoked and expired ones that are remembered of one owner */

enum statement {
	FIND,
	EACH,
	COUNT,
	TAKEN,
	ADD,
	FORGET,
	BY_ID,
	BY_LABEL,
	REVOKE,
	RENAME,
	USED,
	USE,
	STATEMENTS
};

#define IN_FORCE "revoked = 0 AND (expires = 0 OR expires > ?2)"

static const char *const texts[STATEMENTS] = {
    [FIND] = "SELECT " APPPASS_ROW_COLUMNS " FROM apppass WHERE owner = ?1 AND hash = ?2",
    [EACH] = "SELECT " APPPASS_ROW_COLUMNS " FROM apppass WHERE owner = ?1 ORDER BY created, id",
    [COUNT] = "SELECT count(*) FROM apppass WHERE owner = ?1 AND " IN_FORCE,
    [TAKEN] = "SELECT count(*) FROM apppass WHERE owner = ?1 AND " IN_FORCE
	      " AND label = ?3 AND id <> ?4",
    [ADD] = "INSERT INTO apppass (owner, name, " APPPASS_ROW_COLUMNS ")"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, '', '')",
    [FORGET] = "DELETE FROM apppass WHERE owner = ?1 AND hash IN (SELECT hash FROM apppass"
	       " WHERE owner = ?1 AND NOT (" IN_FORCE ")"
	       " ORDER BY CASE WHEN revoked <> 0 THEN revoked ELSE expires END DESC, id"
	       " LIMIT -1 OFFSET ?3)",
    [BY_ID] = "SELECT " APPPASS_ROW_COLUMNS " FROM apppass WHERE owner = ?1 AND id = ?2",
    [BY_LABEL] = "SELECT " APPPASS_ROW_COLUMNS
		 " FROM apppass WHERE owner = ?1 AND label = ?3 AND (" IN_FORCE ") = ?4 LIMIT 2",
    [REVOKE] = "UPDATE apppass SET revoked = ?2 WHERE id = ?1",
    [RENAME] = "UPDATE apppass SET label = ?2 WHERE id = ?1",
    [USED] = "SELECT used FROM apppass WHERE id = ?1",
    [USE] = "UPDATE apppass SET used = ?2, used_client = ?3, used_mechanism = ?4 WHERE id = ?1",
};

struct apppass_store {
	struct database *database;
	sqlite3_stmt *statements[STATEMENTS];
};

struct apppass_store *apppass_store_open(const char *directory, struct buf *fault)
{
	struct apppass_store *store = calloc(1, sizeof(*store));
	bool good = store != NULL;

	if (!store) {
		buf_put_text(fault, "no memory");
		return NULL;
	}
	store->database = database_open(directory, &credentials_format, DATABASE_POWER, fault);
	if (!store->database) {
		apppass_store_close(&store);
		return NULL;
	}
	for (int i = 0; i < STATEMENTS && good; i++) {
		store->statements[i] = database_prepare(store->database, texts[i]);
		good = store->statements[i] != NULL;
	}
	if (good)
		return store;
	buf_put_text(fault, directory);
	buf_put_text(fault, ": its app passwords cannot be read");
	apppass_store_close(&store);
	return NULL;
}

void apppass_store_close(struct apppass_store **store)
{
	if (!*store)
		return;
	database_close(&(*store)->database);
	free(*store);
	*store = NULL;
}

/* ---- values of statements ---- */

/* A statement with ?1, the owner; the others are bound by the caller. */
static sqlite3_stmt *of_owner(struct apppass_store *store, enum statement which, struct span owner)
{
	sqlite3_stmt *statement = store->statements[which];

	statement_bind_octets(statement, 1, owner.at, owner.len);
	return statement;
}

/* ---- reading ---- */

enum apppass_answer apppass_store_find(struct apppass_store *store, struct span owner,
				       const unsigned char hash[APPPASS_HASH_LEN],
				       struct apppass *app)
{
	sqlite3_stmt *statement = of_owner(store, FIND, owner);

	statement_bind_octets(statement, 2, hash, APPPASS_HASH_LEN);
	return apppass_row_one(store->database, statement, app);
}

enum apppass_answer apppass_store_each(struct apppass_store *store, struct span owner,
				       void (*each)(void *context, const struct apppass *app),
				       void *context)
{
	sqlite3_stmt *statement = of_owner(store, EACH, owner);
	enum apppass_answer answer = APPPASS_NONE;
	enum database_answer step;
	struct apppass app;

	while ((step = database_step(store->database, statement)) == DATABASE_ROW) {
		if (!apppass_row_take(statement, &app)) {
			answer = APPPASS_FAILED;
			break;
		}
		answer = APPPASS_FOUND;
		each(context, &app);
	}
	statement_release(statement);
	return step == DATABASE_FAILED ? APPPASS_FAILED : answer;
}

/* ---- writing ---- */

/* Ends a transaction: commits it if it came to something, else nothing of it stands. */
static enum apppass_end finish(struct apppass_store *store, enum apppass_end end)
{
	if (end == APPPASS_END_DONE)
		return database_commit(store->database) ? end : APPPASS_END_FAILED;
	database_rollback(store->database);
	return end;
}

/* Whether another one in force than `id` has the label. */
static enum apppass_end check_label(struct apppass_store *store, struct span owner,
				    struct span label, const char *id, int64_t now)
{
	sqlite3_stmt *statement = of_owner(store, TAKEN, owner);
	int64_t count;

	sqlite3_bind_int64(statement, 2, now);
	statement_bind_text(statement, 3, label);
	statement_bind_text(statement, 4, span_of(id));
	if (!statement_number(store->database, statement, &count))
		return APPPASS_END_FAILED;
	return count > 0 ? APPPASS_END_TAKEN : APPPASS_END_DONE;
}

static enum apppass_end check_room(struct apppass_store *store, struct span owner, int64_t now)
{
	sqlite3_stmt *statement = of_owner(store, COUNT, owner);
	int64_t count;

	sqlite3_bind_int64(statement, 2, now);
	if (!statement_number(store->database, statement, &count))
		return APPPASS_END_FAILED;
	return count >= APPPASS_MAX ? APPPASS_END_FULL : APPPASS_END_DONE;
}

/* The oldest of those that have ended. */
static enum apppass_end forget_ended(struct apppass_store *store, struct span owner, int64_t now)
{
	sqlite3_stmt *statement = of_owner(store, FORGET, owner);

	sqlite3_bind_int64(statement, 2, now);
	sqlite3_bind_int64(statement, 3, ENDED_MAX);
	return statement_run(store->database, statement) ? APPPASS_END_DONE : APPPASS_END_FAILED;
}

static enum apppass_end insert(struct apppass_store *store, struct span owner, struct span name,
			       const struct apppass *app)
{
	sqlite3_stmt *statement = of_owner(store, ADD, owner);

	statement_bind_text(statement, 2, name);
	statement_bind_text(statement, 3, span_of(app->id));
	statement_bind_text(statement, 4, span_of(app->label));
	statement_bind_text(statement, 5, span_of(app->services));
	statement_bind_text(statement, 6, span_of(app->networks));
	statement_bind_octets(statement, 7, app->hash, APPPASS_HASH_LEN);
	sqlite3_bind_int64(statement, 8, app->created);
	sqlite3_bind_int64(statement, 9, app->expires);
	return statement_run(store->database, statement) ? APPPASS_END_DONE : APPPASS_END_FAILED;
}

enum apppass_end apppass_store_add(struct apppass_store *store, struct span owner, struct span name,
				   const struct apppass *app)
{
	enum apppass_end end;
	const char *fault;

	if (!apppass_valid(app, &fault) || app->revoked != 0 ||
	    !apppass_id_valid((struct span){app->id, strnlen(app->id, sizeof(app->id))}))
		return APPPASS_END_MALFORMED;
	if (!database_begin(store->database))
		return APPPASS_END_FAILED;
	end = check_label(store, owner, span_of(app->label), "", app->created);
	if (end == APPPASS_END_DONE)
		end = check_room(store, owner, app->created);
	if (end == APPPASS_END_DONE)
		end = forget_ended(store, owner, app->created);
	if (end == APPPASS_END_DONE)
		end = insert(store, owner, name, app);
	return finish(store, end);
}

/* With a label: those in force, or those that are not. */
static enum apppass_end pick_label(struct apppass_store *store, struct span owner,
				   struct span label, bool in_force, int64_t now,
				   struct apppass *app)
{
	sqlite3_stmt *statement = of_owner(store, BY_LABEL, owner);
	enum apppass_end end = APPPASS_END_FAILED;
	enum database_answer step;

	sqlite3_bind_int64(statement, 2, now);
	statement_bind_text(statement, 3, label);
	sqlite3_bind_int(statement, 4, in_force);
	step = database_step(store->database, statement);
	if (step == DATABASE_DONE) {
		end = APPPASS_END_ABSENT;
	} else if (step == DATABASE_ROW && apppass_row_take(statement, app)) {
		step = database_step(store->database, statement);
		if (step != DATABASE_FAILED)
			end = step == DATABASE_ROW ? APPPASS_END_AMBIGUOUS : APPPASS_END_DONE;
	}
	statement_release(statement);
	return end;
}

static enum apppass_end pick(struct apppass_store *store, struct span owner, struct span which,
			     int64_t now, struct apppass *app)
{
	sqlite3_stmt *statement = of_owner(store, BY_ID, owner);
	enum apppass_end end;

	statement_bind_text(statement, 2, which);
	switch (apppass_row_one(store->database, statement, app)) {
	case APPPASS_FOUND:
		return APPPASS_END_DONE;
	case APPPASS_FAILED:
		return APPPASS_END_FAILED;
	case APPPASS_NONE:
		break;
	}
	end = pick_label(store, owner, which, true, now, app);
	return end == APPPASS_END_ABSENT ? pick_label(store, owner, which, false, now, app) : end;
}

enum apppass_end apppass_store_revoke(struct apppass_store *store, struct span owner,
				      struct span which, int64_t now, struct apppass *done)
{
	sqlite3_stmt *statement = store->statements[REVOKE];
	enum apppass_end end;
	struct apppass app;

	if (!database_begin(store->database))
		return APPPASS_END_FAILED;
	end = pick(store, owner, which, now, &app);
	if (end == APPPASS_END_DONE && app.revoked == 0) {
		app.revoked = now;
		statement_bind_text(statement, 1, span_of(app.id));
		sqlite3_bind_int64(statement, 2, now);
		if (!statement_run(store->database, statement))
			end = APPPASS_END_FAILED;
	}
	end = finish(store, end);
	if (end == APPPASS_END_DONE && done)
		*done = app;
	return end;
}

static enum apppass_end set_label(struct apppass_store *store, struct span label,
				  struct apppass *app)
{
	sqlite3_stmt *statement = store->statements[RENAME];

	statement_bind_text(statement, 1, span_of(app->id));
	statement_bind_text(statement, 2, label);
	memset(app->label, 0, sizeof(app->label));
	memcpy(app->label, label.at, label.len);
	return statement_run(store->database, statement) ? APPPASS_END_DONE : APPPASS_END_FAILED;
}

enum apppass_end apppass_store_rename(struct apppass_store *store, struct span owner,
				      struct span which, struct span label, int64_t now,
				      struct apppass *done)
{
	enum apppass_end end;
	struct apppass app;

	if (!apppass_label_valid(label))
		return APPPASS_END_MALFORMED;
	if (!database_begin(store->database))
		return APPPASS_END_FAILED;
	end = pick(store, owner, which, now, &app);
	if (end == APPPASS_END_DONE)
		end = check_label(store, owner, label, app.id, now);
	if (end == APPPASS_END_DONE)
		end = set_label(store, label, &app);
	end = finish(store, end);
	if (end == APPPASS_END_DONE && done)
		*done = app;
	return end;
}

/* ---- that one was used ---- */

static bool note_use(struct apppass_store *store, const char *id, int64_t now, struct span client,
		     struct span mechanism)
{
	sqlite3_stmt *statement = store->statements[USE];
	struct apppass room;

	if (client.len >= sizeof(room.used_client))
		client.len = 0;
	if (mechanism.len >= sizeof(room.used_mechanism))
		mechanism.len = 0;
	statement_bind_text(statement, 1, span_of(id));
	sqlite3_bind_int64(statement, 2, now);
	statement_bind_text(statement, 3, client);
	statement_bind_text(statement, 4, mechanism);
	return database_begin(store->database) && statement_run(store->database, statement) &&
	       database_commit(store->database);
}

/* Nobody is told of a use, so its commit need not be on the disk; the next one brings it there. */
bool apppass_store_use(struct apppass_store *store, const char *id, int64_t now, struct span client,
		       struct span mechanism)
{
	sqlite3_stmt *statement = store->statements[USED];
	int64_t used;
	bool done;

	statement_bind_text(statement, 1, span_of(id));
	if (!statement_number(store->database, statement, &used))
		return false;
	if (now >= used && now - used < USE_EVERY)
		return true;
	database_lazy(store->database, true);
	done = note_use(store, id, now, client, mechanism);
	if (!done)
		database_rollback(store->database);
	database_lazy(store->database, false);
	return done;
}

enum apppass_answer apppass_store_check_key(struct apppass_store *store,
					    const unsigned char key[APPPASS_KEY_LEN])
{
	return apppass_key_check(store->database, key);
}
