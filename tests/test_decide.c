/* SPDX-License-Identifier: MIT */
/* Tests of core/decide: a named row for each reason and for both sides of each boundary. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide.h"
#include "decide_row.h"

static const struct decide_row rows[] = {
    /* who may log in */
    {"right password", PROOF(CURRENT), ALLOWED},
    {"app password", PROOF(APP), ALLOWED},
    {"right password by SCRAM", .attempt = {.mech = MECH_SCRAM_SHA_256}, MIXED, PROOF(CURRENT),
     ALLOWED},
    {"right password while a backend is down", .attempt = {.unavailable = true}, PROOF(CURRENT),
     ALLOWED},
    {"right password, nobody told anything", NEVER, PROOF(CURRENT), ALLOWED},
    {"silent policy does not hinder an app password", NEVER, PROOF(APP), ALLOWED},

    /* bad-credentials and credentials-or-mechanism */
    {"wrong password", PROOF(NONE), REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS), COUNTED},
    {"unknown name", .who = UNKNOWN, PROOF(NONE), REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS),
     COUNTED},
    {"nobody can tell whether the name exists", COUNTED, .who = UNTOLD, PROOF(CURRENT),
     REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS)},
    {"unknown name, as if proven", COUNTED, .who = UNKNOWN, PROOF(CURRENT),
     REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS)},
    {"damaged entry", COUNTED, .account = {.defect = true}, PROOF(CURRENT),
     REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS)},
    {"damaged and disabled entry", COUNTED, .account = {.defect = true, .disabled = true},
     PROOF(CURRENT), REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS)},
    {"damaged entry, policy tells all", COUNTED, .account = {.defect = true, .disabled = true},
     ALWAYS, PROOF(CURRENT), REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS)},
    {"could not be checked", COUNTED, PROOF(UNKNOWN), REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS)},
    {"wrong response, mixed realm", CHALLENGE, MIXED, PROOF(NONE),
     REFUSED(BAD_CREDENTIALS, CREDENTIALS_OR_MECHANISM), COUNTED},
    {"wrong response by SCRAM, mixed realm", .attempt = {.mech = MECH_SCRAM_SHA_1}, MIXED,
     PROOF(NONE), REFUSED(BAD_CREDENTIALS, CREDENTIALS_OR_MECHANISM), COUNTED},
    {"unknown name, mixed realm", CHALLENGE, MIXED, .who = UNKNOWN, PROOF(NONE),
     REFUSED(BAD_CREDENTIALS, CREDENTIALS_OR_MECHANISM), COUNTED},
    {"account without cleartext, mixed realm", COUNTED, CHALLENGE, MIXED, PROOF(IMPOSSIBLE),
     REFUSED(MECHANISM_MISMATCH, CREDENTIALS_OR_MECHANISM)},
    {"the same and disabled", COUNTED, CHALLENGE, MIXED, .account = {.disabled = true},
     PROOF(IMPOSSIBLE), REFUSED(ACCOUNT_DISABLED, CREDENTIALS_OR_MECHANISM)},
    {"PLAIN in a mixed realm", MIXED, PROOF(NONE), REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS),
     COUNTED},
    {"challenge in a cleartext realm", CHALLENGE, .policy = {.secrets = MECH_SECRETS_CLEARTEXT},
     PROOF(NONE), REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS), COUNTED},
    {"proven state by a challenge, mixed realm", CHALLENGE, MIXED, .account = {.disabled = true},
     PROOF(CURRENT), PROVEN(ACCOUNT_DISABLED)},

    /* what is settled before any lookup */
    {"mechanism of nobody", .mech_other = true, .attempt = {.mechanism = TEXT("FOO")},
     EARLY(MECHANISM_UNSUPPORTED)},
    {"mechanism not offered", .mech_withheld = true, PROOF(CURRENT), EARLY(MECHANISM_UNSUPPORTED)},
    {"no TLS where it is required", .cleartext = true, .policy = {.require_tls = true},
     PROOF(CURRENT), EARLY(TLS_REQUIRED)},
    {"no TLS where it is not", .cleartext = true, PROOF(CURRENT), ALLOWED},
    {"TLS where it is required", .policy = {.require_tls = true}, PROOF(CURRENT), ALLOWED},
    {"not base64", .attempt = {.defect = DEFECT_NOT_BASE64}, EARLY(MALFORMED),
     .want_detail = "it is not base64"},
    {"field count", .attempt = {.defect = DEFECT_FIELD_COUNT}, EARLY(MALFORMED),
     .want_detail = "it does not have the three fields of PLAIN"},
    {"empty name", .attempt = {.defect = DEFECT_EMPTY_NAME}, EARLY(MALFORMED),
     .want_detail = "the user name is empty"},
    {"empty password", .attempt = {.defect = DEFECT_EMPTY_PASSWORD}, EARLY(MALFORMED),
     .want_detail = "the password is empty"},
    {"NUL", .attempt = {.defect = DEFECT_NUL}, EARLY(MALFORMED),
     .want_detail = "it contains a NUL octet"},
    {"not UTF-8", .attempt = {.defect = DEFECT_NOT_UTF8}, EARLY(MALFORMED),
     .want_detail = "it is not UTF-8"},
    {"control character", .attempt = {.defect = DEFECT_CONTROL}, EARLY(MALFORMED),
     .want_detail = "there is a control character in the user name"},
    {"too long", .attempt = {.defect = DEFECT_TOO_LONG}, EARLY(MALFORMED),
     .want_detail = "it is too long"},
    {"no domain", .attempt = {.defect = DEFECT_NO_DOMAIN}, EARLY(MALFORMED),
     .want_detail = "the user name needs its domain as in an e-mail address"},
    {"syntax", .attempt = {.defect = DEFECT_SYNTAX}, EARLY(MALFORMED),
     .want_detail = "it breaks the rules of the authentication method"},
    {"CRAM-MD5 in a hashed realm", CHALLENGE, PROOF(NONE), EARLY(MECHANISM_MISMATCH)},
    {"CRAM-MD5 in a SCRAM realm", CHALLENGE, .policy = {.secrets = MECH_SECRETS_SCRAM},
     EARLY(MECHANISM_MISMATCH)},
    {"SCRAM in a hashed realm", .attempt = {.mech = MECH_SCRAM_SHA_1}, EARLY(MECHANISM_MISMATCH)},
    {"SCRAM in a SCRAM realm", .attempt = {.mech = MECH_SCRAM_SHA_1},
     .policy = {.secrets = MECH_SECRETS_SCRAM}, PROOF(CURRENT), ALLOWED},
    {"mismatch while a backend is down", .attempt = {.mech = MECH_CRAM_MD5, .unavailable = true},
     EARLY(MECHANISM_MISMATCH)},
    {"another authzid", .attempt = {.authzid_differs = true}, PROOF(CURRENT),
     EARLY(AUTHZID_DENIED)},
    {"malformed, nobody told anything", .attempt = {.defect = DEFECT_NUL}, NEVER,
     REFUSED(MALFORMED, BAD_CREDENTIALS), .want_early = true},
    {"mixed realm, nobody told anything", CHALLENGE, PROOF(NONE), COUNTED,
     .policy = {.secrets = MECH_SECRETS_MIXED, .disclose = POLICY_DISCLOSE_NEVER},
     REFUSED(BAD_CREDENTIALS, BAD_CREDENTIALS)},

    /* our own locks */
    {"name locked for the network", PROOF(CURRENT), EARLY(ACCOUNT_LOCKED), .want_minutes = 2,
     .attempt = {.lock = LOCK_NAME_NETWORK, .lock_until = NOW + 61}},
    {"exactly a minute left", PROOF(APP), EARLY(ACCOUNT_LOCKED), .want_minutes = 1,
     .attempt = {.lock = LOCK_NAME_NETWORK, .lock_until = NOW + 60}},
    {"a second left", EARLY(ACCOUNT_LOCKED), .want_minutes = 1,
     .attempt = {.lock = LOCK_NAME_NETWORK, .lock_until = NOW + 1}},
    {"lock without a known end", EARLY(ACCOUNT_LOCKED), .attempt = {.lock = LOCK_NAME_NETWORK}},
    {"lock ends now", EARLY(ACCOUNT_LOCKED),
     .attempt = {.lock = LOCK_NAME_NETWORK, .lock_until = NOW}},
    {"lock to the end of time", EARLY(ACCOUNT_LOCKED), .want_minutes = 99999,
     .attempt = {.now = 1, .lock = LOCK_NAME_NETWORK, .lock_until = INT64_MAX}},
    {"network locked", PROOF(CURRENT), EARLY(TOO_MANY_ATTEMPTS), .want_minutes = 10,
     .attempt = {.lock = LOCK_NETWORK, .lock_until = NOW + 600}},
    {"network locked, nobody told anything", NEVER, .want_early = true,
     REFUSED(TOO_MANY_ATTEMPTS, BAD_CREDENTIALS),
     .attempt = {.lock = LOCK_NETWORK, .lock_until = NOW + 600}},
    {"name locked, right password", PROOF(CURRENT), REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED),
     .want_minutes = 10, .attempt = {.lock = LOCK_NAME, .lock_until = NOW + 600}},
    {"name locked, wrong password", PROOF(NONE), REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED),
     .want_minutes = 10, .attempt = {.lock = LOCK_NAME, .lock_until = NOW + 600}},
    {"name locked, unknown name", PROOF(NONE), .who = UNKNOWN, .want_minutes = 10,
     REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED),
     .attempt = {.lock = LOCK_NAME, .lock_until = NOW + 600}},
    {"name locked, challenge", MIXED, PROOF(CURRENT), EARLY(ACCOUNT_LOCKED), .want_minutes = 10,
     .attempt = {.mech = MECH_CRAM_MD5, .lock = LOCK_NAME, .lock_until = NOW + 600}},
    {"name locked, app password", PROOF(APP), ALLOWED, .attempt = {.lock = LOCK_NAME}},
    {"name locked, stale app password", STALE(APP_REVOKED, NOW), .attempt = {.lock = LOCK_NAME},
     REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},
    {"name locked, app password, damaged entry", PROOF(APP), .attempt = {.lock = LOCK_NAME},
     .account = {.defect = true}, REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},
    {"name locked, app password, backend lock too", PROOF(APP), .attempt = {.lock = LOCK_NAME},
     .account = {.locked = true}, REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},
    {"name locked, app password, disabled", PROOF(APP), .attempt = {.lock = LOCK_NAME},
     .account = {.disabled = true}, REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},
    {"name locked while a backend is down", PROOF(UNKNOWN), .who = UNTOLD,
     .attempt = {.lock = LOCK_NAME, .unavailable = true}, REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},
    {"silent lock, right password", COUNTED, PROOF(CURRENT),
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS), .attempt = {.lock = LOCK_SILENT}},
    {"silent lock, app password", PROOF(APP), ALLOWED, .attempt = {.lock = LOCK_SILENT}},
    {"silent lock, app password, backend lock too", COUNTED, PROOF(APP),
     .account = {.locked = true}, REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS),
     .attempt = {.lock = LOCK_SILENT}},
    {"silent lock, stale app password", COUNTED, STALE(APP_REVOKED, NOW),
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS), .attempt = {.lock = LOCK_SILENT}},
    {"silent lock is not told with lock_told", PROOF(NONE), LOCK_TOLD, COUNTED,
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS), .attempt = {.lock = LOCK_SILENT}},
    {"silent lock, policy tells all", PROOF(NONE), ALWAYS, COUNTED, .want_minutes = 1,
     REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED),
     .attempt = {.lock = LOCK_SILENT, .lock_until = NOW + 60}},

    /* a lock that only the backend knows of */
    {"backend lock, right password", COUNTED, .account = {.locked = true}, PROOF(CURRENT),
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS)},
    {"backend lock, wrong password", .account = {.locked = true}, PROOF(NONE), COUNTED,
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS)},
    {"backend lock, app password", COUNTED, .account = {.locked = true}, PROOF(APP),
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS)},
    {"backend lock, stale app password", COUNTED, .account = {.locked = true},
     STALE(APP_EXPIRED, NOW), REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS)},
    {"backend lock, old password", COUNTED,
     .account = {.locked = true, .password_changed = NOW - DAY}, PROOF(PREVIOUS),
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS)},
    {"backend lock, challenge in a mixed realm", COUNTED, CHALLENGE, MIXED,
     .account = {.locked = true}, PROOF(CURRENT),
     REFUSED(ACCOUNT_LOCKED, CREDENTIALS_OR_MECHANISM)},
    {"backend lock told, wrong password", PROOF(NONE), LOCK_TOLD, COUNTED, .want_minutes = 5,
     .account = {.locked = true, .locked_until = NOW + 300, .url = TEXT("https://x/")},
     REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},
    {"backend lock told, right password", COUNTED, PROOF(CURRENT), LOCK_TOLD, .want_minutes = 5,
     .account = {.locked = true, .locked_until = NOW + 300, .url = TEXT("https://x/")},
     REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},
    {"lock_told does not break silence", COUNTED, PROOF(CURRENT), .account = {.locked = true},
     .policy = {.lock_told_always = true, .disclose = POLICY_DISCLOSE_NEVER},
     REFUSED(ACCOUNT_LOCKED, BAD_CREDENTIALS)},
    {"backend lock, policy tells all", PROOF(NONE), ALWAYS, COUNTED, .account = {.locked = true},
     REFUSED(ACCOUNT_LOCKED, ACCOUNT_LOCKED)},

    /* while a backend is down */
    {"down: name not found", .attempt = {.unavailable = true}, .who = UNKNOWN, PROOF(NONE),
     LATER(TEMPORARY)},
    {"down: nobody can tell", .attempt = {.unavailable = true}, .who = UNTOLD, PROOF(UNKNOWN),
     LATER(TEMPORARY)},
    {"down: wrong password of a known name", .attempt = {.unavailable = true}, PROOF(NONE),
     LATER(BAD_CREDENTIALS), ENTRY_COUNTED},
    {"down: wrong response of a known name", PROOF(NONE), LATER(BAD_CREDENTIALS), ENTRY_COUNTED,
     .attempt = {.mech = MECH_CRAM_MD5, .unavailable = true}, MIXED},
    {"down: wrong password, damaged entry", .attempt = {.unavailable = true}, PROOF(NONE),
     .account = {.defect = true}, LATER(TEMPORARY)},
    {"down: too old a password", .attempt = {.unavailable = true}, PROOF(PREVIOUS),
     LATER(BAD_CREDENTIALS)},
    {"down: silent lock, right password", PROOF(CURRENT), LATER(ACCOUNT_LOCKED),
     .attempt = {.lock = LOCK_SILENT, .unavailable = true}},
    {"down: silent lock, wrong password", PROOF(NONE), LATER(ACCOUNT_LOCKED), ENTRY_COUNTED,
     .attempt = {.lock = LOCK_SILENT, .unavailable = true}},
    {"down: not checked", .attempt = {.unavailable = true}, PROOF(UNKNOWN), LATER(TEMPORARY)},
    {"down: disabled, wrong password", .attempt = {.unavailable = true}, PROOF(NONE),
     .account = {.disabled = true}, LATER(ACCOUNT_DISABLED), ENTRY_COUNTED},
    {"down: disabled, right password", .attempt = {.unavailable = true}, PROOF(CURRENT),
     .account = {.disabled = true}, PROVEN(ACCOUNT_DISABLED)},
    {"down: backend lock, right password", .attempt = {.unavailable = true}, PROOF(CURRENT),
     .account = {.locked = true}, LATER(ACCOUNT_LOCKED)},
    {"down: backend lock told", .attempt = {.unavailable = true}, PROOF(NONE), LOCK_TOLD,
     .account = {.locked = true}, LATER(ACCOUNT_LOCKED), ENTRY_COUNTED},
    {"down: policy tells all", .attempt = {.unavailable = true}, PROOF(NONE), ALWAYS,
     .account = {.disabled = true}, LATER(ACCOUNT_DISABLED), ENTRY_COUNTED},
    {"down: nobody told anything", .attempt = {.unavailable = true}, PROOF(CURRENT), NEVER,
     .account = {.disabled = true}, LATER(ACCOUNT_DISABLED)},
    {"down: challenge in a mixed realm", MIXED, PROOF(IMPOSSIBLE), LATER(MECHANISM_MISMATCH),
     .attempt = {.mech = MECH_CRAM_MD5, .unavailable = true}},
};

