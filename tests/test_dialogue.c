/* SPDX-License-Identifier: MIT */
/* The auth protocol over a real engine and a real accounts file: transcripts, in and out. */
#include <check.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/b64.h"
#include "engine/session.h"
#include "face/dialogue.h"

static const char accounts[] =
    "alice:{PLAIN}right-pw\n"
    "hashed:{SSHA512}"
    "OYM8KKZVXAV4TKf8zPAoRp4tCI/i2VUKZHJzJJqEFsWbM0o9gGBLDwBzD9kjp9q"
    "CLqnjlySQkIpk5AZg0LgYLnNhbHQ=\n"
    "appreq:{PLAIN}right-pw::::::app_password_required "
    "app_password=phone,{PLAIN}abcdefghijklmnop\n"
    "locked:{PLAIN}right-pw::::::locked\n"
    "other:{PLAIN}right-pw::::::user=Real.Name@example.org\n"
    "disabled:{PLAIN}right-pw::::::disabled\n"
    "broken:{NO-SUCH-SCHEME}x\n"
    "bob@hashed.example.org:{SSHA}bm90IGEgaGFzaCBidXQgMjQgb2N0ZXRzIQ==\n";

static const char config[] =
    "user = \"%s\"\nlog = stderr\nlog_level = error\ndefault_realm = \"example.org\"\n"
    "state_directory = \"\"\nadmin_socket = \"\"\n"
    "contact = \"the help desk\"\n"
    "listener \"%s/auth\" { mechanisms = {PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-256} }\n"
    "backend_file \"users\" { path = \"%s/users\" }\n"
    "backend_file \"gone\" { path = \"%s/gone\" }\n"
    "realm \"example.org\" { backends = {\"users\"} secrets = mixed floor = 20ms scheme = SSHA512 "
    "}\n"
    "realm \"hashed.example.org\" { backends = {\"users\"} secrets = hashed floor = 20ms "
    "scheme = SSHA512 }\n"
    "realm \"down.example.org\" { backends = {\"users\", \"gone\"} secrets = hashed floor = 20ms "
    "scheme = SSHA512 }\n"
    "realm \"quiet.example.org\" { backends = {\"users\"} secrets = hashed observe = yes "
    "floor = 20ms scheme = SSHA512 }\n";

static char folder[64];
static uv_loop_t loop;
static struct settings *settings;
static struct engine *engine;
static struct dialogue dialogue;
static char said_storage[65536];
static struct buf said;
static bool hung_up;
static const char *hung_fault;

static void on_send(void *owner, const struct buf *line)
{
	(void)owner;
	ck_assert(!line->failed);
	buf_put_span(&said, buf_span(line));
}

static void on_answered(void *owner)
{
	(void)owner;
}

static void on_hang_up(void *owner, const char *fault)
{
	(void)owner;
	hung_up = true;
	hung_fault = fault;
	dialogue_end(&dialogue);
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	chmod(path, 0600);
}

static void setup(void)
{
	unsigned char key[SCRAMKEY_LEN] = {1};
	char text[4096], path[128], fault_text[4096];
	struct buf faults = BUF_ON(fault_text);
	const char *fault = NULL;

	snprintf(folder, sizeof(folder), "/tmp/test_dialogue.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file("users", accounts);
	snprintf(text, sizeof(text), config, "root", folder, folder, folder);
	write_file("conf", text);
	snprintf(path, sizeof(path), "%s/conf", folder);
	if (!settings_load(path, &settings, &faults))
		ck_abort_msg("%.*s", (int)faults.len, fault_text);
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert(session_global_init(&fault));
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
	engine = engine_open(&loop, settings, key, &fault);
	ck_assert_msg(engine != NULL, "%s", fault);
	said = BUF_ON(said_storage);
	dialogue = (struct dialogue){.engine = engine,
				     .settings = &settings->listeners[0],
				     .who = "test",
				     .send = on_send,
				     .answered = on_answered,
				     .hang_up = on_hang_up};
	hung_up = false;
}

static void teardown(void)
{
	char path[128];

	dialogue_end(&dialogue);
	while (engine_busy(engine))
		uv_run(&loop, UV_RUN_ONCE);
	engine_close(&engine);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	settings_close(&settings);
	session_global_done();
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, i ? "users" : "conf");
		unlink(path);
	}
	rmdir(folder);
}

/* Everything that is owed has been answered. */
static void settle(void)
{
	while (dialogue_owes(&dialogue))
		uv_run(&loop, UV_RUN_ONCE);
}

static void tell(const char *line)
{
	dialogue_obey(&dialogue, span_of(line));
	settle();
}

