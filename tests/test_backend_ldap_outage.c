/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_ldap against servers that are down or misbehave: the answer is "down",
 * in time, for everybody, and the server is used again soon after it is back. */
#include <check.h>
#include <ldap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "ldap_case.h"
#include "ldap_fake.h"
#include "slapd_place.h"

#define BASE	   "dc=example,dc=org"
#define LIMIT_MS   500	/* of a connection, and of a question */
#define SLACK_MS   1000 /* a busy machine's; what has no limit would take 60 s */
#define AT_ONCE_MS 400	/* less than any limit */

static struct ldap_fake_entry entries[] = {
    {.dn = "uid=alice," BASE,
     .name = "alice",
     .attributes = {{"uid", "alice"}},
     .right = "right-pw",
     .bad_count = -1,
     .bad_time = -1},
    {.dn = BASE, .attributes = {{"dc", "example"}}, .bad_count = -1, .bad_time = -1},
};
static struct ldap_fake fakes[2];
static struct ldap_case it;
static char secret[32];

static void setup(void)
{
	FILE *file;

	ldap_case_log_open();
	for (size_t i = 0; i < 2; i++) {
		fakes[i] = (struct ldap_fake){.entries = entries, .entry_count = 2};
		ldap_fake_start(&fakes[i]);
	}
	snprintf(secret, sizeof(secret), "/tmp/test_backend_ldap.XXXXXX");
	file = fdopen(mkstemp(secret), "w");
	fputs("service-pw", file);
	fclose(file);
	ldap_case_init(&it, fakes[0].uri, BASE, "cn=service," BASE, NULL);
	it.settings.threads = 1;
	it.settings.connect_timeout_ms = it.settings.timeout_ms = LIMIT_MS;
	it.uris[1] = fakes[1].uri;
	ldap_case_log_forget();
}

static void teardown(void)
{
	ldap_case_close(&it);
	for (size_t i = 0; i < 2; i++)
		ldap_fake_stop(&fakes[i]);
	remove(secret);
}

/* One login, and that it did not take longer. */
static enum backend_found ask(const char *name, int most_ms)
{
	int64_t began = ldap_case_now();
	enum backend_found found = ldap_case_ask(&it, name, "right-pw");
	int64_t took = ldap_case_now() - began;

	ck_assert_msg(took <= most_ms, "%s: %d ms, not %d", name, (int)took, most_ms);
	return found;
}

static void expect_login(const char *name)
{
	ck_assert_int_eq(ldap_case_ask(&it, "alice", "right-pw"), BACKEND_KNOWN);
	ck_assert_msg(it.record.proof == PROOF_CURRENT, "%s", name);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", "wrong"), BACKEND_KNOWN);
	ck_assert_msg(it.record.proof == PROOF_NONE, "%s", name);
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", "wrong"), BACKEND_UNKNOWN);
}

/* Until alice can log in again; within 5 s. */
static void expect_recovery(const char *name)
{
	int64_t began = ldap_case_now();

	while (ldap_case_ask(&it, "alice", "right-pw") != BACKEND_KNOWN) {
		ck_assert_msg(ldap_case_now() - began < 5000, "%s", name);
		ldap_case_sleep(20);
	}
	expect_login(name);
}

static const struct {
	const char *name;
	enum ldap_fake_mode mode;
	int code;
	int want_ms;	/* at most, without the slack */
	bool want_open; /* the breaker: the next ones are answered at once */
} rows[] = {
    {"silent", LDAP_FAKE_SILENT, 0, LIMIT_MS, true},
    {"drips", LDAP_FAKE_DRIP, 0, LIMIT_MS, true},
    {"hangs within an answer", LDAP_FAKE_HANG, 0, LIMIT_MS, true},
    {"cuts within an answer", LDAP_FAKE_HALF, 0, 0, false},
    {"shuts", LDAP_FAKE_SHUT, 0, 0, false},
    {"speaks something else", LDAP_FAKE_GARBAGE, 0, LIMIT_MS, false},
    {"busy for searches", LDAP_FAKE_SEARCH, LDAP_BUSY, 0, false},
    {"unavailable for searches", LDAP_FAKE_SEARCH, LDAP_UNAVAILABLE, 0, false},
    {"unwilling to search", LDAP_FAKE_SEARCH, LDAP_UNWILLING_TO_PERFORM, 0, false},
    {"time limit", LDAP_FAKE_SEARCH, LDAP_TIMELIMIT_EXCEEDED, 0, false},
    {"an unknown code for searches", LDAP_FAKE_SEARCH, 4711, 0, false},
    {"busy for binds", LDAP_FAKE_BIND, LDAP_BUSY, 0, false},
    {"unavailable for binds", LDAP_FAKE_BIND, LDAP_UNAVAILABLE, 0, false},
    {"unwilling to bind anybody", LDAP_FAKE_BIND, LDAP_UNWILLING_TO_PERFORM, 0, false},
    {"an unknown code for binds", LDAP_FAKE_BIND, 4711, 0, false},
    {"wants TLS", LDAP_FAKE_BIND, LDAP_CONFIDENTIALITY_REQUIRED, 0, false},
};

