/* SPDX-License-Identifier: MIT */
/* Attempts of all kinds at an auth socket, mixed at random: right, wrong, malformed, abandoned, cut
 * off. */
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

#define ROOM  8192
#define LINKS 512u
#define NAMES 32u

/* What ends an attempt. */
enum end {
	END_OK,
	END_FAIL,
	END_CANCEL,   /* we send CANCEL to the first challenge */
	END_ABANDON,  /* we leave the first challenge unanswered */
	END_CUT,      /* we close at once */
	END_BAD_LINE, /* they close */
	END_COUNT
};

static const struct kind {
	const char *name;
	unsigned weight;
	enum end end;
	const char *mech;
	char who;	      /* (k)nown, (s)tate or (u)nknown */
	const char *password; /* null: the right one */
	const char *resp;     /* in place of a message with these */
} kinds[] = {
    {"right", 250, END_OK, "PLAIN", 'k', NULL, NULL},
    {"right, LOGIN", 50, END_OK, "LOGIN", 'k', NULL, NULL},
    {"wrong", 200, END_FAIL, "PLAIN", 'k', "wrong-password", NULL},
    {"wrong, app password's shape", 30, END_FAIL, "PLAIN", 'k', "abcd efgh ijkl mnoq", NULL},
    {"wrong, LOGIN", 50, END_FAIL, "LOGIN", 'k', "wrong-password", NULL},
    {"unknown", 150, END_FAIL, "PLAIN", 'u', "wrong-password", NULL},
    {"state", 100, END_FAIL, "PLAIN", 's', NULL, NULL},
    {"state, wrong", 50, END_FAIL, "PLAIN", 's', "wrong-password", NULL},
    {"empty password", 10, END_FAIL, "PLAIN", 'k', "", NULL},
    {"not base64", 10, END_FAIL, "PLAIN", 'k', "", "b!ad"},
    {"no fields", 10, END_FAIL, "PLAIN", 'k', "", "bm9uZQ=="},
    {"no mechanism", 10, END_FAIL, "KERBEROS_V4", 'k', "", NULL},
    {"LOGIN, cancelled", 20, END_CANCEL, "LOGIN", 'k', NULL, NULL},
    {"LOGIN, abandoned", 10, END_ABANDON, "LOGIN", 'k', NULL, NULL},
    {"SCRAM, cancelled", 2, END_CANCEL, "SCRAM-SHA-256", 'k', "", NULL},
    {"cut while it waits", 10, END_CUT, "PLAIN", 'k', "wrong-password", NULL},
    {"cut within a line", 10, END_CUT, NULL, 'k', NULL, NULL},
    {"a response to nothing", 5, END_BAD_LINE, NULL, 'k', NULL, NULL},
};

struct link {
	int fd;
	bool fresh; /* no DONE yet */
	unsigned id, challenges;
	const struct kind *kind;
	char name[128];
	size_t len;
	char in[ROOM];
};

struct list {
	char *names[NAMES];
	unsigned count;
};

static struct link links[LINKS];
static struct list known, states;
static const char *path, *realm, *password;
static unsigned begun, wanted, busy, opened, seen[END_COUNT];
static uint64_t chance = 1;
static int poll;

/* splitmix64, the same each time */
static unsigned random_below(unsigned limit)
{
	uint64_t z = chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) % limit);
}

static _Noreturn void die(const struct link *link, const char *what, struct span line)
{
	fprintf(stderr, "endurance_load: %s: %s: %.*s\n", link->kind ? link->kind->name : "-", what,
		(int)line.len, line.at ? line.at : "");
	exit(1);
}

/* False if they have closed. */
static bool send_all(const struct link *link, const struct buf *text)
{
	if (text->failed)
		bench_tally_die("a long line");
	return send(link->fd, text->at, text->len, MSG_NOSIGNAL) == (ssize_t)text->len;
}

