/* SPDX-License-Identifier: MIT */
/* Tests of backend/backend_file: lines, fields, names, and what a changing file does. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend/backend_file.h"
#include "backend/backend_file_parse.h"
#include "backend/backend_file_value.h"
#include "base/log.h"
#include "slow.h"

static char folder[] = "/tmp/test_backend_file.XXXXXX";
static char path[64], other[64];
static struct backend_record record;

static void write_text(const char *to, const char *text, int flags)
{
	int fd = open(to, O_WRONLY | O_CREAT | flags, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void replace_with(const char *text)
{
	write_text(other, text, O_TRUNC);
	ck_assert_int_eq(rename(other, path), 0);
}

static void setup(void)
{
	memset(folder + strlen(folder) - 6, 'X', 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/users", folder);
	snprintf(other, sizeof(other), "%s/new", folder);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_ERROR, "test");
	if (!freopen("/dev/null", "w", stderr))
		ck_abort();
}

static void teardown(void)
{
	unlink(path);
	unlink(other);
	rmdir(folder);
}

static enum backend_found ask(struct backend *backend, const char *full)
{
	struct span rest = span_of(full), local;
	struct backend_name name = {span_of(full), SPAN_NONE, SPAN_NONE};

	span_take_until(&rest, '@', &local);
	name.local = local;
	name.domain = rest;
	backend_record_wipe(&record);
	backend_record_init(&record);
	return backend->type->lookup(backend, &name, &record);
}

static bool stored_is(const char *want)
{
	return record.stored_count == 1 && span_is(record.stored[0], want);
}

static const struct {
	const char *name;
	const char *line;
	enum backend_file_line want;
	const char *want_name;
	const char *want_rest;
} lines[] = {
	{"secret only", "alice:{PLAIN}x", BACKEND_FILE_LINE_ACCOUNT, "alice", "{PLAIN}x"},
	{"all fields", "a@b:{PLAIN}x:1:2:g:/h:/s:disabled", BACKEND_FILE_LINE_ACCOUNT, "a@b",
	 "{PLAIN}x:1:2:g:/h:/s:disabled"},
	{"CR LF", "alice:{PLAIN}x\r", BACKEND_FILE_LINE_ACCOUNT, "alice", "{PLAIN}x"},
	{"folded", "\303\234BER:x", BACKEND_FILE_LINE_ACCOUNT, "\303\274ber", "x"},
	{"no secret", "alice:", BACKEND_FILE_LINE_ACCOUNT, "alice", ""},
	{"empty", "", BACKEND_FILE_LINE_SKIP, "", ""},
	{"only CR", "\r", BACKEND_FILE_LINE_SKIP, "", ""},
	{"comment", "# alice:x", BACKEND_FILE_LINE_SKIP, "", ""},
	{"no colon", "alice", BACKEND_FILE_LINE_MALFORMED, "", ""},
	{"no name", ":{PLAIN}x", BACKEND_FILE_LINE_MALFORMED, "", ""},
	{"blank name", "  :{PLAIN}x", BACKEND_FILE_LINE_MALFORMED, "", ""},
	{"not UTF-8", "a\377:x", BACKEND_FILE_LINE_MALFORMED, "", ""},
	{"control character", "a\001:x", BACKEND_FILE_LINE_MALFORMED, "", ""},
};

START_TEST(test_line)
{
	char storage[64];
	struct buf name = BUF_ON(storage);
	struct span rest;
	const char *fault;
	enum backend_file_line kind =
	    backend_file_parse_name(span_of(lines[_i].line), &name, &rest, &fault);

	ck_assert_msg(kind == lines[_i].want, "%s", lines[_i].name);
	ck_assert_msg((fault != NULL) == (kind == BACKEND_FILE_LINE_MALFORMED), "%s", lines[_i].name);
	if (kind != BACKEND_FILE_LINE_ACCOUNT)
		return;
	ck_assert_msg(span_is(buf_span(&name), lines[_i].want_name), "%s", lines[_i].name);
	ck_assert_msg(span_is(rest, lines[_i].want_rest), "%s", lines[_i].name);
}
END_TEST

START_TEST(test_line_limits)
{
	static char text[BACKEND_FILE_LINE_MAX + 1];
	char storage[64];
	struct buf name = BUF_ON(storage);
	struct span rest;
	const char *fault;

	memset(text, 'x', sizeof(text));
	memcpy(text, "alice:", 6);
	ck_assert_int_eq(backend_file_parse_name((struct span){text, sizeof(text) - 1}, &name, &rest,
						 &fault), BACKEND_FILE_LINE_ACCOUNT);
	ck_assert_int_eq(backend_file_parse_name((struct span){text, sizeof(text)}, &name, &rest,
						 &fault), BACKEND_FILE_LINE_MALFORMED);
	text[10] = 0;
	ck_assert_int_eq(backend_file_parse_name((struct span){text, 20}, &name, &rest, &fault),
			 BACKEND_FILE_LINE_MALFORMED);
}
END_TEST

#define NOON 1793793600 /* 2026-11-04T12:00:00Z */
#define DAY0 1793750400