static void expect_down(size_t row)
{
	int64_t began;

	for (int i = 0; i < 2; i++)
		ck_assert_msg(ask(i ? "nobody" : "alice", rows[row].want_ms + SLACK_MS) ==
				  BACKEND_DOWN,
			      "%s", rows[row].name);
	if (!rows[row].want_open)
		return;
	began = ldap_case_now();
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(ask("alice", rows[row].want_ms + SLACK_MS), BACKEND_DOWN);
	ck_assert_msg(ldap_case_now() - began < SLACK_MS, "%s", rows[row].name);
}

/* From the first question on, and again when it has worked before. */
START_TEST(test_misbehaves)
{
	struct ldap_fake *fake = &fakes[0];
	const char *name = rows[_i].name;

	fake->code = rows[_i].code;
	fake->mode = rows[_i].mode;
	expect_down((size_t)_i);
	fake->mode = LDAP_FAKE_FINE;
	expect_recovery(name);
	ck_assert_msg(ldap_case_logged(" backend=lab uri=ldap://") == 2, "%s: %d lines", name,
		      ldap_case_logged(" backend=lab uri=ldap://"));
	ck_assert_int_eq(ldap_case_logged("the directory answers again"), 1);
	fake->mode = rows[_i].mode;
	expect_down((size_t)_i);
	fake->mode = LDAP_FAKE_FINE;
	expect_recovery(name);
	/* A second outage within 10 s is not told. */
	ck_assert_int_eq(ldap_case_logged(" backend=lab uri=ldap://"), 2);
}
END_TEST

/* A breaker that is open asks now and then, however many log in. */
START_TEST(test_quiet_breaker)
{
	int before;

	fakes[0].mode = LDAP_FAKE_SHUT;
	ask("alice", SLACK_MS);
	ask("alice", SLACK_MS);
	before = fakes[0].connections;
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(ask("alice", AT_ONCE_MS), BACKEND_DOWN);
		ldap_case_sleep(20);
	}
	ck_assert_int_ge(fakes[0].connections, before + 2);
	ck_assert_int_le(fakes[0].connections, before + 8);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 1);
}
END_TEST

START_TEST(test_refuses_and_returns)
{
	int port = fakes[0].port;

	ldap_case_open(&it);
	expect_login("before");
	ldap_fake_stop(&fakes[0]);
	ck_assert_int_eq(ask("alice", SLACK_MS), BACKEND_DOWN);
	ck_assert_int_eq(ask("nobody", SLACK_MS), BACKEND_DOWN);
	ldap_case_sleep(1500);
	ck_assert_int_eq(ask("nobody", AT_ONCE_MS), BACKEND_DOWN);
	fakes[0].port = port;
	ldap_fake_start(&fakes[0]);
	expect_recovery("refused");
	ck_assert_int_eq(ldap_case_logged("cannot connect"), 1);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 2);
}
END_TEST

/* A closed connection is no outage, and is not asked a second time in vain. */
START_TEST(test_closed_connections)
{
	fakes[0].mode = _i ? LDAP_FAKE_NOTICE : LDAP_FAKE_ONCE;
	for (int i = 0; i < 20; i++) {
		expect_login("closed");
		ldap_case_sleep(i % 3);
	}
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
	ck_assert_int_eq(fakes[0].searches, 60);
	ck_assert_int_eq(fakes[0].binds, 60);
}
END_TEST

