/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_passwd with the real name service, on made-up files that stand in place of
 * /etc/passwd and /etc/shadow in a mount namespace of each test's own; needs root. */
#include <check.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/backend_passwd.h"
#include "base/log.h"
#include "base/pwhash.h"

/* openssl passwd -6 -salt saltsalt right-pw */
#define HASH                                                                                       \
	"$6$saltsalt$/o3DipEBS/OF7NyM5ggV5E6V6wwRQOmhECaV9P5Vga9maJVKCl/XAinyOpKGvIJRwgfn" \
	"q/wFkNB2BRn5goJwi1"

static struct backend_record record;
static struct backend_health health;
static const char *group;

static const char passwd_text[] = "root:x:0:0:root:/root:/bin/sh\n"
				  "daemon:x:1:1::/:/usr/sbin/nologin\n"
				  "nobody:x:65534:65534::/:/usr/sbin/nologin\n"
				  "alice:x:2001:2001:Alice:/home/alice:/bin/sh\n"
				  "locked:x:2002:2002::/:/bin/sh\n"
				  "expired:x:2003:2003::/:/bin/sh\n"
				  "aged:x:2004:2004::/:/bin/sh\n"
				  "fresh:x:2005:2005::/:/bin/sh\n"
				  "shadowless:x:2006:2006::/:/bin/sh\n"
				  "open::2007:2007::/:/bin/sh\n"
				  "mailonly:x:2008:2008::/:/usr/sbin/nologin\n"
				  "Upper:x:2009:2009::/:/bin/sh\n";

static const char shadow_text[] = "root:" HASH ":20000:0:99999:7:::\n"
				  "daemon:*:20000:0:99999:7:::\n"
				  "alice:" HASH ":20000:0:99999:7:::\n"
				  "locked:!" HASH ":20000:0:99999:7:::\n"
				  "expired:" HASH ":20000:0:99999:7::20100:\n"
				  "aged:" HASH ":20000:0:90:7:14::\n"
				  "fresh:" HASH ":0:0:99999:7:::\n"
				  "mailonly:" HASH ":20000::::::\n";

static const char group_text[] = "root:x:0:\n"
				 "apps:x:3000:locked,no-such-account\n"
				 "first:x:2001:\n"
				 "twin:x:3001:\n"
				 "twin2:x:3001:fresh\n";

static bool stand_in(const char *text, const char *for_path)
{
	char path[] = "/tmp/test_backend_passwd.XXXXXX";
	int fd = mkstemp(path);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		  fchmod(fd, strstr(for_path, "shadow") ? 0600 : 0644) == 0 &&
		  mount(path, for_path, NULL, MS_BIND, NULL) == 0;

	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return ok;
}

static void setup(void)
{
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert(stand_in(passwd_text, "/etc/passwd"));
	ck_assert(stand_in(shadow_text, "/etc/shadow"));
	ck_assert(stand_in(group_text, "/etc/group"));
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
	if (!freopen("/dev/null", "w", stderr))
		ck_abort();
}

static enum backend_found ask(const char *local)
{
	struct backend *backend = backend_passwd_open("system", 1000, group);
	struct backend_name name = {span_of("unused"), span_of(local), span_of("example.org")};
	enum backend_found found;

	ck_assert_ptr_nonnull(backend);
	ck_assert(backend->type->blocking);
	backend_record_init(&record);
	found = backend->type->lookup(backend, &name, &record);
	backend->type->health(backend, &health);
	backend->type->close(&backend);
	ck_assert_ptr_null(backend);
	return found;
}

static const struct {
	const char *name;
	enum backend_found want;
	bool want_stored;
	bool want_disabled;
	bool want_defect;
	bool want_must_change;
	int64_t want_password_expires;
	int64_t want_expires;
} rows[] = {
	{"alice", BACKEND_KNOWN, true, false, false, false, 119999 * INT64_C(86400), 0},
	{"locked", BACKEND_KNOWN, true, true, false, false, 119999 * INT64_C(86400), 0},
	{"expired", BACKEND_KNOWN, true, false, false, false, 119999 * INT64_C(86400),
	 20100 * INT64_C(86400)},
	{"aged", BACKEND_KNOWN, true, false, false, false, 20090 * INT64_C(86400),
	 20104 * INT64_C(86400)},
	{"fresh", BACKEND_KNOWN, true, false, false, true, 0, 0},
	{"shadowless", BACKEND_KNOWN, false, false, true, false, 0, 0},
	{"open", BACKEND_KNOWN, false, false, false, false, 0, 0},
	{"mailonly", BACKEND_KNOWN, true, true, false, false, 0, 0},
	{"root", BACKEND_UNKNOWN, false, false, false, false, 0, 0},
	{"daemon", BACKEND_UNKNOWN, false, false, false, false, 0, 0},
	{"upper", BACKEND_UNKNOWN, false, false, false, false, 0, 0},
	{"no-such-account", BACKEND_UNKNOWN, false, false, false, false, 0, 0},
	{"alice:x", BACKEND_UNKNOWN, false, false, false, false, 0, 0},
	{"", BACKEND_UNKNOWN, false, false, false, false, 0, 0},
};

