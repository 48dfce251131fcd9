/* SPDX-License-Identifier: MIT */
/* The admin commands "app-password-…", in our own store and in an entry of a directory. */
#include "admin_case.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define ADD    "{\"command\":\"app-password-add\",\"user\":\"%s\",\"label\":\"%s\"}"
#define LIST   "{\"command\":\"app-password-list\",\"user\":\"%s\"}"
#define CHANGE "{\"command\":\"app-password-%s\",\"user\":\"%s\",\"which\":\"%s\"}"
#define RENAME                                                                                     \
	"{\"command\":\"app-password-rename\",\"user\":\"%s\",\"which\":\"%s\",\"label\":\"%s\"}"

/* The same rules in both places. */
static const struct {
	const char *user, *store;
} places[] = {{"alice", "sqlite"}, {"erin@dir.example.org", "directory"}};
#define PLACES 2

static void add(const char *user, const char *label, char id[9])
{
	json_t *answer = admin_case_askf(0, ADD, user, label);

	snprintf(id, 9, "%s", admin_case_at(answer, "id"));
	json_decref(answer);
}

static void is_error(json_t *answer, const char *want)
{
	const char *error = admin_case_at(answer, "error");

	ck_assert_msg(strstr(error, want) != NULL, "%s", error);
	json_decref(answer);
}

static void list_has(const char *user, const char *want_count)
{
	json_t *answer = admin_case_askf(0, LIST, user);

	ADMIN_CASE_IS(answer, "app_passwords", want_count);
	json_decref(answer);
}

START_TEST(add_and_list)
{
	const char *user = places[_i].user;
	int64_t now = time(NULL);
	json_t *made, *listed;
	char expires[24];

	snprintf(expires, sizeof(expires), "%lld", (long long)now + 86400);
	made = admin_case_askf(
	    0,
	    "{\"command\":\"app-password-add\",\"user\":\"%s\",\"label\":"
	    "\"M\303\274ller's $phone\",\"services\":[\"smtp\",\"imap\"],\"networks\":"
	    "[\"192.0.2.0/24\"],\"expires\":%s}",
	    user, expires);
	ADMIN_CASE_IS(made, "label", "M\303\274ller's $phone");
	ADMIN_CASE_IS(made, "services", "[2]");
	ADMIN_CASE_IS(made, "services.1", "imap");
	ADMIN_CASE_IS(made, "networks.0", "192.0.2.0/24");
	ADMIN_CASE_IS(made, "expires", expires);
	ADMIN_CASE_IS(made, "revoked", "0");
	ADMIN_CASE_IS(made, "used", "0");
	ADMIN_CASE_IS(made, "used_client", "null");
	ADMIN_CASE_IS(made, "store", places[_i].store);
	ck_assert_uint_eq(strlen(admin_case_at(made, "secret")), 19);
	ck_assert_uint_eq(strspn(admin_case_at(made, "secret"), "abcdefghijklmnopqrstuvwxyz "), 19);
	ck_assert_int_ge(strtoll(admin_case_at(made, "created"), NULL, 10), now);
	listed = admin_case_askf(0, LIST, user);
	ADMIN_CASE_IS(listed, "app_passwords", "[1]");
	ck_assert_int_eq(json_object_del(made, "secret"), 0);
	ck_assert_int_eq(json_object_del(made, "status"), 0);
	ck_assert(json_equal(made, json_array_get(json_object_get(listed, "app_passwords"), 0)));
	json_decref(made);
	json_decref(listed);
}
END_TEST

/* What is made logs in, until it is revoked. */
START_TEST(logs_in)
{
	const char *user = places[_i].user;
	json_t *made = admin_case_askf(0, ADD, user, "phone");
	struct verdict verdict;
	char secret[24];

	snprintf(secret, sizeof(secret), "%s", admin_case_at(made, "secret"));
	admin_case_login(user, secret, "192.0.2.1", &verdict);
	ck_assert_int_eq(verdict.outcome, OUTCOME_ALLOW);
	json_decref(admin_case_askf(0, CHANGE, "revoke", user, "phone"));
	admin_case_login(user, secret, "192.0.2.1", &verdict);
	ck_assert_int_eq(verdict.outcome, OUTCOME_REFUSE);
	ck_assert_int_eq(verdict.told, REASON_APP_REVOKED);
	json_decref(made);
}
END_TEST

