/* SPDX-License-Identifier: MIT */
/* The doctor's readers of text and its judgements; tests/cli_doctor.py has the checks themselves.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "cli/doctor_clock.h"
#include "cli/doctor_command.h"
#include "cli/doctor_config.h"
#include "cli/doctor_files.h"
#include "cli/doctor_postfix.h"
#include "cli/doctor_report.h"
#include "cli/doctor_sasl.h"
#include "cli/field.h"

static const struct {
	const char *name;
	int state, status;
	long error_us;
	bool want_wrong;
} clock_rows[] = {{"synchronized", TIME_OK, STA_PLL, 2000, false},
		  {"a leap second is near", TIME_INS, STA_PLL | STA_INS, 2000, false},
		  {"unsynchronized", TIME_ERROR, STA_UNSYNC, 16000000, true},
		  {"the flag alone", TIME_OK, STA_UNSYNC, 2000, true},
		  {"not set for long", TIME_OK, STA_PLL, DOCTOR_CLOCK_ERROR_US + 1, true},
		  {"it cannot be asked", -1, STA_UNSYNC, 0, false}};

START_TEST(judges_the_clock)
{
	ck_assert_msg(!doctor_clock_judge(clock_rows[_i].state, clock_rows[_i].status,
					  clock_rows[_i].error_us) != clock_rows[_i].want_wrong,
		      "%s", clock_rows[_i].name);
}
END_TEST

static const struct {
	const char *name;
	uint64_t octets, files, files_free;
	bool want_wrong;
} room_rows[] = {{"room", 1ULL << 30, 1000, 10, false},
		 {"just enough", DOCTOR_FILES_DISK_LOW, 1000, 10, false},
		 {"nearly full", DOCTOR_FILES_DISK_LOW - 1, 1000, 10, true},
		 {"no file more", 1ULL << 30, 1000, 0, true},
		 {"a file system that counts no files", 1ULL << 30, 0, 0, false}};

START_TEST(judges_the_room)
{
	ck_assert_msg(!doctor_files_room(room_rows[_i].octets, room_rows[_i].files,
					 room_rows[_i].files_free) != room_rows[_i].want_wrong,
		      "%s", room_rows[_i].name);
}
END_TEST

static const struct {
	const char *name, *text, *want; /* null: absent */
} option_rows[] = {{"plain", "reason_socket: private/x\n", "private/x"},
		   {"without a line's end", "reason_socket: private/x", "private/x"},
		   {"blanks", "  reason_socket \t:\t  private/x \t\n", "private/x"},
		   {"the first counts", "reason_socket: a\nreason_socket: b\n", "a"},
		   {"a comment", "#reason_socket: a\n", NULL},
		   {"a longer key", "reason_socket_: a\nxreason_socket: b\n", NULL},
		   {"empty", "reason_socket:\n", ""},
		   {"a colon in it", "reason_socket: a:b\n", "a:b"},
		   {"no colon", "reason_socket\n", NULL},
		   {"nothing", "", NULL}};

START_TEST(reads_a_sasl_option)
{
	struct span got = doctor_sasl_option(span_of(option_rows[_i].text), "reason_socket");

	ck_assert_msg(!got.at == !option_rows[_i].want, "%s", option_rows[_i].name);
	if (got.at)
		ck_assert_msg(span_is(got, option_rows[_i].want), "%s: %.*s", option_rows[_i].name,
			      (int)got.len, got.at);
}
END_TEST

static const struct {
	const char *level;
	bool want;
} level_rows[] = {{"0", true},	 {"1", false}, {"2", false}, {"3.6", false},
		  {"0.9", true}, {"", true},   {"x", true}};

START_TEST(knows_the_default_chroot)
{
	ck_assert_msg(doctor_postfix_default_chroot(span_of(level_rows[_i].level)) ==
			  level_rows[_i].want,
		      "%s", level_rows[_i].level);
}
END_TEST

static struct doctor_postfix postfix_of(const char *main, const char *master, const char *options)
{
	return (struct doctor_postfix){span_of(main), span_of(master), span_of(options)};
}

