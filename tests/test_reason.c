/* SPDX-License-Identifier: MIT */
/* Tests of core/reason: the table of the design, and which texts an administrator may write. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/reason.h"

#define GENERIC	   REASON_CLASS_GENERIC
#define REQUEST	   REASON_CLASS_REQUEST
#define UNIFORM	   REASON_CLASS_UNIFORM
#define ACCOUNT	   REASON_CLASS_ACCOUNT
#define CODE(name) REASON_CODE_##name

/* The table as it was released: a token never changes its meaning, nor do its codes. */
static const struct {
	enum reason reason;
	const char *token;
	enum reason_class class;
	enum reason_code code;
	unsigned status;
	const char *enhanced;
} table[] = {
    {REASON_BAD_CREDENTIALS, "bad-credentials", GENERIC, CODE(BADAUTH), 535, "5.7.8"},
    {REASON_MALFORMED, "malformed-credentials", REQUEST, CODE(BADAUTH), 501, "5.5.2"},
    {REASON_TLS_REQUIRED, "tls-required", REQUEST, CODE(ENCRYPT), 538, "5.7.11"},
    {REASON_MECHANISM_UNSUPPORTED, "mechanism-unsupported", REQUEST, CODE(NOMECH), 504, "5.5.4"},
    {REASON_TEMPORARY, "temporary-failure", REQUEST, CODE(UNAVAIL), 454, "4.7.0"},
    {REASON_MECHANISM_MISMATCH, "mechanism-mismatch", REQUEST, CODE(BADAUTH), 534, "5.7.9"},
    {REASON_CREDENTIALS_OR_MECHANISM, "credentials-or-mechanism", UNIFORM, CODE(BADAUTH), 535,
     "5.7.8"},
    {REASON_ACCOUNT_LOCKED, "account-locked", UNIFORM, CODE(DISABLED), 535, "5.7.8"},
    {REASON_TOO_MANY_ATTEMPTS, "too-many-attempts", UNIFORM, CODE(BADAUTH), 421, "4.7.0"},
    {REASON_APP_REQUIRED, "app-password-required", ACCOUNT, CODE(BADAUTH), 534, "5.7.9"},
    {REASON_MECHANISM_NOT_ALLOWED, "mechanism-not-allowed", ACCOUNT, CODE(BADAUTH), 534, "5.7.9"},
    {REASON_APP_REVOKED, "app-password-revoked", ACCOUNT, CODE(BADAUTH), 535, "5.7.8"},
    {REASON_APP_EXPIRED, "app-password-expired", ACCOUNT, CODE(BADAUTH), 535, "5.7.8"},
    {REASON_APP_SCOPE, "app-password-scope", ACCOUNT, CODE(BADAUTH), 535, "5.7.8"},
    {REASON_OAUTH2_REQUIRED, "oauth2-required", ACCOUNT, CODE(BADAUTH), 534, "5.7.9"},
    {REASON_PASSWORD_CHANGED, "password-changed", ACCOUNT, CODE(BADAUTH), 535, "5.7.8"},
    {REASON_PASSWORD_EXPIRED, "password-expired", ACCOUNT, CODE(EXPIRED), 432, "4.7.12"},
    {REASON_PASSWORD_MUST_CHANGE, "password-must-change", ACCOUNT, CODE(EXPIRED), 432, "4.7.12"},
    {REASON_ACCOUNT_DISABLED, "account-disabled", ACCOUNT, CODE(DISABLED), 525, "5.7.13"},
    {REASON_ACCOUNT_EXPIRED, "account-expired", ACCOUNT, CODE(DISABLED), 525, "5.7.13"},
    {REASON_SERVICE_DISABLED, "service-disabled", ACCOUNT, CODE(NOAUTHZ), 525, "5.7.13"},
    {REASON_TIME_RESTRICTED, "time-restricted", ACCOUNT, CODE(NOAUTHZ), 535, "5.7.8"},
    {REASON_NETWORK_RESTRICTED, "network-restricted", ACCOUNT, CODE(NOAUTHZ), 535, "5.7.8"},
    {REASON_AUTHZID_DENIED, "authzid-denied", REQUEST, CODE(NOAUTHZ), 535, "5.7.8"},
};

