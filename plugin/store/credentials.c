/* SPDX-License-Identifier: MIT */
/* The format of the file that app passwords and remembered passwords share. */
#include "store/credentials.h"

/* One descent of one tree finds an app password, and the owner's stand side by side. `name` is for
 * whoever reads the file. Times are seconds since 1970, 0: never. */
static const char tables[] =
    "CREATE TABLE apppass ("
    " owner BLOB NOT NULL, hash BLOB NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " label TEXT NOT NULL, services TEXT NOT NULL, networks TEXT NOT NULL,"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0,"
    " used INTEGER NOT NULL DEFAULT 0, used_client TEXT NOT NULL DEFAULT '',"
    " used_mechanism TEXT NOT NULL DEFAULT '',"
    " PRIMARY KEY (owner, hash)) WITHOUT ROWID;"
    "CREATE TABLE stale ("
    " owner BLOB NOT NULL PRIMARY KEY, current TEXT NOT NULL, previous TEXT,"
    " changed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE INDEX stale_previous ON stale (changed) WHERE previous IS NOT NULL;";

/* What tells whether the daemon has the key that the hashes were made with. */
static const char key_check[] = "CREATE TABLE apppass_key ("
				" id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),"
				" value BLOB NOT NULL)";

static const char *const steps[] = {tables, key_check};

const struct database_format credentials_format = {
    "credentials.sqlite",
    steps,
    sizeof(steps) / sizeof(*steps),
};