/* One field; what it must set is looked at in look_field(), by the same name. */
static const struct {
	const char *field;
	bool want_defect;
	size_t flag;   /* offset of a flag that must be set, or 0 */
	size_t date;   /* offset of a date, or 0 */
	int64_t want_date;
	size_t list; /* offset of a span, or 0 */
	const char *want_list;
} fields[] = {
#define AT(member) offsetof(struct account, member)
	{"disabled", false, AT(disabled), 0, 0, 0, NULL},
	{"disabled=y", false, AT(disabled), 0, 0, 0, NULL},
	{"disabled=Yes", false, AT(disabled), 0, 0, 0, NULL},
	{"disabled=perhaps", true, 0, 0, 0, 0, NULL},
	{"nologin", false, AT(disabled), 0, 0, 0, NULL},
	{"nologin=y", false, AT(disabled), 0, 0, 0, NULL},
	{"disabled=no nologin", false, AT(disabled), 0, 0, 0, NULL},
	{"nologin disabled=no", false, AT(disabled), 0, 0, 0, NULL},
	{"locked", false, AT(locked), 0, 0, 0, NULL},
	{"must_change=true", false, AT(must_change), 0, 0, 0, NULL},
	{"app_password_required", false, AT(app_required), 0, 0, 0, NULL},
	{"oauth2_required=1", false, AT(oauth2_required), 0, 0, 0, NULL},
	{"service_disabled=on", false, AT(service_disabled), 0, 0, 0, NULL},
	{"expires=2026-11-04", false, 0, AT(expires), DAY0, 0, NULL},
	{"expires=2026-11-04T12:00:00Z", false, 0, AT(expires), NOON, 0, NULL},
	{"password_expires=2026-11-04", false, 0, AT(password_expires), DAY0, 0, NULL},
	{"password_changed=2026-11-04", false, 0, AT(password_changed), DAY0, 0, NULL},
	{"expires=", true, 0, 0, 0, 0, NULL},
	{"expires", true, 0, 0, 0, 0, NULL},
	{"expires=tomorrow", true, 0, 0, 0, 0, NULL},
	{"mechanisms=PLAIN,LOGIN", false, 0, 0, 0, AT(mechanisms), "PLAIN,LOGIN"},
	{"mechanisms=", true, 0, 0, 0, 0, NULL},
	{"services=smtp,imap", false, 0, 0, 0, AT(services), "smtp,imap"},
	{"url=https://example.org/a?b=c", false, 0, 0, 0, AT(url), "https://example.org/a?b=c"},
	{"url=https://example.org/\303\274", true, 0, 0, 0, 0, NULL},
	{"hours=Mon-Fri/08-18,Sat/09-12", false, AT(hours_limited), 0, 0, AT(restriction),
	 "Mon-Fri/08-18 and Sat/09-12"},
	{"hours=Mon/08-18 hours=Tue/08-18", true, 0, 0, 0, 0, NULL},
	{"hours=Mon", true, 0, 0, 0, 0, NULL},
	{"allow_nets=10.0.0.0/8,2001:db8::/32", false, 0, 0, 0, AT(restriction),
	 "from 10.0.0.0/8 and 2001:db8::/32"},
	{"hours=Mon/08-18 allow_nets=10.0.0.1", false, AT(hours_local), 0, 0, AT(restriction),
	 "Mon/08-18 from 10.0.0.1"},
	{"allow_nets=local", true, 0, 0, 0, 0, NULL},
	{"allow_nets=", true, 0, 0, 0, 0, NULL},
	{"allow_nets=10.0.0.0/33", true, 0, 0, 0, 0, NULL},
	{"allow_nets=1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,1::/0,"
	 "1::/0,1::/0,1::/0,1::/0", true, 0, 0, 0, 0, NULL},
	{"previous=2026-11-04,{PLAIN}old-pw", false, 0, AT(password_changed), DAY0, 0, NULL},
	{"previous=2026-11-04,{PLAIN}old previous=2026-01-01,{PLAIN}older", false, 0,
	 AT(password_changed), DAY0, 0, NULL},
	{"previous={PLAIN}old-pw", true, 0, 0, 0, 0, NULL},
	{"previous=2026-11-04,", true, 0, 0, 0, 0, NULL},
	{"previous=2026-11-04", true, 0, 0, 0, 0, NULL},
	{"app_password=phone", true, 0, 0, 0, 0, NULL},
	{"app_password=phone,", true, 0, 0, 0, 0, NULL},
	{"app_password=,{PLAIN}abc", true, 0, 0, 0, 0, NULL},
	{"app_password=a%2,{PLAIN}abc", true, 0, 0, 0, 0, NULL},
	{"app_password=a%zz,{PLAIN}abc", true, 0, 0, 0, 0, NULL},
	{"app_password=a,{PLAIN}abc,expires=never", true, 0, 0, 0, 0, NULL},
	{"app_password=a,{PLAIN}abc,services=", true, 0, 0, 0, 0, NULL},
	{"app_password=a,,expires=2026-11-04", true, 0, 0, 0, 0, NULL},
	{"user=\377", true, 0, 0, 0, 0, NULL},
	{"user=", true, 0, 0, 0, 0, NULL},
	{"id=e4071", false, 0, 0, 0, 0, NULL},
	{"id=", true, 0, 0, 0, 0, NULL},
	{"id", true, 0, 0, 0, 0, NULL},
	{"id=\303\274", true, 0, 0, 0, 0, NULL},
	{"  disabled   userdb_quota_rule=*:storage=1G ", false, AT(disabled), 0, 0, 0, NULL},
	{"disabledx", false, 0, 0, 0, 0, NULL},
};

