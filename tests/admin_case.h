/* SPDX-License-Identifier: MIT */
/* An admin socket over a real engine, in a folder of its own, and a client of it. */
#ifndef ADMIN_CASE_H
#define ADMIN_CASE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ledger.h"
#include "face/admin.h"

/* A backend that knows "erin" in dir.example.org and keeps app passwords in her entry. */
struct admin_case_entry {
	struct backend backend;
	unsigned sleep_ms;
	bool down;
	enum backend_write write; /* what write_app() comes to */
	int writes;
	char values[BACKEND_APPS_MAX][1024];
	size_t count;
};

struct admin_case {
	uv_loop_t loop;
	struct settings *settings;
	struct engine *engine;
	struct peer_group peers;
	struct admin_group *group;
	uv_pipe_t listener;
	bool accepted; /* what the last admin_accept() said */
	int reloads;   /* asked for */
	struct admin_case_entry entry;
	char folder[64];
};

extern struct admin_case admin_case;

/* Fixtures. With admin_case_setup_bare() there is no state directory. */
void admin_case_setup(void);
void admin_case_setup_bare(void);
void admin_case_teardown(void);

/* The worker ends and another one begins, with the same files. */
void admin_case_restart(void);

const char *admin_case_path(const char *name);
void admin_case_write(const char *name, const char *text);

/* One turn of the loop, which does not wait. */
void admin_case_turn(void);

/* A client. */
int admin_case_join(void);
void admin_case_say(int fd, const char *text, size_t len);
/* The next line; null if the connection ends first. The caller frees it. */
char *admin_case_hear(int fd);

/* Asks over a connection of its own. The answer's status must be `status`; the caller has the
 * answer. */
json_t *admin_case_ask(int status, const char *request);
/* The same with the request made as by printf(). */
json_t *admin_case_askf(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A login with PLAIN: its id, until the next one. */
const char *admin_case_login(const char *user, const char *password, const char *client,
			     struct verdict *verdict);

/* A text of an object in an answer: "a.b.0.c". Numbers are written out, null is "null". */
const char *admin_case_at(const json_t *answer, const char *path);
#define ADMIN_CASE_IS(answer, path, want) ck_assert_str_eq(admin_case_at(answer, path), want)

#endif
