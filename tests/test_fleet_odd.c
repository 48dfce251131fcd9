/* SPDX-License-Identifier: MIT */
/* Test that no answer of the fleet's server, however odd, stops a login or the process. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/fleet.h"
#include "slow.h"

#define TIMEOUT_MS 250
#define SLACK_MS   ((unsigned)slow_ms(1000))

static const struct attempts_rules rules = {
    .threshold = 3, .network_threshold = 9, .window = 100, .lock = 50};
static const unsigned char key[FLEET_KEY_LEN] = "the key of the fleet";

/* ---- a server that answers the greeting, and then what a row says ---- */

struct fake {
	uv_loop_t loop;
	uv_pipe_t listener, peer;
	bool accepted;
	const char *answer; /* null: hangs up */
	char path[64], in[65536];
	size_t len;
};

static void free_write(uv_write_t *write, int status)
{
	(void)status;
	free(write);
}

static void say(struct fake *fake, const char *text)
{
	uv_write_t *write = calloc(1, sizeof(*write));
	uv_buf_t buf = uv_buf_init((char *)text, (unsigned)strlen(text));

	uv_write(write, (uv_stream_t *)&fake->peer, &buf, 1, free_write);
}

static void on_peer_closed(uv_handle_t *handle)
{
	((struct fake *)handle->data)->accepted = false;
}

static void hang_up(struct fake *fake)
{
	if (fake->accepted && !uv_is_closing((uv_handle_t *)&fake->peer))
		uv_close((uv_handle_t *)&fake->peer, on_peer_closed);
}

/* Takes one whole command off the front of what has come, and gives its first word. */
static bool take_command(struct fake *fake, char *word, size_t room)
{
	char *at = fake->in, *end;
	long count, len;

	fake->in[fake->len] = '\0';
	if (*at != '*' || !(end = strstr(at, "\r\n")))
		return false;
	count = strtol(at + 1, NULL, 10);
	at = end + 2;
	for (long i = 0; i < count; i++) {
		if (*at != '$' || !(end = strstr(at, "\r\n")))
			return false;
		len = strtol(at + 1, NULL, 10);
		at = end + 2;
		if (at + len + 2 > fake->in + fake->len)
			return false;
		if (i == 0)
			snprintf(word, room, "%.*s", (int)len, at);
		at += len + 2;
	}
	fake->len -= (size_t)(at - fake->in);
	memmove(fake->in, at, fake->len);
	return true;
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct fake *fake = stream->data;
	char word[32];

	(void)buf;
	if (got < 0) {
		hang_up(fake);
		return;
	}
	fake->len += (size_t)got;
	while (take_command(fake, word, sizeof(word))) {
		if (strcmp(word, "PING") == 0)
			say(fake, "+PONG\r\n");
		else if (fake->answer)
			say(fake, fake->answer);
		else
			hang_up(fake);
	}
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	struct fake *fake = handle->data;

	(void)size;
	*buf = uv_buf_init(fake->in + fake->len, (unsigned)(sizeof(fake->in) - 1 - fake->len));
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct fake *fake = listener->data;

	if (status != 0 || fake->accepted)
		return;
	fake->accepted = true;
	fake->len = 0;
	uv_pipe_init(&fake->loop, &fake->peer, 0);
	fake->peer.data = fake;
	uv_accept(listener, (uv_stream_t *)&fake->peer);
	uv_read_start((uv_stream_t *)&fake->peer, on_alloc, on_read);
}

static void fake_open(struct fake *fake, const char *answer)
{
	static unsigned serial;

	memset(fake, 0, sizeof(*fake));
	fake->answer = answer;
	snprintf(fake->path, sizeof(fake->path), "/tmp/test_fleet_odd.%d.%u", (int)getpid(),
		 serial++);
	ck_assert_int_eq(uv_loop_init(&fake->loop), 0);
	uv_pipe_init(&fake->loop, &fake->listener, 0);
	fake->listener.data = fake;
	ck_assert_int_eq(uv_pipe_bind(&fake->listener, fake->path), 0);
	ck_assert_int_eq(uv_listen((uv_stream_t *)&fake->listener, 8, on_connection), 0);
}

static void fake_close(struct fake *fake)
{
	hang_up(fake);
	uv_close((uv_handle_t *)&fake->listener, NULL);
	while (uv_run(&fake->loop, UV_RUN_DEFAULT))
		;
	ck_assert_int_eq(uv_loop_close(&fake->loop), 0);
	unlink(fake->path);
}

/* ---- the answers ---- */