START_TEST(revoke_one)
{
	const char *user = places[_i].user;
	char one[9], two[9], since[24];
	json_t *answer;

	add(user, "phone", one);
	add(user, "tablet", two);
	answer = admin_case_askf(0, CHANGE, "revoke", user, one);
	ADMIN_CASE_IS(answer, "label", "phone");
	snprintf(since, sizeof(since), "%s", admin_case_at(answer, "revoked"));
	ck_assert_int_gt(strtoll(since, NULL, 10), 1000000000);
	json_decref(answer);
	/* Again: it is done, and since when it is. */
	answer = admin_case_askf(0, CHANGE, "revoke", user, "phone");
	ADMIN_CASE_IS(answer, "id", one);
	ADMIN_CASE_IS(answer, "revoked", since);
	json_decref(answer);
	/* The label is free again, and means the one in force. */
	add(user, "phone", one);
	answer = admin_case_askf(0, CHANGE, "revoke", user, "phone");
	ADMIN_CASE_IS(answer, "id", one);
	json_decref(answer);
	is_error(admin_case_askf(64, CHANGE, "revoke", user, "phone"), "several");
	is_error(admin_case_askf(67, CHANGE, "revoke", user, "laptop"), "\"laptop\"");
	list_has(user, "[3]");
	answer = admin_case_askf(0, CHANGE, "revoke", user, "tablet");
	ADMIN_CASE_IS(answer, "id", two);
	json_decref(answer);
}
END_TEST

START_TEST(rename_one)
{
	const char *user = places[_i].user;
	char one[9], two[9];
	json_t *answer;

	add(user, "phone", one);
	add(user, "tablet", two);
	answer = admin_case_askf(0, RENAME, user, "phone", "new phone");
	ADMIN_CASE_IS(answer, "id", one);
	ADMIN_CASE_IS(answer, "label", "new phone");
	json_decref(answer);
	is_error(admin_case_askf(64, RENAME, user, two, "new phone"), "another");
	is_error(admin_case_askf(64, RENAME, user, two, ""), "1 to 64");
	is_error(admin_case_askf(64, RENAME, user, two, "a\\tb"), "1 to 64");
	is_error(admin_case_askf(67, RENAME, user, "phone", "x"), "\"phone\"");
	json_decref(admin_case_askf(0, RENAME, user, two, "tablet"));
	list_has(user, "[2]");
}
END_TEST

START_TEST(add_refused)
{
	const char *user = places[_i].user;
	char id[9], label[80];

	add(user, "phone", id);
	memset(label, 'x', sizeof(label));
	label[65] = '\0';
	is_error(admin_case_askf(64, ADD, user, "phone"), "another app password");
	is_error(admin_case_askf(64, ADD, user, ""), "label");
	is_error(admin_case_askf(64, ADD, user, " phone"), "label");
	is_error(admin_case_askf(64, ADD, user, label), "label");
	is_error(admin_case_askf(64,
				 "{\"command\":\"app-password-add\",\"user\":\"%s\",\"label\":"
				 "\"x\",\"networks\":[\"10.0.0.0/33\"]}",
				 user),
		 "network");
	is_error(admin_case_askf(64,
				 "{\"command\":\"app-password-add\",\"user\":\"%s\",\"label\":"
				 "\"x\",\"services\":[\"smtp,imap\"]}",
				 user),
		 "comma");
	is_error(admin_case_askf(64,
				 "{\"command\":\"app-password-add\",\"user\":\"%s\",\"label\":"
				 "\"x\",\"expires\":1700000000}",
				 user),
		 "expired");
	list_has(user, "[1]");
}
END_TEST

static const struct {
	const char *user;
	int want;
	const char *want_error;
} users[] = {
    {"nobody", 67, "no backend knows a user nobody@example.org"},
    {"alice@elsewhere.example.com", 67, "no backend knows"},
    {"alice@plain.example.org", 78, "app_passwords = yes"},
    {"nobody@down.example.org", 75, "down"},
    {"", 64, "user name"},
    {"\\u0007", 64, "user name"},
};