static const struct {
	const char *name;
	enum ldap_fake_mode mode;
	int code;
	int first_ms; /* what the first login may take */
} failovers[] = {
    {"silent", LDAP_FAKE_SILENT, 0, LIMIT_MS},
    {"drips", LDAP_FAKE_DRIP, 0, LIMIT_MS},
    {"cuts", LDAP_FAKE_HALF, 0, 0},
    {"shuts", LDAP_FAKE_SHUT, 0, 0},
    {"busy", LDAP_FAKE_SEARCH, LDAP_BUSY, 0},
    {"busy for binds", LDAP_FAKE_BIND, LDAP_BUSY, 0},
};

START_TEST(test_failover)
{
	const char *name = failovers[_i].name;
	int64_t began;
	int asked;

	it.settings.uri_count = 2;
	fakes[0].mode = failovers[_i].mode;
	fakes[0].code = failovers[_i].code;
	ck_assert_int_eq(ask("alice", failovers[_i].first_ms + SLACK_MS), BACKEND_KNOWN);
	ck_assert_int_eq(it.record.proof, PROOF_CURRENT);
	ck_assert_int_eq(ask("nobody", SLACK_MS), BACKEND_UNKNOWN);
	ck_assert_int_eq(ask("alice", SLACK_MS), BACKEND_KNOWN);
	ck_assert_int_eq(fakes[1].searches, 3);
	/* Back to the first when it is. */
	fakes[0].mode = LDAP_FAKE_FINE;
	began = ldap_case_now();
	do {
		ck_assert_msg(ldap_case_now() - began < 5000, "%s", name);
		asked = fakes[1].searches;
		expect_login(name);
		ldap_case_sleep(20);
	} while (fakes[1].searches != asked);
	asked = fakes[1].searches;
	expect_login(name);
	ck_assert_int_eq(fakes[1].searches, asked);
	ck_assert_int_ge(fakes[0].most, 1);
	ck_assert_int_le(fakes[0].most, 3);
}
END_TEST

START_TEST(test_both_dead)
{
	it.settings.uri_count = 2;
	fakes[0].mode = fakes[1].mode = LDAP_FAKE_SILENT;
	ck_assert_int_eq(ask("alice", 2 * LIMIT_MS + SLACK_MS), BACKEND_DOWN);
	ck_assert_int_eq(ask("alice", AT_ONCE_MS), BACKEND_DOWN);
	fakes[1].mode = LDAP_FAKE_FINE;
	expect_recovery("the second");
	fakes[0].mode = LDAP_FAKE_FINE;
	expect_recovery("the first");
}
END_TEST

/* All servers together get no more than total_timeout, and the last is not blamed for the rest of
 * it. */
START_TEST(test_total_time)
{
	it.settings.uri_count = 2;
	it.settings.total_timeout_ms = LIMIT_MS + 200;
	fakes[0].mode = fakes[1].mode = LDAP_FAKE_SILENT;
	ck_assert_int_eq(ask("alice", LIMIT_MS + 200 + SLACK_MS), BACKEND_DOWN);
	fakes[1].mode = LDAP_FAKE_FINE;
	ck_assert_int_eq(ask("alice", SLACK_MS), BACKEND_KNOWN);
}
END_TEST

/* TLS that never comes about: the handshake is within the time limit too. */
START_TEST(test_no_tls)
{
	static const enum ldap_fake_mode modes[] = {LDAP_FAKE_SILENT, LDAP_FAKE_GARBAGE,
						    LDAP_FAKE_FINE, LDAP_FAKE_DRIP};
	char uri[64];
	bool starttls = _i >= 4;

	snprintf(uri, sizeof(uri), "%s://127.0.0.1:%d", starttls ? "ldap" : "ldaps", fakes[0].port);
	it.uris[0] = uri;
	it.settings.starttls = starttls;
	it.settings.bind_dn = "cn=service," BASE;
	it.settings.bind_password_file = secret;
	fakes[0].mode = modes[_i % 4];
	ck_assert_int_eq(ask("alice", LIMIT_MS + SLACK_MS), BACKEND_DOWN);
	ck_assert_int_eq(ask("alice", LIMIT_MS + SLACK_MS), BACKEND_DOWN);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 1);
	if (!starttls && (modes[_i % 4] == LDAP_FAKE_SILENT || modes[_i % 4] == LDAP_FAKE_DRIP))
		ck_assert_int_eq(ldap_case_logged("no TLS in time"), 1);
	ck_assert_int_eq(fakes[0].binds, 0);
}
END_TEST

