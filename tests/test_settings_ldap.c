/* SPDX-License-Identifier: MIT */
/* Tests of engine/settings_ldap: what the directory backend gets, and each fault and warning. */
#include "engine/settings_ldap.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What a row adds to begins in line 3, inside of the section. */
#define TOP                                                                                        \
	"user = '' listener /run/a { }\nrealm example.org { backends = dir }\nbackend_ldap dir {"
#define URI  " uri = ldap://localhost"
#define BASE " base = 'dc=example,dc=org'"
#define END  " }\n"

static char folder[] = "/tmp/test_settings_ldap.XXXXXX";

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

	write_file("conf", text);
	settings_load("conf", &settings, &out);
	faults[out.len] = '\0';
	return settings;
}

/* ---- what it gets ---- */

static const char full[] = TOP
    " uri = {'ldaps://one.example.org:1636', 'ldap://two.example.org'} starttls = yes\n"
    "  tls_verify = no tls_ca_file = /etc/ca tls_cert_file = /etc/cert tls_key_file = /etc/key\n"
    "  service_bind = simple bind_dn = 'cn=svc,dc=example,dc=org' bind_password_file = /etc/pw\n"
    "  base = 'ou=people,dc=example,dc=org' scope = one filter = '(mail=%n)'\n"
    "  dialect = active-directory verify = hash bind_as = domain domain = EXAMPLE\n"
    "  name_attribute = mail policy_dn = 'cn=policy' threads = 3 connect_timeout = 1s\n"
    "  timeout = 1500ms total_timeout = 5s map_url = labeledURI\n"
    "  map_app_required = 'memberOf=cn=apps,dc=example,dc=org'\n"
    "  map_disabled = '(employeeType=gone)' }\n";

static bool is(struct span span, const char *text)
{
	return span_is(span, text);
}

START_TEST(all_keys)
{
	char faults[4096];
	struct settings *settings = load(full, faults, sizeof(faults));
	const struct backend_ldap_settings *ldap;

	ck_assert_msg(settings != NULL, "%s", faults);
	ck_assert_uint_eq(settings->backend_count, 1);
	ck_assert_int_eq(settings->backends[0].type, SETTINGS_BACKEND_LDAP);
	ck_assert_uint_eq(settings->backends[0].threads, 3);
	ldap = settings->backends[0].ldap;
	ck_assert_str_eq(ldap->label, "dir");
	ck_assert_uint_eq(ldap->uri_count, 2);
	ck_assert_str_eq(ldap->uris[0], "ldaps://one.example.org:1636");
	ck_assert_str_eq(ldap->uris[1], "ldap://two.example.org");
	ck_assert(ldap->starttls && !ldap->tls_verify);
	ck_assert_str_eq(ldap->tls_ca_file, "/etc/ca");
	ck_assert_str_eq(ldap->tls_cert_file, "/etc/cert");
	ck_assert_str_eq(ldap->tls_key_file, "/etc/key");
	ck_assert_int_eq(ldap->service, BACKEND_LDAP_SIMPLE);
	ck_assert_str_eq(ldap->bind_dn, "cn=svc,dc=example,dc=org");
	ck_assert_str_eq(ldap->bind_password_file, "/etc/pw");
	ck_assert_str_eq(ldap->base, "ou=people,dc=example,dc=org");
	ck_assert_int_eq(ldap->scope, BACKEND_LDAP_ONE);
	ck_assert_str_eq(ldap->filter, "(mail=%n)");
	ck_assert_int_eq(ldap->dialect, LDAP_STATE_AD);
	ck_assert_int_eq(ldap->verify, BACKEND_LDAP_HASH);
	ck_assert_int_eq(ldap->bind_as, BACKEND_LDAP_AS_DOMAIN);
	ck_assert_str_eq(ldap->domain, "EXAMPLE");
	ck_assert_str_eq(ldap->name_attribute, "mail");
	ck_assert_str_eq(ldap->policy_dn, "cn=policy");
	ck_assert_uint_eq(ldap->threads, 3);
	ck_assert_uint_eq(ldap->connect_timeout_ms, 1000);
	ck_assert_uint_eq(ldap->timeout_ms, 1500);
	ck_assert_uint_eq(ldap->total_timeout_ms, 5000);
	ck_assert_int_eq(ldap->maps[LDAP_STATE_URL].source, LDAP_STATE_ATTRIBUTE);
	ck_assert(is(ldap->maps[LDAP_STATE_URL].text, "labeledURI"));
	ck_assert_int_eq(ldap->maps[LDAP_STATE_APP_REQUIRED].source, LDAP_STATE_GROUP);
	ck_assert(is(ldap->maps[LDAP_STATE_APP_REQUIRED].text, "cn=apps,dc=example,dc=org"));
	ck_assert_int_eq(ldap->maps[LDAP_STATE_DISABLED].source, LDAP_STATE_FILTER);
	ck_assert(is(ldap->maps[LDAP_STATE_DISABLED].text, "(employeeType=gone)"));
	ck_assert(span_equal(ldap->maps[LDAP_STATE_EXPIRES].text,
			     ldap_state_own_maps()[LDAP_STATE_EXPIRES].text));
	settings_close(&settings);
}
END_TEST

