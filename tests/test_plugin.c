/* SPDX-License-Identifier: MIT */
/* The plugin in a real libsasl2 application: what it tells the daemon, and what the MTA gets. */
#include "plugin_app.h"
#include "plugin_fake.h"
#include "plugin_place.h"

#include <check.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALICE	  "AGFsaWNlAHJpZ2h0LXB3"
#define AUTH_LINE "AUTH\t1\tPLAIN\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\tresp=" ALICE "\n"
#define TEMPORARY                                                                                  \
	"454 4.7.0 The mail server cannot check passwords right now; your password was not "       \
	"checked, do not change it, try again later. [temporary-failure]"
#define BADAUTH "SASL(-13): authentication failure: "
#define UNAVAIL "SASL(-24): remote authentication server unavailable: " TEMPORARY
#define SAID	"reason=No. [bad-credentials] (id ABCD2345)"
#define TEXT	"No. [bad-credentials] (id ABCD2345)"
#define CODED	"\tenhanced=5.7.8\tstatus=535"
#define LONG64	"0123456789012345678901234567890123456789012345678901234567890123"

static struct plugin_place place;
static const char *const alice[] = {"\\0alice\\0right-pw", NULL};

static char *heard(void)
{
	static char text[8192];
	FILE *file = fopen(place.heard, "r");
	size_t len = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		fclose(file);
	text[len] = '\0';
	return text;
}

static void setup(void)
{
	plugin_place_make(&place);
}

static void teardown(void)
{
	plugin_place_remove(&place);
}

static struct plugin_app plain_app(void)
{
	return (struct plugin_app){
	    .folders = place.plugins, .socket = place.socket, .timeout = "2", .auxprop = "reason"};
}

/* One login against one script. */
static void login(const struct plugin_app *app, const char *script, const char *mech,
		  const char *const *tokens, struct plugin_result *result)
{
	const char *const scripts[] = {script, NULL};
	pid_t server = plugin_fake_start(place.socket, scripts, place.heard);

	plugin_app_open(app);
	plugin_app_login(mech, tokens, result);
	plugin_app_close();
	plugin_fake_stop(server);
}