/* The account alone is odd: answered as an unknown name, while others log in. */
START_TEST(test_odd_account)
{
	fakes[0].mode = LDAP_FAKE_ACCOUNT;
	fakes[0].code = 4711;
	fakes[0].text = "what is this";
	ck_assert_int_eq(ask("alice", SLACK_MS), BACKEND_KNOWN);
	ck_assert(it.record.account.defect);
	ck_assert_int_eq(it.record.proof, PROOF_NONE);
	ck_assert_int_eq(ldap_case_logged("diagnostic=\"what is this\""), 1);
	ck_assert_int_eq(ask("nobody", SLACK_MS), BACKEND_UNKNOWN);
}
END_TEST

/* A code that says "not now" to this account alone, again and again, while others are judged: 454
 * would tell that the name exists. */
START_TEST(test_odd_retry)
{
	fakes[0].mode = LDAP_FAKE_ACCOUNT;
	fakes[0].code = LDAP_UNAVAILABLE;
	ck_assert_int_eq(ask("alice", SLACK_MS), BACKEND_KNOWN);
	ck_assert(it.record.account.defect);
	ck_assert_int_eq(it.record.proof, PROOF_NONE);
	ck_assert_int_eq(fakes[0].binds, 4);
	ck_assert_int_eq(ask("nobody", SLACK_MS), BACKEND_UNKNOWN);
}
END_TEST

/* A server that lets everybody in proves nothing. */
START_TEST(test_open_server)
{
	fakes[0].mode = LDAP_FAKE_OPEN;
	ck_assert_int_eq(ask("nobody", SLACK_MS), BACKEND_DOWN);
	ck_assert_int_eq(ldap_case_logged("is not refused as such"), 1);
}
END_TEST

/* The real one, stopped and continued. */
START_TEST(test_stopped_slapd)
{
	struct slapd_place place;

	slapd_place_make(&place, "dn: uid=alice," SLAPD_PLACE_PEOPLE
				 "\nobjectClass: inetOrgPerson\nuid: alice\ncn: x\nsn: x\n"
				 "userPassword: right-pw\n");
	slapd_place_start(&place, "good");
	ldap_case_init(&it, _i ? place.tls : place.plain, SLAPD_PLACE_PEOPLE, SLAPD_PLACE_SERVICE,
		       place.secret);
	it.settings.tls_ca_file = place.ca;
	it.settings.connect_timeout_ms = it.settings.timeout_ms = LIMIT_MS;
	expect_login("before");
	kill(place.pid, SIGSTOP);
	waitpid(place.pid, NULL, WUNTRACED);
	ck_assert_int_eq(ask("alice", LIMIT_MS + SLACK_MS), BACKEND_DOWN);
	ldap_case_sleep(1000);
	ck_assert_int_eq(ask("nobody", AT_ONCE_MS), BACKEND_DOWN);
	kill(place.pid, SIGCONT);
	expect_recovery("continued");
	slapd_place_stop(&place);
	ck_assert_int_eq(ask("alice", SLACK_MS), BACKEND_DOWN);
	ck_assert_int_eq(ask("nobody", SLACK_MS), BACKEND_DOWN);
	slapd_place_start(&place, "good");
	expect_recovery("restarted");
	ldap_case_close(&it);
	slapd_place_remove(&place);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("backend_ldap_outage");
	TCase *tcase = tcase_create("outages");
	SRunner *runner;
	int failed;

	if (!slapd_place_possible())
		return 77; /* automake: skipped */
	runner = srunner_create(suite);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, test_misbehaves, 0, COUNT(rows));
	tcase_add_test(tcase, test_quiet_breaker);
	tcase_add_test(tcase, test_refuses_and_returns);
	tcase_add_loop_test(tcase, test_closed_connections, 0, 2);
	tcase_add_loop_test(tcase, test_failover, 0, COUNT(failovers));
	tcase_add_test(tcase, test_both_dead);
	tcase_add_test(tcase, test_total_time);
	tcase_add_loop_test(tcase, test_no_tls, 0, 8);
	tcase_add_test(tcase, test_odd_account);
	tcase_add_test(tcase, test_odd_retry);
	tcase_add_test(tcase, test_open_server);
	tcase_add_loop_test(tcase, test_stopped_slapd, 0, 2);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