START_TEST(test_field)
{
	char text[512];
	const char *account = (const char *)&record.account;
	struct span unknown;

	snprintf(text, sizeof(text), "{PLAIN}x:1:2:gecos:/home:/bin/sh:%s", fields[_i].field);
	backend_record_init(&record);
	backend_file_parse_rest(span_of(text), &record, &unknown);
	ck_assert_int_eq(record.account.exists, YES);
	ck_assert(stored_is("{PLAIN}x"));
	ck_assert_msg(record.account.defect == fields[_i].want_defect, "%s", fields[_i].field);
	ck_assert_msg((record.defect != NULL) == fields[_i].want_defect, "%s", fields[_i].field);
	ck_assert_msg(span_is(record.stable, strcmp(fields[_i].field, "id=e4071") ? "" : "e4071"),
		      "%s", fields[_i].field);
	if (fields[_i].flag)
		ck_assert_msg(*(const bool *)(account + fields[_i].flag), "%s", fields[_i].field);
	if (fields[_i].date)
		ck_assert_msg(*(const int64_t *)(account + fields[_i].date) == fields[_i].want_date,
			      "%s", fields[_i].field);
	if (fields[_i].list)
		ck_assert_msg(span_is(*(const struct span *)(account + fields[_i].list),
				      fields[_i].want_list), "%s", fields[_i].field);
	ck_assert_msg(span_is(unknown, strcmp(fields[_i].field, "disabledx") ? "" : "disabledx"),
		      "%s", fields[_i].field);
}
END_TEST

/* The example of each documented field must be what the parser takes. */
START_TEST(test_examples)
{
	const struct backend_file_field *field;
	char text[512];
	struct span unknown;
	size_t count = 0;

	for (; (field = backend_file_parse_field(count)) != NULL; count++) {
		snprintf(text, sizeof(text), "{PLAIN}x::::::%s", field->example);
		backend_record_init(&record);
		backend_file_parse_rest(span_of(text), &record, &unknown);
		ck_assert_msg(!record.account.defect && !unknown.at, "%s", field->key);
		ck_assert_msg(!strncmp(field->example, field->key, strlen(field->key)), "%s",
			      field->key);
		ck_assert_int_gt((int)strlen(field->what), 10);
	}
	ck_assert_uint_eq(count, 19);
}
END_TEST