START_TEST(defaults)
{
	char faults[4096];
	struct settings *settings = load(TOP URI BASE END, faults, sizeof(faults));
	const struct backend_ldap_settings *ldap;

	ck_assert_msg(settings != NULL, "%s", faults);
	ck_assert_str_eq(settings->warnings, "");
	ldap = settings->backends[0].ldap;
	ck_assert(!ldap->starttls && ldap->tls_verify);
	ck_assert_str_eq(ldap->filter, "(uid=%u)");
	ck_assert_int_eq(ldap->scope, BACKEND_LDAP_SUB);
	ck_assert_int_eq(ldap->dialect, LDAP_STATE_OPENLDAP);
	ck_assert_int_eq(ldap->verify, BACKEND_LDAP_BIND);
	ck_assert_int_eq(ldap->bind_as, BACKEND_LDAP_AS_DN);
	ck_assert_str_eq(ldap->bind_dn, "");
	ck_assert_str_eq(ldap->policy_dn, "");
	for (int i = 0; i < LDAP_STATE_FACTS; i++)
		ck_assert(span_equal(ldap->maps[i].text, ldap_state_own_maps()[i].text));
	settings_close(&settings);
}
END_TEST

START_TEST(default_filter_of_ad)
{
	char faults[4096];
	struct settings *settings =
	    load(TOP URI BASE " dialect = active-directory" END, faults, sizeof(faults));

	ck_assert_msg(settings != NULL, "%s", faults);
	ck_assert_str_eq(settings->backends[0].ldap->filter,
			 "(&(objectCategory=person)(objectClass=user)(sAMAccountName=%u))");
	settings_close(&settings);
}
END_TEST

