/* SPDX-License-Identifier: MIT */
/* The admin socket: its lines, what is no request, many clients, clients that go away, draining. */
#include "admin_case.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/peercred.h"

#define STATUS "{\"command\":\"status\"}"

/* ---- requests ---- */

static const struct {
	const char *request;
	const char *want; /* a part of the error */
} malformed[] = {
    {"", "no JSON"},
    {"status", "no JSON"},
    {"{\"command\":\"status\"", "no JSON"},
    {"{\"command\":\"status\"} x", "no JSON"},
    {"{\"command\":\"status\",\"command\":\"status\"}", "no JSON"},
    {"{\"command\":\"why\",\"id\":\"\\u0000\"}", "no JSON"},
    {"\xff\xfe\x01\x02", "no JSON"},
    {"{\"command\":\"\xff\"}", "no JSON"},
    {"[]", "no JSON object"},
    {"{}", "no command"},
    {"{\"command\":1}", "no command"},
    {"{\"command\":\"statu\"}", "no command \"statu\""},
    {"{\"command\":\"STATUS\"}", "no command \"STATUS\""},
    {"{\"command\":\"status\",\"user\":\"alice\"}", "no member \"user\""},
    {"{\"command\":\"why\"}", "missing: \"id\""},
    {"{\"command\":\"why\",\"id\":null}", "missing: \"id\""},
    {"{\"command\":\"why\",\"id\":1}", "no text: \"id\""},
    {"{\"command\":\"why\",\"id\":\"SHORT\"}", "8 characters"},
    {"{\"command\":\"explain\",\"user\":[\"alice\"]}", "no text: \"user\""},
    {"{\"command\":\"explain\",\"user\":\"\"}", "user name"},
    {"{\"command\":\"explain\",\"user\":\"alice\",\"client\":\"here\"}", "no address"},
    {"{\"command\":\"explain\",\"user\":\"alice\",\"client\":\"10.0.0.0/8\"}", "no address"},
    {"{\"command\":\"app-password-add\",\"user\":\"alice\"}", "missing: \"label\""},
    {"{\"command\":\"app-password-add\",\"user\":\"alice\",\"label\":\"x\",\"services\":\"smtp\"}",
     "no list of texts: \"services\""},
    {"{\"command\":\"app-password-add\",\"user\":\"alice\",\"label\":\"x\",\"networks\":[1]}",
     "no list of texts: \"networks\""},
    {"{\"command\":\"app-password-add\",\"user\":\"alice\",\"label\":\"x\",\"expires\":\"soon\"}",
     "no time in seconds: \"expires\""},
    {"{\"command\":\"app-password-add\",\"user\":\"alice\",\"label\":\"x\",\"expires\":-1}",
     "no time in seconds: \"expires\""},
    {"{\"command\":\"app-password-add\",\"user\":\"alice\",\"label\":\"x\",\"expires\":1.5}",
     "no time in seconds: \"expires\""},
    {"{\"command\":\"lockouts-clear\"}", "a user or a network"},
    {"{\"command\":\"lockouts-clear\",\"user\":\"a\",\"network\":\"192.0.2.1\"}",
     "a user or a network"},
    {"{\"command\":\"lockouts-clear\",\"network\":\"alice\"}", "no address"},
    {"{\"command\":\"lockouts-clear\",\"network\":\"192.0.2.0/24\"}", "no address"},
};

START_TEST(refused)
{
	json_t *answer = admin_case_ask(64, malformed[_i].request);
	const char *error = admin_case_at(answer, "error");

	ck_assert_msg(strstr(error, malformed[_i].want) != NULL, "%s: %s", malformed[_i].request,
		      error);
	json_decref(answer);
}
END_TEST

static void hear_status(int fd)
{
	char *line = admin_case_hear(fd);

	ck_assert_ptr_nonnull(line);
	ck_assert_msg(strncmp(line, "{\"status\":0,\"version\"", 21) == 0, "%s", line);
	free(line);
}

static void hear_end(int fd)
{
	char *line = admin_case_hear(fd);

	ck_assert_msg(line == NULL, "%s", line);
	close(fd);
}