static void prepare(struct decide_row *row)
{
	static const unsigned char here[16] = V4(192, 0, 2, 7), nowhere[16];
	static const enum answer exists[] = {[KNOWN] = YES, [UNKNOWN] = NO, [UNTOLD] = CANNOT_TELL};
	struct attempt *attempt = &row->attempt;

	if (attempt->now == 0)
		attempt->now = NOW;
	if (attempt->mech == MECH_UNKNOWN && !row->mech_other)
		attempt->mech = MECH_PLAIN;
	if (!attempt->mechanism.at)
		attempt->mechanism = span_of(mech_name(attempt->mech));
	attempt->mech_offered = !row->mech_withheld;
	attempt->tls = !row->cleartext;
	attempt->service = span_of("smtp");
	attempt->has_address = !row->no_address;
	if (memcmp(attempt->address, nowhere, sizeof(nowhere)) == 0)
		memcpy(attempt->address, here, sizeof(here));
	row->account.exists = exists[row->who];
	row->policy.previous_days = row->no_days ? 0 : 30;
}

static void check_span(const char *name, const char *fact, struct span got, const char *want)
{
	ck_assert_msg(span_equal(got, span_of(want)), "%s: %s is \"%.*s\", want \"%s\"", name, fact,
		      (int)got.len, got.len ? got.at : "", want ? want : "");
}

