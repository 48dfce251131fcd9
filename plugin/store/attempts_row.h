/* SPDX-License-Identifier: MIT */
/* A counter as a row of the table `attempts`, and what the two sides make of each other. */
#ifndef STORE_ATTEMPTS_ROW_H
#define STORE_ATTEMPTS_ROW_H

#include "store/attempts_memory.h"
#include "store/database.h"

/* kind, key, name, network, failures, since, until, window, lock, name_share, name_since,
 * entry_share, entry_since, entry_key: in this order, for reading and for writing. */
#define ATTEMPTS_ROW_COLUMNS 14

/* What another process has written last, or this one in an earlier life. It replaces the counter in
 * memory, but failures that are counted here and not written yet are added, and no lock is lost. */
void attempts_row_take(struct attempts_memory *memory, sqlite3_stmt *row);

/* Until the statement is run `entry` must stay. */
void attempts_row_bind(sqlite3_stmt *row, enum attempts_kind kind,
		       const struct attempts_entry *entry);

/* True if nothing is lost with the row: over, or without a counter in memory and not locked. One
 * that was emptied stays for the length of a window, so that other processes hear of it. */
bool attempts_row_useless(const struct attempts_memory *memory, sqlite3_stmt *row);

#endif