START_TEST(test_previous_and_apps)
{
	struct span unknown;
	const struct backend_app *app = record.apps;

	backend_record_init(&record);
	backend_file_parse_rest(
	    span_of("{PLAIN}x::::::previous=2026-01-01,{SCRAM-SHA-1}1,a,b,c "
		    "previous=2026-11-04,{PLAIN}newer password_changed=2026-12-24 "
		    "app_password=my%20phone,{SCRAM-SHA-1}4096,a,b,c,services=smtp,imap,"
		    "revoked=2026-11-04 app_password=b,$argon2id$v=19$m=1,t=2,p=1$a$b "
		    "app_password=c,{PLAIN}z,expires=2026-11-04T12:00:00Z user=Real@Example.ORG"),
	    &record, &unknown);
	ck_assert(!record.account.defect);
	ck_assert(span_is(record.previous, "{PLAIN}newer"));
	ck_assert_int_eq(record.previous_changed, DAY0);
	ck_assert_int_eq(record.account.password_changed, 1798070400);
	ck_assert_uint_eq(record.app_count, 3);
	ck_assert(span_is(app[0].label, "my phone"));
	ck_assert(span_is(app[0].stored, "{SCRAM-SHA-1}4096,a,b,c"));
	ck_assert(span_is(app[0].services, "smtp,imap"));
	ck_assert_int_eq(app[0].revoked, DAY0);
	ck_assert_int_eq(app[0].expires, 0);
	ck_assert(span_is(app[1].stored, "$argon2id$v=19$m=1,t=2,p=1$a$b"));
	ck_assert(!app[1].services.at);
	ck_assert_int_eq(app[2].expires, NOON);
	ck_assert(span_is(record.canonical, "real@example.org"));
}
END_TEST

/* Sixteen, and an id of 128 octets; one more of either is a defect. */
START_TEST(test_most)
{
	char text[4096];
	struct span unknown;
	int len = 0;

	for (int i = 0; i < 16; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"%sapp_password=a%d,{PLAIN}x", i ? " " : "{PLAIN}x::::::", i);
	len += snprintf(text + len, sizeof(text) - (size_t)len, " id=%0128d", 1);
	backend_record_init(&record);
	backend_file_parse_rest(span_of(text), &record, &unknown);
	ck_assert(!record.account.defect);
	ck_assert_uint_eq(record.app_count, 16);
	ck_assert_uint_eq(record.stable.len, 128);
	snprintf(text + len, sizeof(text) - (size_t)len, "0");
	backend_record_init(&record);
	backend_file_parse_rest(span_of(text), &record, &unknown);
	ck_assert(record.account.defect);
	ck_assert_ptr_null(record.stable.at);
	snprintf(text + len, sizeof(text) - (size_t)len, " app_password=b,{PLAIN}x");
	backend_record_init(&record);
	backend_file_parse_rest(span_of(text), &record, &unknown);
	ck_assert(record.account.defect);
	ck_assert_uint_eq(record.app_count, 16);
}
END_TEST

static const struct {
	const char *text;
	bool want;
	int64_t want_seconds;
} dates[] = {
	{"2026-11-04", true, DAY0},
	{"2026-11-04T12:00:00Z", true, NOON},
	{"2024-02-29", true, 1709164800},
	{"2000-02-29T23:59:59Z", true, 951868799},
	{"1970-01-02", true, 86400},
	{"9999-12-31T23:59:59Z", true, 253402300799},
	{"2038-01-19T03:14:08Z", true, 2147483648},
	{"1970-01-01", false, 0},
	{"1969-12-31", false, 0},
	{"2023-02-29", false, 0},
	{"2100-02-29", false, 0},
	{"2026-13-01", false, 0},
	{"2026-00-01", false, 0},
	{"2026-11-00", false, 0},
	{"2026-11-31", false, 0},
	{"2026-11-04T24:00:00Z", false, 0},
	{"2026-11-04T12:60:00Z", false, 0},
	{"2026-11-04T12:00:60Z", false, 0},
	{"2026-11-04T12:00:00", false, 0},
	{"2026-11-04T12:00:00+01:00", false, 0},
	{"2026-11-04Z", false, 0},
	{"2026-11-4", false, 0},
	{"26-11-04", false, 0},
	{" 2026-11-04", false, 0},
	{"", false, 0},
};

