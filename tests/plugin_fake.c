/* SPDX-License-Identifier: MIT */
/* A false daemon for tests of the plugin: plays scripts, or checks passwords with libsasl2. */
#include "plugin_fake.h"
#include "plugin_peer.h"

#include "base/buf.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GREETING                                                                                   \
	"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t7\nCUID\t1\n"        \
	"COOKIE\t0123456789abcdef0123456789abcdef\nDONE\n"

struct player {
	int fd;
	FILE *in;
	const char *heard;
	char id[16];
};

static void pause_ms(long ms)
{
	struct timespec span = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&span, NULL);
}

static void send_octets(const struct player *player, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(player->fd, text, len, MSG_NOSIGNAL);

		if (sent <= 0)
			_exit(0);
		text += sent;
		len -= (size_t)sent;
	}
}

/* At once, or octet by octet. */
static void send_text(const struct player *player, struct span text, long each_ms, bool newline)
{
	char storage[16384];
	struct buf out = BUF_ON(storage);

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '%')
			buf_put_text(&out, player->id);
		else
			buf_put_char(&out, text.at[i]);
	if (newline)
		buf_put_char(&out, '\n');
	if (!each_ms)
		send_octets(player, out.at, out.len);
	for (size_t i = 0; each_ms && i < out.len; i++) {
		send_octets(player, out.at + i, 1);
		pause_ms(each_ms);
	}
}

static void flood(const struct player *player, uint64_t octets)
{
	char block[1024];

	memset(block, 'x', sizeof(block));
	for (; octets >= sizeof(block); octets -= sizeof(block))
		send_octets(player, block, sizeof(block));
}

static void note(const struct player *player, const char *line)
{
	int fd = player->heard ? open(player->heard, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;

	if (fd >= 0 && write(fd, line, strlen(line)) < 0)
		_exit(1);
	if (fd >= 0)
		close(fd);
}

static void read_request(struct player *player)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, player->in) > 0) {
		struct span rest = span_of(line), id = SPAN_NONE, keyword = SPAN_NONE;

		span_take_until(&rest, '\t', &keyword);
		if (!span_is(keyword, "AUTH") && !span_is(keyword, "CONT") &&
		    !span_is(keyword, "CANCEL"))
			continue;
		span_take_until(&rest, '\t', &id);
		snprintf(player->id, sizeof(player->id), "%.*s", (int)id.len, id.at);
		note(player, line);
		free(line);
		return;
	}
	_exit(0);
}

static uint64_t number(struct span text)
{
	uint64_t value = 0;

	span_take_number(text, 1000000000, &value);
	return value;
}

/* One command; false for "again". */
static bool perform(struct player *player, struct span command)
{
	struct span word = SPAN_NONE;

	span_take_until(&command, ' ', &word);
	if (span_is(word, "greet"))
		send_octets(player, GREETING, strlen(GREETING));
	else if (span_is(word, "read"))
		read_request(player);
	else if (span_is(word, "say") || span_is(word, "raw"))
		send_text(player, command, 0, span_is(word, "say"));
	else if (span_is(word, "drip"))
		send_text(player, command, 30, true);
	else if (span_is(word, "flood"))
		flood(player, number(command));
	else if (span_is(word, "wait"))
		pause_ms((long)number(command));
	else if (span_is(word, "hang"))
		while (fgetc(player->in) != EOF)
			;
	return !span_is(word, "again");
}

static void play(int fd, const char *script, const char *heard)
{
	struct player player = {.fd = fd, .in = fdopen(dup(fd), "r"), .heard = heard};
	bool resumed = false;

	for (;;) {
		struct span left = span_of(script), command;
		bool again = false;

		while (!again && span_take_until(&left, '|', &command))
			if (!resumed || !span_is(command, "greet"))
				again = !perform(&player, command);
		if (!again)
			return;
		resumed = true;
	}
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 64)) {
		perror(path);
		exit(2);
	}
	return fd;
}

static void serve(int listener, const char *const *scripts, const char *heard)
{
	size_t turn = 0;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(0);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (scripts)
				play(fd, scripts[turn], heard);
			else
				plugin_peer_serve(fd);
			_exit(0);
		}
		close(fd);
		if (scripts && scripts[turn + 1])
			turn++;
	}
}

static pid_t start(const char *path, const char *const *scripts, const char *heard)
{
	int listener = listen_at(path);
	pid_t server = fork();

	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, scripts, heard);
	}
	close(listener);
	return server;
}

pid_t plugin_fake_start(const char *path, const char *const *scripts, const char *heard)
{
	return start(path, scripts, heard);
}

pid_t plugin_fake_start_sasl(const char *path)
{
	return start(path, NULL, NULL);
}

void plugin_fake_stop(pid_t server)
{
	if (server > 0 && kill(server, SIGKILL) == 0)
		waitpid(server, NULL, 0);
}
