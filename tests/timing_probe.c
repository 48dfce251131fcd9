/* SPDX-License-Identifier: MIT */
/* How long wrong passwords take at an auth socket, for the names of several groups in random order.
 */
#include "bench_tally.h"
#include "welch.h"

#include "base/b64.h"
#include "base/tabline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROOM   4096
#define LINKS  256u
#define GROUPS 8u
#define NAMES  32u
#define WARM   3u /* answers of each connection that are not counted */

/* What each is about: the first answer, and SCRAM's last one. */
enum step { STEP_FIRST, STEP_LAST, STEP_COUNT };

struct group {
	const char *label, *mech, *realm, *password;
	char *names[NAMES]; /* the first one is unknown; its "*" stands for digits */
	unsigned count;
	struct welch_series series[NAMES][STEP_COUNT];
};

struct link {
	int fd;
	unsigned id, answers;
	struct group *group;
	unsigned name;
	enum step step;
	uint64_t sent;
	size_t len;
	char in[ROOM];
};

static struct group groups[GROUPS];
static unsigned group_count;
static struct link links[LINKS];
static uint64_t chance; /* state of random_below() */
static unsigned wanted, taken, awaited;
static double constructed; /* microseconds, of the self-test */

/* ---- in random order ---- */

/* splitmix64 */
static unsigned random_below(unsigned limit)
{
	uint64_t z = chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) % limit);
}

/* The unknown name, which all others are compared with, has a quarter of the samples. */
static void choose(struct link *link)
{
	link->group = &groups[random_below(group_count)];
	link->name = random_below(4) ? 1 + random_below(link->group->count - 1) : 0;
	link->step = STEP_FIRST;
}

static void put_name(struct buf *out, const struct link *link)
{
	const char *name = link->group->names[link->name];

	for (; *name; name++)
		buf_put_char(out, *name == '*' ? (char)('0' + random_below(10)) : *name);
	buf_put_char(out, '@');
	buf_put_text(out, link->group->realm);
}

/* ---- what is said ---- */

static void send_all(struct link *link, const struct buf *text)
{
	link->sent = bench_tally_now();
	if (text->failed || send(link->fd, text->at, text->len, MSG_NOSIGNAL) != (ssize_t)text->len)
		bench_tally_die("cannot send");
}

static void ask(struct link *link)
{
	char storage[1024], message[256];
	struct buf octets = BUF_ON(message), line = BUF_ON(storage);

	choose(link);
	if (strncmp(link->group->mech, "SCRAM", 5) == 0) {
		buf_put_text(&octets, "n,,n=");
		put_name(&octets, link);
		buf_put_text(&octets, ",r=timing-probe-nonce");
	} else {
		buf_put_char(&octets, '\0');
		put_name(&octets, link);
		buf_put_char(&octets, '\0');
		buf_put_text(&octets, link->group->password);
	}
	buf_put_text(&line, "AUTH\t");
	buf_put_number(&line, ++link->id);
	buf_put_char(&line, '\t');
	buf_put_text(&line, link->group->mech);
	buf_put_text(&line, "\tservice=smtp\tlip=192.0.2.2\trip=192.0.2.1\tsecured\tresp=");
	b64_put(&line, buf_span(&octets));
	buf_put_char(&line, '\n');
	awaited++;
	send_all(link, &line);
}

/* SCRAM's last message: the nonce of the challenge, and a proof that fits nothing. */
static void respond(struct link *link, struct span challenge)
{
	static const char proof[32] = "this proof does not fit anything";
	char storage[1024], text[512], message[512];
	struct buf octets = BUF_ON(text), out = BUF_ON(message), line = BUF_ON(storage);
	const char *comma;

	if (!b64_decode(challenge, &octets) || octets.len < 2)
		bench_tally_die("no challenge");
	comma = memchr(octets.at, ',', octets.len);
	if (!comma)
		bench_tally_die("no nonce");
	buf_put_text(&out, "c=biws,");
	buf_put_span(&out, (struct span){octets.at, (size_t)(comma - octets.at)});
	buf_put_text(&out, ",p=");
	b64_put(&out, (struct span){proof, sizeof(proof)});
	buf_put_text(&line, "CONT\t");
	buf_put_number(&line, link->id);
	buf_put_char(&line, '\t');
	b64_put(&line, buf_span(&out));
	buf_put_char(&line, '\n');
	link->step = STEP_LAST;
	send_all(link, &line);
}

static void open_link(struct link *link, const char *path, unsigned number)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char storage[64];
	struct buf line = BUF_ON(storage);
	size_t len = strlen(path);

	if (len >= sizeof(address.sun_path))
		bench_tally_die("a long path");
	memcpy(address.sun_path, path, len);
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0 ||
	    connect(link->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		bench_tally_die(path);
	buf_put_text(&line, "VERSION\t1\t2\nCPID\t");
	buf_put_number(&line, number + 1);
	buf_put_char(&line, '\n');
	send_all(link, &line);
}

/* ---- what is heard ---- */

static void note(struct link *link, uint64_t now)
{
	struct welch_series *series = &link->group->series[link->name][link->step];

	if (link->answers++ < WARM)
		return;
	if (!welch_add(series, (double)(now - link->sent) / 1000))
		bench_tally_die("no memory");
	taken += link->step == STEP_FIRST;
}