/* `octets` with '|' for NUL, as base64 behind the text of a line. */
static void tell_octets(const char *head, const char *octets)
{
	char plain[512], line[1024];
	struct buf out = BUF_ON(line);
	size_t len = strlen(octets);

	for (size_t i = 0; i < len; i++)
		plain[i] = octets[i] == '|' ? '\0' : octets[i];
	buf_put_text(&out, head);
	b64_put(&out, (struct span){plain, len});
	dialogue_obey(&dialogue, buf_span(&out));
	settle();
}

/* What was said, each incident id replaced by eight '#', and forgotten. */
static struct span take_said(void)
{
	struct span text = buf_span(&said);

	for (size_t i = 0; i + 13 < text.len; i++)
		if (memcmp(text.at + i, "(id ", 4) == 0 && text.at[i + 12] == ')')
			memset(said.at + i + 4, '#', 8);
	said.len = 0;
	return text;
}

static bool said_has(const char *text)
{
	struct span all = buf_span(&said);

	return memmem(all.at, all.len, text, strlen(text)) != NULL;
}

struct row {
	const char *name;
	const char *octets; /* of PLAIN, '|' for NUL */
	const char *want;   /* must stand in the answer */
};

static const struct row plain_rows[] = {
    {"right", "|alice|right-pw", "OK\t1\tuser=alice@example.org\n"},
    {"hashed", "|hashed|wrong", "[bad-credentials]"},
    {"canonical", "|ALICE@Example.ORG|right-pw", "OK\t1\tuser=alice@example.org\n"},
    {"authzid is the same", "Alice|alice|right-pw", "OK\t1\tuser=alice@example.org\n"},
    {"authzid of another", "appreq|alice|right-pw", "\tcode=authz_fail\treason="},
    {"unknown realm", "|alice@elsewhere.example|right-pw", "[bad-credentials]"},
    {"app password required", "|appreq|right-pw", "[app-password-required]"},
    {"app password", "|appreq|ABCD efgh-ijkl\tmnop", "OK\t1\tuser=appreq@example.org\n"},
    {"the backend's name", "|other|right-pw", "OK\t1\tuser=real.name@example.org\n"},
    {"not of a refusal", "|other|wrong", "FAIL\t1\tuser=other@example.org\t"},
    {"disabled", "|disabled|right-pw", "\tcode=user_disabled\t"},
    {"locked by the backend", "|locked|right-pw", "[bad-credentials]"},
    {"broken scheme", "|broken|x", "[bad-credentials]"},
    {"field count", "alice", "[malformed-credentials]"},
    {"empty password", "|alice|", "the password is empty"},
    {"empty name", "||x", "the user name is empty"},
    {"not UTF-8", "|al\xffice|x", "it is not UTF-8"},
};

START_TEST(plain)
{
	tell_octets("AUTH\t1\tPLAIN\tservice=smtp\tresp=", plain_rows[_i].octets);
	ck_assert_msg(said_has(plain_rows[_i].want), "%s: %.*s", plain_rows[_i].name, (int)said.len,
		      said.at);
	ck_assert(!hung_up);
}
END_TEST

/* Whatever the state, without proof the answer is the unknown name's, but for the name. */
START_TEST(unproven_are_alike)
{
	static const char *const names[] = {"nobody", "alice!", "hashed", "appreq",
					    "locked", "broken", "disabl"};
	char first[2048];
	size_t first_len = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char octets[64];
		struct span got, user;

		snprintf(octets, sizeof(octets), "|%s|wrong", names[i]);
		tell_octets("AUTH\t1\tPLAIN\tresp=", octets);
		got = take_said();
		ck_assert(span_take_until(&got, '=', &user) && span_take_until(&got, '\t', &user));
		if (i == 0) {
			memcpy(first, got.at, got.len);
			first_len = got.len;
		}
		ck_assert_msg(span_equal(got, (struct span){first, first_len}), "%s", names[i]);
	}
}
END_TEST

START_TEST(login)
{
	tell("AUTH\t1\tLOGIN\tservice=smtp");
	ck_assert(said_has("CONT\t1\tVXNlcm5hbWU6\n"));
	tell_octets("CONT\t1\t", "alice");
	ck_assert(said_has("CONT\t1\tUGFzc3dvcmQ6\n"));
	tell_octets("CONT\t1\t", "right-pw");
	ck_assert(said_has("OK\t1\tuser=alice@example.org\n"));
}
END_TEST