/* What --print-config prints is the same configuration again. */
START_TEST(printed)
{
	char faults[4096], *first = NULL, *second = NULL;
	size_t first_len = 0, second_len = 0;
	struct settings *settings = load(full, faults, sizeof(faults));
	FILE *out = open_memstream(&first, &first_len);

	settings_print(settings, out);
	fclose(out);
	settings_close(&settings);
	settings = load(first, faults, sizeof(faults));
	ck_assert_msg(settings != NULL, "%s\n%s", faults, first);
	out = open_memstream(&second, &second_len);
	settings_print(settings, out);
	fclose(out);
	ck_assert_str_eq(first, second);
	ck_assert_ptr_nonnull(strstr(first, "memberOf=cn=apps"));
	settings_close(&settings);
	free(first);
	free(second);
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
	const char *name;
	const char *more; /* in a section with a uri and a base, unless it begins with '!' */
	const char *want; /* behind "conf:3: " */
} wrong[] = {
    {"no uri", "!" BASE, "backend_ldap \"dir\": uri has to be set"},
    {"no base", "!" URI, "backend_ldap \"dir\": base has to be set"},
    {"empty base", "!" URI " base = ''", "backend_ldap \"dir\": base: is empty"},
    {"empty list", "! uri = {}" BASE, "backend_ldap \"dir\": uri: the list is empty"},
    {"not ldap", "! uri = {ldap://a, 'http://b'}" BASE,
     "backend_ldap \"dir\": uri: \"http://b\" is not ldap://, ldaps:// or ldapi://"},
    {"no host", "! uri = 'ldap://'" BASE, "backend_ldap \"dir\": uri: \"ldap://\" has no host"},
    {"a DN", "! uri = 'ldap://a/dc=example'" BASE,
     "backend_ldap \"dir\": uri: \"ldap://a/dc=example\" has more than a host and a port"},
    {"cert alone", " tls_cert_file = /c",
     "backend_ldap \"dir\": tls_cert_file: tls_cert_file and tls_key_file belong together"},
    {"key alone", " tls_key_file = /c",
     "backend_ldap \"dir\": tls_key_file: tls_cert_file and tls_key_file belong together"},
    {"DN without password", " bind_dn = 'cn=a'",
     "backend_ldap \"dir\": bind_dn: bind_dn and bind_password_file belong together"},
    {"password without DN", " bind_password_file = /p",
     "backend_ldap \"dir\": bind_password_file: bind_dn and bind_password_file belong together"},
    {"password for EXTERNAL", " service_bind = external bind_password_file = /p",
     "backend_ldap \"dir\": bind_password_file: is only for service_bind = simple"},
    {"filter", " filter = 'uid=%u'", "backend_ldap \"dir\": filter: "},
    {"filter without a name", " filter = '(uid=*)'", "backend_ldap \"dir\": filter: "},
    {"domain without domain", " dialect = active-directory bind_as = domain",
     "backend_ldap \"dir\": bind_as: \"domain\" needs the key domain"},
    {"UPN without AD", " bind_as = upn",
     "backend_ldap \"dir\": bind_as: only Active Directory binds with anything but a DN"},
    {"map of nothing", " map_disabled = 'a b'",
     "backend_ldap \"dir\": map_disabled: is no attribute, memberOf=DN or (filter)"},
    {"map of no group", " map_disabled = 'memberOf='",
     "backend_ldap \"dir\": map_disabled: memberOf= needs the DN of a group"},
    {"map of a bad filter", " map_disabled = '(a=b'", "backend_ldap \"dir\": map_disabled: "},
    {"group for a value", " map_url = 'memberOf=cn=a'",
     "backend_ldap \"dir\": map_url: has a value, which only an attribute can give"},
    {"filter for a value", " map_expires = '(a=b)'",
     "backend_ldap \"dir\": map_expires: has a value, which only an attribute can give"},
    {"dialect", " dialect = novell", "backend_ldap \"dir\": dialect: \"novell\" is not one of "},
    {"longer than a client waits", " total_timeout = 8s",
     "backend_ldap \"dir\": total_timeout: \"8s\" is not a number from 50ms to 7500ms"},
};

START_TEST(faults)
{
	char text[1024], told[4096], want[512];
	const char *more = wrong[_i].more;
	struct settings *settings;

	snprintf(text, sizeof(text), "%s%s%s", *more == '!' ? TOP : TOP URI BASE,
		 *more == '!' ? more + 1 : more, END);
	snprintf(want, sizeof(want), "conf:3: %s", wrong[_i].want);
	settings = load(text, told, sizeof(told));
	ck_assert_msg(!settings, "%s: taken", wrong[_i].name);
	ck_assert_msg(strncmp(told, want, strlen(want)) == 0, "%s: %s", wrong[_i].name, told);
	ck_assert_msg(strchr(told, '\n') == told + strlen(told) - 1, "%s: %s", wrong[_i].name,
		      told);
}
END_TEST

/* ---- what is odd ---- */

