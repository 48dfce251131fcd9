/* SPDX-License-Identifier: MIT */
/* The plugin beside libsasl2's own ones: whichever was loaded first, its mechanisms are used. */
#include "plugin_app.h"
#include "plugin_fake.h"
#include "plugin_peer.h"
#include "plugin_place.h"

#include <check.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct plugin_place place;
static pid_t server;

static void setup(void)
{
	plugin_place_make(&place);
	server = plugin_fake_start_sasl(place.socket);
}

static void teardown(void)
{
	plugin_fake_stop(server);
	plugin_place_remove(&place);
}

static const char *const mechanisms[] = {
    "PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5",
};
#define MECHANISMS ((int)(sizeof(mechanisms) / sizeof(mechanisms[0])))

/* Opens the application with our folder before or behind the stock one, and makes sure of it. */
static void open_in_order(struct plugin_app *app, bool ours_first)
{
	static char folders[1024];
	const char *ours, *theirs;

	snprintf(folders, sizeof(folders), "%s:%s",
		 ours_first ? place.plugins : plugin_peer_stock(),
		 ours_first ? plugin_peer_stock() : place.plugins);
	app->folders = folders;
	app->socket = place.socket;
	app->auxprop = "reason";
	plugin_app_open(app);
	ours = strstr(plugin_app_loaded(), "libreason.so");
	theirs = strstr(plugin_app_loaded(), "libplain.so");
	ck_assert_ptr_nonnull(ours);
	ck_assert_ptr_nonnull(theirs);
	ck_assert_int_eq(ours < theirs, ours_first);
	theirs = strstr(plugin_app_loaded(), "libscram.so");
	ck_assert_ptr_nonnull(theirs);
	ck_assert_int_eq(ours < theirs, ours_first);
}

/* Row: mechanism and load order. The right password logs in, which the stock mechanism could not
 * do here (no auxprop holds one); the wrong one gets our text. */
START_TEST(test_wins)
{
	struct plugin_app app = {.mechs = "PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5"};
	const char *mech = mechanisms[_i / 2];
	struct plugin_result result;

	open_in_order(&app, _i % 2);
	plugin_app_converse(mech, "alice", "right-pw", 9, &result);
	ck_assert_msg(result.code == SASL_OK, "%s: %d %s", mech, result.code, result.detail);
	ck_assert_str_eq(result.username, "alice@example.org");
	plugin_app_converse(mech, "alice", "wrong-pw", 9, &result);
	ck_assert_int_eq(result.code, SASL_BADAUTH);
	ck_assert_str_eq(result.detail,
			 "SASL(-13): authentication failure: 535 5.7.8 " PLUGIN_FAKE_REASON);
	plugin_app_close();
}
END_TEST

/* The same without SASL_SUCCESS_DATA: the last message of SCRAM's server comes as a challenge. */
START_TEST(test_no_success_data)
{
	struct plugin_app app = {.mechs = "PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5",
				 .no_success_data = true};
	const char *mech = mechanisms[_i];
	struct plugin_result result;

	open_in_order(&app, true);
	plugin_app_converse(mech, "alice", "right-pw", 9, &result);
	ck_assert_msg(result.code == SASL_OK, "%s: %d %s", mech, result.code, result.detail);
	ck_assert_str_eq(result.username, "alice@example.org");
	plugin_app_converse(mech, "alice", "wrong-pw", 9, &result);
	ck_assert_int_eq(result.code, SASL_BADAUTH);
	ck_assert_str_eq(result.detail,
			 "SASL(-13): authentication failure: 535 5.7.8 " PLUGIN_FAKE_REASON);
	plugin_app_close();
}
END_TEST

/* reason_mechs: what is not named stays with the stock plugin. */
static const struct {
	const char *name;
	const char *mechs;
	bool want[5]; /* in the order of `mechanisms` */
} offers[] = {
    {"default", NULL, {true, true}},
    {"one", "LOGIN", {false, true}},
    {"lower case, commas", "plain,cram-md5", {true, false, false, false, true}},
    {"unknown ones", "DIGEST-MD5 SCRAM-SHA-512 PLAINER", {false}},
    {"all", "PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5", {true, true, true, true, true}},
};

static unsigned count_word(const char *list, const char *word)
{
	unsigned count = 0;
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			count++;
	return count;
}

START_TEST(test_offers)
{
	struct plugin_app app = {.mechs = offers[_i / 2].mechs};
	struct plugin_result result;
	char alone[512], beside[512];

	open_in_order(&app, _i % 2);
	plugin_app_mechanisms(beside, sizeof(beside));
	plugin_app_close();
	app.folders = place.plugins;
	plugin_app_open(&app);
	plugin_app_mechanisms(alone, sizeof(alone));
	plugin_app_close();
	for (int i = 0; i < MECHANISMS; i++) {
		bool want = offers[_i / 2].want[i];

		ck_assert_msg(count_word(alone, mechanisms[i]) == want, "%s: %s", mechanisms[i],
			      alone);
		ck_assert_msg(count_word(beside, mechanisms[i]) == 1u + want, "%s: %s",
			      mechanisms[i], beside);
	}
	open_in_order(&app, _i % 2);
	plugin_app_converse("CRAM-MD5", "alice", "right-pw", 9, &result);
	ck_assert_int_eq(result.code == SASL_OK, offers[_i / 2].want[4]);
	plugin_app_close();
}
END_TEST

/* Mechanisms of the stock plugins with our auxprop, and without it being named: an existing name
 * and a missing one look alike, and nobody gets in. */
START_TEST(test_auxprop)
{
	static const char *const stock[] = {"PLAIN",	   "LOGIN",	    "CRAM-MD5",
					    "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5"};
	struct plugin_app app = {.mechs = "none"};
	struct plugin_result known, unknown;

	open_in_order(&app, true);
	if (_i % 2)
		app.auxprop = NULL;
	plugin_app_converse(stock[_i / 2], "alice", "right-pw", 9, &known);
	plugin_app_converse(stock[_i / 2], "nobody", "right-pw", 9, &unknown);
	ck_assert_int_ne(known.code, SASL_OK);
	ck_assert_int_ne(known.code, SASL_CONTINUE);
	ck_assert_int_eq(known.code, unknown.code);
	ck_assert_uint_eq(known.steps, unknown.steps);
	if (app.auxprop) /* else sasldb's own text, which holds the name */
		ck_assert_str_eq(known.detail, unknown.detail);
	plugin_app_close();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plugin_order");
	SRunner *runner = srunner_create(suite);
	TCase *tests = tcase_create("order");
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 30);
	suite_add_tcase(suite, tests);
	tcase_add_loop_test(tests, test_wins, 0, 2 * MECHANISMS);
	tcase_add_loop_test(tests, test_no_success_data, 0, MECHANISMS);
	tcase_add_loop_test(tests, test_offers, 0, 2 * (int)(sizeof(offers) / sizeof(offers[0])));
	tcase_add_loop_test(tests, test_auxprop, 0, 12);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