static void open_link(struct link *link)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};
	char storage[64];
	struct buf line = BUF_ON(storage);
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path))
		bench_tally_die("a long path");
	memcpy(address.sun_path, path, len);
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	link->fresh = true;
	link->len = 0;
	link->id = 0;
	link->kind = NULL;
	if (link->fd < 0 ||
	    connect(link->fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, link->fd, &event) != 0)
		bench_tally_die(path);
	buf_put_text(&line, "VERSION\t1\t2\nCPID\t");
	buf_put_number(&line, ++opened);
	buf_put_char(&line, '\n');
	if (!send_all(link, &line))
		die(link, "closed", SPAN_NONE);
}

static void close_link(struct link *link)
{
	close(link->fd);
	link->fd = -1;
}

/* ---- an attempt ---- */

static const struct kind *choose(void)
{
	unsigned all = 0, chosen;
	const struct kind *kind = kinds;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		all += kinds[i].weight;
	chosen = random_below(all);
	while (chosen >= kind->weight)
		chosen -= kind++->weight;
	return kind;
}

static void choose_name(struct link *link)
{
	const struct list *list = link->kind->who == 's' ? &states : &known;

	if (link->kind->who == 'u')
		snprintf(link->name, sizeof(link->name), "nobody%u@%s", random_below(1000000),
			 realm);
	else
		snprintf(link->name, sizeof(link->name), "%s@%s",
			 list->names[random_below(list->count)], realm);
}

static const char *secret_of(const struct link *link)
{
	return link->kind->password ? link->kind->password : password;
}

static void put_message(struct buf *line, const struct link *link)
{
	char storage[512];
	struct buf octets = BUF_ON(storage);

	if (link->kind->resp) {
		buf_put_text(line, link->kind->resp);
		return;
	}
	if (link->kind->mech[0] == 'S') {
		buf_put_text(&octets, "n,,n=");
		buf_put_text(&octets, link->name);
		buf_put_text(&octets, ",r=nonce");
	} else {
		buf_put_char(&octets, '\0');
		buf_put_text(&octets, link->name);
		buf_put_char(&octets, '\0');
		buf_put_text(&octets, secret_of(link));
	}
	b64_put(line, buf_span(&octets));
}

static void put_attempt(struct buf *line, const struct link *link)
{
	if (!link->kind->mech) {
		buf_put_text(line, link->kind->end == END_CUT ? "AUTH\t1\tPLAIN\tserv"
							      : "CONT\t77777777\tAA==\n");
		return;
	}
	buf_put_text(line, "AUTH\t");
	buf_put_number(line, link->id);
	buf_put_char(line, '\t');
	buf_put_text(line, link->kind->mech);
	buf_put_text(line, "\tservice=smtp\tlip=192.0.2.2\trip=192.0.2.1\tsecured");
	if (link->kind->mech[0] != 'L') {
		buf_put_text(line, "\tresp=");
		put_message(line, link);
	}
	buf_put_char(line, '\n');
}

static void next(struct link *link);

static void done(struct link *link, enum end end)
{
	if (link->kind->end != end)
		die(link, "another end", SPAN_NONE);
	seen[end]++;
	busy--;
	next(link);
}

static void reopen(struct link *link, enum end end)
{
	enum end wants = link->kind->end;

	close_link(link);
	if (wants != end)
		die(link, "closed", SPAN_NONE);
	seen[end]++;
	busy--;
	open_link(link);
}

static void next(struct link *link)
{
	char storage[1024];
	struct buf line = BUF_ON(storage);

	if (begun == wanted)
		return;
	/* As an MTA's processes come and go. */
	if (link->id > 100 && random_below(100) == 0) {
		close_link(link);
		open_link(link);
		return;
	}
	begun++;
	busy++;
	link->id++;
	link->challenges = 0;
	link->kind = choose();
	choose_name(link);
	put_attempt(&line, link);
	if (!send_all(link, &line))
		die(link, "closed", SPAN_NONE);
	if (link->kind->end == END_CUT)
		reopen(link, END_CUT);
}

/* ---- what is heard ---- */

