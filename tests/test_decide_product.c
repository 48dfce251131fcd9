/* SPDX-License-Identifier: MIT */
/* Tests of core/decide and core/reply over the whole cross product: the rule of what may be told,
 * stated here once more, without any of decide.c's own helpers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide.h"
#include "core/reply.h"
#include "decide_rule.h"

static void require(bool holds, const struct decide_rule_point *point, const char *what)
{
	const struct attempt *a = &point->request->attempt;
	const struct policy *p = &point->request->policy;

	if (holds)
		return;
	ck_abort_msg("%s\naccount %s, secret %s, %s%s%s%s%s lock=%d%s; realm=%d disclose=%d%s%s%s\n"
		     "outcome %d, cause %s, told %s; an unknown name: %s",
		     what, point->who->name, point->with->name, mech_name(a->mech),
		     a->mech_offered ? "" : " withheld", a->tls ? " tls" : "",
		     a->defect ? " malformed" : "", a->authzid_differs ? " authzid" : "",
		     (int)a->lock, a->unavailable ? " down" : "", (int)p->secrets, (int)p->disclose,
		     p->lock_told_always ? " lock_told" : "", p->require_tls ? " require_tls" : "",
		     p->app_required ? " app_required" : "", (int)point->got->outcome,
		     reason_row(point->got->cause)->token, reason_row(point->got->told)->token,
		     reason_row(point->unknown->told)->token);
}

/* ---- the checks ---- */

static struct reply_style *style(bool rfc)
{
	static struct reply_style styles[2];

	return &styles[rfc];
}

/* Each text names everything, allowed there or not: nothing in the facts stays unseen. */
static void set_styles(void)
{
	static const char all[] = "{minutes} {date} {mechanism} {label} {detail} {url}";
	struct reply_style *styles[] = {style(false), style(true)};

	for (size_t i = 0; i < REASON_COUNT; i++)
		styles[0]->texts[i] = styles[1]->texts[i] = all;
	styles[0]->url = styles[1]->url = span_of("https://help.example.org/");
	styles[1]->codes_rfc = true;
}

static struct span written(const struct verdict *verdict, char storage[512])
{
	struct buf out = {storage, 0, 512, false};

	reply_put(&out, verdict, style(false), span_of("ABCDEFGH"));
	return buf_span(&out);
}

static bool same_codes(enum reason a, enum reason b, bool rfc)
{
	struct reply_codes one = reply_codes(a, style(rfc)), two = reply_codes(b, style(rfc));

	return one.status == two.status && strcmp(one.enhanced, two.enhanced) == 0;
}

static bool same_facts(const struct facts *a, const struct facts *b)
{
	return a->date == b->date && a->minutes == b->minutes &&
	       span_equal(a->mechanism, b->mechanism) && span_equal(a->label, b->label) &&
	       span_equal(a->detail, b->detail) && span_equal(a->url, b->url);
}

/* All that leaves us is the same as for an unknown name. */
static void check_same(const struct decide_rule_point *point)
{
	char storage[512];
	struct span reply = written(point->got, storage);

	require(point->got->outcome == point->unknown->outcome, point, "another outcome");
	require(reply.len > 20 && span_equal(reply, point->unknown_reply), point, "another reply");
	require(same_codes(point->got->told, point->unknown->told, false), point, "another code");
	require(same_codes(point->got->told, point->unknown->told, true), point,
		"another RFC code");
	require(reason_row(point->got->told)->code == reason_row(point->unknown->told)->code, point,
		"another SASL code");
	require(same_facts(&point->got->facts, &point->unknown->facts), point, "other facts");
}

static void check_codes(const struct decide_rule_point *point)
{
	unsigned status = reply_codes(point->got->told, style(false)).status;
	bool later = point->got->outcome == OUTCOME_TRY_LATER;

	require(status == (later ? 454 : 535), point, "a code of the wrong kind");
	require(later == (point->got->told == REASON_TEMPORARY), point, "later is not temporary");
	require(!later || reply_codes(REASON_TEMPORARY, style(true)).status == 454, point,
		"RFC 454");
	require(!later || point->unknown->outcome == OUTCOME_TRY_LATER, point,
		"later, but not for an unknown name");
}