/* What the daemon answers to PLAIN, and what the MTA gets. */
static const struct {
	const char *name;
	const char *answer;
	int want_code;
	const char *want_username;
	const char *want_detail; /* null: not looked at */
} answers[] = {
    {"accepted", "OK\t%\tuser=alice@example.org", SASL_OK, "alice@example.org", NULL},
    {"accepted, SOH in name", "OK\t%\tuser=a\0011b", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"accepted, more fields", "OK\t%\tfoo\tuser=al\tbar=1", SASL_OK, "al", NULL},
    {"accepted, UTF-8 name", "OK\t%\tuser=j\303\270rn", SASL_OK, "j\303\270rn", NULL},
    {"accepted, nobody", "OK\t%", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"accepted, empty name", "OK\t%\tuser=", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"accepted, name with space", "OK\t%\tuser= alice", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"accepted, control in name", "OK\t%\tuser=a\001nb", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"accepted, NUL in name", "OK\t%\tuser=alice\0010x", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"accepted, bad escape", "OK\t%\tuser=a\001zb", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"accepted, bad base64", "OK\t%\tuser=alice\tresp=!!!", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"refused", "FAIL\t%\tuser=alice\t" SAID CODED, SASL_BADAUTH, "alice",
     BADAUTH "535 5.7.8 " TEXT},
    {"refused, nobody", "FAIL\t%\t" SAID CODED, SASL_BADAUTH, "unknown", BADAUTH "535 5.7.8 " TEXT},
    {"refused, no text", "FAIL\t%\tuser=alice", SASL_BADAUTH, "alice",
     BADAUTH "refused by sasl-reason"},
    {"refused, nothing at all", "FAIL\t%", SASL_BADAUTH, "unknown", NULL},
    {"refused, no codes", "FAIL\t%\t" SAID, SASL_BADAUTH, "unknown", BADAUTH "535 5.7.8 " TEXT},
    {"refused, RFC 4954 codes", "FAIL\t%\t" SAID "\tenhanced=5.7.9\tstatus=534", SASL_BADAUTH,
     "unknown", BADAUTH "534 5.7.9 " TEXT},
    {"refused, 421", "FAIL\t%\t" SAID "\tenhanced=4.7.0\tstatus=421", SASL_BADAUTH, "unknown",
     BADAUTH "421 4.7.0 " TEXT},
    {"refused, classes differ", "FAIL\t%\t" SAID "\tenhanced=4.7.8\tstatus=535", SASL_BADAUTH,
     "unknown", BADAUTH "535 5.7.8 " TEXT},
    {"refused, status 250", "FAIL\t%\t" SAID "\tenhanced=2.0.0\tstatus=250", SASL_BADAUTH,
     "unknown", BADAUTH "535 5.7.8 " TEXT},
    {"refused, status in words", "FAIL\t%\t" SAID "\tenhanced=5.7\tstatus=5x5", SASL_BADAUTH,
     "unknown", BADAUTH "535 5.7.8 " TEXT},
    {"refused, control in text", "FAIL\t%\treason=a\001nb" CODED, SASL_BADAUTH, "unknown",
     BADAUTH "refused by sasl-reason"},
    {"refused, UTF-8 text", "FAIL\t%\treason=n\303\266" CODED, SASL_BADAUTH, "unknown",
     BADAUTH "refused by sasl-reason"},
    {"refused, format in text", "FAIL\t%\treason=%%s%%n [x]" CODED, SASL_BADAUTH, "unknown",
     BADAUTH "535 5.7.8 11s11n [x]"},
    {"refused, long text",
     "FAIL\t%\treason=" LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 CODED, SASL_BADAUTH,
     "unknown", BADAUTH "refused by sasl-reason"},
    {"refused, long name",
     "FAIL\t%\tuser=" LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64 LONG64
     "\t" SAID CODED,
     SASL_BADAUTH, "unknown", BADAUTH "535 5.7.8 " TEXT},
    {"refused, blank name", "FAIL\t%\tuser=  \t" SAID CODED, SASL_BADAUTH, "unknown",
     BADAUTH "535 5.7.8 " TEXT},
    {"temporary",
     "FAIL\t%\tcode=temp_fail\tuser=alice\treason=Later. [temporary-failure] (id "
     "ABCD2345)\tenhanced=4.7.0\tstatus=454",
     SASL_UNAVAIL, "alice",
     "SASL(-24): remote authentication server unavailable: 454 4.7.0 Later. "
     "[temporary-failure] (id ABCD2345)"},
    {"temporary, no codes", "FAIL\t%\tcode=temp_fail\treason=x", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"temporary, codes of a refusal", "FAIL\t%\tcode=temp_fail\t" SAID CODED, SASL_UNAVAIL,
     "unknown", UNAVAIL},
    {"temporary, Dovecot 2.2", "FAIL\t%\tuser=alice\ttemp", SASL_UNAVAIL, "alice", UNAVAIL},
    {"disabled", "FAIL\t%\tcode=user_disabled\t" SAID CODED, SASL_DISABLED, "unknown",
     "SASL(-19): account disabled: 535 5.7.8 " TEXT},
    {"expired", "FAIL\t%\tcode=pass_expired\t" SAID CODED, SASL_EXPIRED, "unknown",
     "SASL(-18): passphrase expired, has to be reset: 535 5.7.8 " TEXT},
    {"not authorized", "FAIL\t%\tcode=authz_fail\t" SAID CODED, SASL_NOAUTHZ, "unknown",
     "SASL(-14): authorization failure: 535 5.7.8 " TEXT},
    {"TLS required", "FAIL\t%\tcode=auth_mech_ssl_required\t" SAID CODED, SASL_ENCRYPT, "unknown",
     "SASL(-16): encryption needed to use mechanism: 535 5.7.8 " TEXT},
    {"mechanism unknown", "FAIL\t%\tcode=auth_mech_invalid\t" SAID CODED, SASL_NOMECH, "unknown",
     "SASL(-4): no mechanism available: 535 5.7.8 " TEXT},
    {"unknown code", "FAIL\t%\tcode=from_the_future\t" SAID CODED, SASL_UNAVAIL, "unknown",
     UNAVAIL},
    {"empty code", "FAIL\t%\tcode=\t" SAID CODED, SASL_UNAVAIL, "unknown", UNAVAIL},
    {"another id", "OK\t9\tuser=alice", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"no id", "OK\t\tuser=alice", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"id with a sign", "OK\t+%\tuser=alice", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"lower case", "ok\t%\tuser=alice", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"unknown word", "MAYBE\t%\tuser=alice", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"empty line", "", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"challenge that is not base64", "CONT\t%\t!!!", SASL_UNAVAIL, "unknown", UNAVAIL},
    {"answer with CR", "OK\t%\tuser=alice\r", SASL_UNAVAIL, "unknown", UNAVAIL},
};

