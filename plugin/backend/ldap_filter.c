/* SPDX-License-Identifier: MIT */
/* The configured filter with a name put in: %u, %d and %n as values that mean nothing but
 * themselves. */
#include "backend/ldap_filter.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>

#define ESCAPED 3 /* octets of one, escaped: \2a */

static bool put_value(struct buf *out, struct span value)
{
	/* libldap does not write to it */
	struct berval plain = {value.len, (char *)(uintptr_t)value.at};
	struct berval escaped = {0, NULL};

	/* Nothing in place of a word would make "%d*" a filter that finds everybody. */
	if (value.len == 0)
		return false;
	if (ldap_bv2escaped_filter_value(&plain, &escaped) != 0)
		return false;
	buf_put_span(out, (struct span){escaped.bv_val, escaped.bv_len});
	ber_memfree(escaped.bv_val);
	return true;
}

static bool put_word(struct buf *out, char word, const struct backend_name *name)
{
	switch (word) {
	case 'u':
		return put_value(out, name->local);
	case 'd':
		return put_value(out, name->domain);
	case 'n':
		return put_value(out, name->full);
	case '%':
		buf_put_char(out, '%');
		return true;
	}
	return false;
}

bool ldap_filter_put(struct buf *out, const char *filter, const struct backend_name *name)
{
	if (name->full.len > LDAP_FILTER_NAME_MAX || name->local.len > LDAP_FILTER_NAME_MAX ||
	    name->domain.len > LDAP_FILTER_NAME_MAX)
		return false;
	for (const char *at = filter; *at; at++) {
		if (*at != '%')
			buf_put_char(out, *at);
		else if (!put_word(out, *++at, name))
			return false;
	}
	buf_put_char(out, 0);
	return !out->failed;
}

size_t ldap_filter_room(const char *filter)
{
	size_t room = strlen(filter) + 1;

	for (const char *at = strchr(filter, '%'); at; at = strchr(at + 1, '%'))
		room += ESCAPED * LDAP_FILTER_NAME_MAX;
	return room;
}

/* Has libldap encode it. The search that it would be is sent nowhere: there is nobody to connect
 * to. */
static bool is_encoded(const char *filter)
{
	LDAP *ld = NULL;
	int msgid = 0;
	int code = LDAP_FILTER_ERROR;

	if (ldap_initialize(&ld, "ldapi://%2Fdev%2Fnull") == LDAP_SUCCESS)
		code = ldap_search_ext(ld, "", LDAP_SCOPE_BASE, filter, NULL, 0, NULL, NULL, NULL,
				       0, &msgid);
	if (ld)
		ldap_unbind_ext(ld, NULL, NULL);
	return code != LDAP_FILTER_ERROR;
}

/* libldap takes "a=b", "(a=b)(c=d)" and more for filters. */
static bool is_one(const char *filter)
{
	size_t depth = 0;

	for (const char *at = filter; *at; at++) {
		if (*at == '(')
			depth++;
		else if (depth == 0)
			return false;
		else if (*at == ')' && --depth == 0)
			return at[1] == 0;
	}
	return false;
}

bool ldap_filter_check_plain(const char *filter, const char **fault)
{
	*fault = "is no filter of RFC 4515";
	return is_one(filter) && is_encoded(filter);
}

/* In a value, where escaping holds: behind the "=" of its own pair of parentheses. */
static bool in_value(const char *filter, const char *at)
{
	while (at > filter && *at != '(' && *at != ')' && *at != '=')
		at--;
	return *at == '=';
}

static bool check_words(const char *filter, const char **fault)
{
	bool names = false;

	for (const char *at = strchr(filter, '%'); at; at = strchr(at + 2, '%')) {
		*fault = "has a % with something else than u, d, n or % behind it";
		if (!at[1] || !strchr("udn%", at[1]))
			return false;
		*fault = "has a % word outside of a value";
		if (!in_value(filter, at))
			return false;
		names = names || at[1] == 'u' || at[1] == 'n';
	}
	*fault = "has neither %u nor %n: it would find everybody";
	return names;
}

bool ldap_filter_check(const char *filter, const char **fault)
{
	static const struct backend_name sample = {
	    {"x@x", 3},
	    {"x", 1},
	    {"x", 1},
	};
	char *storage;
	struct buf out;
	bool ok;

	if (!check_words(filter, fault))
		return false;
	storage = malloc(ldap_filter_room(filter));
	if (!storage)
		return false;
	out = (struct buf){storage, 0, ldap_filter_room(filter), false};
	ok = ldap_filter_put(&out, filter, &sample) && ldap_filter_check_plain(storage, fault);
	free(storage);
	return ok;
}
