/* SPDX-License-Identifier: MIT */
/* The admin commands "lockouts-…": after real failed logins, by names that exist and that do not.
 */
#include <signal.h>

#include "admin_case.h"
#include "valkey_place.h"

#define LIST  "{\"command\":\"lockouts-list\",\"user\":\"%s\"}"
#define CLEAR "{\"command\":\"lockouts-clear\",\"%s\":\"%s\"}"
#define ALL   "{\"command\":\"lockouts-list\"}"

static void fail_logins(const char *user, const char *client, int count)
{
	char password[24];

	for (int i = 0; i < count; i++) {
		snprintf(password, sizeof(password), "wrong-%d", i);
		admin_case_login(user, password, client, NULL);
	}
}

static enum reason try(const char *user, const char *password, const char *client)
{
	struct verdict verdict;

	admin_case_login(user, password, client, &verdict);
	return verdict.outcome == OUTCOME_ALLOW ? REASON_COUNT : verdict.told;
}

/* The row with this scope; null if there is none. */
static const json_t *row_of(const json_t *answer, const char *scope)
{
	const json_t *rows = json_object_get(answer, "lockouts");

	for (size_t i = 0; i < json_array_size(rows); i++)
		if (strcmp(admin_case_at(json_array_get(rows, i), "scope"), scope) == 0)
			return json_array_get(rows, i);
	return NULL;
}

static void list_has(const char *user, const char *want_count)
{
	json_t *answer = admin_case_askf(0, LIST, user);

	ADMIN_CASE_IS(answer, "lockouts", want_count);
	ADMIN_CASE_IS(answer, "omitted", "0");
	json_decref(answer);
}

START_TEST(none)
{
	json_t *answer = admin_case_ask(0, ALL);

	ADMIN_CASE_IS(answer, "lockouts", "[0]");
	ADMIN_CASE_IS(answer, "omitted", "0");
	json_decref(answer);
	list_has("alice", "[0]");
	answer = admin_case_askf(0, CLEAR, "user", "alice");
	ADMIN_CASE_IS(answer, "cleared", "0");
	ADMIN_CASE_IS(answer, "fleet", "(absent)");
	json_decref(answer);
}
END_TEST

/* A name that exists has one row more: its account's. */
static const struct {
	const char *user, *name;
	const char *want_count;
} names[] = {
    {"alice", "alice@example.org", "[3]"},
    {" ALICE@example.org", "alice@example.org", "[3]"},
    {"nobody", "nobody@example.org", "[2]"},
};

START_TEST(counted)
{
	json_t *answer;
	const json_t *row;

	fail_logins(names[_i].user, "192.0.2.1", 2);
	list_has(names[_i].user, names[_i].want_count);
	answer = admin_case_askf(0, LIST, names[_i].user);
	row = row_of(answer, "name-network");
	ck_assert_ptr_nonnull(row);
	ADMIN_CASE_IS(row, "name", names[_i].name);
	ADMIN_CASE_IS(row, "network", "192.0.2.1/32");
	ADMIN_CASE_IS(row, "failures", "2");
	ADMIN_CASE_IS(row, "until", "0");
	row = row_of(answer, "name");
	ck_assert_ptr_nonnull(row);
	ADMIN_CASE_IS(row, "network", "null");
	ck_assert(!row_of(answer, "entry") == (names[_i].want_count[1] == '2'));
	json_decref(answer);
	answer = admin_case_ask(0, ALL);
	ADMIN_CASE_IS(row_of(answer, "network"), "network", "192.0.2.1/32");
	ADMIN_CASE_IS(row_of(answer, "network"), "name", "null");
	json_decref(answer);
}
END_TEST

/* Locked, seen as that, cleared, and not locked any more. */
START_TEST(locked_and_cleared)
{
	const char *user = _i ? "nobody" : "alice";
	enum reason want = _i ? REASON_BAD_CREDENTIALS : REASON_COUNT;
	json_t *answer;

	fail_logins(user, "192.0.2.1", 3);
	fail_logins("bob", "192.0.2.1", 1);
	ck_assert_int_eq(try(user, "right-pw", "192.0.2.1"), REASON_ACCOUNT_LOCKED);
	answer = admin_case_ask(0, ALL);
	/* Locks stand first. */
	ADMIN_CASE_IS(answer, "lockouts.0.scope", "name-network");
	ck_assert_str_ne(admin_case_at(answer, "lockouts.0.until"), "0");
	ADMIN_CASE_IS(answer, "lockouts.1.until", "0");
	json_decref(answer);
	answer = admin_case_askf(0, CLEAR, "user", user);
	ADMIN_CASE_IS(answer, "cleared", _i ? "2" : "3");
	json_decref(answer);
	list_has(user, "[0]");
	list_has("bob", "[3]");
	ck_assert_int_eq(try(user, "right-pw", "192.0.2.1"), want);
}
END_TEST

