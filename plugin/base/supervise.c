/* SPDX-License-Identifier: MIT */
/* The parent process: forks a worker, watches its heartbeat, replaces it when it dies or hangs. */
#include "base/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define TICK_MS    250
/* A worker drains for 9 s at most (serve.c). */
#define END_MS     10000
/* Before its first beat a worker reads its accounts. */
#define START_MS   30000
/* A worker that dies sooner than this was no good: the next one waits, up to RETRY_MAX_MS. */
#define SHORT_MS     1000
#define RETRY_MS     250
#define RETRY_MAX_MS 3000
#define GIVE_UP_MS   60000

struct worker {
	pid_t pid;  /* 0: none */
	int pipe;   /* its heartbeat; -1: none */
	int64_t started;
	int64_t beaten;
	bool worked; /* it has beaten at least once */
	int64_t leaves; /* since when it is to end; 0: it is not */
};

struct parent {
	const struct supervise *ops;
	struct worker worker;
	struct worker old; /* after a reload: serves until the new one works, then drains */
	int signals;
	sigset_t set, before;
	int64_t retry_at;
	int64_t retry_ms;
	int64_t first_failure; /* 0: a worker has worked since */
	int64_t well_at;
	bool announce; /* ready() is due */
	bool ending;
	int64_t end_at;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- workers ---- */

static void run_child(struct parent *parent, int heartbeat)
{
	signal(SIGCHLD, SIG_DFL);
	/* One sent to the whole group means the parent, which reads it. */
	signal(SIGHUP, SIG_IGN);
	close(parent->signals);
	if (parent->old.pipe >= 0)
		close(parent->old.pipe);
	sigprocmask(SIG_SETMASK, &parent->before, NULL);
	_exit(parent->ops->work(parent->ops->context, heartbeat));
}

static void start_worker(struct parent *parent)
{
	int ends[2];
	pid_t pid;

	parent->retry_at = 0;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		log_say(LOG_LEVEL_ERROR, "supervisor", "pipe", strerror(errno));
		parent->retry_at = now_ms() + RETRY_MAX_MS;
		return;
	}
	log_flush();
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run_child(parent, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		log_say(LOG_LEVEL_ERROR, "supervisor", "fork", strerror(errno));
		close(ends[0]);
		parent->retry_at = now_ms() + RETRY_MAX_MS;
		return;
	}
	parent->worker = (struct worker){pid, ends[0], now_ms(), now_ms(), false, 0};
}

static void forget(struct worker *worker)
{
	if (worker->pipe >= 0)
		close(worker->pipe);
	*worker = (struct worker){.pipe = -1};
}

static void plan_retry(struct parent *parent, const struct worker *dead)
{
	int64_t now = now_ms();

	if (dead->worked && now - dead->started >= SHORT_MS)
		parent->retry_ms = 0;
	parent->retry_at = now + parent->retry_ms;
	parent->retry_ms = parent->retry_ms ? parent->retry_ms * 2 : RETRY_MS;
	if (parent->retry_ms > RETRY_MAX_MS)
		parent->retry_ms = RETRY_MAX_MS;
	if (!dead->worked && !parent->first_failure)
		parent->first_failure = now;
}

static void say_end(pid_t pid, int status)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "worker ended");
	log_put_number(&line, "pid", pid);
	if (WIFSIGNALED(status))
		log_put_text(&line, "signal", strsignal(WTERMSIG(status)));
	else
		log_put_number(&line, "status", WEXITSTATUS(status));
	log_end(&line);
}

static void reap(struct parent *parent)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == parent->old.pid) {
			if (!parent->old.leaves)
				say_end(pid, status);
			forget(&parent->old);
			parent->first_failure = 0;
		} else if (pid == parent->worker.pid) {
			struct worker dead = parent->worker;

			if (!parent->ending)
				say_end(pid, status);
			forget(&parent->worker);
			plan_retry(parent, &dead);
		}
	}
}

static void dismiss(struct worker *worker)
{
	if (worker->pid)
		kill(worker->pid, SIGTERM);
	if (!worker->leaves)
		worker->leaves = now_ms();
}

/* The first beat of a worker. */
static void welcome(struct parent *parent)
{
	parent->worker.worked = true;
	parent->first_failure = 0;
	dismiss(&parent->old);
	if (parent->announce)
		parent->ops->ready(parent->ops->context, parent->worker.pid);
	parent->announce = false;
}

static void take_beats(struct parent *parent, struct worker *worker)
{
	char octets[64];

	while (read(worker->pipe, octets, sizeof(octets)) > 0) {
		worker->beaten = now_ms();
		if (worker == &parent->worker && !worker->worked)
			welcome(parent);
	}
}

