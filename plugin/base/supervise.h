/* SPDX-License-Identifier: MIT */
/* The parent process: forks a worker, watches its heartbeat, replaces it when it dies or hangs. */
#ifndef BASE_SUPERVISE_H
#define BASE_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/* A worker beats this often (one octet into its pipe) ... */
#define SUPERVISE_BEAT_MS 250
/* ... and one that has not for so long is killed and replaced. With the time that a new one needs
 * this stays well under the 5 s in which an MTA's next session must find us again. */
#define SUPERVISE_HUNG_MS 2500
/* This octet instead of another asks for a reload, as SIGHUP does: a worker may not signal its
 * parent. */
#define SUPERVISE_ASK_RELOAD 'r'

struct supervise {
	void *context;
	/* In the child: does the work until SIGTERM; its result is the exit status. Writes an octet to
	 * `heartbeat` every SUPERVISE_BEAT_MS; EPIPE there means that the parent is gone. */
	int (*work)(void *context, int heartbeat);
	/* In the parent, on SIGHUP or when a worker asks: prepares what the next worker will find.
	 * False: the old one goes on. It also goes on until the new one works, beside it, and gets SIGTERM then; it may take
	 * 10 s to end, however many reloads follow. If too many do so at once, the next reload waits
	 * for one of them. */
	bool (*reload)(void *context);
	/* In the parent: a worker (its pid) works for the first time, or after a reload. */
	void (*ready)(void *context, pid_t worker);
	/* In the parent, while the worker is well, about once a second. */
	void (*well)(void *context);
};

/* Runs until SIGTERM or SIGINT: then ends the worker (at most 10 s) and returns the exit status.
 * A worker that never came to work at all within a minute of tries makes it return 1. Single
 * threaded; must be called before any thread exists. */
int supervise_run(const struct supervise *supervise);

#endif