/* Several requests on one connection, octet by octet and all at once. */
START_TEST(lines)
{
	static const char request[] = "  " STATUS "\r\n" STATUS "\n";
	int fd = admin_case_join();

	for (size_t i = 0; i < sizeof(request) - 1; i++)
		admin_case_say(fd, request + i, 1);
	hear_status(fd);
	hear_status(fd);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(send(fd, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	for (int i = 0; i < 100; i++)
		hear_status(fd);
	close(fd);
}
END_TEST

/* The other side may end its own half; a line without an end is none. */
START_TEST(half_closed)
{
	int fd = admin_case_join();

	admin_case_say(fd, STATUS "\n" STATUS "\n" STATUS, 3 * strlen(STATUS) + 2);
	shutdown(fd, SHUT_WR);
	hear_status(fd);
	hear_status(fd);
	hear_end(fd);
	ck_assert(admin_idle(admin_case.group));
}
END_TEST

START_TEST(longest_line)
{
	int fd = admin_case_join();
	size_t len = ADMIN_LINE_MAX - strlen(STATUS);
	char *spaces = malloc(len);

	memset(spaces, ' ', len);
	admin_case_say(fd, STATUS, strlen(STATUS));
	admin_case_say(fd, spaces, len);
	admin_case_say(fd, "\n" STATUS "\n", strlen(STATUS) + 2);
	hear_status(fd);
	hear_status(fd);
	close(fd);
	free(spaces);
}
END_TEST

START_TEST(too_long_line)
{
	int fd = admin_case_join();
	char *spaces = malloc(ADMIN_LINE_MAX + 1), *line;

	memset(spaces, ' ', ADMIN_LINE_MAX + 1);
	admin_case_say(fd, spaces, ADMIN_LINE_MAX + 1);
	line = admin_case_hear(fd);
	ck_assert_str_eq(line, "{\"status\":64,\"error\":\"the request is too long\"}");
	free(line);
	hear_end(fd);
	free(spaces);
}
END_TEST

/* ---- connections ---- */

/* Whose the next connections are. */
static uid_t peer_uid = 1000;

/* The linker puts this between our code and the library. */
bool __wrap_peercred_uid(int fd, uid_t *uid);

bool __wrap_peercred_uid(int fd, uid_t *uid)
{
	(void)fd;
	*uid = peer_uid;
	return true;
}

static void fill(int fds[ADMIN_CONNECTIONS_MAX])
{
	for (int i = 0; i < ADMIN_CONNECTIONS_MAX; i++) {
		fds[i] = admin_case_join();
		admin_case_say(fds[i], STATUS "\n", strlen(STATUS) + 1);
		hear_status(fds[i]);
	}
}

static void is_refused(void)
{
	int fd = admin_case_join();
	char *line = admin_case_hear(fd);

	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line, "{\"status\":75,\"error\":\"too many connections"));
	free(line);
	hear_end(fd);
}

START_TEST(too_many)
{
	int fds[ADMIN_CONNECTIONS_MAX];

	peer_uid = _i ? 0 : 1000;
	fill(fds);
	is_refused();
	close(fds[0]);
	for (int i = 0; i < 3; i++)
		admin_case_turn();
	fds[0] = admin_case_join();
	for (int i = 0; i < ADMIN_CONNECTIONS_MAX; i++) {
		admin_case_say(fds[i], STATUS "\n", strlen(STATUS) + 1);
		hear_status(fds[i]);
		close(fds[i]);
	}
}
END_TEST

/* The members of admin_group cannot keep root out, nor root them. */
START_TEST(root_has_room)
{
	int others[ADMIN_CONNECTIONS_MAX], roots[ADMIN_CONNECTIONS_MAX];

	peer_uid = 1000;
	fill(others);
	is_refused();
	peer_uid = 0;
	fill(roots);
	is_refused();
	/* A place that root leaves is root's. */
	close(roots[0]);
	for (int i = 0; i < 3; i++)
		admin_case_turn();
	peer_uid = 1000;
	is_refused();
	peer_uid = 0;
	json_decref(admin_case_ask(0, STATUS));
	for (int i = 0; i < ADMIN_CONNECTIONS_MAX; i++) {
		close(others[i]);
		if (i > 0)
			close(roots[i]);
	}
}
END_TEST

#define EXPLAIN_ERIN "{\"command\":\"explain\",\"user\":\"erin@dir.example.org\"}\n"

