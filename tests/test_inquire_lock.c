/* SPDX-License-Identifier: MIT */
/* Our own locks through a whole engine: who is counted, who is locked, and that all names are
 * alike. */
#include "engine/inquire_lock.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/ledger.h"
#include "engine_place.h"

#define HERE  "192.0.2.1"
#define THERE "198.51.100.1"
#define RULES                                                                                      \
	"lock_threshold = 3\nlock_network_threshold = 0\nlock_delay = 0\napp_passwords = yes\n"

/* Of "right". */
#define SLOW_HASH                                                                                  \
	"$6$rounds=1000$abcdefgh$I84hbD0J7Jmo4sU9lTz8m9rfHdqr2VWqu9ekV6OoZIYKOQE5DVzhYkbyGHOzzK51" \
	"UO2h54cIPrULnl5mNQFZP0"

static const char accounts[] =
    "alice:{PLAIN}right\n"
    "locked:{PLAIN}right::::::locked\n"
    "appreq:{PLAIN}right::::::app_password_required "
    "app_password=phone,{PLAIN}abcdefghijklmnop\n"
    "stale:{PLAIN}right::::::password_changed=2026-01-01 previous=2026-01-01,{PLAIN}older\n"
    "broken:{NO-SUCH}x\n"
    "slow:{CRYPT}" SLOW_HASH "\n"
    "chosen:{PLAIN}right::::::app_password=phone,{PLAIN}summer2026\n"
    "hashed:{PLAIN}main::::::app_password=phone,{CRYPT}" SLOW_HASH "\n"
    "sales:{PLAIN}right::::::user=boss@example.org id=7\n"
    "boss:{PLAIN}right::::::user=boss@example.org id=7 "
    "app_password=phone,{PLAIN}abcdefghijklmnop\n";

static struct engine_place place;

static void open_with(const char *realm, const char *top)
{
	engine_place_open(&place, accounts, realm, top);
}

static struct engine_place_answer login(const char *name, const char *password, const char *client)
{
	return engine_place_login(&place, name, password, client, NULL);
}

/* `count` wrong passwords, each another one. */
static void guess(const char *name, int count, const char *client)
{
	static int serial;
	char password[32];

	for (int i = 0; i < count; i++) {
		snprintf(password, sizeof(password), "wrong-%d", serial++);
		ck_assert_int_eq(login(name, password, client).verdict.outcome, OUTCOME_REFUSE);
	}
}

static bool is_locked(const char *name, const char *client)
{
	return login(name, "right", client).verdict.told == REASON_ACCOUNT_LOCKED;
}

static void on_old(void *owner)
{
	(void)owner;
}

/* Known or not, in whatever state: three guesses lock, for this network alone, and the right
 * password gets what a wrong one gets. */
static const char *const names[] = {"alice", "nobody-here", "locked", "appreq", "broken"};

START_TEST(test_alike)
{
	struct engine_place_answer right, wrong, other;

	open_with(RULES, "");
	guess(names[_i], 3, HERE);
	right = login(names[_i], "right", HERE);
	wrong = login(names[_i], "something", HERE);
	ck_assert_int_eq(right.verdict.told, REASON_ACCOUNT_LOCKED);
	ck_assert_str_eq(right.text, wrong.text);
	ck_assert_ptr_nonnull(strstr(right.text, "left: 15."));
	other = login(names[_i], "something", THERE);
	ck_assert_int_eq(other.verdict.told, REASON_BAD_CREDENTIALS);
	engine_place_close(&place);
}
END_TEST

/* Step by step the same replies for a name that there is and one that there is not. */
START_TEST(test_steps)
{
	char password[16];

	open_with(RULES, "");
	for (int i = 0; i < 12; i++) {
		struct engine_place_answer known, unknown;

		snprintf(password, sizeof(password), "guess-%d", i);
		known = login("alice", password, HERE);
		unknown = login("nobody-here", password, HERE);
		ck_assert_str_eq(known.text, unknown.text);
		ck_assert_int_eq(known.verdict.told,
				 i < 3 ? REASON_BAD_CREDENTIALS : REASON_ACCOUNT_LOCKED);
	}
	engine_place_close(&place);
}
END_TEST