START_TEST(test_date)
{
	int64_t seconds = 0;
	bool ok = backend_file_value_take_date(span_of(dates[_i].text), &seconds);

	ck_assert_msg(ok == dates[_i].want, "%s", dates[_i].text);
	if (ok)
		ck_assert_msg(seconds == dates[_i].want_seconds, "%s: %ld", dates[_i].text,
			      (long)seconds);
}
END_TEST

static const struct {
	const char *text;
	int want_hours; /* of the week; -1: refused */
	int want_first; /* the first hour that is allowed */
} hour_rows[] = {
	{"Mon-Fri/08-18", 50, 32},
	{"mon/00-24", 24, 24},
	{"Sun-Sat/00-24", 168, 0},
	{"Fri-Mon/10-11", 4, 10},
	{"Mon/22-06", 8, 46},
	{"Sat/22-06", 8, 0},
	{"Mon/08-10,Mon/09-11", 3, 32},
	{"Sat/09-12,Sun/09-12", 6, 9},
	{"", -1, 0},
	{"Mon", -1, 0},
	{"Mon/", -1, 0},
	{"Mon/8-18", -1, 0},
	{"Mon/08-08", -1, 0},
	{"Mon/24-08", -1, 0},
	{"Mon/08-25", -1, 0},
	{"Mon/08", -1, 0},
	{"Mon-/08-18", -1, 0},
	{"Xyz/08-18", -1, 0},
	{"Mon-Tue-Wed/08-18", -1, 0},
	{"Mon/08-18,", -1, 0},
	{"Mon/08-18-19", -1, 0},
};

START_TEST(test_hours)
{
	unsigned char hours[21];
	int count = 0, first = -1;
	bool ok = backend_file_value_take_hours(span_of(hour_rows[_i].text), hours);

	ck_assert_msg(ok == (hour_rows[_i].want_hours >= 0), "%s", hour_rows[_i].text);
	if (!ok)
		return;
	for (int i = 0; i < 168; i++) {
		if (!(hours[i / 8] >> (i % 8) & 1))
			continue;
		count++;
		first = first < 0 ? i : first;
	}
	ck_assert_msg(count == hour_rows[_i].want_hours, "%s: %d", hour_rows[_i].text, count);
	ck_assert_msg(first == hour_rows[_i].want_first, "%s: %d", hour_rows[_i].text, first);
}
END_TEST

