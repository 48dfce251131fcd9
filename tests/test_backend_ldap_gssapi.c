/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_ldap with a service that binds by GSSAPI: a KDC and a slapd of their
 * own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ldap_case.h"
#include "slapd_place.h"

static struct slapd_place place;
static struct ldap_case it;
static char uri[64];
static pid_t kdc;

/* $1 is the folder, $2 the KDC's port. */
static const char realm[] =
    "set -e; cd $1\n"
    "cat >krb5.conf <<-END\n"
    "	[libdefaults]\n"
    "	default_realm = TEST.EXAMPLE\n"
    "	dns_lookup_kdc = false\n"
    "	dns_lookup_realm = false\n"
    "	rdns = false\n"
    "	dns_canonicalize_hostname = false\n"
    "	[realms]\n"
    "	TEST.EXAMPLE = {\n"
    "	kdc = 127.0.0.1:$2\n"
    "	}\n"
    "	[domain_realm]\n"
    "	localhost = TEST.EXAMPLE\n"
    "END\n"
    "cat >kdc.conf <<-END\n"
    "	[kdcdefaults]\n"
    "	kdc_listen = 127.0.0.1:$2\n"
    "	kdc_tcp_listen = 127.0.0.1:$2\n"
    "	[realms]\n"
    "	TEST.EXAMPLE = {\n"
    "	database_name = $1/principal\n"
    "	key_stash_file = $1/stash\n"
    "	}\n"
    "END\n"
    "kdb5_util create -s -P master -r TEST.EXAMPLE\n"
    "for name in ldap/localhost service stranger; do\n"
    "	kadmin.local -q \"addprinc -randkey $name\"\n"
    "	kadmin.local -q \"ktadd -k ${name%/*}.keytab $name\"\n"
    "done\n"
    "cat >more.conf <<-END\n"
    "	sasl-host localhost\n"
    "	authz-regexp ^uid=service,cn=gssapi,cn=auth$ " SLAPD_PLACE_SERVICE "\n"
    "END\n";

static const char account[] = "dn: uid=alice," SLAPD_PLACE_PEOPLE "\nobjectClass: inetOrgPerson\n"
			      "uid: alice\ncn: x\nsn: x\nuserPassword: " SLAPD_PLACE_RIGHT "\n";

static void set_path(const char *variable, const char *prefix, const char *name)
{
	char value[160];

	snprintf(value, sizeof(value), "%s%s/%s", prefix, place.root, name);
	setenv(variable, value, 1);
}

static void set_client(const char *name)
{
	char keytab[32];

	snprintf(keytab, sizeof(keytab), "%s.keytab", name);
	set_path("KRB5_CLIENT_KTNAME", "FILE:", keytab);
	snprintf(keytab, sizeof(keytab), "%s.cache", name);
	set_path("KRB5CCNAME", "FILE:", keytab);
}

static pid_t spawn(const char *const *argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execvp(argv[0], (char **)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static void setup(void)
{
	static const char *const serve[] = {"krb5kdc", "-n", NULL};
	char port[16];
	const char *const make[] = {"sh", "-c", realm, "sh", place.root, port, NULL};
	int status = 1;

	ldap_case_log_open();
	slapd_place_make(&place, account);
	set_path("KRB5_CONFIG", "", "krb5.conf");
	set_path("KRB5_KDC_PROFILE", "", "kdc.conf");
	set_path("KRB5_KTNAME", "FILE:", "ldap.keytab");
	set_path("KRB5RCACHEDIR", "", "");
	snprintf(port, sizeof(port), "%d", slapd_place_port());
	ck_assert_int_gt(waitpid(spawn(make), &status, 0), 0);
	ck_assert_int_eq(status, 0);
	kdc = spawn(serve);
	slapd_place_start(&place, "good");
	snprintf(uri, sizeof(uri), "ldap://localhost:%d", place.ports[0]);
	ldap_case_init(&it, uri, SLAPD_PLACE_PEOPLE, "", NULL);
	it.settings.service = BACKEND_LDAP_GSSAPI;
	it.settings.connect_timeout_ms = 5000;
	it.settings.total_timeout_ms = 10000;
}

static void teardown(void)
{
	ldap_case_close(&it);
	kill(kdc, SIGKILL);
	while (waitpid(kdc, NULL, 0) < 0 && errno == EINTR)
		;
	slapd_place_remove(&place);
}

START_TEST(test_service)
{
	set_client("service");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_KNOWN);
		ck_assert_int_eq(it.record.proof, PROOF_CURRENT);
		ck_assert_int_eq(ldap_case_ask(&it, "nobody", SLAPD_PLACE_RIGHT), BACKEND_UNKNOWN);
		if (i == 1)
			ldap_case_open(&it);
	}
	ck_assert_int_gt(slapd_place_said(&place, "mech=GSSAPI"), 0);
	ck_assert_int_eq(ldap_case_logged("backend-ldap"), 0);
}
END_TEST

/* No ticket, or one of a service that may not read: down, and never an unknown name. */
START_TEST(test_no_ticket)
{
	set_client(_i ? "stranger" : "none");
	ck_assert_int_eq(ldap_case_ask(&it, "alice", SLAPD_PLACE_RIGHT), BACKEND_DOWN);
	ck_assert_int_eq(ldap_case_logged(_i ? "the search fails" : "GSSAPI fails"), 1);
}
END_TEST

static bool possible(void)
{
	static const char *const paths[] = {"/usr/sbin/krb5kdc", "/usr/sbin/kdb5_util",
					    "/usr/sbin/kadmin.local"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], X_OK) == 0)
			continue;
		printf("skipped: there is no %s\n", paths[i]);
		return false;
	}
	return slapd_place_possible();
}

int main(void)
{
	Suite *suite;
	SRunner *runner;
	TCase *tcase;
	int failed;

	if (!possible())
		return 77; /* automake: skipped */
	suite = suite_create("backend_ldap_gssapi");
	runner = srunner_create(suite);
	tcase = tcase_create("GSSAPI");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_service);
	tcase_add_loop_test(tcase, test_no_ticket, 0, 2);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