START_TEST(login_with_initial_response)
{
	tell_octets("AUTH\t1\tLOGIN\tresp=", "alice");
	ck_assert(said_has("CONT\t1\tUGFzc3dvcmQ6\n"));
	tell_octets("CONT\t1\t", "wrong");
	ck_assert(said_has("[bad-credentials]"));
}
END_TEST

START_TEST(plain_without_initial_response)
{
	tell("AUTH\t1\tPLAIN");
	ck_assert(span_is(take_said(), "CONT\t1\t\n"));
	tell_octets("CONT\t1\t", "|alice|right-pw");
	ck_assert(said_has("OK\t1\t"));
}
END_TEST

START_TEST(mismatch_before_any_lookup)
{
	tell("AUTH\t1\tCRAM-MD5");
	take_said();
	tell_octets("CONT\t1\t", "bob@hashed.example.org 00000000000000000000000000000000");
	ck_assert(said_has("[mechanism-mismatch]"));
	ck_assert(said_has("PLAIN or LOGIN"));
	tell_octets("AUTH\t2\tSCRAM-SHA-256\tresp=", "n,,n=nobody@hashed.example.org,r=x");
	ck_assert(said_has("FAIL\t2\tuser=nobody@hashed.example.org\t"));
}
END_TEST

/* SCRAM goes on to its last step for every name, with the same salt each time. */
START_TEST(scram_runs_on)
{
	static const char *const names[] = {"alice", "hashed", "nobody", "locked"};

	for (int i = 0; i < 4; i++) {
		char octets[64];

		snprintf(octets, sizeof(octets), "n,,n=%s,r=nonce", names[i]);
		tell_octets("AUTH\t1\tSCRAM-SHA-256\tresp=", octets);
		ck_assert_msg(said_has("CONT\t1\tcj1ub25jZ"), "%s", names[i]);
		take_said();
		dialogue_obey(&dialogue, span_of("CANCEL\t1"));
		ck_assert_ptr_null(dialogue.running);
	}
}
END_TEST

START_TEST(unsupported)
{
	tell("AUTH\t1\tGSSAPI\tservice=smtp");
	ck_assert(said_has("\tcode=auth_mech_invalid\t"));
	ck_assert(said_has("[mechanism-unsupported]"));
}
END_TEST

START_TEST(plugin_gets_more)
{
	tell_octets("AUTH\t1\tPLAIN\tsasl-reason=1\tresp=", "|disabled|right-pw");
	ck_assert(said_has("\treason_id=account-disabled\tincident="));
	ck_assert(said_has("\tstatus=535\tenhanced=5.7.8\n"));
}
END_TEST

/* With a backend down nobody is refused for a lookup's sake; a proven login goes through. */
START_TEST(down)
{
	tell_octets("AUTH\t1\tPLAIN\tsasl-reason=1\tresp=", "|nobody@down.example.org|x");
	ck_assert(said_has("\tcode=temp_fail\t"));
	take_said();
	tell_octets("AUTH\t2\tPLAIN\tsasl-reason=1\tresp=", "|alice@down.example.org|wrong");
	ck_assert(said_has("\tcode=temp_fail\t"));
	ck_assert(said_has("\tstatus=454\tenhanced=4.7.0"));
	take_said();
	tell_octets("AUTH\t3\tPLAIN\tresp=", "|alice@down.example.org|right-pw");
	ck_assert(said_has("OK\t3\t"));
	take_said();
	tell_octets("AUTH\t4\tPLAIN\tresp=", "|nobody@down.example.org|x");
	ck_assert(hung_up);
	ck_assert_ptr_null(hung_fault);
	ck_assert_uint_eq(said.len, 0);
}
END_TEST

START_TEST(observed)
{
	struct span answer;

	tell_octets("AUTH\t1\tPLAIN\tresp=", "|disabled@quiet.example.org|right-pw");
	ck_assert(span_is(take_said(), "FAIL\t1\tuser=disabled@quiet.example.org\n"));
	/* What `sasl-reason test` asks for the verdict with, and nothing of the verdict. */
	tell_octets("AUTH\t2\tPLAIN\tsasl-reason=1\tresp=", "|disabled@quiet.example.org|right-pw");
	answer = take_said();
	ck_assert_uint_eq(answer.len,
			  strlen("FAIL\t2\tuser=disabled@quiet.example.org\tincident=ABCDEFGH\n"));
	ck_assert(memmem(answer.at, answer.len, "org\tincident=", 13) != NULL);
}
END_TEST

START_TEST(not_base64)
{
	tell("AUTH\t1\tPLAIN\tresp=AGFsaWNlAHJpZ2h0LXB3\trip=192.0.2.1");
	ck_assert(said_has("it is not base64"));
	tell("AUTH\t2\tPLAIN\tresp=====");
	ck_assert(said_has("FAIL\t2\t"));
}
END_TEST

