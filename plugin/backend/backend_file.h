/* SPDX-License-Identifier: MIT */
/* Accounts in a file with Dovecot's passwd-file syntax, in memory and reread when it changes. */
#ifndef BACKEND_BACKEND_FILE_H
#define BACKEND_BACKEND_FILE_H

#include "backend/backend.h"

/* Opens the file at `path` (both texts borrowed until close). A file that cannot be read or parsed
 * is a backend that is down, not a failure: it is looked at again when it changes. Only memory
 * makes it return null.
 *
 * A lookup looks at the file's status first. A file that took the old one's place (another inode)
 * is taken over at once; one that was written to in place, when it has not changed for a second.
 * Either only if all of it is well-formed (backend_file_table.h) and it did not lose all its
 * accounts. Otherwise, and when it is gone or others may read it, the accounts read before stay,
 * with one line in the log for each new state of the file; the backend's health is then "no". Each
 * account whose fields are wrong is logged when the file is read (the first ten) and is defect when
 * looked up; SCRAM keys that differ in their iterations are logged too, once.
 *
 * A name in the file with '@' is the full name; one without is the local part in any realm that
 * asks; the full name goes first. A lookup runs on the event loop and takes a microsecond or
 * two. */
struct backend *backend_file_open(const char *label, const char *path);

/* Checks a file without keeping it: false with "path:line: what" appended to `fault`. What is wrong
 * with single accounts is logged as backend_file_open() does, and is no failure. */
bool backend_file_check(const char *path, struct buf *fault);

#endif