/* Of a user who is not there, for each command. */
START_TEST(no_user)
{
	const char *user = users[_i].user;
	int want = users[_i].want;

	is_error(admin_case_askf(want, ADD, user, "x"), users[_i].want_error);
	is_error(admin_case_askf(want, LIST, user), users[_i].want_error);
	is_error(admin_case_askf(want, CHANGE, "revoke", user, "x"), users[_i].want_error);
	is_error(admin_case_askf(want, RENAME, user, "x", "y"), users[_i].want_error);
}
END_TEST

/* One whom a backend knows can be served while another one is down. */
START_TEST(known_while_another_is_down)
{
	char id[9];

	add("alice@down.example.org", "phone", id);
	list_has("alice@down.example.org", "[1]");
	list_has("alice@example.org", "[0]");
}
END_TEST

/* Those of the accounts file can be seen, and no more. */
START_TEST(of_the_file)
{
	json_t *answer = admin_case_askf(0, LIST, "phone");

	ADMIN_CASE_IS(answer, "app_passwords", "[4]");
	ADMIN_CASE_IS(answer, "app_passwords.0.id", "null");
	ADMIN_CASE_IS(answer, "app_passwords.0.label", "my phone");
	ADMIN_CASE_IS(answer, "app_passwords.0.services.0", "smtp");
	ADMIN_CASE_IS(answer, "app_passwords.0.store", "backend");
	ADMIN_CASE_IS(answer, "app_passwords.2.label", "gone");
	ck_assert_str_ne(admin_case_at(answer, "app_passwords.2.revoked"), "0");
	json_decref(answer);
	is_error(admin_case_askf(78, CHANGE, "revoke", "phone", "my phone"),
		 "\"my phone\" is kept by backend \"users\": edit it there");
	is_error(admin_case_askf(78, RENAME, "phone", "my phone", "x"),
		 "\"my phone\" is kept by backend \"users\": edit it there");
	is_error(admin_case_askf(67, CHANGE, "revoke", "phone", "her phone"), "her phone");
}
END_TEST

/* One of ours with the same label is told by its id. */
START_TEST(of_the_file_and_ours)
{
	char id[9];
	json_t *answer;

	add("phone", "my phone", id);
	list_has("phone", "[5]");
	is_error(admin_case_askf(78, CHANGE, "revoke", "phone", "my phone"), "say the id");
	answer = admin_case_askf(0, CHANGE, "revoke", "phone", id);
	ADMIN_CASE_IS(answer, "label", "my phone");
	ADMIN_CASE_IS(answer, "store", "sqlite");
	json_decref(answer);
}
END_TEST

/* They log in there too, so they are seen: with app_passwords off, or nowhere to keep ours. */
static void of_the_file_alone(const char *user)
{
	json_t *answer = admin_case_askf(0, LIST, user);

	ADMIN_CASE_IS(answer, "app_passwords", "[4]");
	ADMIN_CASE_IS(answer, "app_passwords.0.store", "backend");
	json_decref(answer);
	is_error(admin_case_askf(78, CHANGE, "revoke", user, "my phone"), "edit it there");
	is_error(admin_case_askf(78, RENAME, user, "my phone", "x"), "edit it there");
}

START_TEST(of_the_file_without_ours)
{
	of_the_file_alone("phone@plain.example.org");
	is_error(admin_case_askf(78, CHANGE, "revoke", "phone@plain.example.org", "her phone"),
		 "app_passwords = yes");
	is_error(admin_case_askf(78, ADD, "phone@plain.example.org", "my phone"),
		 "app_passwords = yes");
}
END_TEST

/* ---- clients that go away ---- */

/* Sends and is gone at once. */
static void ask_and_go(const char *request)
{
	int fd = admin_case_join();

	admin_case_say(fd, request, strlen(request));
	close(fd);
	while (!admin_idle(admin_case.group))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
}

/* A secret that nobody reads is not made. */
START_TEST(gone_before_add)
{
	admin_case.entry.sleep_ms = 100;
	ask_and_go("{\"command\":\"app-password-add\",\"user\":\"erin@dir.example.org\","
		   "\"label\":\"phone\"}\n");
	ck_assert_int_eq(admin_case.entry.writes, 0);
	ck_assert_uint_eq(admin_case.entry.count, 0);
}
END_TEST