/* What does not count: {name, password, told}. */
static const struct {
	const char *name, *password;
	enum reason told;
} uncounted[] = {
    {"stale", "older", REASON_PASSWORD_CHANGED},
    {"appreq", "right", REASON_APP_REQUIRED},
    {"alice", "the same wrong one", REASON_BAD_CREDENTIALS},
    {"nobody-here", "the same wrong one", REASON_BAD_CREDENTIALS},
    {"locked", "right", REASON_BAD_CREDENTIALS},
};

START_TEST(test_uncounted)
{
	open_with(RULES "previous_days = 365\n", "");
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(
		    login(uncounted[_i].name, uncounted[_i].password, HERE).verdict.told,
		    uncounted[_i].told);
	engine_place_close(&place);
}
END_TEST

/* A lock by name, from wherever: only an app password gets past it. */
START_TEST(test_by_name)
{
	char client[32];

	open_with(RULES, "");
	for (int i = 0; i < 15; i++) {
		snprintf(client, sizeof(client), "203.0.113.%d", i + 1);
		guess("appreq", 2, client);
	}
	ck_assert_int_eq(login("appreq", "right", THERE).verdict.told, REASON_ACCOUNT_LOCKED);
	ck_assert_int_eq(login("appreq", "abcd efgh ijkl mnop", THERE).verdict.outcome,
			 OUTCOME_ALLOW);
	ck_assert_int_eq(login("appreq", "abcd efgh ijkl mnoq", THERE).verdict.told,
			 REASON_ACCOUNT_LOCKED);
	engine_place_close(&place);
}
END_TEST

/* So many from anywhere that the name is locked. */
static void lock_name(const char *name)
{
	char client[32];

	for (int i = 0; i < 15; i++) {
		snprintf(client, sizeof(client), "203.0.113.%d", i + 1);
		guess(name, 2, client);
	}
}

/* An app password that an administrator chose could be guessed: under a lock of the name it gets
 * what anything else does, and nobody is looked up for it. */
START_TEST(test_chosen)
{
	static const char *const passwords[] = {"summer2026", "right", "winter2026"};
	struct engine_place_answer answers[3];

	open_with(RULES, "");
	ck_assert_int_eq(login("chosen", "summer2026", HERE).verdict.outcome, OUTCOME_ALLOW);
	lock_name("chosen");
	lock_name("nobody-here");
	for (int i = 0; i < 3; i++) {
		answers[i] = login("chosen", passwords[i], THERE);
		ck_assert_int_eq(answers[i].verdict.told, REASON_ACCOUNT_LOCKED);
		ck_assert_str_eq(answers[i].text, answers[0].text);
		ck_assert_str_eq(answers[i].text, login("nobody-here", passwords[i], THERE).text);
	}
	engine_place_close(&place);
}
END_TEST

/* The same under the account's own lock. */
START_TEST(test_chosen_silent)
{
	struct attempts_who who = {.entry = span_of("users:=chosen@example.org")};
	struct engine_place_answer answer;
	struct inquiry *inquiry;
	bool told;

	open_with(RULES, "");
	for (int i = 0; i < 30; i++)
		attempts_count(ledger_attempts(place.engine->ledger), &who,
			       &place.settings->realms[0].rules, SPAN_NONE, time(NULL));
	inquiry = engine_place_begin(&place, "chosen", "summer2026", HERE, NULL, &told);
	ck_assert_int_eq(inquiry->proved.evidence.proof, PROOF_NONE);
	answer = engine_place_end(&place, &inquiry, &told);
	ck_assert_int_eq(answer.verdict.told, REASON_BAD_CREDENTIALS);
	ck_assert_int_eq(answer.verdict.cause, REASON_ACCOUNT_LOCKED);
	engine_place_close(&place);
}
END_TEST