START_TEST(takes_the_smtpds)
{
	struct doctor_postfix postfix =
	    postfix_of("compatibility_level = 3.6\n",
		       "smtp       inet  n       -       y       -       -       smtpd -o a=smtpd\n"
		       "pickup     unix  n       -       y       60      1       pickup\n"
		       "12345 inet n - - - - smtpd\n"
		       "[::1]:587 inet n - n - - smtpd\n"
		       "short\n",
		       "");
	static const struct {
		const char *service;
		bool chrooted;
	} want[] = {{"smtp/inet", true}, {"12345/inet", false}, {"[::1]:587/inet", false}};
	struct span rest = postfix.master;
	char text[64];
	struct buf service = BUF_ON(text);
	bool chrooted;

	for (size_t i = 0; i < 3; i++) {
		ck_assert(doctor_postfix_take_smtpd(&postfix, &rest, &service, &chrooted));
		ck_assert(span_is(buf_span(&service), want[i].service));
		ck_assert(chrooted == want[i].chrooted);
	}
	ck_assert(!doctor_postfix_take_smtpd(&postfix, &rest, &service, &chrooted));
	postfix.main = span_of("compatibility_level = 0\n");
	rest = span_of("x inet n - - - - smtpd\n");
	ck_assert(doctor_postfix_take_smtpd(&postfix, &rest, &service, &chrooted));
	ck_assert(chrooted);
}
END_TEST

START_TEST(takes_the_option_of_a_service)
{
	struct doctor_postfix postfix =
	    postfix_of("smtpd_sasl_path = private/a=b\nsmtpd_sasl_auth_enable = no\nempty =\n", "",
		       "submission/inet/smtpd_sasl_path = private/c\nsubmission/inet/empty = x\n");

	ck_assert(
	    span_is(doctor_postfix_option(&postfix, span_of("submission/inet"), "smtpd_sasl_path"),
		    "private/c"));
	ck_assert(span_is(doctor_postfix_option(&postfix, span_of("smtp/inet"), "smtpd_sasl_path"),
			  "private/a=b"));
	ck_assert(span_is(
	    doctor_postfix_option(&postfix, span_of("submission/inet"), "smtpd_sasl_auth_enable"),
	    "no"));
	ck_assert(!doctor_postfix_option(&postfix, span_of("smtp/inet"), "smtpd_sasl_type").at);
	ck_assert(doctor_postfix_parameter(&postfix, "empty").len == 0);
}
END_TEST

static const char printed[] =
    "# pid_file: none\n"
    "user = \"nobody\"\n"
    "key_file = \"\"\n"
    "state_directory = \"/var/lib/sasl-reason\"\n"
    "admin_socket = \"/run/a\\$\\\"b\\\\\"\n"
    "queue_wait = 4000ms\n"
    "\n"
    "listener \"/run/one\" {\n\tmode = 0660\n\tmechanisms = {\"PLAIN\", \"LOGIN\"}\n}\n"
    "listener \"/run/two\" {\n\tmode = 0600\n\tmechanisms = {}\n}\n"
    "backend_ldap \"d\" {\n\turi = {\"ldap://x\"}\n}\n"
    "realm \"example.org\" {\n\tobserve = yes\n\tmessages {\n\t\tx = \"}\"\n\t}\n}\n";

START_TEST(reads_the_printed_configuration)
{
	json_t *parsed = doctor_config_parse(span_of(printed)), *answer, *one;

	ck_assert_ptr_nonnull(parsed);
	ck_assert_str_eq(field_text(parsed, "admin_socket"), "/run/a$\"b\\");
	ck_assert_str_eq(field_text(parsed, "queue_wait"), "4000ms");
	answer = doctor_config_answer(parsed);
	ck_assert_ptr_nonnull(answer);
	ck_assert_str_eq(field_text(answer, "user"), "nobody");
	ck_assert_ptr_null(field_text(answer, "key_file"));
	ck_assert_str_eq(field_text(answer, "state_directory"), "/var/lib/sasl-reason");
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "listeners")), 3);
	one = json_array_get(json_object_get(answer, "listeners"), 0);
	ck_assert_str_eq(field_text(one, "path"), "/run/one");
	ck_assert_str_eq(field_text(one, "face"), "auth");
	ck_assert_uint_eq(json_array_size(json_object_get(one, "mechanisms")), 2);
	one = json_array_get(json_object_get(answer, "listeners"), 2);
	ck_assert_str_eq(field_text(one, "face"), "admin");
	one = json_array_get(json_object_get(answer, "backends"), 0);
	ck_assert_str_eq(field_text(one, "type"), "ldap");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(one, "uris"), 0)),
			 "ldap://x");
	ck_assert(json_is_true(
	    json_object_get(json_array_get(json_object_get(answer, "realms"), 0), "observe")));
	json_decref(answer);
	json_decref(parsed);
}
END_TEST