/* What needs no reader is done. */
START_TEST(gone_before_revoked)
{
	char id[9];

	add("erin@dir.example.org", "phone", id);
	admin_case.entry.sleep_ms = 100;
	ask_and_go("{\"command\":\"app-password-revoke\",\"user\":\"erin@dir.example.org\","
		   "\"which\":\"phone\"}\n");
	ck_assert_int_eq(admin_case.entry.writes, 2);
	ck_assert_ptr_null(strstr(admin_case.entry.values[0], "$0$0$0$"));
}
END_TEST

/* ---- what is left of it ---- */

#define LETTERS "qzqzqzqzqzqzqzqz"
#define SHOWN	"qzqz qzqz qzqz qzqz"

static bool watching;
static int found_in_freed;

/* The linker puts these between our code and the library. */
void __real_free(void *at);
void __wrap_free(void *at);
void __wrap_apppass_make_secret(char letters[APPPASS_LETTERS]);
void __real_apppass_make_secret(char letters[APPPASS_LETTERS]);

void __wrap_free(void *at)
{
	size_t size = watching && at ? malloc_usable_size(at) : 0;

	found_in_freed += memmem(at, size, LETTERS, strlen(LETTERS)) != NULL;
	found_in_freed += memmem(at, size, SHOWN, strlen(SHOWN)) != NULL;
	__real_free(at);
}

void __wrap_apppass_make_secret(char letters[APPPASS_LETTERS])
{
	if (watching)
		memcpy(letters, LETTERS, APPPASS_LETTERS);
	else
		__real_apppass_make_secret(letters);
}

/* No memory is given back with the secret in it. */
START_TEST(secret_is_wiped)
{
	char request[256], *line;
	int fd = admin_case_join();

	found_in_freed = 0;
	watching = true;
	snprintf(request, sizeof(request), ADD "\n", places[_i].user, "phone");
	admin_case_say(fd, request, strlen(request));
	line = admin_case_hear(fd);
	ck_assert_ptr_nonnull(strstr(line, "\"secret\":\"" SHOWN "\""));
	explicit_bzero(line, strlen(line));
	free(line);
	close(fd);
	while (!admin_idle(admin_case.group))
		uv_run(&admin_case.loop, UV_RUN_ONCE);
	for (int i = 0; i < 5; i++)
		admin_case_turn();
	ck_assert_int_eq(found_in_freed, 0);
	/* It would be seen. */
	line = strdup("a " SHOWN);
	free(line);
	ck_assert_int_eq(found_in_freed, 1);
	watching = false;
}
END_TEST

/* What a change writes into the log; the secret is no part of it. */
START_TEST(logged)
{
	static const char *const want[] = {
	    " admin command=app-password-add user=alice@example.org app=",
	    " who=\"pid ",
	    " admin command=app-password-rename user=alice@example.org app=",
	    " admin command=app-password-revoke user=alice@example.org app=",
	    " admin command=lockouts-clear user=alice@example.org who=",
	    " admin command=lockouts-clear network=192.0.2.1 who=",
	    " admin command=reload who=",
	};
	int err = dup(2), file = open(admin_case_path("log"), O_CREAT | O_RDWR | O_TRUNC, 0600);
	char text[8192] = "";
	json_t *made;

	dup2(file, 2);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_INFO, "test");
	made = admin_case_askf(0, ADD, "alice", "phone");
	json_decref(admin_case_askf(0, LIST, "alice"));
	json_decref(admin_case_askf(0, RENAME, "alice", "phone", "tablet"));
	json_decref(admin_case_askf(0, CHANGE, "revoke", "alice", "tablet"));
	json_decref(admin_case_askf(67, CHANGE, "revoke", "alice", "laptop"));
	json_decref(admin_case_ask(0, "{\"command\":\"lockouts-clear\",\"user\":\"alice\"}"));
	json_decref(
	    admin_case_ask(0, "{\"command\":\"lockouts-clear\",\"network\":\"192.0.2.1\"}"));
	json_decref(admin_case_ask(0, "{\"command\":\"reload\"}"));
	log_flush();
	dup2(err, 2);
	ck_assert_int_gt(pread(file, text, sizeof(text) - 1, 0), 0);
	close(file);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ck_assert_msg(strstr(text, want[i]) != NULL, "no%s in %s", want[i], text);
	ck_assert_ptr_null(strstr(text, admin_case_at(made, "secret")));
	ck_assert_ptr_null(strstr(text, "laptop"));
	ck_assert_ptr_null(strstr(text, "app-password-list"));
	json_decref(made);
}
END_TEST