/* A backend that is down does not stop it, nor that an entry is no name without a default realm. */
START_TEST(cleared_while_down)
{
	json_t *answer;
	char entry[128];

	if (_i)
		admin_case.settings->default_realm = NULL;

	fail_logins("erin@dir.example.org", "192.0.2.1", 2);
	list_has("erin@dir.example.org", "[3]");
	admin_case.entry.down = true;
	list_has("erin@dir.example.org", "[2]");
	answer = admin_case_askf(0, CLEAR, "user", "erin@dir.example.org");
	ADMIN_CASE_IS(answer, "cleared", "2");
	json_decref(answer);
	/* What is counted for the account itself, as the list has it. */
	answer = admin_case_ask(0, ALL);
	ck_assert_ptr_nonnull(row_of(answer, "entry"));
	snprintf(entry, sizeof(entry), "%s", admin_case_at(row_of(answer, "entry"), "name"));
	json_decref(answer);
	answer = admin_case_askf(0, CLEAR, "user", entry);
	ADMIN_CASE_IS(answer, "cleared", "1");
	json_decref(answer);
	answer = admin_case_ask(0, ALL);
	ck_assert_ptr_null(row_of(answer, "entry"));
	json_decref(answer);
}
END_TEST

/* What no backend's label stands before is a name, and needs its domain. */
START_TEST(no_entry)
{
	static const char *const users[] = {"alice", "entriesx:0000-1111", "other:0000-1111",
					    "entries", ":0000-1111"};

	admin_case.settings->default_realm = NULL;
	json_decref(admin_case_askf(64, CLEAR, "user", users[_i]));
}
END_TEST

static const struct {
	const char *client, *network;
	int want;
	const char *want_cleared;
} networks[] = {
    {"192.0.2.1", "192.0.2.1", 0, "1"},		 {"192.0.2.1", "192.0.2.1/32", 0, "1"},
    {"192.0.2.1", "192.0.2.2", 0, "0"},		 {"2001:db8::1", "2001:db8::2", 0, "1"},
    {"2001:db8::1", "2001:db8::/64", 0, "1"},	 {"2001:db8::1", "2001:db8:0:1::/64", 0, "0"},
    {"2001:db8::1", "2001:db8::1/64", 64, NULL}, {"2001:db8::1", "2001:db8::/48", 64, NULL},
};

START_TEST(network_cleared)
{
	json_t *answer;

	fail_logins("alice", networks[_i].client, 2);
	answer = admin_case_askf(networks[_i].want, CLEAR, "network", networks[_i].network);
	if (networks[_i].want_cleared)
		ADMIN_CASE_IS(answer, "cleared", networks[_i].want_cleared);
	json_decref(answer);
	/* The name's own stay. */
	list_has("alice", "[3]");
}
END_TEST

/* What was acknowledged is so for the next process too. */
START_TEST(cleared_for_good)
{
	json_t *answer;

	fail_logins("alice", "192.0.2.1", 3);
	fail_logins("bob", "192.0.2.1", 3);
	json_decref(admin_case_askf(0, CLEAR, "user", "alice"));
	admin_case_restart();
	list_has("alice", "[0]");
	answer = admin_case_askf(0, LIST, "bob");
	ck_assert_str_ne(admin_case_at(row_of(answer, "name-network"), "until"), "0");
	json_decref(answer);
}
END_TEST

/* ---- with other daemons ---- */

static struct valkey_place place;
static struct fleet_settings fleet_settings = {place.uri, "", 250};

static void wait_for_fleet(bool connected)
{
	uint64_t end = uv_hrtime() + UINT64_C(10000000000);
	struct fleet *fleet = ledger_fleet(admin_case.engine->ledger);

	while (fleet_connected(fleet) != connected && uv_hrtime() < end)
		admin_case_turn();
	ck_assert_int_eq(fleet_connected(fleet), connected);
}

static void setup_fleet(void)
{
	valkey_place_init(&place, false, NULL);
	valkey_place_start(&place);
	admin_case_setup();
	admin_case.settings->fleet = &fleet_settings;
	admin_case_restart();
	wait_for_fleet(true);
}

static void teardown_fleet(void)
{
	admin_case_teardown();
	valkey_place_wipe(&place);
}

/* As a daemon that did not refuse her itself: its own counters know nothing. */
static void lose_counters(const char *name, const char *entry)
{
	struct attempts *attempts = ledger_attempts(admin_case.engine->ledger);
	const unsigned char network[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};

	/* The store's answers come in their order: those to the last failure before these. */
	admin_case_login("bob", "wrong", "192.0.2.77", NULL);
	attempts_forget_name(attempts, span_of(name), span_of(entry));
	attempts_forget_network(attempts, network, 128);
}