static const char *const broken_rows[] = {
    "}\n", "x\n", "x = \"a\n", "x = \"a\\", "x = {\"a\", b}\n", "a {\nb {\nc {\nd {\n}\n}\n}\n}\n"};

START_TEST(refuses_what_it_does_not_understand)
{
	ck_assert_msg(!doctor_config_parse(span_of(broken_rows[_i])), "%s", broken_rows[_i]);
}
END_TEST

START_TEST(runs_a_program)
{
	static const char *const both[] = {"sh", "-c", "echo out; echo err >&2; exit 3", NULL};
	static const char *const reads[] = {"cat", NULL};
	static const char *const dies[] = {"sh", "-c", "kill -9 $$", NULL};
	static const char *const absent[] = {"/nonexistent/program", NULL};
	static const char *const long_one[] = {"sh", "-c", "seq 100000", NULL};
	char text[64], more[64];
	struct buf out = BUF_ON(text), errors = BUF_ON(more);

	ck_assert_int_eq(doctor_command_run(both, &out, &errors), 3);
	ck_assert(span_is(buf_span(&out), "out\n"));
	ck_assert(span_is(buf_span(&errors), "err\n"));
	out.len = 0;
	ck_assert_int_eq(doctor_command_run(both, &out, NULL), 3);
	ck_assert(span_is(buf_span(&out), "out\n"));
	ck_assert_int_eq(doctor_command_run(reads, &out, NULL), 0);
	ck_assert_int_eq(doctor_command_run(dies, &out, NULL), -1);
	ck_assert_int_eq(doctor_command_run(absent, &out, NULL), -1);
	ck_assert_int_eq(doctor_command_run(long_one, &out, NULL), 0);
	ck_assert(out.failed);
}
END_TEST

START_TEST(reports)
{
	struct doctor_report report;
	json_t *answer, *one;

	ck_assert(doctor_report_open(&report));
	report.check = "x";
	doctor_report_add(&report, DOCTOR_WELL, "good %d", 1);
	doctor_report_add(&report, DOCTOR_LESS, "less");
	ck_assert_uint_eq(report.wrong, 0);
	doctor_report_add(&report, DOCTOR_WRONG, "bad \033[2J\n\xff");
	doctor_report_mend(&report, "mend %s", "it");
	ck_assert_uint_eq(report.wrong, 1);
	ck_assert(!report.failed);
	answer = doctor_report_json(&report, CLI_CONFIGURATION);
	ck_assert_int_eq(field_number(answer, "status"), 78);
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "findings")), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "well")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "notes")), 0);
	one = json_array_get(json_object_get(answer, "findings"), 1);
	ck_assert_str_eq(field_text(one, "state"), "wrong");
	ck_assert_str_eq(field_text(one, "what"), "bad ?[2J??");
	ck_assert_str_eq(field_text(one, "mend"), "mend it");
	json_decref(answer);
	doctor_report_close(&report);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tcase = tcase_create("doctor");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, judges_the_clock, 0, ROWS(clock_rows));
	tcase_add_loop_test(tcase, judges_the_room, 0, ROWS(room_rows));
	tcase_add_loop_test(tcase, reads_a_sasl_option, 0, ROWS(option_rows));
	tcase_add_loop_test(tcase, knows_the_default_chroot, 0, ROWS(level_rows));
	tcase_add_test(tcase, takes_the_smtpds);
	tcase_add_test(tcase, takes_the_option_of_a_service);
	tcase_add_test(tcase, reads_the_printed_configuration);
	tcase_add_loop_test(tcase, refuses_what_it_does_not_understand, 0, ROWS(broken_rows));
	tcase_add_test(tcase, runs_a_program);
	tcase_add_test(tcase, reports);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
