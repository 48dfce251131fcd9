/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_ldap's health(), with ldap_certificate: whether a directory is up, until
 * when its certificate is good and that this is said in time, after how many failures it locks; and
 * of the file with the service's password. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend/ldap_certificate.h"
#include "ldap_case.h"
#include "slapd_place.h"

#define DAY	     INT64_C(86400)
#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define SOON	     "the certificate of the server ends soon"

static const char accounts[] =
    "dn: cn=alice," SLAPD_PLACE_PEOPLE "\nobjectClass: inetOrgPerson\ncn: alice\nsn: x\n"
    "uid: alice\nuserPassword: " SLAPD_PLACE_RIGHT "\n\n"
    "dn: cn=off," SLAPD_PLACE_SUFFIX "\nobjectClass: device\nobjectClass: pwdPolicy\ncn: off\n"
    "pwdAttribute: userPassword\npwdLockout: FALSE\npwdMaxFailure: 5\n\n";

static struct slapd_place place;
static struct ldap_case it;

static void setup(void)
{
	ldap_case_log_open();
	slapd_place_make(&place, accounts);
	ldap_case_init(&it, place.plain, SLAPD_PLACE_PEOPLE, SLAPD_PLACE_SERVICE, place.secret);
	it.settings.policy_dn = "cn=default," SLAPD_PLACE_SUFFIX;
	it.settings.connect_timeout_ms = it.settings.timeout_ms = 20000;
	it.settings.total_timeout_ms = 60000;
	ldap_case_log_forget();
}

static void teardown(void)
{
	ldap_case_close(&it);
	slapd_place_remove(&place);
}

static struct backend_health health(void)
{
	struct backend_health health = {CANNOT_TELL, 0, 0};

	it.backend->type->health(it.backend, &health);
	return health;
}

START_TEST(test_up_and_down)
{
	int64_t began = ldap_case_now();

	slapd_place_start(&place, "good");
	ldap_case_open(&it);
	ck_assert_int_eq(health().up, CANNOT_TELL);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_int_eq(health().up, YES);
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", "wrong"), BACKEND_UNKNOWN);
	ck_assert_int_eq(health().up, YES);
	ck_assert_int_eq(health().certificate_until, 0); /* no TLS */
	slapd_place_stop(&place);
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
	ck_assert_int_eq(health().up, NO);
	slapd_place_start(&place, "good");
	/* Without a login: the background finds out. */
	began = ldap_case_now();
	while (health().up != YES && ldap_case_now() - began < 10000)
		ldap_case_sleep(20);
	ck_assert_int_eq(health().up, YES);
}
END_TEST

/* One that answers, but cannot serve anybody. */
START_TEST(test_wrong_base)
{
	slapd_place_start(&place, "good");
	it.settings.base = "dc=elsewhere";
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
	ck_assert_int_eq(health().up, NO);
}
END_TEST

/* One of two that answers is enough. */
START_TEST(test_second_server)
{
	char nobody[64];

	slapd_place_start(&place, "good");
	snprintf(nobody, sizeof(nobody), "ldap://127.0.0.1:%d", slapd_place_port());
	it.uris[0] = nobody;
	it.uris[1] = place.plain;
	it.settings.uri_count = 2;
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_int_eq(health().up, YES);
}
END_TEST

static const struct {
	const char *policy;
	enum ldap_state_dialect dialect;
	unsigned want;
} thresholds[] = {
    {"cn=default," SLAPD_PLACE_SUFFIX, LDAP_STATE_OPENLDAP, 1000},
    {"cn=off," SLAPD_PLACE_SUFFIX, LDAP_STATE_OPENLDAP, 0},
    {"cn=nowhere," SLAPD_PLACE_SUFFIX, LDAP_STATE_OPENLDAP, 0},
    {"", LDAP_STATE_OPENLDAP, 0},
    {"cn=default," SLAPD_PLACE_SUFFIX, LDAP_STATE_RFC2307, 0},
};