START_TEST(test_answers)
{
	struct plugin_app app = plain_app();
	struct plugin_result result;
	char script[2048];

	snprintf(script, sizeof(script), "greet|read|say %s|hang", answers[_i].answer);
	app.exim_like = true;
	login(&app, script, "PLAIN", alice, &result);
	ck_assert_msg(result.code == answers[_i].want_code, "%s: code %d, detail %s",
		      answers[_i].name, result.code, result.detail);
	ck_assert_int_eq(result.username_code, SASL_OK);
	ck_assert_str_eq(result.username, answers[_i].want_username);
	ck_assert_str_eq(result.authid, answers[_i].want_username);
	if (answers[_i].want_detail)
		ck_assert_str_eq(result.detail, answers[_i].want_detail);
	ck_assert_str_eq(heard(), AUTH_LINE);
}
END_TEST

/* Whole conversations: what the daemon hears and what the client is sent. */
static const struct {
	const char *name;
	const char *mech;
	const char *tokens[5];
	const char *script;
	const char *want_heard;
	const char *want_sent; /* the last challenge */
	int want_code;
} talks[] = {
    {"PLAIN",
     "PLAIN",
     {"\\0alice\\0right-pw"},
     "greet|read|say OK\t%\tuser=alice|hang",
     AUTH_LINE,
     "",
     SASL_OK},
    {"PLAIN, asked for",
     "PLAIN",
     {"", "\\0alice\\0right-pw"},
     "greet|read|say OK\t%\tuser=alice|hang",
     AUTH_LINE,
     "",
     SASL_OK},
    {"PLAIN, asked for, empty",
     "PLAIN",
     {"", ""},
     "greet|read|say FAIL\t%\t" SAID "|hang",
     "AUTH\t1\tPLAIN\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\tresp=\n",
     "",
     SASL_BADAUTH},
    {"PLAIN, given up", "PLAIN", {""}, "greet|read", "", "", SASL_CONTINUE},
    {"LOGIN",
     "LOGIN",
     {"", "alice", "right-pw"},
     "greet|read|say CONT\t%\tVXNlcm5hbWU6|read|say CONT\t%\tUGFzc3dvcmQ6|read|"
     "say OK\t%\tuser=alice|hang",
     "AUTH\t1\tLOGIN\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\n"
     "CONT\t1\tYWxpY2U=\nCONT\t1\tcmlnaHQtcHc=\n",
     "",
     SASL_OK},
    {"LOGIN, name first",
     "LOGIN",
     {"alice", "right-pw"},
     "greet|read|say CONT\t%\tUGFzc3dvcmQ6|read|say OK\t%\tuser=alice|hang",
     "AUTH\t1\tLOGIN\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\tresp=YWxpY2U=\n"
     "CONT\t1\tcmlnaHQtcHc=\n",
     "",
     SASL_OK},
    {"LOGIN, empty password",
     "LOGIN",
     {"", "alice", ""},
     "greet|read|say CONT\t%\tVXNlcm5hbWU6|read|say CONT\t%\tUGFzc3dvcmQ6|read|"
     "say FAIL\t%\t" SAID "|hang",
     "AUTH\t1\tLOGIN\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\n"
     "CONT\t1\tYWxpY2U=\nCONT\t1\t\n",
     "",
     SASL_BADAUTH},
    {"LOGIN, given up",
     "LOGIN",
     {"", "alice"},
     "greet|read|say CONT\t%\tVXNlcm5hbWU6|read|say CONT\t%\tUGFzc3dvcmQ6|read",
     "AUTH\t1\tLOGIN\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\nCONT\t1\tYWxpY2U=\n",
     "Password:",
     SASL_CONTINUE},
    {"CRAM-MD5",
     "CRAM-MD5",
     {"", "alice 0123"},
     "greet|read|say CONT\t%\tPDEuMkBhPg==|read|say FAIL\t%\tuser=alice\t" SAID CODED "|hang",
     "AUTH\t1\tCRAM-MD5\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\n"
     "CONT\t1\tYWxpY2UgMDEyMw==\n",
     "",
     SASL_BADAUTH},
    {"SCRAM, asked for",
     "SCRAM-SHA-256",
     {"", "n,,n=alice,r=x"},
     "greet|read|say CONT\t%\tcj14|hang",
     "AUTH\t1\tSCRAM-SHA-256\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\t"
     "resp=biwsbj1hbGljZSxyPXg=\n",
     "r=x",
     SASL_CONTINUE},
    {"SCRAM with final data",
     "SCRAM-SHA-1",
     {"n,,n=alice,r=x", "c=biws"},
     "greet|read|say CONT\t%\tcj14|read|say OK\t%\tuser=alice\tresp=dj0x|hang",
     "AUTH\t1\tSCRAM-SHA-1\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\t"
     "resp=biwsbj1hbGljZSxyPXg=\nCONT\t1\tYz1iaXdz\n",
     "v=1",
     SASL_OK},
    {"SCRAM, final data as a challenge",
     "SCRAM-SHA-1",
     {"n,,n=alice,r=x", "c=biws", ""},
     "greet|read|say CONT\t%\tcj14|read|say CONT\t%\tdj0x|read|say OK\t%\tuser=alice|hang",
     "AUTH\t1\tSCRAM-SHA-1\tservice=smtp\tfinal-resp-ok\tsasl-reason=1\t"
     "resp=biwsbj1hbGljZSxyPXg=\nCONT\t1\tYz1iaXdz\nCONT\t1\t\n",
     "",
     SASL_OK},
    {"SCRAM, bound to a channel",
     "SCRAM-SHA-256",
     {"p=tls-unique,,n=alice,r=x"},
     "greet|read",
     "",
     "",
     SASL_BADAUTH},
};