/* ---- the directory ---- */

static const struct {
	enum backend_write write;
	int want;
	const char *want_error;
} writes[] = {
    {BACKEND_WRITE_FAILED, 75, "could not be written"},
    {BACKEND_WRITE_REFUSED, 77, "refuses"},
    {BACKEND_WRITE_ABSENT, 75, "changed meanwhile"},
};

START_TEST(directory_fails)
{
	char id[9];

	add("erin@dir.example.org", "phone", id);
	admin_case.entry.write = writes[_i].write;
	is_error(admin_case_askf(writes[_i].want, ADD, "erin@dir.example.org", "x"),
		 writes[_i].want_error);
	is_error(
	    admin_case_askf(writes[_i].want, CHANGE, "revoke", "erin@dir.example.org", "phone"),
	    writes[_i].want_error);
	is_error(admin_case_askf(writes[_i].want, RENAME, "erin@dir.example.org", "phone", "y"),
		 writes[_i].want_error);
	admin_case.entry.write = BACKEND_WRITE_DONE;
	list_has("erin@dir.example.org", "[1]");
}
END_TEST

START_TEST(directory_down)
{
	admin_case.entry.down = true;
	is_error(admin_case_askf(75, LIST, "erin@dir.example.org"), "down");
}
END_TEST

/* Puts one into the entry; its length. `revoked`: 0 if it is not. */
static size_t put_value(size_t at, unsigned revoked, const char *networks)
{
	char *value = admin_case.entry.values[at];

	return (size_t)snprintf(value, sizeof(admin_case.entry.values[at]),
				"aaaa%c%c%cb$1000$0$%u$$%s$%064u$l%zu", (char)('a' + at % 8),
				(char)('a' + at / 8 % 8), (char)('a' + at / 64), revoked, networks,
				0u, at);
}

/* A full entry takes a new one in the place of the first that has ended, and only then. */
START_TEST(directory_full)
{
	char id[9];

	for (size_t i = 0; i < BACKEND_APPS_MAX; i++)
		put_value(i, i == 70 ? 3000u : i == 90 ? 2000u : 0u, "");
	admin_case.entry.count = BACKEND_APPS_MAX;
	list_has("erin@dir.example.org", "[128]");
	add("erin@dir.example.org", "phone", id);
	ck_assert_ptr_nonnull(strstr(admin_case.entry.values[90], "$phone"));
	add("erin@dir.example.org", "tablet", id);
	ck_assert_ptr_nonnull(strstr(admin_case.entry.values[70], "$tablet"));
	is_error(admin_case_askf(77, ADD, "erin@dir.example.org", "laptop"), "revoke some");
	json_decref(admin_case_askf(0, CHANGE, "revoke", "erin@dir.example.org", "l0"));
	add("erin@dir.example.org", "laptop", id);
	ck_assert_ptr_nonnull(strstr(admin_case.entry.values[0], "$laptop"));
	ck_assert_uint_eq(admin_case.entry.count, BACKEND_APPS_MAX);
}
END_TEST

/* So many octets of them that a lookup has no room for more. */
START_TEST(directory_large)
{
	static const char long_list[] =
	    "10.0.0.0/8,10.0.0.0/9,10.0.0.0/10,10.0.0.0/11,10.0.0.0/12,10.0.0.0/13,10.0.0.0/14,"
	    "10.0.0.0/15,10.0.0.0/16,10.0.0.0/17,10.0.0.0/18,10.0.0.0/19,10.0.0.0/20";
	size_t count = 0, octets = 0;
	char id[9];

	while (octets < BACKEND_APPS_OCTETS - 50) {
		size_t left = BACKEND_APPS_OCTETS - 50 - octets;

		octets += put_value(count, count == 40 ? 3000 : 0, left > 300 ? long_list : "");
		count++;
	}
	ck_assert_uint_lt(count, BACKEND_APPS_MAX);
	admin_case.entry.count = count;
	/* The place of a long one is enough for a short one, that of a short one for no long one.
	 */
	add("erin@dir.example.org", "phone", id);
	ck_assert_uint_eq(admin_case.entry.count, count);
	ck_assert_ptr_nonnull(strstr(admin_case.entry.values[40], "$phone"));
	octets -= strlen(long_list);
	json_decref(admin_case_askf(0, CHANGE, "revoke", "erin@dir.example.org", "phone"));
	while (octets < BACKEND_APPS_OCTETS - 50) {
		octets += put_value(count++, 0, "");
		admin_case.entry.count = count;
	}
	is_error(admin_case_askf(77,
				 "{\"command\":\"app-password-add\",\"user\":"
				 "\"erin@dir.example.org\",\"label\":\"laptop\",\"networks\":"
				 "[\"10.0.0.0/8\",\"10.0.0.0/9\",\"10.0.0.0/10\",\"10.0.0.0/11\","
				 "\"10.0.0.0/12\",\"10.0.0.0/13\",\"10.0.0.0/14\",\"10.0.0.0/15\","
				 "\"10.0.0.0/16\",\"10.0.0.0/17\",\"10.0.0.0/18\"]}"),
		 "revoke some");
}
END_TEST