static const struct {
	const char *text;
	bool want;
	unsigned want_bits;
	unsigned char want_octets[16];
} network_rows[] = {
	{"10.0.0.0/8", true, 104, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 0}},
	{"192.0.2.1", true, 128, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1}},
	{"0.0.0.0/0", true, 96, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0}},
	{"2001:db8::/32", true, 32, {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	{"::/0", true, 0, {0}},
	{"::1", true, 128, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
	{"10.0.0.0/33", false, 0, {0}},
	{"2001:db8::/129", false, 0, {0}},
	{"10.0.0.0/", false, 0, {0}},
	{"10.0.0", false, 0, {0}},
	{"10.0.0.0/-1", false, 0, {0}},
	{"example.org", false, 0, {0}},
	{"", false, 0, {0}},
	{"/8", false, 0, {0}},
	{"1111:2222:3333:4444:5555:6666:7777:8888:9999:0000:1111", false, 0, {0}},
};

START_TEST(test_network)
{
	struct network network;
	bool ok = backend_file_value_take_network(span_of(network_rows[_i].text), &network);

	ck_assert_msg(ok == network_rows[_i].want, "%s", network_rows[_i].text);
	if (!ok)
		return;
	ck_assert_msg(network.bits == network_rows[_i].want_bits, "%s", network_rows[_i].text);
	ck_assert_msg(!memcmp(network.address, network_rows[_i].want_octets, 16), "%s",
		      network_rows[_i].text);
}
END_TEST

START_TEST(test_names)
{
	struct backend *backend;

	replace_with("# comment\n\nalice:{PLAIN}local\nalice@example.org:{PLAIN}full\n"
		     "\303\234ber@Example.org:{PLAIN}u\nnobody:\nlocked:!$6$x\nx:x\n");
	backend = backend_file_open("users", path);
	ck_assert_ptr_nonnull(backend);
	ck_assert_str_eq(backend->type->name, "file");
	ck_assert(!backend->type->blocking);
	ck_assert_int_eq(ask(backend, "alice@example.org"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}full"));
	ck_assert_int_eq(ask(backend, "alice@example.net"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}local"));
	ck_assert_int_eq(ask(backend, "\303\274ber@example.org"), BACKEND_KNOWN);
	ck_assert_int_eq(ask(backend, "\303\274ber@example.net"), BACKEND_UNKNOWN);
	ck_assert_int_eq(ask(backend, "# comment@example.org"), BACKEND_UNKNOWN);
	ck_assert_int_eq(record.account.exists, CANNOT_TELL);
	for (int i = 0; i < 3; i++) {
		static const char *const locked[] = {"nobody@a", "locked@a", "x@a"};

		ck_assert_int_eq(ask(backend, locked[i]), BACKEND_KNOWN);
		ck_assert_uint_eq(record.stored_count, 0);
		ck_assert(!record.account.defect);
	}
	backend->type->close(&backend);
	ck_assert_ptr_null(backend);
}
END_TEST

/* The record must not change when the file does. */
START_TEST(test_record_is_a_copy)
{
	struct backend *backend;
	struct backend_record *kept = calloc(1, sizeof(*kept));
	struct backend_name name = {span_of("alice@a"), span_of("alice"), span_of("a")};

	replace_with("alice:{PLAIN}one\n");
	backend = backend_file_open("users", path);
	backend_record_init(kept);
	ck_assert_int_eq(backend->type->lookup(backend, &name, kept), BACKEND_KNOWN);
	replace_with("alice:{PLAIN}two\n");
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}two"));
	backend->type->close(&backend);
	ck_assert(span_is(kept->stored[0], "{PLAIN}one"));
	backend_record_wipe(kept);
	ck_assert_ptr_null(memmem(kept->storage, 32, "one", 3));
	free(kept);
}
END_TEST

/* What takes the file's place at once, and what does not: the old accounts answer then. */
static const struct {
	const char *name;
	const char *text;
	bool want_new;
} replacements[] = {
	{"good", "alice:{PLAIN}new\n", true},
	{"good, with a broken account", "alice:{PLAIN}new\nbob:x::::::expires=x\n", true},
	{"without the last line's end", "alice:{PLAIN}new\nbob:{PLA", false},
	{"empty", "", false},
	{"only comments", "# nothing\n", false},
	{"line without a colon", "alice:{PLAIN}new\nbob\n", false},
	{"line without a name", "alice:{PLAIN}new\n:x\n", false},
	{"twice the same name", "alice:{PLAIN}new\nALICE:{PLAIN}x\n", false},
	{"name not UTF-8", "alice:{PLAIN}new\n\377:x\n", false},
};

static enum answer health_of(struct backend *backend)
{
	struct backend_health health = {CANNOT_TELL, 0, 0};

	backend->type->health(backend, &health);
	return health.up;
}

START_TEST(test_replaced)
{
	struct backend *backend;

	replace_with("alice:{PLAIN}old\n");
	backend = backend_file_open("users", path);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	replace_with(replacements[_i].text);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
		ck_assert_msg(stored_is(replacements[_i].want_new ? "{PLAIN}new" : "{PLAIN}old"),
			      "%s", replacements[_i].name);
		ck_assert_msg(health_of(backend) == (replacements[_i].want_new ? YES : NO), "%s",
			      replacements[_i].name);
	}
	replace_with("alice:{PLAIN}third\n");
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}third"));
	ck_assert_int_eq(health_of(backend), YES);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}third"));
	ck_assert_int_eq(health_of(backend), NO);
	replace_with("alice:{PLAIN}fourth\n");
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert_int_eq(health_of(backend), YES);
	backend->type->close(&backend);
}
END_TEST

static void sleep_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

START_TEST(test_written_in_place)
{
	struct backend *backend;

	replace_with("alice:{PLAIN}old\nbob:{PLAIN}b\n");
	backend = backend_file_open("users", path);
	write_text(path, "alice:{PLAIN}new\n", O_TRUNC); /* bob is still to come */
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}old"));
	sleep_ms(600);
	write_text(path, "bob:{PLA", O_APPEND);
	sleep_ms(600);
	ck_assert_int_eq(ask(backend, "bob@a"), BACKEND_KNOWN);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}old"));
	sleep_ms(600); /* at rest, but no end of line */
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}old"));
	write_text(path, "IN}c\n", O_APPEND);
	ck_assert_int_eq(ask(backend, "bob@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}b"));
	sleep_ms(1100);
	ck_assert_int_eq(ask(backend, "bob@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}c"));
	backend->type->close(&backend);
}
END_TEST