START_TEST(test_talks)
{
	struct plugin_app app = plain_app();
	struct plugin_result result;

	app.mechs = "PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5";
	login(&app, talks[_i].script, talks[_i].mech, talks[_i].tokens, &result);
	ck_assert_msg(result.code == talks[_i].want_code, "%s: code %d, %s", talks[_i].name,
		      result.code, result.detail);
	ck_assert_str_eq(heard(), talks[_i].want_heard);
	ck_assert_str_eq(result.sent, talks[_i].want_sent);
	if (result.code == SASL_OK)
		ck_assert_str_eq(result.username, "alice");
}
END_TEST

/* What AUTH says about the connection. */
static const struct {
	const char *name;
	const char *remote;
	unsigned ssf;
	const char *want;
} peers[] = {
    {"IPv4", "203.0.113.9;4711", 0, "\trip=203.0.113.9\tlip=192.0.2.1\tfinal"},
    {"IPv6", "2001:db8::9;4711", 0, "\trip=2001:db8::9\tlip=192.0.2.1\tfinal"},
    {"TLS", "203.0.113.9;4711", 256, "\tlip=192.0.2.1\tsecured\tfinal"},
    {"no address", NULL, 0, "\tservice=smtp\tfinal"},
    {"no address, TLS", NULL, 1, "\tservice=smtp\tsecured\tfinal"},
};

START_TEST(test_peers)
{
	struct plugin_app app = plain_app();
	struct plugin_result result;

	app.remote = peers[_i].remote;
	app.ssf = peers[_i].ssf;
	login(&app, "greet|read|say OK\t%\tuser=alice|hang", "PLAIN", alice, &result);
	ck_assert_int_eq(result.code, SASL_OK);
	ck_assert_msg(strstr(heard(), peers[_i].want) != NULL, "%s", heard());
}
END_TEST

/* The MTA's realm is not appended to the daemon's name, which is complete. */
START_TEST(test_realm)
{
	struct plugin_app app = plain_app();
	struct plugin_result result;

	app.realm = "local.example.org";
	login(&app, "greet|read|say OK\t%\tuser=alice|hang", "PLAIN", alice, &result);
	ck_assert_int_eq(result.code, SASL_OK);
	ck_assert_str_eq(result.username, "alice");
	ck_assert_str_eq(result.authid, "alice");
	login(&app, "greet|read|say OK\t%\tuser=alice@example.org|hang", "PLAIN", alice, &result);
	ck_assert_str_eq(result.username, "alice@example.org");
}
END_TEST

START_TEST(test_too_long)
{
	static char response[9000];
	const char *const tokens[] = {response, NULL};
	struct plugin_app app = plain_app();
	struct plugin_result result;

	memset(response, 'x', sizeof(response) - 1);
	login(&app, "greet|read|hang", "PLAIN", tokens, &result);
	ck_assert_int_eq(result.code, SASL_BADAUTH);
	ck_assert_ptr_nonnull(strstr(result.detail, ": 535 5.7.8 "));
	ck_assert_str_eq(heard(), "");
	response[5632] = '\0';
	login(&app, "greet|read|say FAIL\t%\t" SAID "|hang", "PLAIN", tokens, &result);
	ck_assert_int_eq(result.code, SASL_BADAUTH);
	ck_assert_uint_eq(strlen(heard()), strlen(AUTH_LINE) - strlen(ALICE) + 7512);
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *tests = tcase_create(name);

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	return tests;
}

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("plugin");
	SRunner *runner = srunner_create(suite);
	TCase *tests = new_case(suite, "answers");
	int failed;

	tcase_add_loop_test(tests, test_answers, 0, ROWS(answers));
	tests = new_case(suite, "talks");
	tcase_add_loop_test(tests, test_talks, 0, ROWS(talks));
	tcase_add_loop_test(tests, test_peers, 0, ROWS(peers));
	tcase_add_test(tests, test_realm);
	tcase_add_test(tests, test_too_long);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
