/* SPDX-License-Identifier: MIT */
/* Tests of backend/ldap_filter: which filters are taken, and what a name becomes in one. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ldap_filter.h"

static const struct {
	const char *filter;
	const char *want_fault; /* part of it; null: fine */
} checks[] = {
    {"(uid=%u)", NULL},
    {"(&(objectClass=person)(|(uid=%u)(mail=%n)))", NULL},
    {"(&(uid=%u)(o=%d))", NULL},
    {"(mail=%u@%d)", NULL},
    {"(proxyAddresses=smtp:%n)", NULL},
    {"(&(uid=%u)(description=50%%))", NULL},
    {"(uid:caseExactMatch:=%u)", NULL},
    {"(!(uid=%u))", NULL},
    {"(a>=x=%u)", NULL},
    {"(cn=\\28%u\\29)", NULL},
    {"(uid=alice)", "neither"},
    {"(o=%d)", "neither"},
    {"", "neither"},
    {"%u", "outside of a value"},
    {"uid=%u", "RFC 4515"},
    {"(uid=%u", "RFC 4515"},
    {"(uid=%u))", "RFC 4515"},
    {"(uid=%u)(cn=x)", "RFC 4515"},
    {" (uid=%u)", "RFC 4515"},
    {"((uid=%u))x", "RFC 4515"},
    {"(&(uid=%u)", "RFC 4515"},
    {"(uid=%u\\zz)", "RFC 4515"},
    {"(%u=x)", "outside of a value"},
    {"(&(uid=%u)%n)", "outside of a value"},
    {"(uid:%u:=x)", "outside of a value"},
    {"(&(uid=%u)(%d>=x))", "outside of a value"},
    {"(uid=%s)", "something else"},
    {"(uid=%u)(cn=100%)", "something else"},
    {"(uid=%", "something else"},
};

START_TEST(test_check)
{
	const char *want = checks[_i].want_fault;
	const char *fault = NULL;
	bool ok = ldap_filter_check(checks[_i].filter, &fault);

	ck_assert_msg(ok == !want, "%s: %s", checks[_i].filter, fault);
	if (want)
		ck_assert_msg(strstr(fault, want), "%s: %s", checks[_i].filter, fault);
}
END_TEST

#define SPAN(text)                                                                                 \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static const struct {
	const char *filter;
	struct span local, domain;
	const char *want; /* null: no filter */
} puts_[] = {
    {"(uid=%u)", SPAN("alice"), SPAN("example.org"), "(uid=alice)"},
    {"(mail=%n)", SPAN("alice"), SPAN("example.org"), "(mail=alice@example.org)"},
    {"(&(uid=%u)(o=%d)(c=1%%))", SPAN("a"), SPAN("b"), "(&(uid=a)(o=b)(c=1%))"},
    {"(uid=%u)", SPAN("*"), SPAN("b"), "(uid=\\2A)"},
    {"(uid=%u)", SPAN("a)(uid=*"), SPAN("b"), "(uid=a\\29\\28uid=\\2A)"},
    {"(uid=%u)", SPAN("a\\2a"), SPAN("b"), "(uid=a\\5C2a)"},
    {"(uid=%u)", SPAN("a\0b"), SPAN("b"), "(uid=a\\00b)"},
    {"(uid=%u)", SPAN("%u%d"), SPAN("b"), "(uid=%u%d)"},
    {"(uid=%u)", SPAN(""), SPAN("b"), NULL},
    {"(&(uid=%u)(o=%d))", SPAN("a"), SPAN(""), NULL},
    {"(uid=%u)", SPAN("a"), SPAN(""), "(uid=a)"},
};

START_TEST(test_put)
{
	char storage[4096], full[256];
	struct buf out = BUF_ON(storage);
	struct buf whole = BUF_ON(full);
	struct backend_name name = {SPAN_NONE, puts_[_i].local, puts_[_i].domain};
	bool ok;

	buf_put_span(&whole, name.local);
	buf_put_char(&whole, '@');
	buf_put_span(&whole, name.domain);
	name.full = buf_span(&whole);
	ok = ldap_filter_put(&out, puts_[_i].filter, &name);
	ck_assert_msg(ok == !!puts_[_i].want, "%d", _i);
	if (ok)
		ck_assert_str_eq(storage, puts_[_i].want);
	ck_assert_uint_lt(out.len, ldap_filter_room(puts_[_i].filter));
}
END_TEST

/* The longest name, of octets that all are escaped, fits into the room; one more is refused. */
START_TEST(test_longest)
{
	static const char filter[] = "(|(uid=%u)(mail=%n)(cn=%u))";
	static char octets[LDAP_FILTER_NAME_MAX + 1];
	struct buf out = {malloc(ldap_filter_room(filter)), 0, ldap_filter_room(filter), false};
	struct backend_name name = {{octets, LDAP_FILTER_NAME_MAX},
				    {octets, LDAP_FILTER_NAME_MAX},
				    {octets, LDAP_FILTER_NAME_MAX}};

	memset(octets, '*', sizeof(octets));
	ck_assert(ldap_filter_put(&out, filter, &name));
	out.len = 0;
	name.full.len++;
	ck_assert(!ldap_filter_put(&out, filter, &name));
	free(out.at);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ldap_filter");
	TCase *tcase = tcase_create("filters");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, test_check, 0, (int)(sizeof(checks) / sizeof(checks[0])));
	tcase_add_loop_test(tcase, test_put, 0, (int)(sizeof(puts_) / sizeof(puts_[0])));
	tcase_add_test(tcase, test_longest);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
