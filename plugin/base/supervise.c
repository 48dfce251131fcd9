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
/* The newest worker, the one that serves until that one works, and eight that drain. */
#define WORKERS_MAX 10

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
	struct worker workers[WORKERS_MAX]; /* the newest first; see reload() */
	int signals;
	sigset_t set, before;
	int64_t retry_at;
	int64_t retry_ms;
	int64_t first_failure; /* 0: a worker has worked since */
	int64_t well_at;
	int64_t looked; /* when the workers were last looked after */
	bool announce; /* ready() is due */
	bool reload_due;
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
	for (int i = 0; i < WORKERS_MAX; i++)
		if (parent->workers[i].pipe >= 0)
			close(parent->workers[i].pipe);
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
	parent->workers[0] = (struct worker){pid, ends[0], now_ms(), now_ms(), false, 0};
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

static void reap_worker(struct parent *parent, struct worker *worker, int status)
{
	struct worker dead = *worker;
	bool newest = worker == parent->workers;
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	forget(worker);
	/* What was told to end has nothing else to die of. */
	if (!dead.leaves || (number && number != SIGTERM && number != SIGKILL))
		say_end(dead.pid, status);
	if (newest)
		plan_retry(parent, &dead);
	else if (!dead.leaves)
		parent->first_failure = 0;
}

static void reap(struct parent *parent)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < WORKERS_MAX; i++)
			if (parent->workers[i].pid == pid)
				reap_worker(parent, &parent->workers[i], status);
}

static void dismiss(struct worker *worker)
{
	if (!worker->pid || worker->leaves)
		return;
	kill(worker->pid, SIGTERM);
	worker->leaves = now_ms();
}

/* The first beat of a worker. */
static void welcome(struct parent *parent)
{
	parent->workers[0].worked = true;
	parent->first_failure = 0;
	for (int i = 1; i < WORKERS_MAX; i++)
		dismiss(&parent->workers[i]);
	if (parent->announce)
		parent->ops->ready(parent->ops->context, parent->workers[0].pid);
	parent->announce = false;
}

static void take_beats(struct parent *parent, struct worker *worker)
{
	char octets[64];
	ssize_t got;

	while ((got = read(worker->pipe, octets, sizeof(octets))) > 0) {
		worker->beaten = now_ms();
		if (worker == parent->workers && !worker->worked)
			welcome(parent);
		if (memchr(octets, SUPERVISE_ASK_RELOAD, (size_t)got))
			parent->reload_due = true;
	}
	if (got == 0) {
		/* It is about to end: poll() would not wait any more. */
		close(worker->pipe);
		worker->pipe = -1;
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
	/* Once, unless it does not even end now. */
	worker->beaten = now_ms();
	if (worker->leaves)
		worker->leaves = worker->beaten;
}

/* ---- signals ---- */

static void begin_end(struct parent *parent)
{
	parent->ending = true;
	parent->end_at = now_ms() + END_MS;
	for (int i = 0; i < WORKERS_MAX; i++)
		dismiss(&parent->workers[i]);
}

static struct worker *find_room(struct parent *parent)
{
	for (int i = 1; i < WORKERS_MAX; i++)
		if (!parent->workers[i].pid)
			return &parent->workers[i];
	return NULL;
}

/* The newest becomes an old one. If it works it serves until the next one does: that may fail, or
 * take its time. One that was not heard yet may have clients all the same, so it drains too. */
static void reload(struct parent *parent)
{
	struct worker *newest = &parent->workers[0];
	struct worker *old = find_room(parent);

	/* None is killed to make room for it: the reload waits until one has drained. */
	parent->reload_due = !old;
	if (parent->ending || !old || !parent->ops->reload(parent->ops->context))
		return;
	if (newest->pid) {
		*old = *newest;
		*newest = (struct worker){.pipe = -1};
		if (!old->worked)
			dismiss(old);
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
	struct pollfd fds[1 + WORKERS_MAX] = {{parent->signals, POLLIN, 0}};

	for (int i = 0; i < WORKERS_MAX; i++)
		fds[1 + i] = (struct pollfd){parent->workers[i].pipe, POLLIN, 0};
	if (poll(fds, 1 + WORKERS_MAX, TICK_MS) < 0)
		return;
	take_signals(parent);
	for (int i = 0; i < WORKERS_MAX; i++)
		take_beats(parent, &parent->workers[i]);
}

/* How long we ourselves got no time (a slow reload, a machine that is overloaded or was stopped):
 * the workers cannot be blamed for that. */
static int64_t take_delay(struct parent *parent, int64_t now)
{
	int64_t delay = now - parent->looked - TICK_MS;

	parent->looked = now;
	return delay > TICK_MS ? delay : 0;
}

static void judge(struct worker *worker, int64_t now, int64_t delay)
{
	worker->beaten = worker->beaten + delay < now ? worker->beaten + delay : now;
	if (now - worker->beaten > (worker->worked ? SUPERVISE_HUNG_MS : START_MS))
		kill_hung(worker, "it does not answer");
	else if (worker->leaves && now - worker->leaves > END_MS)
		kill_hung(worker, "it does not end");
}

static void look_after(struct parent *parent)
{
	int64_t now = now_ms();
	int64_t delay = take_delay(parent, now);
	struct worker *newest = &parent->workers[0];

	for (int i = 0; i < WORKERS_MAX; i++)
		if (parent->workers[i].pid)
			judge(&parent->workers[i], now, delay);
	if (parent->reload_due)
		reload(parent);
	if (!newest->pid && !parent->ending && now >= parent->retry_at)
		start_worker(parent);
	if (newest->worked && now >= parent->well_at) {
		parent->well_at = now + 1000;
		parent->ops->well(parent->ops->context);
	}
}

static bool has_workers(const struct parent *parent)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		if (parent->workers[i].pid)
			return true;
	return false;
}

/* A reload has not come to its end, and what was there before serves on. */
static bool old_serves(const struct parent *parent)
{
	for (int i = 1; i < WORKERS_MAX; i++)
		if (parent->workers[i].pid && !parent->workers[i].leaves)
			return true;
	return false;
}

/* True while there is something to wait for. */
static bool goes_on(struct parent *parent)
{
	int64_t now = now_ms();

	if (parent->first_failure && !old_serves(parent) &&
	    now - parent->first_failure > GIVE_UP_MS) {
		log_say(LOG_LEVEL_ERROR, "supervisor", "no worker comes to work: giving up", NULL);
		return false;
	}
	if (!parent->ending)
		return true;
	if (now < parent->end_at)
		return has_workers(parent);
	for (int i = 0; i < WORKERS_MAX; i++)
		if (parent->workers[i].pid)
			kill(parent->workers[i].pid, SIGKILL);
	return false;
}

int supervise_run(const struct supervise *supervise)
{
	struct parent parent = {.ops = supervise, .announce = true, .looked = now_ms()};

	for (int i = 0; i < WORKERS_MAX; i++)
		parent.workers[i].pipe = -1;
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
	for (int i = 0; i < WORKERS_MAX; i++)
		forget(&parent.workers[i]);
	close(parent.signals);
	sigprocmask(SIG_SETMASK, &parent.before, NULL);
	return parent.ending ? 0 : 1;
}
