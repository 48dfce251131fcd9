/* SPDX-License-Identifier: MIT */
/* The format of a SQLite file of ours: recognised, and brought up to date in one transaction. */
#ifndef STORE_DATABASE_FORMAT_H
#define STORE_DATABASE_FORMAT_H

#include "store/database.h"

enum database_format_state {
	DATABASE_FORMAT_FAILED,	 /* sqlite3_errmsg() says why */
	DATABASE_FORMAT_FOREIGN, /* a database, but of something else */
	DATABASE_FORMAT_NEWER,	 /* left as it is */
	DATABASE_FORMAT_CURRENT
};

/* Runs the steps that a file lacks. Where several processes do that at once, one of them does it and the
 * others wait; a file that has them all is only read. After a failure the handle is to be closed. */
enum database_format_state database_format_apply(sqlite3 *handle,
						 const struct database_format *format);

#endif
