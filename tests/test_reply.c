/* SPDX-License-Identifier: MIT */
/* Tests of core/reply: the default texts as they are read, sentences, dates, codes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/reply.h"

static const struct reply_style usual = {
    .url = {"https://example.org/mail", 24},
    .contact = {"help@example.org", 16},
    .mechanisms = {"PLAIN or LOGIN", 14},
};

static struct span put(char storage[1024], const struct verdict *verdict,
		       const struct reply_style *style, const char *id)
{
	struct buf out = {storage, 0, 1024, false};

	reply_put(&out, verdict, style, span_of(id));
	ck_assert(!out.failed);
	return buf_span(&out);
}

/* ---- the default texts ---- */

static const struct {
	enum reason reason;
	bool app_passwords;
	const char *want;
} golden[] = {
    {REASON_BAD_CREDENTIALS, false,
     "User name or password not accepted. Check the spelling of both, caps lock, and that the "
     "user name is the whole e-mail address. Help: https://example.org/mail. Contact: "
     "help@example.org. [bad-credentials]"},
    {REASON_MALFORMED, false,
     "The mail program sent a login that cannot be used: the password is empty. The password "
     "was not checked. Correct the account settings in the mail program. "
     "[malformed-credentials]"},
    {REASON_TLS_REQUIRED, false,
     "Logging in needs an encrypted connection. Turn on STARTTLS (port 587) or SSL/TLS (port "
     "465) in the mail program. Turning encryption off never helps. [tls-required]"},
    {REASON_MECHANISM_UNSUPPORTED, false,
     "The authentication method CRAM-MD5 is not offered here. Choose PLAIN or LOGIN (often "
     "called \"normal password\") in the mail program. [mechanism-unsupported]"},
    {REASON_TEMPORARY, false,
     "The mail server cannot check passwords right now. Yours was not checked: do not change "
     "it, try again later. [temporary-failure]"},
    {REASON_MECHANISM_MISMATCH, false,
     "The authentication method CRAM-MD5 cannot work for any account here. Choose PLAIN or "
     "LOGIN over TLS (often called \"normal password\") in the mail program. Entering the "
     "password again will not help. [mechanism-mismatch]"},
    {REASON_CREDENTIALS_OR_MECHANISM, false,
     "Not accepted: the user name or password is wrong, or the authentication method CRAM-MD5 "
     "cannot be used with this account. Check both, or choose PLAIN or LOGIN over TLS (often "
     "called \"normal password\") in the mail program. [credentials-or-mechanism]"},
    {REASON_ACCOUNT_LOCKED, false,
     "This user name is locked after too many failed logins. Minutes left: 12. Trying sooner "
     "will not help. Meanwhile check the saved password in every mail program. "
     "[account-locked]"},
    {REASON_TOO_MANY_ATTEMPTS, false,
     "Too many failed logins from your network. Minutes left to wait: 12. Trying sooner will "
     "not help. [too-many-attempts]"},
    {REASON_APP_REQUIRED, false,
     "The password is right, but a mail program needs an app password for this account. "
     "Create one and enter it in the mail program instead of the password. How: "
     "https://example.org/mail. Contact: help@example.org. [app-password-required]"},
    {REASON_MECHANISM_NOT_ALLOWED, false,
     "This account may not use the authentication method CRAM-MD5. Choose one of these in the "
     "mail program: PLAIN;LOGIN. Entering the password again will not help. "
     "[mechanism-not-allowed]"},
    {REASON_APP_REVOKED, false,
     "The app password \"phone\" was revoked on 2026-01-01. Create a new one and enter it in "
     "this mail program. How: https://example.org/mail. Contact: help@example.org. "
     "[app-password-revoked]"},
    {REASON_APP_EXPIRED, false,
     "The app password \"phone\" expired on 2026-01-01. Create a new one and enter it in this "
     "mail program. How: https://example.org/mail. Contact: help@example.org. "
     "[app-password-expired]"},
    {REASON_APP_SCOPE, false,
     "The app password \"phone\" may not be used for this service or from this network. "
     "Create one that may and enter it in this mail program. How: https://example.org/mail. "
     "Contact: help@example.org. [app-password-scope]"},
    {REASON_OAUTH2_REQUIRED, false,
     "This account needs OAuth2 instead of a password. Choose OAuth2 as the authentication "
     "method in the mail program. Help: https://example.org/mail. Contact: help@example.org. "
     "[oauth2-required]"},
    {REASON_PASSWORD_CHANGED, false,
     "This is an older password: it was changed on 2026-01-01. Update the saved password in "
     "this mail program. If you did not change it, ask your mail administrator. Contact: "
     "help@example.org. [password-changed]"},
    {REASON_PASSWORD_EXPIRED, false,
     "The password is right, but it expired on 2026-01-01. Change it, then enter the new one "
     "in the mail program. How: https://example.org/mail. Contact: help@example.org. "
     "[password-expired]"},
    {REASON_PASSWORD_MUST_CHANGE, false,
     "The password is right, but it must be changed before it can be used here. Change it, "
     "then enter the new one in the mail program. How: https://example.org/mail. Contact: "
     "help@example.org. [password-must-change]"},
    {REASON_ACCOUNT_DISABLED, false,
     "This account is disabled. Entering another password will not help. Ask your mail "
     "administrator. Contact: help@example.org. Help: https://example.org/mail. "
     "[account-disabled]"},
    {REASON_ACCOUNT_EXPIRED, false,
     "This account expired on 2026-01-01. Entering another password will not help. Ask your "
     "mail administrator. Contact: help@example.org. Help: https://example.org/mail. "
     "[account-expired]"},
    {REASON_SERVICE_DISABLED, false,
     "Sending mail is not enabled for this mailbox. Entering another password will not help. "
     "Ask your mail administrator. Contact: help@example.org. Help: https://example.org/mail. "
     "[service-disabled]"},
    {REASON_TIME_RESTRICTED, false,
     "This account may not log in at this time. Allowed: Mon-Fri 8-18. Entering another "
     "password will not help. Contact: help@example.org. [time-restricted]"},
    {REASON_NETWORK_RESTRICTED, false,
     "This account may not log in from this network. Allowed: 192.0.2.0/24. Entering another "
     "password will not help. Contact: help@example.org. [network-restricted]"},
    {REASON_AUTHZID_DENIED, false,
     "Logging in as one user to act as another is not possible here. Log in as the account "
     "itself: leave the authorization identity empty in the mail program. [authzid-denied]"},
    {REASON_BAD_CREDENTIALS, true,
     "User name or password not accepted. Check the spelling of both, caps lock, and that the "
     "user name is the whole e-mail address. Some accounts here need an app password in a "
     "mail program. Help: https://example.org/mail. Contact: help@example.org. "
     "[bad-credentials]"},
};

