/* SPDX-License-Identifier: MIT */
/* Logs in over auth sockets (Dovecot auth client protocol), one login at a time on each connection.
 */
#include "bench_name.h"
#include "bench_tally.h"

#include "base/b64.h"
#include "base/tabline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROOM	    8192
#define WARM_NS	    UINT64_C(100000000)
#define CONNECTIONS 1024u

struct link {
	int fd;
	unsigned id;
	uint64_t sent;
	size_t len;
	char in[ROOM];
};

static const char *pattern, *password;
static unsigned turn;
static char request[512]; /* all of AUTH behind the id */
static struct bench_tally *tally;
static uint64_t begin, end; /* what is counted */
static unsigned awaited;

static void send_all(const struct link *link, const struct buf *text)
{
	if (send(link->fd, text->at, text->len, MSG_NOSIGNAL) != (ssize_t)text->len)
		bench_tally_die("cannot send");
}

/* As Postfix writes it; without penalty Dovecot asks no second process for each login. */
static bool make_request(void)
{
	char storage[256], name[BENCH_NAME_MAX];
	struct buf octets = BUF_ON(storage);
	struct buf line = BUF_ON(request);

	line.cap--;
	bench_name_next(pattern, &turn, name);
	buf_put_char(&octets, '\0');
	buf_put_text(&octets, name);
	buf_put_char(&octets, '\0');
	buf_put_text(&octets, password);
	buf_put_text(&line, "\tPLAIN\tservice=smtp\tnologin\tno-penalty\tlip=192.0.2.2\t"
			    "rip=192.0.2.1\tsecured\tresp=");
	b64_put(&line, buf_span(&octets));
	buf_put_char(&line, '\n');
	return !octets.failed && !line.failed;
}

static void ask(struct link *link)
{
	char storage[sizeof(request) + 32];
	struct buf line = BUF_ON(storage);

	if (bench_name_varies(pattern) && !make_request())
		bench_tally_die("a long name");
	buf_put_text(&line, "AUTH\t");
	buf_put_number(&line, ++link->id);
	buf_put_text(&line, request);
	awaited++;
	link->sent = bench_tally_now();
	send_all(link, &line);
}

/* Dovecot wants the process id of a connection to be one that no other has. */
static void introduce(const struct link *link, unsigned number)
{
	char storage[64];
	struct buf line = BUF_ON(storage);

	buf_put_text(&line, "VERSION\t1\t2\nCPID\t");
	buf_put_number(&line, (uint64_t)getpid() * CONNECTIONS + number);
	buf_put_char(&line, '\n');
	send_all(link, &line);
}

static void open_link(struct link *link, const char *path, unsigned number)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path))
		exit(2);
	memcpy(address.sun_path, path, len);
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0 ||
	    connect(link->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		bench_tally_die(path);
	introduce(link, number);
}

static void take_line(struct link *link, struct span line)
{
	uint64_t now = bench_tally_now();
	struct span whole = line, word = SPAN_NONE;

	tabline_take_field(&line, &word);
	if (span_is(word, "FAIL")) {
		fprintf(stderr, "bench: refused: %.*s\n", (int)whole.len, whole.at);
		exit(1);
	}
	if (span_is(word, "OK")) {
		awaited--;
		if (now >= begin && now <= end)
			bench_tally_note(tally, now - link->sent);
	}
	if ((span_is(word, "OK") || span_is(word, "DONE")) && now < end)
		ask(link);
}

static void take_octets(struct link *link)
{
	ssize_t got = recv(link->fd, link->in + link->len, ROOM - link->len, 0);
	struct span left = {link->in, link->len}, line;

	if (got <= 0)
		bench_tally_die("the connection was closed");
	left.len += (size_t)got;
	while (tabline_take_line(&left, &line))
		take_line(link, line);
	memmove(link->in, left.at, left.len);
	link->len = left.len;
}

static void run(int poll, uint64_t counted)
{
	begin = bench_tally_now() + WARM_NS;
	end = begin + counted;
	/* To the last answer, so that the server is left without work. */
	while (awaited || bench_tally_now() < end) {
		struct epoll_event events[64];
		int ready = epoll_wait(poll, events, 64, 5000);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			bench_tally_die("no answer");
		for (int i = 0; i < ready; i++)
			take_octets(events[i].data.ptr);
	}
}

int main(int argc, char **argv)
{
	unsigned count = argc == 6 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
	uint64_t counted = argc == 6 ? strtoull(argv[5], NULL, 10) * 1000000 : 0;
	int poll = epoll_create1(EPOLL_CLOEXEC);
	struct link *links = calloc(CONNECTIONS, sizeof(*links));

	if (argc == 6) {
		pattern = argv[2];
		password = argv[3];
	}
	if (count == 0 || count > CONNECTIONS || !make_request()) {
		fputs("usage: bench_auth SOCKET NAME PASSWORD CONNECTIONS MILLISECONDS\n", stderr);
		return 2;
	}
	tally = bench_tally_shared(1);
	for (unsigned i = 0; links && i < count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &links[i]};

		open_link(&links[i], argv[1], i);
		if (epoll_ctl(poll, EPOLL_CTL_ADD, links[i].fd, &event) != 0)
			bench_tally_die("epoll");
	}
	run(poll, counted);
	if (!bench_tally_print(tally, 1, counted))
		bench_tally_die("no login was counted");
	return 0;
}
