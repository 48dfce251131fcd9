/* SPDX-License-Identifier: MIT */
/* The format of the file that the journal and the counters of failed attempts share. */
#include "store/journal_format.h"

#include "store/database.h"

/* No index: ids are random, and an index of them would dirty a page of its own for every login. The
 * words are those of core/word and core/reason; what is not known is NULL. */
static const char journal[] =
    "CREATE TABLE journal ("
    " number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, id TEXT NOT NULL,"
    " outcome TEXT NOT NULL, cause TEXT, said TEXT, proof TEXT NOT NULL, lock TEXT NOT NULL,"
    " tls INTEGER NOT NULL, observed INTEGER NOT NULL, overrun INTEGER NOT NULL,"
    " ms INTEGER NOT NULL, status INTEGER NOT NULL, enhanced TEXT, user TEXT, realm TEXT,"
    " mechanism TEXT, service TEXT, client TEXT, peer TEXT, backend TEXT, defect TEXT, label TEXT,"
    " text TEXT);";

/* A row for each counter, found by the keyed hash that memory has it under; that key is kept, so
 * that a restart finds the same counters. Names are for whoever lists them. Seconds since 1970. */
static const char attempts[] =
    "CREATE TABLE attempts ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, key BLOB NOT NULL, name TEXT,"
    " network TEXT, failures INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " window INTEGER NOT NULL, lock INTEGER NOT NULL, name_share INTEGER NOT NULL,"
    " name_since INTEGER NOT NULL, entry_share INTEGER NOT NULL, entry_since INTEGER NOT NULL,"
    " entry_key BLOB, UNIQUE (kind, key));"
    "CREATE TABLE attempts_meta (id INTEGER PRIMARY KEY CHECK (id = 1), key BLOB NOT NULL);";

static const char *const steps[] = {journal, attempts};

const struct database_format journal_format = {
    "incidents.sqlite",
    steps,
    sizeof(steps) / sizeof(*steps),
};