static void check_verdict(const struct decide_row *row, const struct verdict *got)
{
	bool allowed = row->want_outcome == OUTCOME_ALLOW;

	ck_assert_msg(got->outcome == row->want_outcome, "%s: outcome %d", row->name,
		      (int)got->outcome);
	ck_assert_msg(got->cause == row->want_cause, "%s: cause %s", row->name,
		      reason_row(got->cause)->token);
	ck_assert_msg(got->told == row->want_told, "%s: told %s", row->name,
		      reason_row(got->told)->token);
	ck_assert_msg(got->proven == row->want_proven, "%s: proven", row->name);
	ck_assert_msg(got->counts == row->want_counts, "%s: counts", row->name);
	ck_assert_msg(got->counts_entry == row->want_counts_entry, "%s: counts for the entry",
		      row->name);
	ck_assert_msg(got->facts.date == row->want_date, "%s: date %lld", row->name,
		      (long long)got->facts.date);
	ck_assert_msg(got->facts.minutes == row->want_minutes, "%s: minutes %u", row->name,
		      got->facts.minutes);
	check_span(row->name, "label", got->facts.label, row->want_label);
	check_span(row->name, "detail", got->facts.detail, row->want_detail);
	check_span(row->name, "url", got->facts.url, row->want_url);
	ck_assert_msg(
	    span_equal(got->facts.mechanism, allowed ? SPAN_NONE : row->attempt.mechanism),
	    "%s: mechanism", row->name);
}