/* n s w l u c f */
static const struct {
	const char *name, *answer;
	bool want_lock; /* of a counter that the answer locks */
} rows[] = {
    {"a lock",
     "*7\r\n$1\r\n3\r\n$4\r\n1000\r\n$3\r\n100\r\n$2\r\n50\r\n$4\r\n1050\r\n$-1\r\n$-1\r\n", true},
    {"a lock in integers", "*7\r\n:3\r\n:1000\r\n:100\r\n:50\r\n:1050\r\n:0\r\n:0\r\n", true},
    {"nothing at all", "*7\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n", false},
    {"an error", "-ERR what\r\n", false},
    {"of another type", "-WRONGTYPE Operation against a key\r\n", false},
    {"always without the script", "-NOSCRIPT No matching script\r\n", false},
    {"a status", "+OK\r\n", false},
    {"an integer", ":1\r\n", false},
    {"a string", "$5\r\nhello\r\n", false},
    {"null", "$-1\r\n", false},
    {"a null array", "*-1\r\n", false},
    {"an empty array", "*0\r\n", false},
    {"too few", "*6\r\n:3\r\n:1000\r\n:100\r\n:50\r\n:1050\r\n:0\r\n", false},
    {"too many", "*8\r\n:3\r\n:1000\r\n:100\r\n:50\r\n:1050\r\n:0\r\n:0\r\n:0\r\n", false},
    {"no numbers", "*7\r\n$1\r\nx\r\n$0\r\n\r\n$2\r\n-1\r\n$2\r\n1 \r\n:1050\r\n:0\r\n:0\r\n",
     false},
    {"below zero", "*7\r\n:3\r\n:-1000\r\n:100\r\n:50\r\n:1050\r\n:0\r\n:0\r\n", false},
    {"far too large",
     "*7\r\n$20\r\n99999999999999999999\r\n:1000\r\n:100\r\n:50\r\n:9223372036854775807\r\n:0\r\n:"
     "0\r\n",
     false},
    {"locked for ever, by no lock",
     "*7\r\n:3\r\n:1000\r\n:100\r\n:0\r\n:1099511627776\r\n:0\r\n:0\r\n", false},
    {"arrays in it", "*7\r\n*0\r\n*-1\r\n*1\r\n:1\r\n:50\r\n:1050\r\n:0\r\n:0\r\n", false},
    {"a row of no kind", "*1\r\n*8\r\n:4\r\n:3\r\n:1000\r\n:100\r\n:50\r\n:1050\r\n:0\r\n:0\r\n",
     false},
    {"rows that are none", "*4\r\n:1\r\n*0\r\n$-1\r\n*1\r\n:0\r\n", false},
    {"no protocol", "hello\r\n", false},
    {"a length without end", "*7\r\n$99999999999999999999\r\n", false},
    {"half an answer", "*7\r\n:1\r\n", false},
    {"no answer", "", false},
    {"closed", NULL, false},
};

struct waiter {
	struct fleet_wait wait;
	int told;
};

static void on_told(struct fleet_wait *wait)
{
	((struct waiter *)wait)->told++;
}

static uint64_t clock_ms(void)
{
	return uv_hrtime() / 1000000;
}

static void run_once(struct fake *fake)
{
	uv_run(&fake->loop, UV_RUN_NOWAIT);
	usleep(200);
}

static void orders(struct fleet *fleet, const struct attempts_who *who)
{
	fleet_count(fleet, who, &rules, 1010);
	fleet_clear(fleet, who, 1010);
}

/* Nobody takes it for done. */
static void forget(struct fake *fake, struct fleet *fleet, const struct attempts_who *who,
		   const char *name)
{
	struct waiter waiters[2] = {{.wait.told = on_told}, {.wait.told = on_told}};
	uint64_t begun = clock_ms();

	fleet_forget_name(fleet, who->name, SPAN_NONE, &waiters[0].wait);
	fleet_forget_network(fleet, who->network, who->bits, &waiters[1].wait);
	while ((!waiters[0].told || !waiters[1].told) && clock_ms() < begun + 5000)
		run_once(fake);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(waiters[i].told == 1 && !waiters[i].wait.done, "%s", name);
	ck_assert_msg(clock_ms() - begun < TIMEOUT_MS + SLACK_MS, "%s", name);
}

START_TEST(odd_answers)
{
	static struct fake fake;
	char uri[80], text[256];
	struct buf fault = BUF_ON(text);
	const struct fleet_settings settings = {uri, "", TIMEOUT_MS};
	struct attempts *attempts = attempts_open(NULL, 1024);
	struct attempts_who who = {.name = span_of("alice"), .by_network = true, .bits = 128};
	struct attempts_state state;
	struct fleet *fleet;
	uint64_t end = clock_ms() + 5000;

	fake_open(&fake, rows[_i].answer);
	snprintf(uri, sizeof(uri), "unix://%s", fake.path);
	fleet = fleet_open(&fake.loop, &settings, attempts, key, &fault);
	while (!fleet_connected(fleet) && clock_ms() < end)
		run_once(&fake);
	ck_assert(fleet_connected(fleet));
	for (int i = 0; i < 5; i++) {
		struct waiter waiter = {.wait.told = on_told};
		uint64_t begun = clock_ms();

		fleet_ask(fleet, &who, 1010, &waiter.wait);
		while (!waiter.told && clock_ms() < begun + 5000)
			run_once(&fake);
		ck_assert_msg(waiter.told == 1 && clock_ms() - begun < TIMEOUT_MS + SLACK_MS, "%s",
			      rows[_i].name);
		attempts_look(attempts, &who, &rules, 1010, &state);
		ck_assert_msg((state.lock != LOCK_NONE) == rows[_i].want_lock, "%s: lock %d",
			      rows[_i].name, state.lock);
		if (i >= 2)
			orders(fleet, &who);
	}
	forget(&fake, fleet, &who, rows[_i].name);
	for (int i = 0; i < 20; i++)
		run_once(&fake);
	fleet_close(&fleet);
	fake_close(&fake);
	attempts_close(&attempts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fleet_odd");
	TCase *tcase = tcase_create("fleet_odd");
	SRunner *runner;
	int failed;

	/* As the daemon does. */
	signal(SIGPIPE, SIG_IGN);
	tcase_set_timeout(tcase, 60);
	if (fleet_supported())
		tcase_add_loop_test(tcase, odd_answers, 0, sizeof(rows) / sizeof(*rows));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