/* A full table of descriptors passes; the accounts of that moment must not stay for ever. */
START_TEST(test_no_descriptor)
{
	struct backend *backend;
	struct rlimit limit, none;
	int spare;

	replace_with("alice:{PLAIN}old\n");
	backend = backend_file_open("users", path);
	replace_with("alice:{PLAIN}new\n");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	spare = dup(STDERR_FILENO);
	none = (struct rlimit){(rlim_t)spare, limit.rlim_max};
	close(spare);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}old"));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	sleep_ms(2100);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert(stored_is("{PLAIN}new"));
	backend->type->close(&backend);
}
END_TEST

START_TEST(test_down)
{
	struct backend *backend;

	unlink(path);
	backend = backend_file_open("users", path);
	ck_assert_ptr_nonnull(backend);
	ck_assert_int_eq(health_of(backend), NO);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_DOWN);
	replace_with("alice\n");
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_DOWN);
	replace_with("alice:{PLAIN}x\n");
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	backend->type->close(&backend);
	ck_assert_int_eq(mkdir(other, 0700), 0);
	backend = backend_file_open("users", other);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_DOWN);
	backend->type->close(&backend);
	rmdir(other);
}
END_TEST

START_TEST(test_exposed)
{
	static const mode_t modes[] = {0644, 0640, 0620, 0602, 0604};
	struct backend *backend;

	replace_with("alice:{PLAIN}x\n");
	ck_assert_int_eq(chmod(path, modes[_i]), 0);
	backend = backend_file_open("users", path);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_DOWN);
	ck_assert_int_eq(chmod(path, 0600), 0);
	sleep_ms(1100);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN);
	ck_assert_int_eq(chmod(path, modes[_i]), 0);
	sleep_ms(1100);
	ck_assert_int_eq(ask(backend, "alice@a"), BACKEND_KNOWN); /* what was read stays */
	backend->type->close(&backend);
}
END_TEST

static const struct {
	const char *text;
	mode_t mode;
	const char *want; /* after the path; null: good */
} checks[] = {
	{"alice:{PLAIN}x\n", 0600, NULL},
	{"", 0600, NULL},
	{"alice:x::::::expires=x\n", 0600, NULL},
	{"alice:x\nbob\n", 0600, ":2: the line has no colon (user:{SCHEME}secret)"},
	{"\n#\n:x\n", 0600, ":3: the line has no user name"},
	{"a:x\nA:y\n", 0600, ":2: the user name stands in an earlier line too"},
	{"a:x\nb:y", 0600, ":2: the last line has no end: is it still being written?"},
	{"a:x\n", 0640, ": others may use this file of secrets (chmod 600)"},
};

START_TEST(test_check)
{
	char storage[256], want[256];
	struct buf fault = BUF_ON(storage);
	bool ok;

	replace_with(checks[_i].text);
	ck_assert_int_eq(chmod(path, checks[_i].mode), 0);
	ok = backend_file_check(path, &fault);
	ck_assert_msg(ok == (checks[_i].want == NULL), "%d", _i);
	snprintf(want, sizeof(want), "%s%s", ok ? "" : path, ok ? "" : checks[_i].want);
	ck_assert_msg(span_is(buf_span(&fault), want), "%.*s", (int)fault.len, storage);
}
END_TEST

static const struct {
	const char *text;
	int want; /* lines of the log */
} scrams[] = {
	{"a:{SCRAM-SHA-1}4096,a,b,c\nb:{scram-sha-256}4096,a,b,c\nc:{PLAIN}9,8\n", 0},
	{"a:{SCRAM-SHA-1}4096,a,b,c\nb:{SCRAM-SHA-1}8192,a,b,c\nc:{SCRAM-SHA-1}1,a,b,c\n", 1},
	{"a:{SCRAM-SHA-1}4096,a,b,c\nb:{SCRAM-SHA-256}10000,a,b,c\n", 1},
	{"a:{SCRAM-SHA-1}4096,a,b,c\nb:{SSHA}1,a\nc:{SCRAM-SHA-1}x,a,b,c\n", 0},
};

START_TEST(test_iterations)
{
	static const char said[] = "SCRAM keys differ";
	struct backend *backend;
	char text[4096];
	FILE *file;
	size_t len;
	int count = 0;

	replace_with(scrams[_i].text);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_WARNING, "test");
	ck_assert_ptr_nonnull(freopen(other, "w", stderr));
	backend = backend_file_open("users", path);
	backend->type->close(&backend);
	log_flush();
	file = fopen(other, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = 0;
	for (const char *at = strstr(text, said); at; at = strstr(at + 1, said))
		count++;
	ck_assert_msg(count == scrams[_i].want, "%d: %s", _i, text);
}
END_TEST

