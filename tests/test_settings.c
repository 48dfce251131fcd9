/* SPDX-License-Identifier: MIT */
/* Tests of engine/settings: what the engine gets, the files of secrets, and that the printed
 * configuration is the same again. What is wrong and odd: tests/test_settings_lint. */
#include "engine/settings.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define TOP    "user = ''\n"
#define SOCKET "listener /run/a { }\n"
#define USERS  "backend_file users { path = /etc/users }\n"
#define REALM  "realm Example.ORG { backends = users }\n"
#define MIXED  "realm example.org { backends = users secrets = mixed }\n"
#define WHOLE  TOP SOCKET USERS REALM

static char folder[] = "/tmp/test_settings.XXXXXX";

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

static const char full[] =
    "user = root log = stderr log_level = debug pid_file = /run/p key_file = /etc/k\n"
    "default_realm = B.example username_format = '%u' codes = rfc hash_threads = 3\n"
    "queue_length = 7 queue_wait = 2s url = https://example.org/mail contact = 'the desk'\n"
    "listener /run/a { mode = 0666 owner = root group = root max_connections = 9\n"
    "  idle_timeout = 1min mechanisms = {scram-sha-256, LOGIN, CRAM-MD5} }\n"
    "listener /run/b { mechanisms = PLAIN }\n"
    "backend_passwd unix { min_uid = 500 threads = 2 }\n"
    "backend_file users { path = /etc/users }\n"
    "realm A.example { backends = {unix, users} secrets = mixed scheme = ssha512 floor = 1s\n"
    "  scram_iterations = 5000 require_tls = yes app_passwords = yes\n"
    "  app_password_required = yes previous_days = 7d url = https://a.example/ contact = A\n"
    "  disclose = always disclose_networks = {192.0.2.0/24, '2001:db8::/32', 203.0.113.9}\n"
    "  lock_threshold = 3 lock_network_threshold = 4 lock_window = 1min lock_time = 2min\n"
    "  lock_delay = 1s remember_passwords = 9d expiring_days = 8d\n"
    "  lock_told = always observe = yes messages { account-disabled = inner } }\n"
    "realm b.example { backends = users disclose = never }\n"
    "messages { account-disabled = 'outer {contact}' account-expired = 'gone' }\n"
    "state_directory = /var/lib/x admin_socket = /run/x admin_group = root\n"
    "journal_entries = 5 journal_days = 2d journal_size = 3 journal_unknown_names = hashed\n"
    "lock_entries = 2048 lock_ipv4_bits = 24 lock_ipv6_bits = 48\n"
    "trusted_forwarders = {192.0.2.1, 192.0.2.2} shared_networks = 198.51.100.0/24\n"
    "exempt_networks = {}\n";