START_TEST(test_table)
{
	const struct reason_row *row = reason_row(table[_i].reason);
	enum reason found = REASON_COUNT;

	ck_assert_int_eq(_i, (int)table[_i].reason);
	ck_assert_int_eq((int)row->reason, (int)table[_i].reason);
	ck_assert_str_eq(row->token, table[_i].token);
	ck_assert_int_eq((int)row->class, (int)table[_i].class);
	ck_assert_int_eq((int)row->code, (int)table[_i].code);
	ck_assert_uint_eq(row->status, table[_i].status);
	ck_assert_str_eq(row->enhanced, table[_i].enhanced);
	ck_assert(reason_find(span_of(table[_i].token), &found));
	ck_assert_int_eq((int)found, (int)table[_i].reason);
}
END_TEST

START_TEST(test_table_is_whole)
{
	enum reason found;

	ck_assert_uint_eq(sizeof(table) / sizeof(*table), REASON_COUNT);
	ck_assert(reason_row(REASON_COUNT) == reason_row(REASON_BAD_CREDENTIALS));
	ck_assert(reason_row((enum reason)1000) == reason_row(REASON_BAD_CREDENTIALS));
	ck_assert(!reason_find(span_of("no-such-reason"), &found));
	ck_assert(!reason_find(span_of("bad-credential"), &found));
	ck_assert(!reason_find(span_of(""), &found));
	ck_assert(!reason_find(SPAN_NONE, &found));
}
END_TEST

/* Only what the reason needs and the client may learn with it. */
START_TEST(test_placeholders)
{
	const struct reason_row *row = reason_row((enum reason)_i);
	unsigned always = 1u << REASON_URL | 1u << REASON_CONTACT | 1u << REASON_MECHANISM |
			  1u << REASON_MECHANISMS;

	ck_assert_uint_eq(row->placeholders & always, always);
	ck_assert_uint_eq(row->placeholders >> REASON_PLACEHOLDER_COUNT, 0);
	if (row->class == REASON_CLASS_GENERIC || _i == REASON_CREDENTIALS_OR_MECHANISM ||
	    _i == REASON_TEMPORARY)
		ck_assert_uint_eq(row->placeholders, always);
	if (row->class != REASON_CLASS_ACCOUNT)
		ck_assert(!(row->placeholders & (1u << REASON_DATE | 1u << REASON_LABEL)));
}
END_TEST

START_TEST(test_default_text)
{
	const char *fault = "";

	for (int app = 0; app < 2; app++) {
		const char *text = reason_text((enum reason)_i, app);

		ck_assert_msg(reason_text_valid((enum reason)_i, span_of(text), &fault), "%s",
			      fault ? fault : "no fault named");
		ck_assert(fault == NULL);
		ck_assert_msg(text[strlen(text) - 1] == '.', "%s", text);
		ck_assert_msg(!strstr(text, "  "), "%s", text);
		ck_assert(_i == REASON_BAD_CREDENTIALS || text == reason_row((enum reason)_i)->text);
		ck_assert_msg(_i != REASON_BAD_CREDENTIALS ||
				  (strstr(text, "app password") != NULL) == app,
			      "%s", text);
	}
}
END_TEST

/* "The password is right" is for reasons that nothing but the right password can cause: the others
 * may be told without proof (disclose = always). */
START_TEST(test_text_claims_no_more_than_is_proven)
{
	bool proven = _i == REASON_APP_REQUIRED || _i == REASON_PASSWORD_EXPIRED ||
		      _i == REASON_PASSWORD_MUST_CHANGE;
	const char *text = reason_text((enum reason)_i, false);

	ck_assert_msg((strstr(text, "password is right") != NULL) == proven, "%s", text);
}
END_TEST