/* Of the processor's time: the same however busy the machine is. */
static double milliseconds_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)(now.tv_sec - from->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

/* Far above what it takes, so that a slow machine passes and a quadratic table does not. */
START_TEST(test_large)
{
	FILE *out = fopen(other, "w");
	struct backend *backend;
	struct timespec from;
	double open_ms, ask_ms;
	unsigned lines = slow_turns(100000);
	char name[64];

	ck_assert_ptr_nonnull(out);
	fchmod(fileno(out), 0600);
	for (unsigned i = 0; i < lines; i++)
		fprintf(out, "user%u@example.org:{SSHA512}eAQzTmmonYxJQKrYkMDH048YwdSZrlmN4y5+676r7"
			"w3bDQAbGXlpWwpS9rAGN1tLKVPyH/iLjfHf0KJiPGSIl2ry8K0=:1000:1000:User %u:"
			"/home/%u:/bin/sh:%s\n", i, i, i,
			i % 10 ? "" : "expires=2030-01-01 userdb_x=y");
	fclose(out);
	ck_assert_int_eq(rename(other, path), 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	backend = backend_file_open("users", path);
	open_ms = milliseconds_since(&from);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (unsigned i = 0; i < lines; i++) {
		snprintf(name, sizeof(name), "user%u@example.org", (i * 7919) % lines);
		ck_assert(ask(backend, name) == BACKEND_KNOWN);
	}
	ask_ms = milliseconds_since(&from);
	ck_assert_int_eq(ask(backend, "user100000@example.org"), BACKEND_UNKNOWN);
	backend->type->close(&backend);
	if (getenv("SASL_REASON_FIGURES"))
		printf("100,000 lines: read in %.1f ms, %.2f us per lookup\n", open_ms, ask_ms / 100);
	ck_assert_msg(open_ms < 3000 && ask_ms < 5000, "%f %f", open_ms, ask_ms);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table[0]))

/* Every field that the parser knows stands in sasl-reason-users(5), with its example. */
START_TEST(test_documented)
{
	const char *root = getenv("srcdir");
	const struct backend_file_field *field;
	char path[4096], page[16384];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/docs/sasl-reason-users.5", root ? root : ".");
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	len = fread(page, 1, sizeof(page), file);
	fclose(file);
	for (size_t i = 0; (field = backend_file_parse_field(i)); i++) {
		ck_assert_msg(memmem(page, len, field->key, strlen(field->key)), "%s", field->key);
		ck_assert_msg(memmem(page, len, field->what, strlen(field->what)), "%s", field->key);
		ck_assert_msg(memmem(page, len, field->example, strlen(field->example)), "%s",
			      field->key);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backend_file");
	TCase *pure = tcase_create("lines"), *files = tcase_create("files");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(pure, test_line, 0, ROWS(lines));
	tcase_add_test(pure, test_line_limits);
	tcase_add_loop_test(pure, test_field, 0, ROWS(fields));
	tcase_add_test(pure, test_examples);
	tcase_add_test(pure, test_documented);
	tcase_add_test(pure, test_previous_and_apps);
	tcase_add_test(pure, test_most);
	tcase_add_loop_test(pure, test_date, 0, ROWS(dates));
	tcase_add_loop_test(pure, test_hours, 0, ROWS(hour_rows));
	tcase_add_loop_test(pure, test_network, 0, ROWS(network_rows));
	suite_add_tcase(suite, pure);
	tcase_set_timeout(files, 120);
	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_test(files, test_names);
	tcase_add_test(files, test_record_is_a_copy);
	tcase_add_loop_test(files, test_replaced, 0, ROWS(replacements));
	tcase_add_test(files, test_written_in_place);
	tcase_add_test(files, test_down);
	tcase_add_test(files, test_no_descriptor);
	tcase_add_loop_test(files, test_exposed, 0, 2);
	tcase_add_loop_test(files, test_check, 0, ROWS(checks));
	tcase_add_loop_test(files, test_iterations, 0, ROWS(scrams));
	tcase_add_test(files, test_large);
	suite_add_tcase(suite, files);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
