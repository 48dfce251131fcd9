/* SPDX-License-Identifier: MIT */
/* The plugin when the daemon is away, slow, cut off or talks nonsense: SASL_UNAVAIL, in time. */
#include "pace.h"
#include "plugin_app.h"
#include "plugin_fake.h"
#include "plugin_place.h"

#include <check.h>
#include <sasl/sasl.h>
#include <stdlib.h>
#include <string.h>

#define UNAVAIL                                                                                    \
	"SASL(-24): remote authentication server unavailable: 454 4.7.0 The mail server cannot "   \
	"check passwords right now; your password was not checked, do not change it, try again "   \
	"later. [temporary-failure]"
#define LONG64 "0123456789012345678901234567890123456789012345678901234567890123"

static struct plugin_place place;
static double late; /* what the machine added to the last login, in milliseconds */
static const char *const alice[] = {"\\0alice\\0right-pw", NULL};

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
	pace_begin();
	plugin_app_login(mech, tokens, result);
	late = pace_end();
	plugin_app_close();
	plugin_fake_stop(server);
}

/* What can be wrong with the connection: always SASL_UNAVAIL, and always in time. */
static const struct {
	const char *name;
	const char *script;
	double want_ms_max;
} faults[] = {
    {"closes at once", "", 200},
    {"closes behind the greeting", "greet", 200},
    {"closes behind AUTH", "greet|read", 200},
    {"cuts an answer", "greet|read|raw OK\t%\tuser=al", 200},
    {"cuts an answer before LF", "greet|read|raw OK\t%\tuser=alice", 200},
    {"cuts an answer and is silent", "greet|read|raw OK\t%\tus|hang", 2250},
    {"cuts the greeting", "raw VERSION\t1\t2\nMECH\tPL|wait 50", 300},
    {"says nothing", "hang", 2250},
    {"does not answer", "greet|hang", 2250},
    {"answers too late", "greet|read|wait 2600|say OK\t%\tuser=alice", 2250},
    {"drips", "greet|read|drip OK\t%\tuser=alice" LONG64 LONG64, 2250},
    {"sends 100 KiB without LF", "greet|read|flood 102400|hang", 300},
    {"sends 100 KiB for a greeting", "flood 102400|hang", 300},
    {"greets without end", "say MECH\tX|again", 500},
    {"speaks HTTP", "say HTTP/1.1 400 Bad Request|say |say <html>", 300},
    {"speaks another version", "say VERSION\t2\t0|say DONE|read|say OK\t%\tuser=alice|hang", 300},
    {"answers without a greeting", "read|say OK\t%\tuser=alice", 300},
    {"answers somebody else", "greet|say OK\t77\tuser=alice|hang", 300},
    {"answers before it is asked", "greet|say OK\t2\tuser=alice|hang", 300},
};

START_TEST(test_faults)
{
	struct plugin_app app = plain_app();
	struct plugin_result result;

	login(&app, faults[_i].script, "PLAIN", alice, &result);
	ck_assert_msg(result.code == SASL_UNAVAIL, "%s: code %d", faults[_i].name, result.code);
	ck_assert_str_eq(result.username, "unknown");
	ck_assert_str_eq(result.detail, UNAVAIL);
	ck_assert_msg(result.ms - late <= faults[_i].want_ms_max, "%s: %.0f ms, %.0f late",
		      faults[_i].name, result.ms, late);
	ck_assert_ptr_nonnull(strstr(plugin_app_logged(), "sasl-reason: "));
}
END_TEST

/* The same in the middle of a conversation, and for mechanisms in which the server speaks first. */
START_TEST(test_faults_later)
{
	static const char *const tokens[] = {"", "alice", "right-pw", NULL};
	static const char *const scripts[] = {
	    "greet|hang",
	    "greet|read",
	    "greet|read|say CONT\t%\tVXNlcm5hbWU6|read",
	    "greet|read|say CONT\t%\tVXNlcm5hbWU6|read|raw CONT|hang",
	    "greet|read|say CONT\t%\tVXNlcm5hbWU6\nOK\t%\tuser=alice|hang",
	};
	struct plugin_app app = plain_app();
	struct plugin_result result;

	app.mechs = "LOGIN CRAM-MD5";
	app.exim_like = true;
	login(&app, scripts[_i], "LOGIN", tokens, &result);
	ck_assert_int_eq(result.code, SASL_UNAVAIL);
	ck_assert_str_eq(result.username, "unknown");
	ck_assert_str_eq(result.detail, UNAVAIL);
	ck_assert_msg(result.ms - late < 2250, "%.0f ms, %.0f late", result.ms, late);
}
END_TEST

START_TEST(test_nobody_there)
{
	struct plugin_app app = plain_app();
	struct plugin_result result;
	char path[200];

	plugin_app_open(&app);
	plugin_app_login("PLAIN", alice, &result);
	ck_assert_int_eq(result.code, SASL_UNAVAIL);
	ck_assert_str_eq(result.detail, UNAVAIL);
	ck_assert_ptr_nonnull(strstr(plugin_app_logged(), "No such file"));
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	app.socket = path;
	plugin_app_login("PLAIN", alice, &result);
	ck_assert_int_eq(result.code, SASL_UNAVAIL);
	ck_assert_ptr_nonnull(strstr(plugin_app_logged(), "too long"));
	plugin_app_close();
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("plugin_fault");
	SRunner *runner = srunner_create(suite);
	TCase *tests = tcase_create("faults");
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, test_faults, 0, ROWS(faults));
	tcase_add_loop_test(tests, test_faults_later, 0, 5);
	tcase_add_test(tests, test_nobody_there);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