static void check_facts(const struct decide_rule_point *point)
{
	enum reason told = point->got->told;
	const struct facts *facts = &point->got->facts;
	bool dated = BIT(told) & (BIT(REASON_ACCOUNT_EXPIRED) | BIT(REASON_PASSWORD_EXPIRED) |
				  BIT(REASON_PASSWORD_CHANGED) | BIT(REASON_APP_REVOKED) |
				  BIT(REASON_APP_EXPIRED));
	bool detailed =
	    BIT(told) & (BIT(REASON_MALFORMED) | BIT(REASON_TIME_RESTRICTED) |
			 BIT(REASON_NETWORK_RESTRICTED) | BIT(REASON_MECHANISM_NOT_ALLOWED));
	bool timed = BIT(told) & (BIT(REASON_ACCOUNT_LOCKED) | BIT(REASON_TOO_MANY_ATTEMPTS));

	require(dated == (facts->date != 0), point, "date");
	require(detailed == (facts->detail.at != NULL), point, "detail");
	require(timed == (facts->minutes != 0), point, "minutes");
	require(!facts->label.at == !(BIT(told) & APPS), point, "label");
	require(!facts->url.at == !(BIT(told) & OF_ACCOUNT), point, "url");
	require(span_equal(facts->mechanism, point->request->attempt.mechanism), point,
		"mechanism");
}

static void check_refusal(const struct decide_rule_point *point)
{
	const struct verdict *got = point->got;
	enum reason want = decide_rule_told(point);
	bool always = point->request->policy.disclose == POLICY_DISCLOSE_ALWAYS;
	bool silent = point->request->policy.disclose == POLICY_DISCLOSE_NEVER;

	require(got->told == want, point, "told otherwise");
	require(got->cause == decide_rule_found(point) ||
		    (got->cause == REASON_TEMPORARY && got->told == REASON_TEMPORARY),
		point, "found otherwise");
	require(!(BIT(got->told) & OF_ACCOUNT) || always || point->with->proves & BIT(got->told),
		point, "told without proof");
	require(got->proven == (BIT(got->told) & point->with->proves &&
				decide_rule_proven(point) == got->told),
		point, "proven");
	require(got->counts == (point->unknown->counts &&
				(silent || decide_rule_proven(point) == REASON_COUNT)),
		point, "counts otherwise than for an unknown name");
	require(got->told != REASON_TEMPORARY || !got->counts, point, "an outage counts");
	require(got->counts_entry == decide_rule_counts_entry(point), point,
		"counts for the entry otherwise");
	check_codes(point);
	check_facts(point);
	if (want == decide_rule_stranger(point->request))
		check_same(point);
}

/* ---- the product ---- */

static void fill(const struct decide_rule_account *who, const struct decide_rule_secret *with,
		 struct account *account, struct evidence *evidence)
{
	*account = who->account;
	account->url = span_of("https://account.example.org/");
	account->restriction = span_of("office hours");
	account->password_changed = with->changed;
	account->locked_until = NOW + 777 * 60;
	*evidence = (struct evidence){.proof = with->proof, .app_fault = with->fault};
	evidence->app_label = span_of("phone");
	evidence->app_since = NOW - DAY;
}

static struct verdict decided(const struct decide_rule_request *request,
			      const struct decide_rule_account *who,
			      const struct decide_rule_secret *with)
{
	struct account account;
	struct evidence evidence;
	struct verdict verdict;

	fill(who, with, &account, &evidence);
	decide(&request->attempt, &account, &evidence, &request->policy, &verdict);
	return verdict;
}