static struct span golden_detail(enum reason reason)
{
	if (reason == REASON_MALFORMED)
		return span_of("the password is empty");
	if (reason == REASON_MECHANISM_NOT_ALLOWED)
		return span_of("PLAIN,LOGIN");
	return span_of(reason == REASON_TIME_RESTRICTED ? "Mon-Fri 8-18" : "192.0.2.0/24");
}

START_TEST(test_golden)
{
	struct reply_style style = usual;
	struct verdict verdict = {.told = golden[_i].reason};
	char storage[1024], want[1024];
	struct buf wanted = BUF_ON(want);
	struct span got;

	style.app_passwords = golden[_i].app_passwords;
	verdict.facts = (struct facts){.date = 1767268800,
				       .minutes = 12,
				       .mechanism = span_of("CRAM-MD5"),
				       .label = span_of("phone"),
				       .detail = golden_detail(golden[_i].reason)};
	buf_put_text(&wanted, golden[_i].want);
	buf_put_text(&wanted, " (id ABCDEFGH)");
	got = put(storage, &verdict, &style, "ABCDEFGH");
	ck_assert_msg(span_equal(got, buf_span(&wanted)), "%.*s", (int)got.len, got.at);
}
END_TEST

/* No default text is ever cut with values as long as they come in practice. */
START_TEST(test_longest)
{
	struct reply_style style = {
	    .url =
		span_of("https://accounts.hochschule.example.org/en/mail/app-passwords?from=smtp"),
	    .contact = span_of("it-service-desk@rechenzentrum.hochschule.example.org"),
	    .mechanisms = span_of("PLAIN or LOGIN or SCRAM-SHA-256"),
	    .app_passwords = _i == REASON_COUNT,
	};
	struct verdict verdict = {.told = _i == REASON_COUNT ? 0 : (enum reason)_i};
	char storage[1024];
	struct span got;

	verdict.facts = (struct facts){
	    .date = 253402300799,
	    .minutes = 99999,
	    .mechanism = span_of("SCRAM-SHA-256-PLUS"),
	    .label = span_of("Thunderbird on the laptop in the office, Windows"),
	    .detail = span_of("Monday to Friday 07:00-19:00, Saturday 08:00-12:00, local time"),
	};
	got = put(storage, &verdict, &style, "ABCDEFGH");
	ck_assert_msg(got.len <= REPLY_TEXT_MAX - 20, "%.*s", (int)got.len, got.at);
	ck_assert_msg(!memmem(got.at, got.len, "...", 3), "%.*s", (int)got.len, got.at);
}
END_TEST

