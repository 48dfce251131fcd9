/* SPDX-License-Identifier: MIT */
/* Tests of engine/settings_lint and of what engine/settings refuses: each fault and warning with
 * its line. */
#include "engine/settings_lint.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What a row adds to begins in line 5. */
#define TOP    "user = ''\n"
#define SOCKET "listener /run/a { }\n"
#define USERS  "backend_file users { path = /etc/users }\n"
#define REALM  "realm Example.ORG { backends = users }\n"
#define MIXED  "realm example.org { backends = users secrets = mixed }\n"
#define WHOLE  TOP SOCKET USERS REALM
#define LDAP   TOP SOCKET "backend_ldap dir { uri = 'ldap://localhost' base = 'dc=x' }\n"
#define APPS   "realm b { backends = dir app_passwords = yes\n app_password_store = directory\n"

static char folder[] = "/tmp/test_settings_lint.XXXXXX";

static void write_file(const char *name, const char *text)
{
	FILE *out = fopen(name, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
}

static struct settings *load(const char *text, char *faults, size_t size)
{
	struct buf out = {faults, 0, size - 1, false};
	struct settings *settings = NULL;
	bool fine;

	write_file("conf", text);
	fine = settings_load("conf", &settings, &out);
	faults[out.len] = '\0';
	ck_assert_int_eq(fine, settings != NULL);
	ck_assert_int_eq(fine, out.len == 0);
	return settings;
}

static const struct {
	const char *name;
	const char *text;
	const char *want;
} wrong[] = {
    {"empty file", TOP, "conf:2: there is no listener\nconf:2: there is no realm\n"},
    {"no user", "user = no-such-user\n" SOCKET USERS REALM,
     "conf:1: user: there is no user \"no-such-user\"\n"},
    {"unknown key", WHOLE "\nfloor = 3\n", "conf:6: no such option 'floor'\n"},
    {"key of the other backend", WHOLE "backend_passwd u {\n path = /x\n}\n",
     "conf:6: no such option 'path'\n"},
    {"bad choice", WHOLE "log = file\n", "conf:5: log: \"file\" is not one of stderr, syslog\n"},
    {"bad level", WHOLE "log_level = trace\n",
     "conf:5: log_level: \"trace\" is not one of error, warning, info, debug\n"},
    {"queue_wait beyond the deadline", WHOLE "queue_wait = 9s\n",
     "conf:5: queue_wait: \"9s\" is not a number from 50ms to 8000ms\n"},
    {"key_file is relative", WHOLE "key_file = key\n",
     "conf:5: key_file: \"key\" is not an absolute path\n"},
    {"unknown default realm", WHOLE "\n\ndefault_realm = example.com\n",
     "conf:7: default_realm: there is no realm \"example.com\"\n"},
    {"listener that is no path", WHOLE "listener auth {\n}\n",
     "conf:6: listener \"auth\": its title is not an absolute path of at most 107 octets\n"},
    {"listener with too long a path",
     WHOLE "listener /234567890123456789012345678901234567890123456789012345678901234567890123"
	   "45678901234567890123456789012345678 { }\n",
     "conf:5: listener \"/2345678901234567890123456789012345678901234567890123456789012345678"
     "9012345678901234567890123456789012345678\": its title is not an absolute path of at most "
     "107 octets\n"},
    {"listener twice", WHOLE SOCKET, "conf:5: found duplicate title '/run/a'\n"},
    {"mode that is decimal", WHOLE "listener /run/b { mode = 660\n mode = 0900 }\n",
     "conf:6: listener \"/run/b\": mode is set twice, before in line 5\n"},
    {"mode", WHOLE "listener /run/b {\n mode = 0900 }\n",
     "conf:6: listener \"/run/b\": mode: \"0900\" is not the mode of a file in octal, such as "
     "0660\n"},
    {"owner and group", WHOLE "listener /run/b {\n owner = nobody-zz\n group = nobody-yy\n}\n",
     "conf:6: listener \"/run/b\": owner: no user \"nobody-zz\"\n"
     "conf:7: listener \"/run/b\": group: no group \"nobody-yy\"\n"},
    {"unknown mechanism", WHOLE "listener /run/b {\n mechanisms = {PLAIN, DIGEST-MD5}\n}\n",
     "conf:6: listener \"/run/b\": mechanisms: \"DIGEST-MD5\" is not one of PLAIN, LOGIN, "
     "CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256\n"},
    {"mechanism twice", WHOLE "listener /run/b {\n mechanisms = {PLAIN, LOGIN, plain}\n}\n",
     "conf:6: listener \"/run/b\": mechanisms: PLAIN stands twice\n"},
    {"no mechanism", WHOLE "listener /run/b {\n mechanisms = {}\n}\n",
     "conf:7: listener \"/run/b\": mechanisms: the list is empty\n"},
    {"backend without a path", WHOLE "backend_file b {\n}\n",
     "conf:6: backend_file \"b\": path has to be set\n"},
    {"backend with an empty path", WHOLE "backend_file b {\n path = ''\n}\n",
     "conf:6: backend_file \"b\": path is empty\n"},
    {"two backends of one label", WHOLE "backend_passwd users { }\n",
     "conf:5: backend_passwd \"users\": another backend has this label\n"},
    {"realm without backends", WHOLE "realm b {\n}\n",
     "conf:6: realm \"b\": backends has to be set\n"},
    {"realm with no backend", WHOLE "realm b { backends = {}\n}\n",
     "conf:6: realm \"b\": backends: the list is empty\n"},
    {"realm with an unknown backend", WHOLE "realm b {\n backends = {users, ldap}\n}\n",
     "conf:6: realm \"b\": backends: no backend \"ldap\"\n"},
    {"realm with a backend twice", WHOLE "realm b {\n backends = {users, users}\n}\n",
     "conf:6: realm \"b\": backends: \"users\" stands twice\n"},
    {"realm twice, in another case", WHOLE "realm example.org {\n backends = users\n}\n",
     "conf:7: realm \"example.org\": stands twice\n"},
    {"realm that is no domain", WHOLE "realm a@b { backends = users }\n",
     "conf:5: realm \"a@b\": its title is not a domain\n"},
    {"unknown scheme", WHOLE "realm b {\n backends = users\n scheme = ROT13\n}\n",
     "conf:7: realm \"b\": scheme: \"ROT13\" is not one of CRYPT, SHA512-CRYPT, BLF-CRYPT, "
     "PLAIN, SSHA512, PBKDF2-SHA256, ARGON2ID, SCRAM-SHA-1, SCRAM-SHA-256\n"},
    {"too few iterations", WHOLE "realm b {\n backends = users\n scram_iterations = 1000\n}\n",
     "conf:7: realm \"b\": scram_iterations: \"1000\" is not a number from 4096 to 1000000\n"},
    {"floor beyond the deadline", WHOLE "realm b {\n backends = users\n floor = 1min\n}\n",
     "conf:7: realm \"b\": floor: \"1min\" is not a number from 0ms to 5000ms\n"},
    {"always for everybody", WHOLE "realm b {\n backends = users\n disclose = always\n}\n",
     "conf:7: realm \"b\": disclose = always needs disclose_networks, so that not everybody "
     "can ask for names and states\n"},
    {"no network",
     WHOLE "realm b {\n backends = users\n disclose_networks = {10.0.0.0/8,\n"
	   " 10.0.0.0/33}\n}\n",
     "conf:8: realm \"b\": disclose_networks: \"10.0.0.0/33\" is not an address/bits\n"},
    {"app passwords that do not exist",
     WHOLE "realm b {\n backends = users\n app_password_required = yes\n}\n",
     "conf:7: realm \"b\": app_password_required needs app_passwords = yes\n"},
    {"state directory that is relative", WHOLE "state_directory = state\n",
     "conf:5: state_directory: \"state\" is not an absolute path\n"},
    {"admin socket of a listener", WHOLE "admin_socket = /run/a\n",
     "conf:5: admin_socket: a listener has this path\n"},
    {"admin group", WHOLE "admin_group = nobody-yy\n",
     "conf:5: admin_group: no group \"nobody-yy\"\n"},
    {"no forwarder", WHOLE "trusted_forwarders = {10.0.0.1, webmail}\n",
     "conf:5: trusted_forwarders: \"webmail\" is not an address/bits\n"},
    {"directory store without a directory",
     WHOLE "realm b {\n backends = users\n app_password_store = directory\n}\n",
     "conf:7: realm \"b\": app_password_store = directory needs a backend_ldap\n"},
    {"directory threshold without a directory",
     WHOLE "realm b {\n backends = users\n lock_threshold_from = directory\n}\n",
     "conf:7: realm \"b\": lock_threshold_from = directory needs a backend_ldap\n"},
    {"nowhere to remember",
     WHOLE "state_directory = ''\nrealm b {\n backends = users\n remember_passwords = 3d\n}\n",
     "conf:8: realm \"b\": remember_passwords needs state_directory\n"},
    {"another store", WHOLE "key_file = /k\nstore redis { uri = 'redis://127.0.0.1'\n}\n",
     "conf:7: store \"redis\": the one kind is valkey\n"},
    {"store without a key", WHOLE "store valkey { uri = 'redis://127.0.0.1'\n}\n",
     "conf:6: store \"valkey\": needs key_file, the same for all daemons; where there are app "
     "passwords it has to be the key that made them: install -m 0600 /var/lib/sasl-reason/key "
     "/etc/sasl-reason/key\n"},
    {"store without a key, state elsewhere",
     WHOLE "state_directory = /srv/state\nstore valkey { uri = 'redis://127.0.0.1'\n}\n",
     "conf:7: store \"valkey\": needs key_file, the same for all daemons; where there are app "
     "passwords it has to be the key that made them: install -m 0600 /srv/state/key "
     "/etc/sasl-reason/key\n"},
    {"text for an unknown reason", WHOLE "messages {\n bad-password = x\n}\n",
     "conf:6: no such option 'bad-password'\n"},
    {"text that is not ASCII",
     WHOLE "messages {\n bad-credentials = \"Kennwort ung\xc3\xbcltig\""
	   "\n}\n",
     "conf:6: messages: bad-credentials: \"Kennwort ung??ltig\" has something besides "
     "printable ASCII\n"},
    {"text of two lines", WHOLE "messages {\n bad-credentials = \"a\nb\"\n}\n",
     "conf:7: messages: bad-credentials: \"a?b\" has something besides printable ASCII\n"},
    {"text with a word of another reason", WHOLE "messages {\n bad-credentials = '{minutes}'\n}\n",
     "conf:6: messages: bad-credentials: no such placeholder for this reason\n"},
    {"text inside a realm",
     WHOLE "realm b {\n backends = users\n messages {\n account-disabled = '{'\n }\n}\n",
     "conf:8: messages: account-disabled: '{' without '}'\n"},
    {"several faults", TOP "default_realm = a\n" USERS "realm b { backends = ldap }\n",
     "conf:5: there is no listener\n"
     "conf:4: realm \"b\": backends: no backend \"ldap\"\n"
     "conf:2: default_realm: there is no realm \"a\"\n"},
};

START_TEST(test_wrong)
{
	char faults[4096];
	struct settings *settings = load(wrong[_i].text, faults, sizeof(faults));

	ck_assert_msg(!settings, "%s: accepted", wrong[_i].name);
	ck_assert_msg(strcmp(faults, wrong[_i].want) == 0, "%s: %s", wrong[_i].name, faults);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	const char *want;
} odd[] = {
    {"nothing", WHOLE, ""},
    {"challenge mechanisms without secrets",
     WHOLE "listener /run/b {\n mechanisms = {PLAIN, CRAM-MD5}\n}\n",
     "conf:6: listener \"/run/b\": CRAM-MD5 is offered, but no realm has secrets that can serve "
     "it\n"},
    {"challenge mechanisms with secrets",
     TOP USERS MIXED "listener /run/b { mechanisms = {PLAIN, CRAM-MD5} }\n", ""},
    {"SCRAM without a key",
     TOP USERS MIXED "state_directory = ''\nlistener /run/b {\n mechanisms = SCRAM-SHA-256\n}\n",
     "conf:6: listener \"/run/b\": SCRAM is offered without key_file or state_directory: after a "
     "restart the salts tell which names have no account\n"},
    {"SCRAM with a key of its own",
     TOP USERS MIXED "listener /run/b { mechanisms = SCRAM-SHA-256 }\n", ""},
    {"SCRAM with a key",
     TOP USERS MIXED "key_file = /etc/key listener /run/b { mechanisms = SCRAM-SHA-256 }\n", ""},
    {"unused backend", WHOLE "backend_passwd unix {\n}\n",
     "conf:6: backend_passwd \"unix\" is used by no realm\n"},
    {"no floor", WHOLE "realm b {\n backends = users\n floor = 0 }\n",
     "conf:7: realm \"b\": a floor below 50ms hides no lookup: the time of a refusal can tell "
     "which names exist\n"},
    {"locks told", WHOLE "realm b {\n backends = users\n lock_told = always }\n",
     "conf:7: realm \"b\": lock_told = always tells everybody which names have a locked "
     "account\n"},
    {"app passwords of each host alone", LDAP APPS "}\n",
     "conf:5: realm \"b\": app_password_store = directory without key_file: each host makes a key "
     "of its own, and app passwords made on one are wrong passwords on the others; set it to a "
     "copy of the same key on each: install -m 0600 /var/lib/sasl-reason/key "
     "/etc/sasl-reason/key\n"},
    {"app passwords until the next start", "state_directory = ''\n" LDAP APPS "}\n",
     "conf:6: realm \"b\": app_password_store = directory without key_file or state_directory: "
     "after a restart all app passwords are wrong passwords\n"},
    {"app passwords of all hosts", "key_file = /etc/key\n" LDAP APPS "}\n", ""},
    {"none of them", LDAP "realm b { backends = dir app_password_store = directory }\n", ""},
    {"names without domains", WHOLE "realm b { backends = users }\nusername_format = '%u'\n",
     "conf:6: username_format: without the domain, accounts of the same name in 2 realms are "
     "one and the same to the mail server\n"},
};

START_TEST(test_odd)
{
	char faults[4096];
	struct settings *settings = load(odd[_i].text, faults, sizeof(faults));

	ck_assert_msg(settings != NULL, "%s: %s", odd[_i].name, faults);
	ck_assert_msg(strcmp(settings->warnings, odd[_i].want) == 0, "%s: %s", odd[_i].name,
		      settings->warnings);
	settings_close(&settings);
}
END_TEST

static void enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	unlink("conf");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

int main(void)
{
	Suite *suite = suite_create("settings_lint");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_unchecked_fixture(all, enter_folder, leave_folder);
	tcase_add_loop_test(all, test_wrong, 0, (int)COUNT(wrong));
	tcase_add_loop_test(all, test_odd, 0, (int)COUNT(odd));
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
