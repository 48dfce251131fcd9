/* SPDX-License-Identifier: MIT */
/* A state directory of a test's own, and what can be asked about the files in it. */
#include "store_place.h"

#include <check.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

char store_place[64];
struct buf store_place_fault;
static char fault_text[1024];
static int saved = -1, logged = -1;

void store_place_make(void)
{
	snprintf(store_place, sizeof(store_place), "/tmp/test_store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(store_place));
	store_place_fault = BUF_ON(fault_text);
}

void store_place_remove(void)
{
	DIR *folder = opendir(store_place);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			unlink(store_place_path(entry->d_name));
	if (folder)
		closedir(folder);
	rmdir(store_place);
}

const char *store_place_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", store_place, name);
	return path;
}

static void query(const char *name, const char *sql, char *answer, size_t room)
{
	sqlite3 *handle;
	sqlite3_stmt *statement;

	ck_assert_int_eq(sqlite3_open(store_place_path(name), &handle), SQLITE_OK);
	sqlite3_busy_timeout(handle, 5000);
	ck_assert_msg(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK, "%s",
		      sqlite3_errmsg(handle));
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	snprintf(answer, room, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(handle);
}

void store_place_check(const char *name)
{
	char answer[256];

	query(name, "PRAGMA integrity_check", answer, sizeof(answer));
	ck_assert_str_eq(answer, "ok");
}

int64_t store_place_number(const char *name, const char *sql)
{
	char answer[32];

	query(name, sql, answer, sizeof(answer));
	return strtoll(answer, NULL, 10);
}

void store_place_fill(const char *name, const char *sql)
{
	sqlite3 *handle;
	char *error = NULL;

	ck_assert_int_eq(sqlite3_open(store_place_path(name), &handle), SQLITE_OK);
	sqlite3_exec(handle, sql, NULL, NULL, &error);
	ck_assert_msg(!error, "%s", error);
	sqlite3_close(handle);
}

void store_place_log(void)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	fflush(stderr);
	saved = dup(2);
	logged = fileno(file);
	dup2(logged, 2);
}

int store_place_logged(const char *text)
{
	FILE *log = fdopen(dup(logged), "r");
	char line[2048];
	int count = 0;

	fflush(stderr);
	if (saved >= 0) {
		dup2(saved, 2);
		close(saved);
		saved = -1;
	}
	ck_assert_ptr_nonnull(log);
	rewind(log);
	while (fgets(line, sizeof(line), log))
		count += strstr(line, text) != NULL;
	fclose(log);
	return count;
}

bool store_place_wait(int pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