/* A login clears what its own network did. */
START_TEST(test_cleared)
{
	open_with(RULES, "");
	guess("alice", 2, HERE);
	guess("alice", 2, THERE);
	ck_assert_int_eq(login("alice", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
	guess("alice", 2, HERE);
	ck_assert(!is_locked("alice", HERE));
	guess("alice", 1, THERE);
	ck_assert(is_locked("alice", THERE));
	ck_assert(!is_locked("alice", HERE));
	engine_place_close(&place);
}
END_TEST

/* Guesses that threads hash at the same time do not get past the threshold together: of one network
 * and at a main password, of many networks and at an app password that could be guessed. */
static const struct {
	const char *name;
	bool many;
	int want;
} bursts[] = {{"slow", false, 3}, {"slow", true, 30}, {"hashed", true, 30}};

START_TEST(test_burst)
{
	struct inquiry *inquiries[40];
	bool told[40];
	int answered = 0;

	open_with(RULES, "");
	for (int i = 0; i < 40; i++) {
		char password[16], client[32];

		snprintf(password, sizeof(password), i < 39 ? "guess%d" : "right", i);
		snprintf(client, sizeof(client), "203.0.113.%d", bursts[_i].many ? i + 1 : 0);
		inquiries[i] =
		    engine_place_begin(&place, bursts[_i].name, password, client, NULL, &told[i]);
	}
	for (int i = 0; i < 40; i++) {
		struct engine_place_answer answer =
		    engine_place_end(&place, &inquiries[i], &told[i]);

		answered += answer.verdict.told != REASON_ACCOUNT_LOCKED;
		ck_assert_int_eq(answer.verdict.outcome, OUTCOME_REFUSE);
	}
	ck_assert_int_eq(answered, bursts[_i].want);
	engine_place_close(&place);
}
END_TEST

/* Aliases of one account: beyond ten times the threshold nobody learns anything by another name. */
START_TEST(test_aliases)
{
	char client[32];

	open_with(RULES, "");
	for (int i = 0; i < 15; i++) {
		snprintf(client, sizeof(client), "203.0.113.%d", i + 1);
		guess("boss", 1, client);
		guess("sales", 1, client);
	}
	ck_assert_int_eq(login("boss", "right", THERE).verdict.told, REASON_BAD_CREDENTIALS);
	ck_assert_int_eq(login("sales", "right", THERE).verdict.told, REASON_BAD_CREDENTIALS);
	ck_assert_int_eq(login("sales", "right", THERE).verdict.cause, REASON_ACCOUNT_LOCKED);
	ck_assert_int_eq(login("boss", "abcd efgh ijkl mnop", THERE).verdict.outcome,
			 OUTCOME_ALLOW);
	engine_place_close(&place);
}
END_TEST

/* By network alone, with its own threshold. */
START_TEST(test_network)
{
	open_with("lock_threshold = 0\nlock_network_threshold = 4\nlock_delay = 0\n",
		  "shared_networks = 198.51.100.0/24");
	guess("a", 1, HERE);
	guess("b", 1, HERE);
	guess("c", 1, HERE);
	ck_assert_int_eq(login("alice", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
	guess("d", 1, HERE);
	ck_assert_int_eq(login("alice", "right", HERE).verdict.told, REASON_TOO_MANY_ATTEMPTS);
	ck_assert_int_eq(login("alice", "right", "192.0.2.2").verdict.outcome, OUTCOME_ALLOW);
	guess("a", 9, THERE);
	ck_assert_int_eq(login("alice", "right", THERE).verdict.outcome, OUTCOME_ALLOW);
	engine_place_close(&place);
}
END_TEST

/* Which addresses are one network. */
static const struct {
	const char *guesser, *other;
	bool want;
} neighbours[] = {
    {"192.0.2.1", "192.0.2.200", true},
    {"192.0.2.1", "192.0.3.1", false},
    {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
    {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
};

START_TEST(test_neighbours)
{
	open_with(RULES, "lock_ipv4_bits = 24");
	guess("alice", 3, neighbours[_i].guesser);
	ck_assert(is_locked("alice", neighbours[_i].guesser));
	ck_assert_int_eq(is_locked("alice", neighbours[_i].other), neighbours[_i].want);
	engine_place_close(&place);
}
END_TEST

#define PROXY	"10.0.0.5"
#define WEBMAIL "10.0.0.7"

/* Whom a forwarder's attempts count for. */
static const struct {
	const char *name;
	const char *client, *forwarder; /* of the guesses */
	const char *victim, *by;	/* locked then, coming from there? */
	bool want;
} forwarded[] = {
    {"trusted, another client", HERE, PROXY, THERE, PROXY, false},
    {"trusted, the same client", HERE, PROXY, HERE, PROXY, true},
    {"trusted, the client comes itself", HERE, PROXY, HERE, NULL, true},
    {"anybody who says so", HERE, "10.0.0.6", HERE, NULL, false},
    {"anybody, whatever client he says", HERE, "10.0.0.6", THERE, "10.0.0.6", true},
    {"trusted, names nobody", PROXY, NULL, PROXY, NULL, false},
    {"trusted, for another that names nobody", WEBMAIL, PROXY, WEBMAIL, PROXY, false},
    {"trusted, for itself", PROXY, PROXY, PROXY, PROXY, false},
    {"no address", NULL, NULL, NULL, NULL, false},
};

START_TEST(test_forwarded)
{
	char password[16];
	enum reason told;

	open_with(RULES, "trusted_forwarders = {" PROXY ", " WEBMAIL "}");
	for (int i = 0; i < 3; i++) {
		snprintf(password, sizeof(password), "guess-%d", i);
		engine_place_login(&place, "alice", password, forwarded[_i].client,
				   forwarded[_i].forwarder);
	}
	told = engine_place_login(&place, "alice", "wrong", forwarded[_i].victim, forwarded[_i].by)
		   .verdict.told;
	ck_assert_msg(told == (forwarded[_i].want ? REASON_ACCOUNT_LOCKED : REASON_BAD_CREDENTIALS),
		      "%s", forwarded[_i].name);
	engine_place_close(&place);
}
END_TEST

/* Failures by webmail without its client's address are everybody's: no login takes them off. */
START_TEST(test_forwarded_login)
{
	open_with("lock_threshold = 20\nlock_delay = 250ms\n", "trusted_forwarders = " WEBMAIL);
	guess("alice", 3, WEBMAIL);
	ck_assert_int_eq(login("alice", "right", WEBMAIL).verdict.outcome, OUTCOME_ALLOW);
	ck_assert_uint_ge(login("alice", "wrong", WEBMAIL).ms, 250);
	engine_place_close(&place);
}
END_TEST

/* Neither counted nor refused. */
START_TEST(test_exempt)
{
	open_with(RULES, "exempt_networks = " THERE);
	guess("alice", 50, THERE);
	ck_assert(!is_locked("alice", HERE));
	guess("alice", 3, HERE);
	ck_assert(is_locked("alice", HERE));
	ck_assert(!is_locked("alice", THERE));
	engine_place_close(&place);
}
END_TEST

START_TEST(test_observed)
{
	open_with(RULES "observe = yes\n", "");
	guess("alice", 10, HERE);
	ck_assert_int_eq(login("alice", "right", HERE).verdict.outcome, OUTCOME_ALLOW);
	engine_place_close(&place);
}
END_TEST

/* Nor is anybody kept waiting. */
START_TEST(test_observed_delay)
{
	open_with("observe = yes\nlock_threshold = 20\nlock_delay = 5s\n", "");
	guess("alice", 7, HERE);
	ck_assert_uint_lt(login("alice", "wrong", HERE).ms, 500);
	engine_place_close(&place);
}
END_TEST

/* Where nobody is told anything, the right password of a barred account waits as a wrong one. */
START_TEST(test_silent_delay)
{
	open_with("disclose = never\nlock_threshold = 20\nlock_delay = 250ms\n", "");
	guess("appreq", 4, HERE);
	ck_assert_uint_ge(login("appreq", "right", HERE).ms, 250);
	engine_place_close(&place);
}
END_TEST

/* A conversation that has begun before a lock does not end it. */
START_TEST(test_old_conversation)
{
	struct inquire_request request = {.engine = NULL};
	struct inquiry *old;

	open_with("lock_threshold = 3\nlock_time = 10s\nlock_delay = 0\n", "");
	request = (struct inquire_request){.engine = place.engine,
					   .mech = MECH_LOGIN,
					   .mech_offered = true,
					   .client = span_of(HERE)};
	old = inquire_open(&request, on_old, NULL);
	ck_assert(!inquire_name(old, span_of("alice"), SPAN_NONE));
	/* It has waited for longer than a lock takes. */
	old->attempt.now -= 300;
	guess("alice", 3, HERE);
	inquire_restart(old);
	inquire_password(old, span_of("wrong"));
	ck_assert_int_eq(inquire_verdict(old)->told, REASON_ACCOUNT_LOCKED);
	ck_assert(is_locked("alice", HERE));
	inquire_close(&old);
	engine_place_close(&place);
}
END_TEST

/* A new worker knows what the old one did. */
START_TEST(test_restart)
{
	open_with(RULES, "");
	guess("alice", 3, HERE);
	guess("nobody-here", 2, HERE);
	engine_place_restart(&place);
	ck_assert(is_locked("alice", HERE));
	guess("nobody-here", 1, HERE);
	ck_assert(is_locked("nobody-here", HERE));
	engine_place_close(&place);
}
END_TEST

/* Each counted failure doubles the next refusal's delay; the same for both kinds of names. */
START_TEST(test_delay)
{
	static const char *const both[] = {"alice", "nobody-here"};
	static const uint64_t least[] = {0, 100, 200, 250, 250};
	char password[16];

	open_with("lock_threshold = 20\nlock_delay = 250ms\n", "");
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 2; k++) {
			uint64_t ms;

			snprintf(password, sizeof(password), "guess-%d", i);
			ms = login(both[k], password, HERE).ms;
			ck_assert_uint_ge(ms, least[i]);
			ck_assert_msg(i != 0 || ms < 100, "the first one is not delayed");
		}
	}
	ck_assert_uint_lt(login("alice", "right", HERE).ms, 100);
	engine_place_close(&place);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("inquire_lock");
	TCase *cases = tcase_create("inquire_lock");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(cases, 10);
	tcase_add_loop_test(cases, test_alike, 0, ROWS(names));
	tcase_add_test(cases, test_steps);
	tcase_add_loop_test(cases, test_uncounted, 0, ROWS(uncounted));
	tcase_add_test(cases, test_by_name);
	tcase_add_test(cases, test_chosen);
	tcase_add_test(cases, test_chosen_silent);
	tcase_add_test(cases, test_cleared);
	tcase_add_loop_test(cases, test_burst, 0, ROWS(bursts));
	tcase_add_test(cases, test_aliases);
	tcase_add_test(cases, test_network);
	tcase_add_loop_test(cases, test_neighbours, 0, ROWS(neighbours));
	tcase_add_loop_test(cases, test_forwarded, 0, ROWS(forwarded));
	tcase_add_test(cases, test_forwarded_login);
	tcase_add_test(cases, test_exempt);
	tcase_add_test(cases, test_observed);
	tcase_add_test(cases, test_observed_delay);
	tcase_add_test(cases, test_silent_delay);
	tcase_add_test(cases, test_old_conversation);
	tcase_add_test(cases, test_restart);
	tcase_add_test(cases, test_delay);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