/* While the backend is asked, and while the store is. */
START_TEST(client_goes_away)
{
	int fd = admin_case_join();
	struct linger reset = {1, 0};

	admin_case.entry.sleep_ms = 50;
	admin_case_say(fd, EXPLAIN_ERIN, strlen(EXPLAIN_ERIN));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	for (int i = 0; i < _i; i++)
		admin_case_turn();
	close(fd);
	while (!admin_idle(admin_case.group))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
}
END_TEST

/* The worker ends while requests are under way. */
START_TEST(closed_at_work)
{
	int fd = admin_case_join();

	admin_case.entry.sleep_ms = 50;
	admin_case_say(fd, EXPLAIN_ERIN, strlen(EXPLAIN_ERIN));
	for (int i = 0; i < _i; i++)
		admin_case_turn();
	admin_close(&admin_case.group);
	while (engine_busy(admin_case.engine))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	for (int i = 0; i < 5; i++)
		admin_case_turn();
	while (engine_busy(admin_case.engine))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	hear_end(fd);
}
END_TEST

/* One that reads nothing stops its own requests, not the loop. */
START_TEST(client_does_not_read)
{
	int fd = admin_case_join();
	int size = 1;
	ssize_t sent = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (int i = 0; i < 5000 && sent > 0; i++) {
		sent = send(fd, STATUS "\n", strlen(STATUS) + 1, MSG_NOSIGNAL);
		if (i % 50 == 0)
			admin_case_turn();
		if (sent < 0 && i < 4000) {
			ck_assert_int_eq(errno, EAGAIN);
			break;
		}
	}
	for (int i = 0; i < 20; i++)
		admin_case_turn();
	json_decref(admin_case_ask(0, STATUS));
	ck_assert(!admin_idle(admin_case.group));
	close(fd);
	while (!admin_idle(admin_case.group))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
}
END_TEST

/* ---- time ---- */

static void wait_ms(uint64_t ms)
{
	uint64_t until = uv_hrtime() + ms * 1000000;

	while (uv_hrtime() < until)
		admin_case_turn();
}

START_TEST(drains)
{
	int served = admin_case_join(), fresh = admin_case_join(), busy = admin_case_join();

	admin_case.entry.sleep_ms = 300;
	admin_case_say(served, STATUS "\n", strlen(STATUS) + 1);
	hear_status(served);
	admin_case_say(busy, EXPLAIN_ERIN, strlen(EXPLAIN_ERIN));
	admin_sweep(admin_case.group, true);
	hear_end(served);
	/* It has only just come: it may ask, once. */
	admin_case_say(fresh, STATUS "\n", strlen(STATUS) + 1);
	hear_status(fresh);
	hear_end(fresh);
	ck_assert(!admin_idle(admin_case.group));
	free(admin_case_hear(busy));
	hear_end(busy);
	ck_assert(admin_idle(admin_case.group));
}
END_TEST

/* A client that never asks does not keep a worker. */
START_TEST(drains_without_the_silent)
{
	int silent = admin_case_join();

	wait_ms(50);
	admin_sweep(admin_case.group, true);
	ck_assert(!admin_idle(admin_case.group));
	wait_ms(PEER_NEW_MS);
	admin_sweep(admin_case.group, true);
	hear_end(silent);
	ck_assert(admin_idle(admin_case.group));
}
END_TEST

START_TEST(reload)
{
	json_t *answer = admin_case_ask(0, "{\"command\":\"reload\"}");
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	ADMIN_CASE_IS(answer, "worker", pid);
	ck_assert_int_eq(admin_case.reloads, 1);
	json_decref(answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admin");
	TCase *cases = tcase_create("admin");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, admin_case_setup, admin_case_teardown);
	tcase_add_loop_test(cases, refused, 0, (int)(sizeof(malformed) / sizeof(malformed[0])));
	tcase_add_test(cases, lines);
	tcase_add_test(cases, half_closed);
	tcase_add_test(cases, longest_line);
	tcase_add_test(cases, too_long_line);
	tcase_add_loop_test(cases, too_many, 0, 2);
	tcase_add_test(cases, root_has_room);
	tcase_add_loop_test(cases, client_goes_away, 0, 4);
	tcase_add_loop_test(cases, closed_at_work, 0, 4);
	tcase_add_test(cases, client_does_not_read);
	tcase_add_test(cases, drains);
	tcase_add_test(cases, drains_without_the_silent);
	tcase_add_test(cases, reload);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
