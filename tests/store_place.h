/* SPDX-License-Identifier: MIT */
/* A state directory of a test's own, and what can be asked about the files in it. */
#ifndef TESTS_STORE_PLACE_H
#define TESTS_STORE_PLACE_H

#include <stdint.h>

#include "base/buf.h"

/* The directory; a fault for whoever opens something, emptied by store_place_make(). */
extern char store_place[64];
extern struct buf store_place_fault;

void store_place_make(void);
/* Removes it with the files in it. */
void store_place_remove(void);

/* "<directory>/<name>", in storage of its own that the next call uses again. */
const char *store_place_path(const char *name);

/* Fails the test unless PRAGMA integrity_check finds nothing, with a connection of its own. */
void store_place_check(const char *name);

/* The number that a query gives, with a connection of its own. */
int64_t store_place_number(const char *name, const char *sql);

/* Runs what gives no rows, with a connection of its own. */
void store_place_fill(const char *name, const char *sql);

/* Sends standard error to a file until store_place_logged(), which gives how many lines of it have `text`. */
void store_place_log(void);
int store_place_logged(const char *text);

/* Waits for a child process: true if it ended by itself, with 0. */
bool store_place_wait(int pid);

#endif