START_TEST(fleet_cleared)
{
	json_t *answer;

	fail_logins("alice", "192.0.2.1", 3);
	if (_i)
		lose_counters("alice@example.org", "users:=alice@example.org");
	answer = admin_case_askf(0, CLEAR, "user", "alice");
	ADMIN_CASE_IS(answer, "cleared", _i ? "0" : "3");
	ADMIN_CASE_IS(answer, "fleet", "sent");
	ADMIN_CASE_IS(answer, "fleet_cleared", "3");
	json_decref(answer);
	ck_assert_int_eq(try("alice", "right-pw", "192.0.2.1"), REASON_COUNT);
	/* Of the network's own count that login has heard. */
	answer = admin_case_askf(0, CLEAR, "network", "192.0.2.1");
	ADMIN_CASE_IS(answer, "cleared", "1");
	ADMIN_CASE_IS(answer, "fleet_cleared", "1");
	json_decref(answer);
	answer = admin_case_askf(0, CLEAR, "user", "alice");
	ADMIN_CASE_IS(answer, "fleet", "sent");
	ADMIN_CASE_IS(answer, "fleet_cleared", "0");
	json_decref(answer);
}
END_TEST

static void is_lifted_here_only(const char *what, const char *whom, const char *want_cleared)
{
	json_t *answer = admin_case_askf(75, CLEAR, what, whom);

	ADMIN_CASE_IS(answer, "cleared", want_cleared);
	ADMIN_CASE_IS(answer, "fleet", "away");
	ADMIN_CASE_IS(answer, "fleet_cleared", "(absent)");
	ck_assert_ptr_nonnull(strstr(admin_case_at(answer, "error"), "lifted here only"));
	json_decref(answer);
}

/* The store is gone, hangs, or writes nothing: nobody is told that all is well. */
START_TEST(fleet_away)
{
	fail_logins("alice", "192.0.2.1", 3);
	if (_i == 0) {
		valkey_place_kill(&place);
		wait_for_fleet(false);
	} else if (_i == 1) {
		kill(place.pid, SIGSTOP);
	} else {
		valkey_place_say(&place, "REPLICAOF 127.0.0.1 1");
	}
	is_lifted_here_only("user", "alice", "3");
	is_lifted_here_only("network", "192.0.2.1", "1");
	if (_i == 0)
		valkey_place_start(&place);
	else if (_i == 1)
		kill(place.pid, SIGCONT);
	else
		valkey_place_say(&place, "REPLICAOF NO ONE");
	wait_for_fleet(true);
	/* Its counters lock again, as was said; one that hung may have done it in the end. */
	if (_i == 2)
		ck_assert_int_eq(try("alice", "right-pw", "192.0.2.1"), REASON_ACCOUNT_LOCKED);
	json_decref(admin_case_askf(0, CLEAR, "user", "alice"));
	ck_assert_int_eq(try("alice", "right-pw", "192.0.2.1"), REASON_COUNT);
}
END_TEST

/* Thousands: the answer has an end, and says how many it leaves out. */
START_TEST(many)
{
	struct attempts *attempts = ledger_attempts(admin_case.engine->ledger);
	struct attempts_rules rules = {.threshold = 3, .window = 900, .lock = 900};
	int64_t now = time(NULL);
	json_t *answer;
	char name[32];

	for (int i = 0; i < ADMIN_LOCKOUTS_MAX / 2 + 500; i++) {
		struct attempts_who who = {.by_network = true, .bits = 128};

		snprintf(name, sizeof(name), "n%d@example.org", i);
		who.name = span_of(name);
		memcpy(who.network + 10, "\xff\xff\xc0\0\2\1", 6);
		attempts_count(attempts, &who, &rules, SPAN_NONE, now);
	}
	fail_logins("alice", "192.0.2.9", 3);
	answer = admin_case_ask(0, ALL);
	ADMIN_CASE_IS(answer, "lockouts", "[10000]");
	ADMIN_CASE_IS(answer, "lockouts.0.name", "alice@example.org");
	ck_assert_int_gt(json_integer_value(json_object_get(answer, "omitted")), 500);
	json_decref(answer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admin_lockouts");
	TCase *cases = tcase_create("admin_lockouts"), *fleet = tcase_create("fleet");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, admin_case_setup, admin_case_teardown);
	tcase_add_test(cases, none);
	tcase_add_loop_test(cases, counted, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_loop_test(cases, locked_and_cleared, 0, 2);
	tcase_add_loop_test(cases, cleared_while_down, 0, 2);
	tcase_add_loop_test(cases, no_entry, 0, 5);
	tcase_add_loop_test(cases, network_cleared, 0,
			    (int)(sizeof(networks) / sizeof(networks[0])));
	tcase_add_test(cases, cleared_for_good);
	tcase_add_test(cases, many);
	suite_add_tcase(suite, cases);
	if (fleet_supported()) {
		tcase_set_timeout(fleet, 60);
		tcase_add_checked_fixture(fleet, setup_fleet, teardown_fleet);
		tcase_add_loop_test(fleet, fleet_cleared, 0, 2);
		tcase_add_loop_test(fleet, fleet_away, 0, 3);
	}
	suite_add_tcase(suite, fleet);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