static const struct {
	const char *uri, *more;
	const char *want; /* null: no warning */
} odd[] = {
    {"ldap://127.0.0.1:389", "", NULL},
    {"ldap://[::1]", "", NULL},
    {"ldapi://%2Frun%2Fldapi", "", NULL},
    {"ldaps://a.example.org", "", NULL},
    {"ldap://localhost.example.org", "", "passwords cross the network in the clear\n"},
    {"ldap://127.0.0.1.example.org:389", "", "passwords cross the network in the clear\n"},
    {"ldap://a.example.org", " starttls = yes", NULL},
    {"ldap://a.example.org/", "", "passwords cross the network in the clear\n"},
    {"ldap://a.example.org", " starttls = yes tls_verify = no", "tls_verify = no: "},
};

START_TEST(warnings)
{
	char text[1024], told[4096];
	struct settings *settings;

	snprintf(text, sizeof(text), TOP " uri = '%s'" BASE "%s" END, odd[_i].uri, odd[_i].more);
	settings = load(text, told, sizeof(told));
	ck_assert_msg(settings != NULL, "%s", told);
	if (odd[_i].want)
		ck_assert_ptr_nonnull(strstr(settings->warnings, odd[_i].want));
	else
		ck_assert_str_eq(settings->warnings, "");
	settings_close(&settings);
}
END_TEST

/* ---- its files ---- */

static const struct {
	const char *key;
	mode_t mode; /* 0: there is none */
	int octets;  /* of its first line */
	const char *want;
} files[] = {
    {"bind_password_file", 0600, 1, NULL},
    {"bind_password_file", 0600, 4096, NULL},
    {"bind_password_file", 0600, 4097, "is longer than 4096 octets"},
    {"bind_password_file", 0600, 0, "the password file is empty"},
    {"bind_password_file", 0640, 1, "bind_password_file: "},
    {"bind_password_file", 0, 0, "bind_password_file: "},
    {"tls_key_file", 0600, 1, NULL},
    {"tls_key_file", 0604, 1, "tls_key_file: "},
    {"tls_key_file", 0, 0, "tls_key_file: "},
};

START_TEST(secret_files)
{
	bool key = strcmp(files[_i].key, "tls_key_file") == 0;
	char text[1024], told[4096], line[5000];
	struct buf faults = BUF_ON(told), none = BUF_ON(text);
	struct settings *settings;

	snprintf(text, sizeof(text), TOP URI BASE " %s = %s/secret %s" END, files[_i].key, folder,
		 key ? "tls_cert_file = /c" : "bind_dn = 'cn=a'");
	unlink("secret");
	if (files[_i].mode) {
		snprintf(line, sizeof(line), "%0*d", files[_i].octets, 1);
		snprintf(line + files[_i].octets, 2, "\n");
		write_file("secret", line);
		ck_assert_int_eq(chmod("secret", files[_i].mode), 0);
	}
	settings = load(text, told, sizeof(told));
	ck_assert_msg(settings != NULL, "%s", told);
	ck_assert_int_eq(settings_check_files(settings, &faults, &none), !files[_i].want);
	told[faults.len] = '\0';
	if (files[_i].want)
		ck_assert_msg(strstr(told, files[_i].want) != NULL, "%s", told);
	settings_close(&settings);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("settings_ldap");
	TCase *cases = tcase_create("settings_ldap");
	SRunner *runner = srunner_create(suite);
	int failed;

	if (!mkdtemp(folder) || chdir(folder) != 0)
		return EXIT_FAILURE;
	tcase_add_test(cases, all_keys);
	tcase_add_test(cases, defaults);
	tcase_add_test(cases, default_filter_of_ad);
	tcase_add_test(cases, printed);
	tcase_add_loop_test(cases, faults, 0, COUNT(wrong));
	tcase_add_loop_test(cases, warnings, 0, COUNT(odd));
	tcase_add_loop_test(cases, secret_files, 0, COUNT(files));
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	unlink("secret");
	unlink("conf");
	if (chdir("/") == 0)
		rmdir(folder);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