/* One that hangs, or that somebody stopped, serves nobody: away with it. */
static void kill_hung(struct worker *worker, const char *what)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "worker killed");
	log_put_number(&line, "pid", worker->pid);
	log_put_text(&line, "why", what);
	log_end(&line);
	kill(worker->pid, SIGKILL);
	worker->beaten = now_ms();
}

/* ---- signals ---- */

static void begin_end(struct parent *parent)
{
	parent->ending = true;
	parent->end_at = now_ms() + END_MS;
	dismiss(&parent->worker);
	dismiss(&parent->old);
}

/* Its end is of no interest any more. */
static void drop(struct worker *worker)
{
	if (worker->pid)
		kill(worker->pid, SIGKILL);
	forget(worker);
}

/* The old worker serves on until the new one works: that may fail, or take its time. */
static void reload(struct parent *parent)
{
	if (parent->ending || !parent->ops->reload(parent->ops->context))
		return;
	if (parent->worker.worked) {
		drop(&parent->old);
		parent->old = parent->worker;
		parent->worker = (struct worker){.pipe = -1};
	} else {
		drop(&parent->worker);
	}
	parent->announce = true;
	start_worker(parent);
}

static void take_signals(struct parent *parent)
{
	struct signalfd_siginfo info;

	while (read(parent->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(parent);
		else if (info.ssi_signo == SIGHUP)
			reload(parent);
		else if (!parent->ending)
			begin_end(parent);
	}
}

static bool open_signals(struct parent *parent)
{
	sigemptyset(&parent->set);
	sigaddset(&parent->set, SIGCHLD);
	sigaddset(&parent->set, SIGHUP);
	sigaddset(&parent->set, SIGTERM);
	sigaddset(&parent->set, SIGINT);
	sigprocmask(SIG_BLOCK, &parent->set, &parent->before);
	parent->signals = signalfd(-1, &parent->set, SFD_CLOEXEC | SFD_NONBLOCK);
	return parent->signals >= 0;
}

/* ---- the loop ---- */

static void wait_events(struct parent *parent)
{
	struct pollfd fds[3] = {{parent->signals, POLLIN, 0},
				{parent->worker.pipe, POLLIN, 0},
				{parent->old.pipe, POLLIN, 0}};

	if (poll(fds, 3, TICK_MS) < 0)
		return;
	take_signals(parent);
	/* After a reload that took its time: nobody is called hung for it. */
	take_beats(parent, &parent->worker);
	take_beats(parent, &parent->old);
}

static void look_after(struct parent *parent)
{
	int64_t now = now_ms();
	int64_t patience = parent->worker.worked ? SUPERVISE_HUNG_MS : START_MS;

	if (parent->worker.pid && now - parent->worker.beaten > patience)
		kill_hung(&parent->worker, "it does not answer");
	if (parent->old.pid && now - parent->old.beaten > SUPERVISE_HUNG_MS)
		kill_hung(&parent->old, "it does not answer");
	if (parent->old.pid && parent->old.leaves && now - parent->old.leaves > END_MS)
		kill_hung(&parent->old, "it does not end");
	if (!parent->worker.pid && !parent->ending && now >= parent->retry_at)
		start_worker(parent);
	if (parent->worker.worked && now >= parent->well_at) {
		parent->well_at = now + 1000;
		parent->ops->well(parent->ops->context);
	}
}

/* True while there is something to wait for. */
static bool goes_on(struct parent *parent)
{
	int64_t now = now_ms();

	if (parent->first_failure && !parent->old.pid &&
	    now - parent->first_failure > GIVE_UP_MS) {
		log_say(LOG_LEVEL_ERROR, "supervisor", "no worker comes to work: giving up", NULL);
		return false;
	}
	if (!parent->ending)
		return true;
	if (now >= parent->end_at) {
		if (parent->worker.pid)
			kill(parent->worker.pid, SIGKILL);
		if (parent->old.pid)
			kill(parent->old.pid, SIGKILL);
		return false;
	}
	return parent->worker.pid || parent->old.pid;
}

int supervise_run(const struct supervise *supervise)
{
	struct parent parent = {.ops = supervise,
				.worker = {.pipe = -1},
				.old = {.pipe = -1},
				.announce = true};

	if (!open_signals(&parent)) {
		log_say(LOG_LEVEL_ERROR, "supervisor", "signalfd", strerror(errno));
		return 1;
	}
	start_worker(&parent);
	while (goes_on(&parent)) {
		wait_events(&parent);
		look_after(&parent);
		log_flush();
	}
	forget(&parent.worker);
	forget(&parent.old);
	close(parent.signals);
	sigprocmask(SIG_SETMASK, &parent.before, NULL);
	return parent.ending ? 0 : 1;
}
