/* SPDX-License-Identifier: MIT */
/* A Valkey or Redis server of a test's own: a folder, a unix socket, a process. */
#include "valkey_place.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "slow.h"

/* Below those that the system hands out itself: it stays free while the server is away. */
static unsigned free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint16_t port;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	do {
		ck_assert_int_eq(getrandom(&port, sizeof(port), 0), sizeof(port));
		port = (uint16_t)(20000 + port % 12000);
		address.sin_port = htons(port);
	} while (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0);
	close(fd);
	return port;
}

void valkey_place_init(struct valkey_place *place, bool listen, const char *password)
{
	*place = (struct valkey_place){.password = password};
	snprintf(place->folder, sizeof(place->folder), "/tmp/test_valkey.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place->folder));
	snprintf(place->socket, sizeof(place->socket), "%s/socket", place->folder);
	snprintf(place->uri, sizeof(place->uri), "unix://%s", place->socket);
	if (listen)
		place->port = free_port();
}

static void become_server(const struct valkey_place *place)
{
	char port[8];
	const char *arg[] = {"valkey-server",
			     "--port",
			     port,
			     "--bind",
			     "127.0.0.1",
			     "--unixsocket",
			     place->socket,
			     "--dir",
			     place->folder,
			     "--save",
			     "",
			     "--appendonly",
			     "no",
			     "--daemonize",
			     "no",
			     "--logfile",
			     "log",
			     NULL,
			     NULL,
			     NULL};
	size_t count = sizeof(arg) / sizeof(*arg) - 3;

	snprintf(port, sizeof(port), "%u", place->port);
	if (place->password) {
		arg[count] = "--requirepass";
		arg[count + 1] = place->password;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(arg[0], (char **)arg);
	arg[0] = "redis-server";
	execvp(arg[0], (char **)arg);
	_exit(127);
}

void valkey_place_start(struct valkey_place *place)
{
	place->pid = fork();
	ck_assert_int_ge(place->pid, 0);
	if (place->pid == 0)
		become_server(place);
	for (int tries = 0; tries < 1000; tries++) {
		const char *said = valkey_place_say(place, "PING");

		if (strncmp(said, "+PONG", 5) == 0 || strncmp(said, "-NOAUTH", 7) == 0)
			return;
		ck_assert_msg(waitpid(place->pid, NULL, WNOHANG) == 0, "the server has ended");
		usleep(10000);
	}
	ck_abort_msg("the server does not answer");
}

void valkey_place_kill(struct valkey_place *place)
{
	if (place->pid <= 0)
		return;
	kill(place->pid, SIGKILL);
	waitpid(place->pid, NULL, 0);
	place->pid = 0;
}

void valkey_place_wipe(struct valkey_place *place)
{
	static const char *const names[] = {"socket", "log", "dump.rdb"};
	char path[128];

	valkey_place_kill(place);
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", place->folder, names[i]);
		unlink(path);
	}
	rmdir(place->folder);
}

const char *valkey_place_say(const struct valkey_place *place, const char *line)
{
	static char answer[65536];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd watch = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	int slower = slow_times() > 1 ? 10 : 1;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", place->socket);
	answer[0] = '\0';
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		dprintf(fd, "%s\r\n", line);
		/* The first octets may take a while; the rest follows at once. */
		while (poll(&watch, 1, (len == 0 ? 2000 : 50) * slower) == 1) {
			ssize_t got = read(fd, answer + len, sizeof(answer) - 1 - len);

			if (got <= 0)
				break;
			len += (size_t)got;
		}
		answer[len] = '\0';
	}
	close(fd);
	return answer;
}