START_TEST(test_threshold)
{
	slapd_place_start(&place, "good");
	it.settings.policy_dn = thresholds[_i].policy;
	it.settings.dialect = thresholds[_i].dialect;
	ldap_case_open(&it);
	ck_assert_uint_eq(health().lockout_threshold, 0);
	/* A name that does not exist will do: an attacker must not learn that others do. */
	ck_assert_int_eq(ldap_case_ask(&it, "nobody", "wrong"), BACKEND_UNKNOWN);
	ck_assert_msg(health().lockout_threshold == thresholds[_i].want, "%s: %u",
		      thresholds[_i].policy, health().lockout_threshold);
}
END_TEST

/* Its certificates are good for nine days. */
START_TEST(test_certificate)
{
	int64_t now = (int64_t)time(NULL);

	slapd_place_start(&place, "good");
	it.uris[0] = _i ? place.plain : place.tls;
	it.settings.starttls = _i;
	it.settings.tls_ca_file = place.ca;
	ldap_case_open(&it);
	ck_assert_int_eq(health().certificate_until, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
		slapd_place_stop(&place);
		slapd_place_start(&place, "good");
		while (health().up != YES)
			ldap_case_sleep(20);
	}
	ck_assert_int_gt(health().certificate_until, now + 9 * DAY - 600);
	ck_assert_int_lt(health().certificate_until, now + 9 * DAY + 600);
	ck_assert_int_eq(ldap_case_logged(SOON), 1);
	ck_assert_int_eq(ldap_case_logged("days=8") + ldap_case_logged("days=9"), 1);
}
END_TEST

/* One that is not looked at can have ended. */
START_TEST(test_expired)
{
	slapd_place_start(&place, "expired");
	it.uris[0] = place.tls;
	it.settings.tls_verify = false;
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
	ck_assert_int_gt(health().certificate_until, 0);
	ck_assert_int_lt(health().certificate_until, (int64_t)time(NULL));
	ck_assert_int_eq(ldap_case_logged("the certificate of the server has ended"), 1);
}
END_TEST

static const struct {
	int64_t before; /* days from now to the end */
	int64_t again;	/* days until the same is seen once more */
	int want;
} warnings[] = {{15, 0, 0}, {13, 0, 1}, {13, 1, 2}, {15, 2, 1}, {-1, 0, 1}};

START_TEST(test_once_a_day)
{
	struct ldap_certificate certificate = {0, 0};
	int64_t now;
	struct berval nothing = {0, NULL};
	LDAP *ld = NULL;

	slapd_place_start(&place, "good");
	it.uris[0] = place.tls;
	it.settings.tls_verify = false;
	ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT);
	ldap_case_log_forget();
	now = health().certificate_until - warnings[_i].before * DAY;
	ck_assert_int_eq(ldap_initialize(&ld, place.tls), LDAP_SUCCESS);
	ck_assert_int_eq(
	    ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &(int){LDAP_OPT_X_TLS_NEVER}),
	    LDAP_SUCCESS);
	ck_assert_int_eq(ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &(int){LDAP_VERSION3}),
			 LDAP_SUCCESS);
	ck_assert_int_eq(ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &(int){0}), LDAP_SUCCESS);
	ldap_certificate_note(&certificate, ld, "lab", "uri", now); /* not connected */
	ck_assert_int_eq(certificate.until, 0);
	ck_assert_int_eq(ldap_sasl_bind_s(ld, NULL, LDAP_SASL_SIMPLE, &nothing, NULL, NULL, NULL),
			 LDAP_SUCCESS);
	for (int i = 0; i < 3; i++)
		ldap_certificate_note(&certificate, ld, "lab", "uri", now + i);
	ldap_certificate_note(&certificate, ld, "lab", "uri", now + warnings[_i].again * DAY);
	ck_assert_int_eq(certificate.until, health().certificate_until);
	ck_assert_int_eq(ldap_case_logged("the certificate of the server"), warnings[_i].want);
	ldap_unbind_ext(ld, NULL, NULL);
}
END_TEST

