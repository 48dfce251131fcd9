/* SPDX-License-Identifier: MIT */
/* Running another program for what it says. */
#include "cli/doctor_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct stream {
	int fd; /* -1: at its end */
	struct buf *to;
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void read_some(struct stream *stream)
{
	char piece[4096];
	ssize_t got = read(stream->fd, piece, sizeof(piece));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		close(stream->fd);
		stream->fd = -1;
		return;
	}
	buf_put_span(stream->to, (struct span){piece, (size_t)got});
}

/* Until both are at their end; false when the time is over. */
static bool gather(struct stream streams[2])
{
	const long long end = now_ms() + DOCTOR_COMMAND_MS;

	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		struct pollfd polled[2] = {{streams[0].fd, POLLIN, 0}, {streams[1].fd, POLLIN, 0}};
		long long left = end - now_ms();

		if (left <= 0)
			return false;
		if (poll(polled, 2, (int)left) < 0 && errno != EINTR)
			return false;
		for (int i = 0; i < 2; i++) {
			if (streams[i].fd >= 0 && polled[i].revents)
				read_some(&streams[i]);
		}
	}
	return true;
}

static int end_of(pid_t pid, bool killed)
{
	int status;

	if (killed)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return !killed && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool start(const char *const *argv, int out, int errors, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	bool ok;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	ok = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
	     posix_spawn_file_actions_adddup2(&actions, out, 1) == 0 &&
	     (errors >= 0
		  ? posix_spawn_file_actions_adddup2(&actions, errors, 2)
		  : posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)) == 0 &&
	     posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ) ==
		 0;
	posix_spawn_file_actions_destroy(&actions);
	return ok;
}

int doctor_command_run(const char *const *argv, struct buf *out, struct buf *errors)
{
	int out_ends[2] = {-1, -1}, error_ends[2] = {-1, -1};
	struct stream streams[2];
	pid_t pid;
	bool started, whole;

	if (pipe2(out_ends, O_CLOEXEC) != 0)
		return -1;
	if (errors && pipe2(error_ends, O_CLOEXEC) != 0) {
		close(out_ends[0]);
		close(out_ends[1]);
		return -1;
	}
	started = start(argv, out_ends[1], error_ends[1], &pid);
	close(out_ends[1]);
	if (errors)
		close(error_ends[1]);
	streams[0] = (struct stream){out_ends[0], out};
	streams[1] = (struct stream){error_ends[0], errors};
	whole = started && gather(streams);
	for (int i = 0; i < 2; i++) {
		if (streams[i].fd >= 0)
			close(streams[i].fd);
	}
	return started ? end_of(pid, !whole) : -1;
}
