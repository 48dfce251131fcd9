/* SPDX-License-Identifier: MIT */
/* Tells the service manager how we are (sd_notify(3)), without its library. */
#include "base/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/span.h"

bool notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	bool sent;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return false;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) >= 0;
	close(fd);
	return sent;
}

unsigned notify_watchdog_ms(void)
{
	const char *micros = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t n;

	if (pid && (!span_take_number(span_of(pid), INT32_MAX, &n) || n != (uint64_t)getpid()))
		return 0;
	if (!micros || !span_take_number(span_of(micros), (uint64_t)86400 * 1000000, &n))
		return 0;
	return (unsigned)(n / 2000);
}