static void respond(struct link *link, struct span challenge)
{
	char storage[512];
	struct buf line = BUF_ON(storage);

	if (link->kind->end == END_ABANDON) {
		done(link, END_ABANDON);
		return;
	}
	if (link->kind->end != END_CANCEL && link->kind->mech[0] != 'L')
		die(link, "a challenge", challenge);
	buf_put_text(&line, link->kind->end == END_CANCEL ? "CANCEL\t" : "CONT\t");
	buf_put_number(&line, link->id);
	if (link->kind->end != END_CANCEL) {
		buf_put_char(&line, '\t');
		b64_put(&line, span_of(link->challenges++ ? secret_of(link) : link->name));
	}
	buf_put_char(&line, '\n');
	if (!send_all(link, &line))
		die(link, "closed", SPAN_NONE);
	if (link->kind->end == END_CANCEL)
		done(link, END_CANCEL);
}

static void take_line(struct link *link, struct span line)
{
	struct span whole = line, word = SPAN_NONE, id = SPAN_NONE;
	uint64_t number = 0;

	tabline_take_field(&line, &word);
	if (link->fresh) {
		link->fresh = !span_is(word, "DONE");
		if (!link->fresh)
			next(link);
		return;
	}
	tabline_take_field(&line, &id);
	if (!link->kind || !span_take_number(id, UINT32_MAX, &number) || number != link->id)
		die(link, "not asked for", whole);
	if (span_is(word, "CONT"))
		respond(link, line);
	else if (span_is(word, "OK") && link->kind->end == END_OK)
		done(link, END_OK);
	else if (span_is(word, "FAIL") && link->kind->end == END_FAIL)
		done(link, END_FAIL);
	/* Where no account can use SCRAM. */
	else if (span_is(word, "FAIL") && link->kind->mech[0] == 'S')
		done(link, END_CANCEL);
	else
		die(link, "another answer", whole);
}

static void take_octets(struct link *link)
{
	ssize_t got = recv(link->fd, link->in + link->len, ROOM - link->len, 0);
	struct span left = {link->in, link->len}, line;
	unsigned of = opened;

	if (got <= 0 && link->kind) {
		reopen(link, END_BAD_LINE);
		return;
	}
	if (got <= 0)
		die(link, "closed", SPAN_NONE);
	left.len += (size_t)got;
	while (of == opened && tabline_take_line(&left, &line))
		take_line(link, line);
	/* It may be a new connection by now. */
	if (of != opened)
		return;
	memmove(link->in, left.at, left.len);
	link->len = left.len;
}

static void run(void)
{
	while (busy || begun < wanted) {
		struct epoll_event events[64];
		int ready = epoll_wait(poll, events, 64, 20000);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			bench_tally_die("no answer");
		for (int i = 0; i < ready; i++)
			take_octets(events[i].data.ptr);
	}
}

static bool take_list(char *text, struct list *list)
{
	for (char *name = text; name && list->count < NAMES;) {
		char *comma = strchr(name, ',');

		if (comma)
			*comma++ = '\0';
		list->names[list->count++] = name;
		name = comma;
	}
	return list->names[0][0] != '\0';
}

int main(int argc, char **argv)
{
	unsigned count = argc == 8 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	uint64_t from = bench_tally_now();

	wanted = argc == 8 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	if (count == 0 || count > LINKS || wanted == 0 || !take_list(argv[6], &known) ||
	    !take_list(argv[7], &states)) {
		fputs("usage: endurance_load SOCKET CONNECTIONS ATTEMPTS REALM PASSWORD KNOWN,... "
		      "STATE,...\n",
		      stderr);
		return 2;
	}
	path = argv[1];
	realm = argv[4];
	password = argv[5];
	poll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < count; i++)
		open_link(&links[i]);
	run();
	printf(
	    "%u attempts in %.1f s: %u OK, %u FAIL, %u cancelled, %u abandoned, %u cut, %u refused "
	    "lines, %u connections\n",
	    begun, (double)(bench_tally_now() - from) / 1e9, seen[END_OK], seen[END_FAIL],
	    seen[END_CANCEL], seen[END_ABANDON], seen[END_CUT], seen[END_BAD_LINE], opened);
	return 0;
}