START_TEST(test_lookup)
{
	const struct account *account = &record.account;
	const char *name = rows[_i].name;

	ck_assert_msg(ask(name) == rows[_i].want, "%s", name);
	ck_assert_msg(record.stored_count == rows[_i].want_stored, "%s", name);
	if (rows[_i].want_stored) {
		ck_assert_int_eq(pwhash_verify(record.stored[0], span_of("right-pw")), PWHASH_YES);
		ck_assert_int_eq(pwhash_verify(record.stored[0], span_of("wrong-pw")), PWHASH_NO);
	}
	ck_assert_msg(account->exists == (rows[_i].want == BACKEND_KNOWN ? YES : CANNOT_TELL), "%s",
		      name);
	ck_assert_msg(account->disabled == rows[_i].want_disabled, "%s", name);
	ck_assert_msg(account->defect == rows[_i].want_defect, "%s", name);
	ck_assert_msg(account->must_change == rows[_i].want_must_change, "%s", name);
	ck_assert_msg(account->password_expires == rows[_i].want_password_expires, "%s", name);
	ck_assert_msg(account->expires == rows[_i].want_expires, "%s", name);
}
END_TEST

static const struct {
	const char *group, *name;
	bool want;
} members[] = {
	{NULL, "locked", false},    {"apps", "locked", true},  {"apps", "alice", false},
	{"first", "alice", true},   {"first", "aged", false},  {"nowhere", "locked", false},
	{"APPS", "locked", false},  {"twin", "fresh", true},   {"twin", "aged", false},
};

START_TEST(test_app_required_group)
{
	group = members[_i].group;
	ck_assert_int_eq(ask(members[_i].name), BACKEND_KNOWN);
	ck_assert_msg(record.account.app_required == members[_i].want, "%s in %s",
		      members[_i].name, group ? group : "-");
	ck_assert_int_eq(ask("no-such-account"), BACKEND_UNKNOWN);
}
END_TEST

/* A group that cannot be asked about is no group without members. */
START_TEST(test_group_unreadable)
{
	/* "files systemd" would hide that the first was not permitted. */
	ck_assert(stand_in("passwd: files\ngroup: files\n", "/etc/nsswitch.conf"));
	group = "apps";
	ck_assert_int_eq(ask("open"), BACKEND_KNOWN);
	ck_assert_int_eq(chmod("/etc/group", 0600), 0);
	ck_assert_int_eq(setgid(65534), 0);
	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(ask("open"), BACKEND_DOWN);
	ck_assert_int_eq(health.up, NO);
	group = NULL;
	ck_assert_int_eq(ask("open"), BACKEND_KNOWN);
}
END_TEST

START_TEST(test_stable)
{
	ck_assert_int_eq(ask("alice"), BACKEND_KNOWN);
	ck_assert(span_is(record.stable, "2001"));
	ck_assert_int_eq(ask("shadowless"), BACKEND_KNOWN);
	ck_assert(span_is(record.stable, "2006"));
	ck_assert_int_eq(ask("no-such-account"), BACKEND_UNKNOWN);
	ck_assert_ptr_null(record.stable.at);
}
END_TEST

/* A worker that lost its rights must not call everybody unknown. */
START_TEST(test_not_permitted)
{
	ck_assert_int_eq(ask("alice"), BACKEND_KNOWN);
	ck_assert_int_eq(health.up, YES);
	ck_assert_int_eq(setgid(65534), 0);
	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(ask("alice"), BACKEND_DOWN);
	ck_assert_int_eq(health.up, NO);
	ck_assert_int_eq(ask("no-such-account"), BACKEND_UNKNOWN);
	ck_assert_int_eq(ask("open"), BACKEND_KNOWN);
	ck_assert_int_eq(health.up, NO);
}
END_TEST

START_TEST(test_long_name)
{
	static char name[1000];

	memset(name, 'a', sizeof(name) - 1);
	ck_assert_int_eq(ask(name), BACKEND_UNKNOWN);
}
END_TEST

/* Containers may forbid it even to root. */
static bool can_unshare(void)
{
	pid_t child = geteuid() == 0 ? fork() : -1;
	int status = 1;

	if (child == 0)
		_exit(unshare(CLONE_NEWNS) == 0 &&
		      mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		      stand_in(passwd_text, "/etc/passwd") ? 0 : 1);
	if (child > 0)
		waitpid(child, &status, 0);
	return status == 0;
}

int main(void)
{
	Suite *suite = suite_create("backend_passwd");
	TCase *tcase = tcase_create("name service");
	SRunner *runner;
	int failed;

	if (!can_unshare()) {
		puts("skipped: needs root and a mount namespace of its own");
		return 77; /* automake: skipped */
	}
	runner = srunner_create(suite);
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_lookup, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(tcase, test_app_required_group, 0,
			    (int)(sizeof(members) / sizeof(members[0])));
	tcase_add_test(tcase, test_group_unreadable);
	tcase_add_test(tcase, test_stable);
	tcase_add_test(tcase, test_not_permitted);
	tcase_add_test(tcase, test_long_name);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
