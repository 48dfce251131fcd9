/* SPDX-License-Identifier: MIT */
/* Connections of a worker that drains, and of one that is short of memory. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/session.h"
#include "face/peer.h"

static const char config[] =
    "user = root\nlog = stderr\nlog_level = error\ndefault_realm = \"example.org\"\n"
    "state_directory = \"\"\nadmin_socket = \"\"\n"
    "listener \"%s/auth\" { mechanisms = {PLAIN, LOGIN} }\n"
    "backend_file \"users\" { path = \"%s/users\" }\n"
    "realm \"example.org\" { backends = {\"users\"} secrets = mixed floor = 300ms "
    "scheme = SSHA512 }\n";

/* resp= of alice with the right password, and of nobody */
#define GOOD "AGFsaWNlAHJpZ2h0LXB3"
#define BAD  "AG5vYm9keQB4"

static char folder[64];
static uv_loop_t loop;
static struct settings *settings;
static struct engine *engine;
static struct peer_group group;
static uv_pipe_t listener;
static unsigned connections;
static bool accepted;
static bool no_memory;

/* The linker puts it between our code and the library. */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return no_memory ? NULL : __real_calloc(count, size);
}

static void accept_one(void)
{
	accepted =
	    peer_accept(&group, (uv_stream_t *)&listener, &settings->listeners[0], &connections);
}

static void on_connection(uv_stream_t *stream, int status)
{
	(void)stream;
	ck_assert_int_eq(status, 0);
	accept_one();
}

static const char *in_folder(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_folder(name), "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	chmod(in_folder(name), 0600);
}

static void setup(void)
{
	unsigned char key[SCRAMKEY_LEN] = {1};
	char text[2048], fault_text[2048];
	struct buf faults = BUF_ON(fault_text);
	const char *fault = NULL;

	signal(SIGPIPE, SIG_IGN);
	snprintf(folder, sizeof(folder), "/tmp/test_peer.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file("users", "alice:{PLAIN}right-pw\n");
	snprintf(text, sizeof(text), config, folder, folder);
	write_file("conf", text);
	if (!settings_load(in_folder("conf"), &settings, &faults))
		ck_abort_msg("%.*s", (int)faults.len, fault_text);
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert(session_global_init(&fault));
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
	engine = engine_open(&loop, settings, key, &fault);
	ck_assert_msg(engine != NULL, "%s", fault);
	group = (struct peer_group){.engine = engine};
	connections = 0;
	uv_pipe_init(&loop, &listener, 0);
	ck_assert_int_eq(uv_pipe_bind(&listener, in_folder("auth")), 0);
	ck_assert_int_eq(uv_listen((uv_stream_t *)&listener, 16, on_connection), 0);
}

static void teardown(void)
{
	peer_close_all(&group);
	uv_close((uv_handle_t *)&listener, NULL);
	uv_run(&loop, UV_RUN_NOWAIT);
	while (engine_busy(engine))
		uv_run(&loop, UV_RUN_ONCE);
	engine_close(&engine);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	settings_close(&settings);
	session_global_done();
	unlink(in_folder("users"));
	unlink(in_folder("conf"));
	rmdir(folder);
}

/* ---- a client ---- */

static int join(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_folder("auth"));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	usleep(1000);
}

/* Goes on until `text` is at the end of what came; "" for the end of the connection. */
static void hear(int fd, const char *text)
{
	char got[4096];
	size_t len = 0, want = strlen(text);
	ssize_t now;

	for (;;) {
		now = recv(fd, got + len, sizeof(got) - len, 0);
		if (now == 0 || (now < 0 && errno != EAGAIN))
			break;
		len += now > 0 ? (size_t)now : 0;
		if (want && len >= want && memmem(got, len, text, want))
			return;
		turn();
	}
	ck_assert_msg(want == 0, "closed before '%s': '%.*s'", text, (int)len, got);
}

/* A client that has heard the greeting, and one login of its own if it `asks`. */
static int client(bool asks)
{
	int fd = join();

	hear(fd, "DONE\n");
	say(fd, "VERSION\t1\t2\nCPID\t1\n");
	if (asks) {
		say(fd, "AUTH\t1\tPLAIN\tservice=smtp\tresp=" GOOD "\n");
		hear(fd, "OK\t1\tuser=alice");
	}
	for (int i = 0; i < 5; i++)
		turn();
	return fd;
}

static void drain(void)
{
	group.draining = true;
	uv_update_time(&loop);
	peer_sweep(&group);
	turn();
}

/* ---- */

START_TEST(idle_is_closed)
{
	int fd = client(true);

	drain();
	ck_assert_uint_eq(group.count, 0);
	ck_assert_int_lt(send(fd, "x", 1, MSG_NOSIGNAL), 0);
	ck_assert_int_eq(errno, EPIPE);
	hear(fd, "");
	close(fd);
}
END_TEST

/* Its next login was on its way when the worker was to end. */
START_TEST(request_on_its_way_is_answered)
{
	int fd = client(true);

	say(fd, "AUTH\t2\tPLAIN\tresp=" GOOD "\n");
	drain();
	hear(fd, "OK\t2\tuser=alice");
	hear(fd, "");
	close(fd);
}
END_TEST