START_TEST(test_placeholder_names)
{
	static const char *const names[] = {"url",	 "contact",    "minutes", "date",
					    "mechanism", "mechanisms", "label",	  "detail"};

	for (unsigned i = 0; i < REASON_PLACEHOLDER_COUNT; i++)
		ck_assert_str_eq(reason_placeholder((enum reason_placeholder)i), names[i]);
	ck_assert(reason_placeholder(REASON_PLACEHOLDER_COUNT) == NULL);
}
END_TEST

#define TEN	"0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *name;
	enum reason reason;
	const char *text;
	bool want;
} texts[] = {
    {"plain text", REASON_BAD_CREDENTIALS, "No.", true},
    {"empty", REASON_BAD_CREDENTIALS, "", false},
    {"380 octets", REASON_BAD_CREDENTIALS, HUNDRED HUNDRED HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN,
     true},
    {"381 octets", REASON_BAD_CREDENTIALS,
     HUNDRED HUNDRED HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN "x", false},
    {"line feed", REASON_BAD_CREDENTIALS, "No.\nYes.", false},
    {"tab", REASON_BAD_CREDENTIALS, "No.\tYes.", false},
    {"UTF-8", REASON_BAD_CREDENTIALS, "Pr\303\274fen", false},
    {"its placeholders", REASON_APP_REVOKED, "{url}{contact}{date}{mechanism}{mechanisms}{label}",
     true},
    {"minutes of a lock", REASON_ACCOUNT_LOCKED, "{minutes}", true},
    {"minutes of nothing", REASON_BAD_CREDENTIALS, "{minutes}", false},
    {"label where nobody is known", REASON_BAD_CREDENTIALS, "x {label}", false},
    {"date where nobody is known", REASON_CREDENTIALS_OR_MECHANISM, "{date}", false},
    {"unknown placeholder", REASON_BAD_CREDENTIALS, "{foo}", false},
    {"placeholders are written small", REASON_BAD_CREDENTIALS, "{URL}", false},
    {"empty placeholder", REASON_BAD_CREDENTIALS, "{}", false},
    {"never closed", REASON_BAD_CREDENTIALS, "x {url", false},
    {"brace at the end", REASON_BAD_CREDENTIALS, "x {", false},
    {"closed before", REASON_BAD_CREDENTIALS, "} {url", false},
    {"brace in braces", REASON_BAD_CREDENTIALS, "{{url}}", false},
    {"second is wrong", REASON_BAD_CREDENTIALS, "{url} {foo}", false},
    {"never opened", REASON_BAD_CREDENTIALS, "x }", true},
};

START_TEST(test_text_valid)
{
	const char *fault = "unset";
	bool got = reason_text_valid(texts[_i].reason, span_of(texts[_i].text), &fault);

	ck_assert_msg(got == texts[_i].want, "%s: %s", texts[_i].name, fault ? fault : "");
	ck_assert_msg((fault == NULL) == texts[_i].want, "%s", texts[_i].name);
}
END_TEST

#define ROWS(list) ((int)(sizeof(list) / sizeof(*(list))))

int main(void)
{
	Suite *suite = suite_create("reason");
	TCase *tests = tcase_create("reason");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, test_table, 0, ROWS(table));
	tcase_add_test(tests, test_table_is_whole);
	tcase_add_loop_test(tests, test_placeholders, 0, REASON_COUNT);
	tcase_add_loop_test(tests, test_default_text, 0, REASON_COUNT);
	tcase_add_loop_test(tests, test_text_claims_no_more_than_is_proven, 0, REASON_COUNT);
	tcase_add_test(tests, test_placeholder_names);
	tcase_add_loop_test(tests, test_text_valid, 0, ROWS(texts));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
