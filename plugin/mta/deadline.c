/* SPDX-License-Identifier: MIT */
/* Waiting with an end: deadlines on the monotonic clock. */
#include "mta/deadline.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t deadline_in(int timeout_ms)
{
	return now_ms() + timeout_ms;
}

/* 0 when it has come; errno says so then. */
static int left_ms(int64_t deadline)
{
	int64_t left = deadline - now_ms();

	if (left > 0)
		return (int)left;
	errno = ETIMEDOUT;
	return 0;
}

bool deadline_wait(int fd, enum deadline_event event, int64_t deadline)
{
	struct pollfd wait = {.fd = fd, .events = event == DEADLINE_READ ? POLLIN : POLLOUT};
	int left;

	while ((left = left_ms(deadline)) > 0) {
		int ready = poll(&wait, 1, left);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
	return false;
}

bool deadline_pause(int64_t deadline, int pause_ms)
{
	int left = left_ms(deadline);

	if (left == 0)
		return false;
	poll(NULL, 0, left < pause_ms ? left : pause_ms);
	return true;
}