START_TEST(owed_answer_is_given)
{
	int fd = client(true);

	say(fd, "AUTH\t2\tPLAIN\tresp=" BAD "\n");
	turn();
	drain();
	ck_assert_uint_eq(group.count, 1);
	hear(fd, "FAIL\t2\t");
	hear(fd, "");
	close(fd);
}
END_TEST

/* Between two steps the client is to speak: it may take its time for that. */
START_TEST(conversation_is_finished)
{
	int fd = client(true);

	say(fd, "AUTH\t2\tLOGIN\n");
	hear(fd, "CONT\t2\t");
	drain();
	ck_assert_uint_eq(group.count, 1);
	say(fd, "CONT\t2\tYWxpY2U=\n");
	hear(fd, "CONT\t2\t");
	drain();
	ck_assert_uint_eq(group.count, 1);
	say(fd, "CONT\t2\tcmlnaHQtcHc=\n");
	hear(fd, "OK\t2\tuser=alice");
	hear(fd, "");
	close(fd);
}
END_TEST

/* A conversation that its client has left keeps no connection, which others use. */
START_TEST(abandoned_is_not_waited_for)
{
	int fd = client(true);
	uint64_t from = uv_now(&loop);

	say(fd, "AUTH\t2\tLOGIN\n");
	hear(fd, "CONT\t2\t");
	drain();
	ck_assert_uint_eq(group.count, 1);
	say(fd, "AUTH\t3\tPLAIN\tresp=" GOOD "\n");
	hear(fd, "OK\t3\tuser=alice");
	while (group.count)
		drain();
	ck_assert_uint_ge(uv_now(&loop) - from, PEER_NEW_MS - 100);
	ck_assert_uint_le(uv_now(&loop) - from, PEER_NEW_MS + 2000);
	close(fd);
}
END_TEST

/* One that has only just come is about to ask; if it does not, it is not waited for. */
START_TEST(new_may_ask)
{
	int fd = client(false), silent = client(false);
	uint64_t from = uv_now(&loop);

	drain();
	ck_assert_uint_eq(group.count, 2);
	say(fd, "AUTH\t1\tPLAIN\tresp=" GOOD "\n");
	hear(fd, "OK\t1\tuser=alice");
	hear(fd, "");
	while (group.count)
		drain();
	ck_assert_uint_ge(uv_now(&loop) - from, PEER_NEW_MS - 100);
	ck_assert_int_lt(send(silent, "x", 1, MSG_NOSIGNAL), 0);
	close(fd);
	close(silent);
}
END_TEST

/* Much at once is answered, all of it and in order, some of it in each turn. */
START_TEST(flood_is_answered)
{
	static char lines[2000 * 48], got[2000 * 64];
	size_t len = 0, sent = 0, heard = 0;
	uint64_t before = 1;
	int fd = client(true), answers = 0;
	char *at;

	for (int i = 0; i < 2000; i++)
		len += (size_t)snprintf(lines + len, sizeof(lines) - len,
					"AUTH\t%d\tPLAIN\tresp=" GOOD "\n", i + 10);
	while (answers < 2000) {
		ssize_t now = send(fd, lines + sent, len - sent, MSG_NOSIGNAL);

		sent += now > 0 ? (size_t)now : 0;
		uv_run(&loop, UV_RUN_NOWAIT);
		/* One turn may serve what was read, and what it left of that. */
		ck_assert_uint_le(engine->counters.allowed - before, 2 * PEER_LINES_OF_TURN);
		before = engine->counters.allowed;
		now = recv(fd, got + heard, sizeof(got) - heard - 1, 0);
		ck_assert(now > 0 || (now < 0 && errno == EAGAIN));
		heard += now > 0 ? (size_t)now : 0;
		got[heard] = '\0';
		for (answers = 0, at = got; (at = strchr(at, '\n')); at++)
			answers++;
	}
	at = got;
	for (int i = 0; i < 2000; i++) {
		char want[32];

		snprintf(want, sizeof(want), "OK\t%d\tuser=alice", i + 10);
		ck_assert_msg(strncmp(at, want, strlen(want)) == 0, "%s: %.40s", want, at);
		at = strchr(at, '\n') + 1;
	}
	close(fd);
}
END_TEST

/* Without memory for one, it and those behind it wait; none is lost. */
START_TEST(no_memory_to_accept)
{
	int first, second;

	accepted = true;
	no_memory = true;
	first = join();
	while (accepted)
		turn();
	second = join();
	for (int i = 0; i < 20; i++)
		turn();
	accept_one();
	ck_assert(!accepted);
	no_memory = false;
	ck_assert_uint_eq(group.count, 0);
	accept_one();
	ck_assert(accepted);
	hear(first, "DONE\n");
	hear(second, "DONE\n");
	ck_assert_uint_eq(connections, 2);
	say(first, "VERSION\t1\t2\nCPID\t1\nAUTH\t1\tPLAIN\tresp=" GOOD "\n");
	hear(first, "OK\t1\t");
	close(first);
	close(second);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peer");
	TCase *cases = tcase_create("peer");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 60);
	tcase_add_test(cases, idle_is_closed);
	tcase_add_test(cases, request_on_its_way_is_answered);
	tcase_add_test(cases, owed_answer_is_given);
	tcase_add_test(cases, conversation_is_finished);
	tcase_add_test(cases, abandoned_is_not_waited_for);
	tcase_add_test(cases, new_may_ask);
	tcase_add_test(cases, flood_is_answered);
	tcase_add_test(cases, no_memory_to_accept);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