static const char *const broken_lines[] = {"",	       "AUTH",		"AUTH\t1",
					   "HELLO\t1", "VERSION\t9\t1", "AUTH\tx\tPLAIN"};

START_TEST(broken)
{
	tell(broken_lines[_i]);
	ck_assert(hung_up);
	ck_assert_ptr_nonnull(hung_fault);
}
END_TEST

START_TEST(response_not_asked_for)
{
	tell_octets("AUTH\t1\tPLAIN\tresp=", "|hashed|wrong");
	dialogue_obey(&dialogue, span_of("AUTH\t2\tLOGIN"));
	dialogue_obey(&dialogue, span_of("AUTH\t2\tLOGIN"));
	ck_assert(hung_up);
}
END_TEST

START_TEST(too_many_at_once)
{
	char line[64];

	for (int i = 0; i <= DIALOGUE_RUNNING_MAX; i++) {
		ck_assert(!hung_up);
		snprintf(line, sizeof(line), "AUTH\t%d\tPLAIN\tresp=AG5vYm9keQB4", i);
		dialogue_obey(&dialogue, span_of(line));
	}
	ck_assert(hung_up);
}
END_TEST

/* Nobody waits for an answer that does not come. */
START_TEST(response_to_nothing)
{
	tell("AUTH\t1\tLOGIN");
	ck_assert(said_has("CONT\t1\t"));
	take_said();
	dialogue_obey(&dialogue, span_of("CANCEL\t1"));
	ck_assert(!hung_up);
	tell("CONT\t1\tAAAA");
	ck_assert(hung_up);
	ck_assert_ptr_nonnull(hung_fault);
	ck_assert_uint_eq(said.len, 0);
}
END_TEST

/* A client leaves, the next one comes: whoever is last can always log in. */
START_TEST(abandoned_are_forgotten)
{
	char line[64];

	for (int i = 0; i < 3 * DIALOGUE_RUNNING_MAX; i++) {
		snprintf(line, sizeof(line), "AUTH\t%d\tLOGIN", i);
		tell(line);
		ck_assert_uint_le(dialogue.count, DIALOGUE_ASKED_MAX);
		take_said();
	}
	snprintf(line, sizeof(line), "CONT\t%d\tYWxpY2U=", 3 * DIALOGUE_RUNNING_MAX - 1);
	tell(line);
	ck_assert(said_has("\tUGFzc3dvcmQ6\n"));
	ck_assert(!hung_up);
	tell("CONT\t1\tYWxpY2U=");
	ck_assert(hung_up);
}
END_TEST

/* Closed while a thread hashes and while the floor runs: nothing is used after it is gone. */
START_TEST(closed_under_way)
{
	dialogue_obey(&dialogue, span_of("AUTH\t1\tPLAIN\tresp=AG5vYm9keQB4"));
	dialogue_obey(&dialogue, span_of("AUTH\t2\tSCRAM-SHA-256\tresp=biwsbj1ub2JvZHkscj14"));
	dialogue_end(&dialogue);
	uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert_uint_eq(said.len, 0);
}
END_TEST

/* A mechanism that cannot be set up has refused nobody. */
START_TEST(no_session_is_temporary)
{
	const char *fault;

	session_global_done();
	tell("AUTH\t1\tCRAM-MD5\tsasl-reason=1");
	ck_assert(session_global_init(&fault));
	ck_assert(said_has("\tcode=temp_fail\t"));
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("dialogue");
	TCase *cases = tcase_create("dialogue");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, plain, 0, ROWS(plain_rows));
	tcase_add_test(cases, unproven_are_alike);
	tcase_add_test(cases, login);
	tcase_add_test(cases, login_with_initial_response);
	tcase_add_test(cases, plain_without_initial_response);
	tcase_add_test(cases, mismatch_before_any_lookup);
	tcase_add_test(cases, scram_runs_on);
	tcase_add_test(cases, unsupported);
	tcase_add_test(cases, plugin_gets_more);
	tcase_add_test(cases, down);
	tcase_add_test(cases, observed);
	tcase_add_test(cases, not_base64);
	tcase_add_loop_test(cases, broken, 0, ROWS(broken_lines));
	tcase_add_test(cases, response_not_asked_for);
	tcase_add_test(cases, response_to_nothing);
	tcase_add_test(cases, too_many_at_once);
	tcase_add_test(cases, abandoned_are_forgotten);
	tcase_add_test(cases, no_session_is_temporary);
	tcase_add_test(cases, closed_under_way);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
