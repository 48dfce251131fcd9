/* SPDX-License-Identifier: MIT */
/* The readers of the mechanisms' messages: a row for each shape a client can send. */
#include <check.h>
#include <stdlib.h>

#include "engine/message.h"

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define DIGEST "0123456789abcdef0123456789ABCDEF"

struct row {
	const char *name;
	struct span in;
	enum defect want_defect;
	const char *want_authzid, *want_authcid, *want_password;
};

static const struct row plain_rows[] = {
    {"plain", TEXT("\0user\0pw"), DEFECT_NONE, "", "user", "pw"},
    {"authzid", TEXT("z\0user\0pw"), DEFECT_NONE, "z", "user", "pw"},
    {"one NUL", TEXT("user\0pw"), DEFECT_FIELD_COUNT, NULL, NULL, NULL},
    {"no NUL", TEXT("user"), DEFECT_FIELD_COUNT, NULL, NULL, NULL},
    {"three NULs", TEXT("\0user\0pw\0"), DEFECT_FIELD_COUNT, NULL, NULL, NULL},
    {"nothing", TEXT(""), DEFECT_FIELD_COUNT, NULL, NULL, NULL},
    {"no name", TEXT("\0\0pw"), DEFECT_EMPTY_NAME, NULL, NULL, NULL},
    {"no password", TEXT("\0user\0"), DEFECT_EMPTY_PASSWORD, NULL, NULL, NULL},
    {"spaces stay in passwords", TEXT("\0user\0 p w "), DEFECT_NONE, "", "user", " p w "},
};

static const struct row cram_rows[] = {
    {"name and digest", TEXT("user " DIGEST), DEFECT_NONE, NULL, "user", NULL},
    {"a name with spaces", TEXT("a b c " DIGEST), DEFECT_NONE, NULL, "a b c", NULL},
    {"no name", TEXT(" " DIGEST), DEFECT_EMPTY_NAME, NULL, NULL, NULL},
    {"no space", TEXT("user" DIGEST), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"digest alone", TEXT(DIGEST), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"short", TEXT("u 00"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"not hexadecimal", TEXT("user g123456789abcdef0123456789abcdef"), DEFECT_SYNTAX, NULL, NULL,
     NULL},
    {"nothing", TEXT(""), DEFECT_SYNTAX, NULL, NULL, NULL},
};

static const struct row scram_rows[] = {
    {"RFC 7677 section 3", TEXT("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), DEFECT_NONE, NULL, "user",
     NULL},
    {"client could bind", TEXT("y,,n=user,r=x"), DEFECT_NONE, NULL, "user", NULL},
    {"authzid", TEXT("n,a=other,n=user,r=x"), DEFECT_NONE, "other", "user", NULL},
    {"coded", TEXT("n,a==2C,n=a=2Cb=3Dc=2c,r=x"), DEFECT_NONE, ",", "a,b=c,", NULL},
    {"extensions after the nonce", TEXT("n,,n=user,r=x,z=1"), DEFECT_NONE, NULL, "user", NULL},
    {"channel binding", TEXT("p=tls-unique,,n=user,r=x"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"mandatory extension", TEXT("n,,m=ext,n=user,r=x"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"bad code", TEXT("n,,n=a=41,r=x"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"code cut off", TEXT("n,,n=a=2,r=x"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"no name", TEXT("n,,n=,r=x"), DEFECT_EMPTY_NAME, NULL, NULL, NULL},
    {"no nonce", TEXT("n,,n=user,r="), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"no attribute", TEXT("n,,user"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"flag alone", TEXT("n"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"flag and comma", TEXT("n,"), DEFECT_SYNTAX, NULL, NULL, NULL},
    {"NUL", TEXT("n,,n=a\0b,r=x"), DEFECT_NUL, NULL, NULL, NULL},
    {"nothing", TEXT(""), DEFECT_SYNTAX, NULL, NULL, NULL},
};

static void look(const struct row *row, enum defect defect, const struct message *message)
{
	ck_assert_msg(defect == row->want_defect, "%s: defect %d", row->name, (int)defect);
	if (defect != DEFECT_NONE)
		return;
	ck_assert_msg(span_equal(message->authcid, span_of(row->want_authcid)), "%s", row->name);
	ck_assert_msg(span_equal(message->authzid, span_of(row->want_authzid)), "%s", row->name);
	ck_assert_msg(span_equal(message->password, span_of(row->want_password)), "%s", row->name);
}

START_TEST(plain)
{
	struct message message = {SPAN_NONE, SPAN_NONE, SPAN_NONE};
	const struct row *row = &plain_rows[_i];

	look(row, message_take_plain(row->in, &message), &message);
}
END_TEST

START_TEST(cram)
{
	struct message message = {SPAN_NONE, SPAN_NONE, SPAN_NONE};
	const struct row *row = &cram_rows[_i];

	look(row, message_take_cram(row->in, &message), &message);
}
END_TEST

START_TEST(scram)
{
	struct message message = {SPAN_NONE, SPAN_NONE, SPAN_NONE};
	const struct row *row = &scram_rows[_i];
	char storage[64];
	struct buf names = BUF_ON(storage);

	look(row, message_take_scram(row->in, &message, &names), &message);
}
END_TEST

START_TEST(scram_names_too_long)
{
	struct message message;
	char storage[4];
	struct buf names = BUF_ON(storage);

	ck_assert_int_eq(message_take_scram(span_of("n,,n=longer,r=x"), &message, &names),
			 DEFECT_TOO_LONG);
}
END_TEST

START_TEST(password_bounds)
{
	static char octets[MESSAGE_PASSWORD_MAX + 1];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = 'x';
	ck_assert_int_eq(message_check_password((struct span){octets, MESSAGE_PASSWORD_MAX}),
			 DEFECT_NONE);
	ck_assert_int_eq(message_check_password((struct span){octets, MESSAGE_PASSWORD_MAX + 1}),
			 DEFECT_TOO_LONG);
	octets[3] = '\0';
	ck_assert_int_eq(message_check_password((struct span){octets, 9}), DEFECT_NUL);
	ck_assert_int_eq(message_check_password(span_of("")), DEFECT_EMPTY_PASSWORD);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof((table)[0]))

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *cases = tcase_create("message");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(cases, plain, 0, ROWS(plain_rows));
	tcase_add_loop_test(cases, cram, 0, ROWS(cram_rows));
	tcase_add_loop_test(cases, scram, 0, ROWS(scram_rows));
	tcase_add_test(cases, scram_names_too_long);
	tcase_add_test(cases, password_bounds);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