START_TEST(test_no_certificate)
{
	static const unsigned char text[] = "0\x82\xff\xff no certificate";

	ck_assert_int_eq(ldap_certificate_end(text, 0), 0);
	ck_assert_int_eq(ldap_certificate_end(text, sizeof(text)), 0);
	ck_assert_int_eq(ldap_certificate_end(text, SIZE_MAX), 0);
}
END_TEST

static const struct {
	size_t octets; /* of the first line */
	const char *end;
	const char *want; /* null: good */
} files[] = {
    {10, "", NULL},
    {10, "\n", NULL},
    {10, "\r\nmore\n", NULL},
    {4096, "", NULL},
    {4096, "\nmore", NULL},
    {4097, "", "the first line of the password file is longer than 4096 octets"},
    {4097, "\n", "the first line of the password file is longer than 4096 octets"},
    {100000, "\n", "the first line of the password file is longer than 4096 octets"},
    {0, "", "the password file is empty"},
    {0, "\nsecond\n", "the password file is empty"},
};

START_TEST(test_password_file)
{
	char path[] = "/tmp/test_backend_ldap.XXXXXX", storage[256], want[256] = "";
	struct buf fault = BUF_ON(storage);
	FILE *file = fdopen(mkstemp(path), "w");
	struct backend *backend;
	bool ok;

	ldap_case_log_open();
	for (size_t i = 0; i < files[_i].octets; i++)
		fputc('x', file);
	fputs(files[_i].end, file);
	fclose(file);
	ldap_case_init(&it, "ldap://127.0.0.1:1", "dc=x", "cn=service", path);
	ok = backend_ldap_check(&it.settings, &fault);
	backend = backend_ldap_open(&it.settings);
	unlink(path);
	ck_assert_msg(ok == !files[_i].want && ok == (backend != NULL), "%d", _i);
	if (!ok)
		snprintf(want, sizeof(want), "%s: %s", path, files[_i].want);
	ck_assert_msg(span_is(buf_span(&fault), want), "%.*s", (int)fault.len, storage);
	ck_assert_int_eq(ldap_case_logged("the password file"), !ok);
	if (backend)
		backend->type->close(&backend);
}
END_TEST

START_TEST(test_no_password_file)
{
	char storage[256];
	struct buf fault = BUF_ON(storage);

	ldap_case_init(&it, "ldap://127.0.0.1:1", "dc=x", "cn=service", "/nonexistent");
	ck_assert(!backend_ldap_check(&it.settings, &fault));
	ck_assert(
	    span_is(buf_span(&fault),
		    "/nonexistent: the password file cannot be read: No such file or directory"));
	it.settings.bind_dn = ""; /* nobody's password is needed */
	ck_assert(backend_ldap_check(&it.settings, &fault));
}
END_TEST

static void add_slapd(Suite *suite)
{
	TCase *tcase = tcase_create("slapd");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_up_and_down);
	tcase_add_test(tcase, test_wrong_base);
	tcase_add_test(tcase, test_second_server);
	tcase_add_loop_test(tcase, test_threshold, 0, COUNT(thresholds));
	tcase_add_loop_test(tcase, test_certificate, 0, 2);
	tcase_add_test(tcase, test_expired);
	tcase_add_loop_test(tcase, test_once_a_day, 0, COUNT(warnings));
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("backend_ldap_health");
	TCase *tcase = tcase_create("files");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, test_no_certificate);
	tcase_add_loop_test(tcase, test_password_file, 0, COUNT(files));
	tcase_add_test(tcase, test_no_password_file);
	suite_add_tcase(suite, tcase);
	if (slapd_place_possible())
		add_slapd(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