static void check_row(struct decide_row row)
{
	struct verdict verdict, early;

	prepare(&row);
	memset(&verdict, 0xa5, sizeof(verdict));
	decide(&row.attempt, &row.account, &row.evidence, &row.policy, &verdict);
	check_verdict(&row, &verdict);
	ck_assert_msg(decide_early(&row.attempt, &row.policy, &early) == row.want_early,
		      "%s: early", row.name);
	if (!row.want_early)
		return;
	check_verdict(&row, &early);
	/* Neither account nor evidence are looked at then. */
	decide(&row.attempt, NULL, NULL, &row.policy, &verdict);
	check_verdict(&row, &verdict);
}

START_TEST(test_request)
{
	check_row(rows[_i]);
}
END_TEST

START_TEST(test_account)
{
	check_row(decide_row_account[_i]);
}
END_TEST

/* Each reason that anything can cause is told to somebody. */
START_TEST(test_every_reason_has_a_row)
{
	bool told[REASON_COUNT] = {false};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		told[rows[i].want_told] = true;
	for (size_t i = 0; i < decide_row_account_count; i++)
		told[decide_row_account[i].want_told] = true;
	for (enum reason reason = 0; reason < REASON_COUNT; reason++)
		ck_assert_msg(told[reason], "no row tells %s", reason_row(reason)->token);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decide");
	TCase *tests = tcase_create("decide");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tests, test_request, 0, (int)(sizeof(rows) / sizeof(*rows)));
	tcase_add_loop_test(tests, test_account, 0, (int)decide_row_account_count);
	tcase_add_test(tests, test_every_reason_has_a_row);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