static void take_line(struct link *link, struct span line, uint64_t now)
{
	struct span whole = line, word = SPAN_NONE, id = SPAN_NONE, rest = SPAN_NONE;

	tabline_take_field(&line, &word);
	if (span_is(word, "DONE")) {
		ask(link);
	} else if (span_is(word, "CONT")) {
		note(link, now);
		tabline_take_field(&line, &id);
		tabline_take_field(&line, &rest);
		respond(link, rest);
	} else if (span_is(word, "FAIL")) {
		note(link, now);
		awaited--;
		if (taken < wanted)
			ask(link);
	} else if (span_is(word, "OK")) {
		fprintf(stderr, "timing_probe: let in: %.*s\n", (int)whole.len, whole.at);
		exit(1);
	}
}

static void take_octets(struct link *link)
{
	ssize_t got = recv(link->fd, link->in + link->len, ROOM - link->len, 0);
	uint64_t now = bench_tally_now();
	struct span left = {link->in, link->len}, line;

	if (got <= 0)
		bench_tally_die("the connection was closed");
	left.len += (size_t)got;
	while (tabline_take_line(&left, &line))
		take_line(link, line, now);
	memmove(link->in, left.at, left.len);
	link->len = left.len;
}

static void run(int poll, const char *path, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &links[i]};

		open_link(&links[i], path, i);
		if (epoll_ctl(poll, EPOLL_CTL_ADD, links[i].fd, &event) != 0)
			bench_tally_die("epoll");
	}
	while (awaited || taken < wanted) {
		struct epoll_event events[LINKS];
		int ready = epoll_wait(poll, events, LINKS, 10000);

		if (ready == 0 || (ready < 0 && errno != EINTR))
			bench_tally_die("no answer");
		for (int i = 0; i < ready; i++)
			take_octets(events[i].data.ptr);
	}
}

/* ---- what is found ---- */

static void print_one(const char *label, enum step step, const char *name,
		      struct welch_series *unknown, struct welch_series *known)
{
	struct welch_result result = welch_compare(unknown, known);

	printf("%s%s %s n %zu least %.1f p50 %.1f p99 %.1f t %.2f kept %.2f difference %.1f\n",
	       label, step == STEP_LAST ? "/last" : "", name, known->count,
	       welch_quantile(known, 0), welch_quantile(known, 0.5), welch_quantile(known, 0.99),
	       result.t, result.kept, result.difference);
}

/* The unknown names against themselves, and against themselves with a difference: whether this
 * machine, as it is now, shows one. */
static void print_self(const char *label, enum step step, const struct welch_series *unknown)
{
	struct welch_series half = {NULL, 0, 0}, same = {NULL, 0, 0}, later = {NULL, 0, 0};
	bool ok = true;

	for (size_t i = 0; i < unknown->count; i++) {
		bool second = random_below(2);

		ok = ok && welch_add(second ? &same : &half, unknown->values[i]);
		if (second)
			ok = ok && welch_add(&later, unknown->values[i] + constructed);
	}
	if (!ok)
		bench_tally_die("no memory");
	print_one(label, step, "=", &half, &same);
	print_one(label, step, "+", &half, &later);
	welch_wipe(&half);
	welch_wipe(&same);
	welch_wipe(&later);
}

static void print_group(struct group *group)
{
	for (enum step step = STEP_FIRST; step < STEP_COUNT; step++) {
		struct welch_series *unknown = &group->series[0][step];

		if (unknown->count == 0)
			continue;
		print_self(group->label, step, unknown);
		for (unsigned i = 1; i < group->count; i++)
			print_one(group->label, step, group->names[i], unknown,
				  &group->series[i][step]);
	}
}

/* LABEL:MECH:REALM:NAME,NAME...[:PASSWORD] */
static bool take_group(char *text)
{
	struct group *group = &groups[group_count];
	char *parts[5] = {text, NULL, NULL, NULL, NULL};

	if (group_count == GROUPS)
		return false;
	for (unsigned i = 1; i < 5; i++) {
		parts[i] = strchr(parts[i - 1], ':');
		if (!parts[i] && i == 4)
			break;
		if (!parts[i])
			return false;
		*parts[i]++ = '\0';
	}
	group->label = parts[0];
	group->mech = parts[1];
	group->realm = parts[2];
	group->password = parts[4] ? parts[4] : "wrong-password";
	for (char *name = parts[3]; name && group->count < NAMES;) {
		char *comma = strchr(name, ',');

		if (comma)
			*comma++ = '\0';
		group->names[group->count++] = name;
		name = comma;
	}
	group_count++;
	return group->count > 1;
}

int main(int argc, char **argv)
{
	unsigned count = argc > 5 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	int poll = epoll_create1(EPOLL_CLOEXEC);
	bool ok = count > 0 && count <= LINKS;

	for (int i = 5; i < argc; i++)
		ok = ok && take_group(argv[i]);
	wanted = ok ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	if (wanted == 0) {
		fputs("usage: timing_probe SOCKET CONNECTIONS SAMPLES MICROSECONDS "
		      "LABEL:MECH:REALM:UNKNOWN,NAME...[:PASSWORD]\n",
		      stderr);
		return 2;
	}
	constructed = (double)strtoul(argv[4], NULL, 10);
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		bench_tally_die("getrandom");
	run(poll, argv[1], count);
	for (unsigned i = 0; i < group_count; i++)
		print_group(&groups[i]);
	return 0;
}