/* A backend without a place for them. */
START_TEST(no_place_in_backend)
{
	for (size_t i = 0; i < admin_case.settings->realm_count; i++)
		admin_case.settings->realms[i].app_in_directory = true;
	is_error(admin_case_askf(78, ADD, "alice", "phone"), "app_password_store = sqlite");
}
END_TEST

START_TEST(full)
{
	char id[9], label[16];

	for (int i = 0; i < APPPASS_MAX; i++) {
		snprintf(label, sizeof(label), "l%d", i);
		add("alice", label, id);
	}
	is_error(admin_case_askf(77, ADD, "alice", "one more"), "revoke some");
	list_has("alice", "[200]");
	json_decref(admin_case_askf(0, CHANGE, "revoke", "alice", id));
	add("alice", "one more", id);
}
END_TEST

/* ---- without a state directory ---- */

START_TEST(nowhere)
{
	is_error(admin_case_askf(78, ADD, "alice", "x"), "state_directory");
	is_error(admin_case_askf(78, LIST, "alice"), "state_directory");
	is_error(admin_case_askf(78, CHANGE, "revoke", "alice", "x"), "state_directory");
	is_error(admin_case_askf(78, RENAME, "alice", "x", "y"), "state_directory");
	of_the_file_alone("phone");
}
END_TEST

START_TEST(directory_alone)
{
	char id[9];

	add("erin@dir.example.org", "phone", id);
	list_has("erin@dir.example.org", "[1]");
	is_error(admin_case_askf(67, CHANGE, "revoke", "erin@dir.example.org", "x"), "\"x\"");
	json_decref(admin_case_askf(0, CHANGE, "revoke", "erin@dir.example.org", "phone"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admin_apppass");
	TCase *cases = tcase_create("admin_apppass"), *bare = tcase_create("bare");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, admin_case_setup, admin_case_teardown);
	tcase_add_loop_test(cases, add_and_list, 0, PLACES);
	tcase_add_loop_test(cases, logs_in, 0, PLACES);
	tcase_add_loop_test(cases, revoke_one, 0, PLACES);
	tcase_add_loop_test(cases, rename_one, 0, PLACES);
	tcase_add_loop_test(cases, add_refused, 0, PLACES);
	tcase_add_loop_test(cases, no_user, 0, (int)(sizeof(users) / sizeof(users[0])));
	tcase_add_test(cases, known_while_another_is_down);
	tcase_add_test(cases, of_the_file);
	tcase_add_test(cases, of_the_file_and_ours);
	tcase_add_test(cases, of_the_file_without_ours);
	tcase_add_test(cases, gone_before_add);
	tcase_add_test(cases, gone_before_revoked);
	tcase_add_loop_test(cases, secret_is_wiped, 0, PLACES);
	tcase_add_test(cases, logged);
	tcase_add_loop_test(cases, directory_fails, 0, (int)(sizeof(writes) / sizeof(writes[0])));
	tcase_add_test(cases, directory_down);
	tcase_add_test(cases, directory_full);
	tcase_add_test(cases, directory_large);
	tcase_add_test(cases, no_place_in_backend);
	tcase_add_test(cases, full);
	suite_add_tcase(suite, cases);
	tcase_add_checked_fixture(bare, admin_case_setup_bare, admin_case_teardown);
	tcase_add_test(bare, nowhere);
	tcase_add_test(bare, directory_alone);
	suite_add_tcase(suite, bare);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