/* The right secret changes nothing. */
static void check_locked(const struct decide_rule_point *point)
{
	static const struct decide_rule_secret wrong = {"wrong", PROOF_NONE, 0, 0, 0, REASON_COUNT};
	struct verdict other = decided(point->request, point->who, &wrong);

	require(point->got->outcome == other.outcome && point->got->told == other.told &&
		    same_facts(&point->got->facts, &other.facts),
		point, "a lock that looks at the secret");
}

static void check_request(const struct decide_rule_request *request, unsigned long *points)
{
	static const struct decide_rule_account nobody = {
	    "nobody", {0}, REASON_BAD_CREDENTIALS, true};
	static const struct decide_rule_secret guess = {"guess", PROOF_NONE, 0, 0, 0, REASON_COUNT};
	struct verdict unknown = decided(request, &nobody, &guess), early, got;
	char storage[512];
	struct decide_rule_point point = {request,  &nobody,  &guess,
					  &unknown, &unknown, written(&unknown, storage)};
	size_t combinations = decide_rule_account_count * decide_rule_secret_count;
	bool settled = decide_early(&request->attempt, &request->policy, &early);

	require(unknown.told == decide_rule_stranger(request) && !unknown.counts_entry, &point,
		"an unknown name is told otherwise, or has an entry");
	require(settled == (decide_rule_fault(request) != REASON_COUNT), &point, "early");
	require(!settled ||
		    (early.told == unknown.told && early.cause == decide_rule_fault(request) &&
		     same_facts(&early.facts, &unknown.facts)),
		&point, "decide_early() and decide() differ");
	for (size_t i = 0; i < combinations; i++, ++*points) {
		point.who = &decide_rule_accounts[i / decide_rule_secret_count];
		point.with = &decide_rule_secrets[i % decide_rule_secret_count];
		got = decided(request, point.who, point.with);
		point.got = &got;
		require((got.outcome == OUTCOME_ALLOW) == decide_rule_allows(&point), &point,
			"allowed");
		require(got.outcome != OUTCOME_ALLOW ||
			    (got.proven && !got.counts && !got.counts_entry),
			&point, "a login is proven and no failure");
		if (got.outcome != OUTCOME_ALLOW)
			check_refusal(&point);
		if (decide_rule_locked(&point))
			check_locked(&point);
	}
}

static unsigned take(unsigned long *number, unsigned radix)
{
	unsigned digit = (unsigned)(*number % radix);

	*number /= radix;
	return digit;
}

/* The request of a number; false beyond the last. */
static bool request_of(unsigned long number, struct decide_rule_request *request)
{
	struct attempt *a = &request->attempt;
	struct policy *p = &request->policy;

	*request = (struct decide_rule_request){.attempt = {.now = NOW, .lock_until = NOW + 600},
						.policy = {.previous_days = 30}};
	a->service = span_of("smtp");
	a->has_address = true;
	a->mech = take(&number, MECH_COUNT);
	a->mechanism = span_of(a->mech ? mech_name(a->mech) : "X-FOO");
	a->lock = take(&number, LOCK_SILENT + 1);
	p->secrets = take(&number, MECH_SECRETS_MIXED + 1);
	p->disclose = take(&number, POLICY_DISCLOSE_NEVER + 1);
	a->mech_offered = take(&number, 2);
	a->tls = take(&number, 2);
	p->require_tls = take(&number, 2);
	a->defect = take(&number, 2) ? DEFECT_EMPTY_NAME : DEFECT_NONE;
	a->authzid_differs = take(&number, 2);
	a->unavailable = take(&number, 2);
	p->lock_told_always = take(&number, 2);
	p->app_required = take(&number, 2);
	return number == 0;
}

START_TEST(test_product)
{
	struct decide_rule_request request;
	unsigned long requests = 0, points = 0;

	set_styles();
	for (; request_of(requests, &request); requests++)
		check_request(&request, &points);
	printf("%lu requests, %lu combinations\n", requests, points);
	fflush(stdout);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decide_product");
	TCase *tests = tcase_create("product");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, test_product);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