/* ---- sentences, placeholders, dates ---- */

static const struct {
	const char *name, *text;
	const char *url, *contact, *account_url;
	const char *want; /* without token and id */
} sentences[] = {
    {"all set", "No. See {url}. Ask {contact}.", "u", "c", NULL, "No. See u. Ask c."},
    {"no url", "No. See {url}. Ask {contact}.", NULL, "c", NULL, "No. Ask c."},
    {"no contact", "No. See {url}. Ask {contact}.", "u", NULL, NULL, "No. See u."},
    {"neither", "No. See {url}. Ask {contact}.", NULL, NULL, NULL, "No."},
    {"empty is not set", "No. See {url}. Ask {contact}.", "", "", NULL, "No."},
    {"both in one", "No. See {url} or {contact}. Bye.", "u", NULL, NULL, "No. Bye."},
    {"nothing is left", "See {url}.", NULL, NULL, NULL, ""},
    {"the account's own page", "See {url}.", "u", NULL, "mine", "See mine."},
    {"the account's page alone", "See {url}.", NULL, NULL, "mine", "See mine."},
    {"a dot in an address is no end", "Ask a.b@c.d now. Ask {contact}.", NULL, NULL, NULL,
     "Ask a.b@c.d now."},
    {"nor the end of what is left out", "No. Ask {contact} at a.b now.", NULL, NULL, NULL, "No."},
    {"unknown placeholder", "a {foo} b", NULL, NULL, NULL, "a  b"},
    {"empty placeholder", "a {} b", NULL, NULL, NULL, "a  b"},
    {"brace never closed", "a {url", "u", NULL, NULL, "a u"},
    {"brace never opened", "a url} b", NULL, NULL, NULL, "a url} b"},
    {"brace at the end", "a {", NULL, NULL, NULL, "a"},
    {"brace in braces", "a {{url}} b", "u", NULL, NULL, "a } b"},
    {"values that are not known", "{minutes}, {date}, {mechanism}, {mechanisms}, {label}, {detail}",
     NULL, NULL, NULL,
     "unknown, an unknown date, used, another one, unnamed, ask your mail administrator"},
    {"a comma of ours stays, one of data does not", "a, {url}", "x,y", NULL, NULL, "a, x;y"},
    {"no line ends", "a\r\nb {url}", "x\r\n354 y", NULL, NULL, "a??b x??354 y"},
    {"nothing but ASCII", "\303\244 {url}", "\177\200", NULL, NULL, "?? ??"},
};

START_TEST(test_sentence)
{
	struct reply_style style = {.texts = {[REASON_PASSWORD_CHANGED] = sentences[_i].text}};
	struct verdict verdict = {.told = REASON_PASSWORD_CHANGED};
	char storage[1024], want[1024];
	struct buf wanted = BUF_ON(want);
	struct span got;

	style.url = span_of(sentences[_i].url);
	style.contact = span_of(sentences[_i].contact);
	verdict.facts.url = span_of(sentences[_i].account_url);
	buf_put_text(&wanted, sentences[_i].want);
	buf_put_text(&wanted, sentences[_i].want[0] ? " " : "");
	buf_put_text(&wanted, "[password-changed] (id 12345678)");
	got = put(storage, &verdict, &style, "12345678");
	ck_assert_msg(span_equal(got, buf_span(&wanted)), "%s: %.*s", sentences[_i].name,
		      (int)got.len, got.at);
}
END_TEST

