/* SPDX-License-Identifier: MIT */
/* The auth protocol's codec: what Postfix, Exim and our plugin send, and what they must not. */
#include <check.h>
#include <stdlib.h>

#include "face/auth.h"

struct row {
	const char *name;
	const char *line;
	enum auth_kind want_kind;
	uint32_t want_id;
	const char *want_mechanism, *want_client, *want_response;
	bool want_secured, want_final_ok, want_plugin;
};

static const struct row rows[] = {
    {"Postfix", "AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=192.0.2.1\tresp=AGE=",
     AUTH_BEGIN, 1, "PLAIN", "192.0.2.1", "AGE=", false, false, false},
    {"Postfix over TLS", "AUTH\t2\tLOGIN\tservice=smtp\tnologin\trip=::1\tsecured", AUTH_BEGIN, 2,
     "LOGIN", "::1", NULL, true, false, false},
    {"Dovecot 2.3 over TLS", "AUTH\t2\tLOGIN\tsecured=tls", AUTH_BEGIN, 2, "LOGIN", NULL, NULL, true,
     false, false},
    {"our plugin", "AUTH\t7\tSCRAM-SHA-256\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\tresp=bg==",
     AUTH_BEGIN, 7, "SCRAM-SHA-256", NULL, "bg==", false, true, true},
    {"empty response", "AUTH\t1\tPLAIN\tresp=", AUTH_BEGIN, 1, "PLAIN", NULL, "", false, false,
     false},
    {"a TAB opens no field after resp", "AUTH\t1\tPLAIN\tresp=AGE=\trip=6.6.6.6\tsecured",
     AUTH_BEGIN, 1, "PLAIN", NULL, "AGE=\trip=6.6.6.6\tsecured", false, false, false},
    {"fields that we do not know", "AUTH\t1\tPLAIN\tfoo\tripple=1\tsecuredx\tbar=2", AUTH_BEGIN, 1,
     "PLAIN", NULL, NULL, false, false, false},
    {"the plugin's word exactly", "AUTH\t1\tPLAIN\tsasl-reason=2\tfinal-resp-okay", AUTH_BEGIN, 1,
     "PLAIN", NULL, NULL, false, false, false},
    {"largest id", "AUTH\t4294967295\tPLAIN", AUTH_BEGIN, 4294967295u, "PLAIN", NULL, NULL, false,
     false, false},
    {"id too large", "AUTH\t4294967296\tPLAIN", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"id not a number", "AUTH\tx\tPLAIN", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"no mechanism", "AUTH\t1", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"empty mechanism", "AUTH\t1\t", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"continue", "CONT\t3\tAGE=", AUTH_CONTINUE, 3, NULL, NULL, "AGE=", false, false, false},
    {"continue, empty", "CONT\t3\t", AUTH_CONTINUE, 3, NULL, NULL, "", false, false, false},
    {"continue with a TAB", "CONT\t3\ta\tb", AUTH_CONTINUE, 3, NULL, NULL, "a\tb", false, false,
     false},
    {"continue without data", "CONT\t3", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"cancel", "CANCEL\t9", AUTH_CANCEL, 9, NULL, NULL, NULL, false, false, false},
    {"cancel without id", "CANCEL", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"version", "VERSION\t1\t2", AUTH_IGNORED, 0, NULL, NULL, NULL, false, false, false},
    {"a later minor version", "VERSION\t1\t99", AUTH_IGNORED, 0, NULL, NULL, NULL, false, false, false},
    {"another major version", "VERSION\t2\t0", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"process id", "CPID\t1234", AUTH_IGNORED, 0, NULL, NULL, NULL, false, false, false},
    {"HTTP", "GET / HTTP/1.1", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
    {"nothing", "", AUTH_BROKEN, 0, NULL, NULL, NULL, false, false, false},
};

START_TEST(command)
{
	const struct row *row = &rows[_i];
	struct auth_command got = auth_take_command(span_of(row->line));

	ck_assert_msg(got.kind == row->want_kind, "%s: kind %d", row->name, (int)got.kind);
	if (got.kind == AUTH_BROKEN)
		return;
	ck_assert_msg(got.id == row->want_id, "%s: id", row->name);
	ck_assert_msg(span_equal(got.mechanism, span_of(row->want_mechanism)), "%s", row->name);
	ck_assert_msg(span_equal(got.client, span_of(row->want_client)), "%s", row->name);
	ck_assert_msg(span_equal(got.response, span_of(row->want_response)), "%s", row->name);
	ck_assert_msg(!got.response.at == !row->want_response, "%s: absent is not empty", row->name);
	ck_assert_msg(got.secured == row->want_secured, "%s: secured", row->name);
	ck_assert_msg(got.final_ok == row->want_final_ok, "%s: final", row->name);
	ck_assert_msg(got.plugin == row->want_plugin, "%s: plugin", row->name);
}
END_TEST

START_TEST(nul_is_broken)
{
	static const char line[] = "AUTH\t1\tPLAIN\tresp=A\0B";

	ck_assert_int_eq(auth_take_command((struct span){line, sizeof(line) - 1}).kind,
			 AUTH_BROKEN);
}
END_TEST

START_TEST(greeting)
{
	static const enum mech mechanisms[] = {MECH_PLAIN, MECH_LOGIN, MECH_CRAM_MD5,
					       MECH_SCRAM_SHA_256};
	char storage[512];
	struct buf out = BUF_ON(storage);

	auth_put_greeting(&out, mechanisms, 4, 77, 5, span_of("00112233445566778899aabbccddeeff"));
	ck_assert(span_is(buf_span(&out), "VERSION\t1\t2\n"
					  "MECH\tPLAIN\tplaintext\n"
					  "MECH\tLOGIN\tplaintext\n"
					  "MECH\tCRAM-MD5\tdictionary\tactive\n"
					  "MECH\tSCRAM-SHA-256\tmutual-auth\n"
					  "SPID\t77\nCUID\t5\n"
					  "COOKIE\t00112233445566778899aabbccddeeff\nDONE\n"));
}
END_TEST

START_TEST(answers)
{
	char storage[512];
	struct buf out = BUF_ON(storage);

	auth_put_challenge(&out, 3, span_of("Username:"));
	auth_put_challenge(&out, 4, span_of(""));
	auth_put_ok(&out, 5, span_of("alice@example.org"), SPAN_NONE, SPAN_NONE);
	auth_put_ok(&out, 6, span_of("a\tb"), span_of("v=x"), span_of("ABCDEFGH"));
	ck_assert(span_is(buf_span(&out), "CONT\t3\tVXNlcm5hbWU6\n"
					  "CONT\t4\t\n"
					  "OK\t5\tuser=alice@example.org\n"
					  "OK\t6\tuser=a\001tb\tincident=ABCDEFGH\tresp=dj14\n"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("auth");
	TCase *cases = tcase_create("auth");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(cases, command, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(cases, nul_is_broken);
	tcase_add_test(cases, greeting);
	tcase_add_test(cases, answers);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
