/* SPDX-License-Identifier: MIT */
/* The counters in incidents.sqlite: read at the start, written at the end of a turn of the loop. */
#ifndef STORE_ATTEMPTS_FILE_H
#define STORE_ATTEMPTS_FILE_H

#include "store/attempts_memory.h"

struct database;
struct attempts_file;

/* Takes over what the database (borrowed, of journal_format) holds: the secret of the keys, by
 * which the memory is arranged anew, and the counters, which meet those that are there
 * (attempts_file_save). Null without memory or if it cannot be read. */
struct attempts_file *attempts_file_open(struct database *database, struct attempts_memory *memory);
void attempts_file_close(struct attempts_file **file);

/* True if attempts_file_save() would write. */
bool attempts_file_dirty(const struct attempts_file *file);

/* In the caller's transaction: takes over what others have written since, writes what is in the
 * memory's list, and drops some rows that are over or that the memory has no room for. A
 * transaction that is rolled back puts back into the list what it had written. False if the
 * database fails. */
bool attempts_file_save(struct attempts_file *file);

#endif