static const struct {
	int64_t date;
	const char *want;
} dates[] = {
    {1, "1970-01-01"},
    {-1, "1969-12-31"},
    {86399, "1970-01-01"},
    {86400, "1970-01-02"},
    {-86400, "1969-12-31"},
    {-86401, "1969-12-30"},
    {951782400, "2000-02-29"},
    {951868800, "2000-03-01"},
    {1709164800, "2024-02-29"},
    {1709251199, "2024-02-29"},
    {1709251200, "2024-03-01"},
    {1740700800, "2025-02-28"},
    {1740787200, "2025-03-01"},
    {4107456000, "2100-02-28"},
    {4107542400, "2100-03-01"},
    {1767225599, "2025-12-31"},
    {1767225600, "2026-01-01"},
    {2147483648, "2038-01-19"},
    {-62135596800, "0001-01-01"},
    {-62167219200, "0000-01-01"},
    {-62167219201, "an unknown date"},
    {253402300799, "9999-12-31"},
    {253402300800, "an unknown date"},
    {INT64_MAX, "an unknown date"},
    {INT64_MIN, "an unknown date"},
    {0, "an unknown date"},
};

START_TEST(test_date)
{
	struct reply_style style = {.texts = {[REASON_PASSWORD_CHANGED] = "{date}"}};
	struct verdict verdict = {.told = REASON_PASSWORD_CHANGED,
				  .facts = {.date = dates[_i].date}};
	char storage[1024];
	struct span got = put(storage, &verdict, &style, "12345678");

	ck_assert_msg(got.len == strlen(dates[_i].want) + 33 &&
			  memcmp(got.at, dates[_i].want, got.len - 33) == 0,
		      "%lld: %.*s", (long long)dates[_i].date, (int)got.len, got.at);
}
END_TEST

/* ---- codes ---- */

START_TEST(test_codes)
{
	struct reply_style style = {.codes_rfc = false};
	bool temporary = _i == REASON_TEMPORARY;
	struct reply_codes codes = reply_codes((enum reason)_i, &style);

	ck_assert_uint_eq(codes.status, temporary ? 454 : 535);
	ck_assert_str_eq(codes.enhanced, temporary ? "4.7.0" : "5.7.8");
	style.codes_rfc = true;
	codes = reply_codes((enum reason)_i, &style);
	ck_assert_uint_eq(codes.status, reason_row((enum reason)_i)->status);
	ck_assert_str_eq(codes.enhanced, reason_row((enum reason)_i)->enhanced);
}
END_TEST

/* ---- the id and the room ---- */

START_TEST(test_id)
{
	struct verdict verdict = {.told = REASON_TEMPORARY};
	struct reply_style style = {.texts = {[REASON_TEMPORARY] = "x"}};
	char storage[1024];

	ck_assert(span_is(put(storage, &verdict, &style, "12345678901"),
			  "x [temporary-failure] (id 12345678)"));
	ck_assert(
	    span_is(put(storage, &verdict, &style, "a,\r\n"), "x [temporary-failure] (id a;?\?)"));
	ck_assert(span_is(put(storage, &verdict, &style, NULL), "x [temporary-failure] (id )"));
}
END_TEST

/* A reply that does not fit in what the caller has is a failure, never half a line. */
START_TEST(test_no_room)
{
	struct verdict verdict = {.told = REASON_TEMPORARY};
	char storage[100];
	struct buf out = BUF_ON(storage);

	reply_put(&out, &verdict, &usual, span_of("12345678"));
	ck_assert(out.failed);
}
END_TEST

START_TEST(test_out_of_range)
{
	struct verdict verdict = {.told = REASON_COUNT};
	struct reply_style style = {.texts = {"x"}};
	char storage[1024];

	ck_assert(span_is(put(storage, &verdict, &style, "12345678"),
			  "x [bad-credentials] (id 12345678)"));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

int main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tests = tcase_create("reply");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, test_golden, 0, ROWS(golden));
	tcase_add_loop_test(tests, test_longest, 0, REASON_COUNT + 1);
	tcase_add_loop_test(tests, test_sentence, 0, ROWS(sentences));
	tcase_add_loop_test(tests, test_date, 0, ROWS(dates));
	tcase_add_loop_test(tests, test_codes, 0, REASON_COUNT);
	tcase_add_test(tests, test_id);
	tcase_add_test(tests, test_no_room);
	tcase_add_test(tests, test_out_of_range);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
