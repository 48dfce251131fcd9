/* SPDX-License-Identifier: MIT */
/* The last logins of one user, those that are alike folded into one line. */
#include "store/journal_recent.h"

#include <string.h>

#include "core/word.h"
#include "store/journal_file.h"

enum column { TIME_MS, ID, OUTCOME, CAUSE, SAID, PROOF, CLIENT, MECHANISM, SERVICE };

static const char sql[] =
    "SELECT time_ms, id, outcome, cause, said, proof, client, mechanism, service "
    "FROM journal WHERE user IN (?1, ?3) ORDER BY number DESC LIMIT ?2";

static struct span text_at(sqlite3_stmt *row, enum column column)
{
	const char *at = (const char *)sqlite3_column_text(row, (int)column);

	return (struct span){at, at ? (size_t)sqlite3_column_bytes(row, (int)column) : 0};
}

static void copy(char *to, size_t size, struct span text)
{
	size_t len = text.len < size - 1 ? text.len : size - 1;

	if (len > 0)
		memcpy(to, text.at, len);
	to[len] = '\0';
}

static bool take_row(sqlite3_stmt *row, struct journal_recent *one)
{
	memset(one, 0, sizeof(*one));
	one->count = 1;
	one->first_ms = one->last_ms = sqlite3_column_int64(row, TIME_MS);
	copy(one->id, sizeof(one->id), text_at(row, ID));
	copy(one->client, sizeof(one->client), text_at(row, CLIENT));
	copy(one->mechanism, sizeof(one->mechanism), text_at(row, MECHANISM));
	copy(one->service, sizeof(one->service), text_at(row, SERVICE));
	if (!word_take_outcome(text_at(row, OUTCOME), &one->outcome) ||
	    !word_take_proof(text_at(row, PROOF), &one->proof))
		return false;
	return one->outcome == OUTCOME_ALLOW || (reason_find(text_at(row, CAUSE), &one->cause) &&
						 reason_find(text_at(row, SAID), &one->told));
}

static bool alike(const struct journal_recent *a, const struct journal_recent *b)
{
	return a->outcome == b->outcome && a->cause == b->cause && a->told == b->told &&
	       a->proof == b->proof && strcmp(a->client, b->client) == 0 &&
	       strcmp(a->mechanism, b->mechanism) == 0 && strcmp(a->service, b->service) == 0;
}

/* Rows come the latest first. */
static void fold(const struct journal_recent *one, struct journal_recent *list, size_t *count)
{
	for (size_t i = 0; i < *count; i++) {
		if (!alike(&list[i], one))
			continue;
		list[i].count++;
		list[i].first_ms = one->first_ms;
		return;
	}
	if (*count < JOURNAL_RECENT_MAX)
		list[(*count)++] = *one;
}

bool journal_recent(const char *directory, struct span user, struct span hashed,
		    struct journal_recent list[JOURNAL_RECENT_MAX], size_t *count)
{
	sqlite3 *handle = journal_file_open(directory);
	sqlite3_stmt *statement = NULL;
	struct journal_recent one;
	int code = SQLITE_ERROR;

	*count = 0;
	if (handle && sqlite3_prepare_v2(handle, sql, sizeof(sql), &statement, NULL) == SQLITE_OK) {
		sqlite3_bind_text(statement, 1, user.at, (int)user.len, SQLITE_STATIC);
		sqlite3_bind_int(statement, 2, JOURNAL_RECENT_ROWS);
		sqlite3_bind_text(statement, 3, hashed.at, (int)hashed.len, SQLITE_STATIC);
		while ((code = sqlite3_step(statement)) == SQLITE_ROW)
			if (take_row(statement, &one))
				fold(&one, list, count);
	}
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return code == SQLITE_DONE;
}