START_TEST(test_top)
{
	char faults[4096];
	struct settings *s = load(full, faults, sizeof(faults));

	ck_assert_msg(s != NULL, "%s", faults);
	ck_assert_str_eq(s->user, "root");
	ck_assert_uint_eq(s->uid, 0);
	ck_assert_int_eq(s->log_target, LOG_TARGET_STDERR);
	ck_assert_int_eq(s->log_level, LOG_LEVEL_DEBUG);
	ck_assert_str_eq(s->pid_file, "/run/p");
	ck_assert_str_eq(s->key_file, "/etc/k");
	ck_assert_int_eq(s->username, SETTINGS_USERNAME_LOCAL);
	ck_assert_uint_eq(s->hash_threads, 3);
	ck_assert_uint_eq(s->queue_length, 7);
	ck_assert_uint_eq(s->queue_wait_ms, 2000);
	ck_assert_ptr_eq(s->default_realm, &s->realms[1]);
	ck_assert_ptr_eq(s->stranger_realm, &s->realms[1]);
	ck_assert_uint_eq(s->backend_count, 2);
	ck_assert_int_eq(s->backends[0].type, SETTINGS_BACKEND_FILE);
	ck_assert_str_eq(s->backends[0].path, "/etc/users");
	ck_assert_uint_eq(s->backends[0].threads, 0);
	ck_assert_str_eq(s->backends[1].label, "unix");
	ck_assert_uint_eq(s->backends[1].min_uid, 500);
	ck_assert_uint_eq(s->backends[1].threads, 2);
	settings_close(&s);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(test_listeners)
{
	char faults[4096];
	struct settings *s = load(full, faults, sizeof(faults));
	const struct settings_listener *a;

	ck_assert_msg(s != NULL, "%s", faults);
	a = &s->listeners[0];
	ck_assert_uint_eq(s->listener_count, 3);
	ck_assert_int_eq(a->face, SETTINGS_FACE_AUTH);
	ck_assert_str_eq(a->path, "/run/a");
	ck_assert_uint_eq(a->mode, 0666);
	ck_assert_uint_eq(a->owner, 0);
	ck_assert_uint_eq(a->group, 0);
	ck_assert_uint_eq(a->max_connections, 9);
	ck_assert_uint_eq(a->idle_ms, 60000);
	ck_assert_uint_eq(a->mechanism_count, 3);
	ck_assert_int_eq(a->mechanisms[0], MECH_SCRAM_SHA_256);
	ck_assert_int_eq(a->mechanisms[1], MECH_LOGIN);
	ck_assert_int_eq(a->mechanisms[2], MECH_CRAM_MD5);
	ck_assert(s->listeners[1].owner == (uid_t)-1 && s->listeners[1].group == (gid_t)-1);
	a = &s->listeners[2];
	ck_assert_int_eq(a->face, SETTINGS_FACE_ADMIN);
	ck_assert_str_eq(a->path, "/run/x");
	ck_assert_uint_eq(a->mode, 0660);
	ck_assert_uint_eq(a->group, 0);
	ck_assert_uint_eq(a->mechanism_count, 0);
	ck_assert(settings_offers(s, MECH_PLAIN) && !settings_offers(s, MECH_SCRAM_SHA_1));
	settings_close(&s);
}
END_TEST

START_TEST(test_realms)
{
	char faults[4096];
	struct settings *s = load(full, faults, sizeof(faults));
	const struct settings_realm *a, *b;

	ck_assert_msg(s != NULL, "%s", faults);
	a = &s->realms[0];
	b = &s->realms[1];
	ck_assert_str_eq(a->name, "a.example");
	ck_assert_ptr_eq(settings_find_realm(s, span_of("A.EXAMPLE")), a);
	ck_assert_ptr_null(settings_find_realm(s, span_of("a.exampl")));
	ck_assert_uint_eq(a->backend_count, 2);
	ck_assert(a->backends[0] == 1 && a->backends[1] == 0 && b->backends[0] == 0);
	ck_assert_str_eq(a->scheme, "SSHA512");
	ck_assert_uint_eq(a->floor_ms, 1000);
	ck_assert_uint_eq(a->scram_iterations, 5000);
	ck_assert(a->app_passwords && a->observe && !b->app_passwords && !b->observe);
	ck_assert_int_eq(a->policy.secrets, MECH_SECRETS_MIXED);
	ck_assert_int_eq(b->policy.secrets, MECH_SECRETS_HASHED);
	ck_assert(a->policy.require_tls && a->policy.app_required && a->policy.lock_told_always);
	ck_assert(!b->policy.require_tls && !b->policy.app_required && !b->policy.lock_told_always);
	ck_assert_uint_eq(a->policy.previous_days, 7);
	ck_assert(a->style.codes_rfc && a->style.app_passwords && !b->style.app_passwords);
	ck_assert(span_is(a->style.url, "https://a.example/") && span_is(a->style.contact, "A"));
	ck_assert(span_is(b->style.url, "https://example.org/mail"));
	ck_assert(span_is(b->style.contact, "the desk"));
	ck_assert(span_is(b->style.mechanisms, "PLAIN or LOGIN"));
	ck_assert_str_eq(a->style.texts[REASON_ACCOUNT_DISABLED], "inner");
	ck_assert_str_eq(b->style.texts[REASON_ACCOUNT_DISABLED], "outer {contact}");
	ck_assert_str_eq(a->style.texts[REASON_ACCOUNT_EXPIRED], "gone");
	ck_assert_ptr_null(b->style.texts[REASON_BAD_CREDENTIALS]);
	settings_close(&s);
}
END_TEST

START_TEST(test_state)
{
	char faults[4096];
	struct settings *s = load(full, faults, sizeof(faults));
	const struct attempts_rules *a;

	ck_assert_msg(s != NULL, "%s", faults);
	a = &s->realms[0].rules;
	ck_assert_str_eq(s->state_directory, "/var/lib/x");
	ck_assert_uint_eq(s->journal.entries, 5);
	ck_assert_uint_eq(s->journal.days, 2);
	ck_assert_uint_eq(s->journal.octets, 3 << 20);
	ck_assert(s->journal_hash_unknown);
	ck_assert_uint_eq(s->attempts_entries, 2048);
	ck_assert_uint_eq(s->ipv4_bits, 24);
	ck_assert_uint_eq(s->ipv6_bits, 48);
	ck_assert_uint_eq(s->forwarder_count, 2);
	ck_assert_uint_eq(s->forwarders[1].address[15], 2);
	ck_assert_uint_eq(s->shared_count, 1);
	ck_assert_uint_eq(s->shared[0].bits, 96 + 24);
	ck_assert_uint_eq(s->exempt_count, 0);
	ck_assert_ptr_null(s->fleet);
	ck_assert(a->threshold == 3 && a->network_threshold == 4);
	ck_assert(a->window == 60 && a->lock == 120 && a->delay_ms == 1000);
	ck_assert_uint_eq(s->realms[0].remember_days, 9);
	ck_assert_uint_eq(s->realms[0].expiring_days, 8);
	ck_assert(!s->realms[0].threshold_of_directory && !s->realms[0].app_in_directory);
	settings_close(&s);
}
END_TEST

static const struct {
	const char *name;
	unsigned char address[16];
	bool want;
} clients[] = {
    {"inside IPv4", {[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 77}, true},
    {"beside IPv4", {[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 3, [15] = 77}, false},
    {"one address", {[10] = 0xff, [11] = 0xff, [12] = 203, [13] = 0, [14] = 113, [15] = 9}, true},
    {"the next", {[10] = 0xff, [11] = 0xff, [12] = 203, [13] = 0, [14] = 113, [15] = 8}, false},
    {"inside IPv6", {0x20, 0x01, 0x0d, 0xb8, 0xff}, true},
    {"beside IPv6", {0x20, 0x01, 0x0d, 0xb9}, false},
};

START_TEST(test_disclose)
{
	char faults[4096];
	struct settings *s = load(full, faults, sizeof(faults));

	ck_assert_msg(s != NULL, "%s", faults);
	ck_assert_msg(settings_disclose(&s->realms[0], clients[_i].address) ==
			  (clients[_i].want ? POLICY_DISCLOSE_ALWAYS : POLICY_DISCLOSE_PROOF),
		      "%s", clients[_i].name);
	ck_assert_int_eq(settings_disclose(&s->realms[0], NULL), POLICY_DISCLOSE_PROOF);
	ck_assert_int_eq(settings_disclose(&s->realms[1], clients[_i].address),
			 POLICY_DISCLOSE_NEVER);
	settings_close(&s);
}
END_TEST

/* The safe values, where the file says nothing. */
START_TEST(test_defaults)
{
	char faults[4096];
	struct settings *s = load(WHOLE, faults, sizeof(faults));
	const struct settings_realm *realm;

	ck_assert_msg(s != NULL, "%s", faults);
	realm = &s->realms[0];
	ck_assert_ptr_null(s->user);
	ck_assert_ptr_null(s->key_file);
	ck_assert_ptr_null(s->default_realm);
	ck_assert_ptr_eq(s->stranger_realm, realm);
	ck_assert_uint_ge(s->hash_threads, 1);
	ck_assert_int_eq(s->log_target, LOG_TARGET_SYSLOG);
	ck_assert_int_eq(s->log_level, LOG_LEVEL_INFO);
	ck_assert_int_eq(s->username, SETTINGS_USERNAME_FULL);
	ck_assert_uint_eq(s->listeners[0].mode, 0660);
	ck_assert_uint_eq(s->listeners[0].mechanism_count, 2);
	ck_assert_int_eq(realm->policy.disclose, POLICY_DISCLOSE_PROOF);
	ck_assert_int_eq(realm->policy.secrets, MECH_SECRETS_HASHED);
	ck_assert_uint_eq(realm->policy.previous_days, 30);
	ck_assert_uint_eq(realm->floor_ms, 500);
	ck_assert_uint_eq(realm->scram_iterations, 4096);
	ck_assert_str_eq(realm->scheme, "CRYPT");
	ck_assert(realm->style.url.len == 0 && !realm->style.codes_rfc);
	ck_assert_str_eq(s->state_directory, "/var/lib/sasl-reason");
	ck_assert_uint_eq(s->listener_count, 2);
	ck_assert_str_eq(s->listeners[1].path, "/run/sasl-reason/admin");
	ck_assert_uint_eq(s->listeners[1].mode, 0600);
	ck_assert_uint_eq(s->journal.entries, 100000);
	ck_assert(!s->journal_hash_unknown);
	ck_assert(s->ipv4_bits == 32 && s->ipv6_bits == 64);
	ck_assert_uint_eq(s->shared_count, 2);
	ck_assert(s->forwarder_count == 0 && s->exempt_count == 0);
	ck_assert(realm->rules.threshold == 10 && realm->rules.network_threshold == 100);
	ck_assert(realm->rules.window == 900 && realm->rules.lock == 900);
	ck_assert_uint_eq(realm->rules.delay_ms, 2000);
	ck_assert_uint_eq(realm->remember_days, 0);
	settings_close(&s);
}
END_TEST

static const char files_conf[] =
    TOP SOCKET REALM "key_file = %s/key\nbackend_file users {\n path = %s/users\n}\n";

static const struct {
	const char *name;
	mode_t key, users; /* 0: not there */
	size_t key_len;
	const char *fault;   /* behind "conf:<line>: <key>: <path>" */
	const char *warning; /* likewise */
} files[] = {
    {"fine", 0600, 0400, 32, NULL, NULL},
    {"key for the group", 0640, 0600, 32,
     "conf:4: key_file: %s/key: can be read or written by its group: chmod 600\n", NULL},
    {"key for all", 0604, 0600, 32,
     "conf:4: key_file: %s/key: can be read or written by everybody: chmod 600\n", NULL},
    {"key that the group writes", 0620, 0600, 32,
     "conf:4: key_file: %s/key: can be read or written by its group: chmod 600\n", NULL},
    {"short key", 0600, 0600, 15, "conf:4: key_file: %s/key: has less than 16 octets\n", NULL},
    {"no key", 0, 0600, 32, "conf:4: key_file: %s/key: No such file or directory\n", NULL},
    {"users for all", 0600, 0644, 32,
     "conf:6: backend_file \"users\": path: %s/users: can be read or written by everybody: "
     "chmod 600\n",
     NULL},
    {"users for the group", 0600, 0660, 32,
     "conf:6: backend_file \"users\": path: %s/users: can be read or written by its group: "
     "chmod 600\n",
     NULL},
    {"no users yet", 0600, 0, 32, NULL,
     "conf:6: backend_file \"users\": path: %s/users: No such file or directory\n"},
};

static void make_file(const char *name, mode_t mode, size_t len)
{
	char text[64];

	unlink(name);
	if (!mode)
		return;
	memset(text, 'k', sizeof(text));
	text[len] = '\0';
	write_file(name, text);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void same(const char *name, const struct buf *got, const char *format)
{
	char want[512];

	snprintf(want, sizeof(want), format ? format : "", folder);
	ck_assert_msg(span_is(buf_span(got), want), "%s: %.*s", name, (int)got->len, got->at);
}

START_TEST(test_files)
{
	char text[1024], faults[4096], odds[4096];
	struct buf fault = BUF_ON(faults), warning = BUF_ON(odds);
	struct settings *settings;

	snprintf(text, sizeof(text), files_conf, folder, folder);
	settings = load(text, faults, sizeof(faults));
	ck_assert_msg(settings != NULL, "%s", faults);
	make_file("key", files[_i].key, files[_i].key_len);
	make_file("users", files[_i].users, 10);
	ck_assert_int_eq(settings_check_files(settings, &fault, &warning), !files[_i].fault);
	same(files[_i].name, &fault, files[_i].fault);
	same(files[_i].name, &warning, files[_i].warning);
	settings_close(&settings);
}
END_TEST

static char *printed(const struct settings *settings)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	settings_print(settings, out);
	fclose(out);
	return text;
}

static const char *const fixpoints[] = {WHOLE, full};

START_TEST(test_fixpoint)
{
	char faults[4096];
	struct settings *settings = load(fixpoints[_i], faults, sizeof(faults));
	char *first, *second;

	ck_assert_msg(settings != NULL, "%s", faults);
	first = printed(settings);
	settings_close(&settings);
	settings = load(first, faults, sizeof(faults));
	ck_assert_msg(settings != NULL, "%s%s", faults, first);
	second = printed(settings);
	ck_assert_str_eq(first, second);
	ck_assert_ptr_nonnull(strstr(first, "floor = "));
	ck_assert_ptr_nonnull(strstr(first, "\t# app-password-required: The password is right"));
	settings_close(&settings);
	free(first);
	free(second);
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
	unlink("key");
	unlink("users");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(folder);
}

int main(void)
{
	Suite *suite = suite_create("settings");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_unchecked_fixture(all, enter_folder, leave_folder);
	tcase_add_test(all, test_top);
	tcase_add_test(all, test_listeners);
	tcase_add_test(all, test_realms);
	tcase_add_test(all, test_state);
	tcase_add_loop_test(all, test_disclose, 0, (int)COUNT(clients));
	tcase_add_test(all, test_defaults);
	tcase_add_loop_test(all, test_files, 0, (int)COUNT(files));
	tcase_add_loop_test(all, test_fixpoint, 0, (int)COUNT(fixpoints));
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
