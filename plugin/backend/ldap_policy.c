/* SPDX-License-Identifier: MIT */
/* The directory's own password policies, read now and then and remembered by DN. */
#include "backend/ldap_policy.h"

#include <stdlib.h>
#include <string.h>

#include "backend/ldap_ask.h"
#include "backend/ldap_clock.h"

#define FRESH_MS 300000
#define ANY_NAME "(objectClass=*)"

/* Where a dialect keeps its policies. */
static const struct {
	const char *names;  /* attribute of an account with the DN of its policy */
	bool below_context; /* the default is found from the root DSE's defaultNamingContext */
	const char *dn;	    /* the default; null: there is none */
	int scope;
	const char *filter;
} places[LDAP_STATE_DIALECTS] = {
    [LDAP_STATE_OPENLDAP] = {"pwdPolicySubentry", false, NULL, LDAP_SCOPE_BASE, ANY_NAME},
    [LDAP_STATE_AD] = {"msDS-ResultantPSO", true, NULL, LDAP_SCOPE_BASE, ANY_NAME},
    [LDAP_STATE_389DS] = {"pwdPolicySubentry", false, "cn=config", LDAP_SCOPE_BASE, ANY_NAME},
    [LDAP_STATE_FREEIPA] = {"krbPwdPolicyReference", true, NULL, LDAP_SCOPE_SUBTREE,
			    "(&(objectClass=krbPwdPolicy)(cn=global_policy))"},
    [LDAP_STATE_RFC2307] = {NULL, false, NULL, LDAP_SCOPE_BASE, ANY_NAME},
};

void ldap_policy_open(struct ldap_policy *policy, const struct backend_ldap_settings *settings)
{
	*policy = (struct ldap_policy){.settings = settings};
	pthread_mutex_init(&policy->lock, NULL);
}

void ldap_policy_close(struct ldap_policy *policy)
{
	for (size_t i = 0; i < LDAP_POLICY_CACHED; i++)
		free(policy->items[i].dn);
	pthread_mutex_destroy(&policy->lock);
}

/* Null if there is none. */
static struct ldap_policy_item *find(struct ldap_policy *policy, struct span dn)
{
	for (size_t i = 0; i < LDAP_POLICY_CACHED; i++)
		if (policy->items[i].dn && span_equal_nocase(span_of(policy->items[i].dn), dn))
			return &policy->items[i];
	return NULL;
}

/* A free place, or that of the one read longest ago; null if all are being read. */
static struct ldap_policy_item *find_place(struct ldap_policy *policy)
{
	struct ldap_policy_item *oldest = NULL;

	for (size_t i = 0; i < LDAP_POLICY_CACHED; i++) {
		struct ldap_policy_item *item = &policy->items[i];

		if (!item->dn)
			return item;
		if (!item->reading && (!oldest || item->read_at < oldest->read_at))
			oldest = item;
	}
	return oldest;
}

/* True if `got` is all there is to do; else the caller reads it. `*had`: it was read once. */
static bool recall(struct ldap_policy *policy, struct span dn, struct ldap_state_policy *got,
		   bool *had)
{
	struct ldap_policy_item *item;
	bool known = false;

	pthread_mutex_lock(&policy->lock);
	item = find(policy, dn);
	*had = item && item->read_at;
	if (*had) {
		*got = item->policy;
		known = item->reading || ldap_clock_now() - item->read_at < FRESH_MS;
		item->reading = item->reading || !known;
	}
	pthread_mutex_unlock(&policy->lock);
	return known;
}

/* `read` null: it could not be read. */
static void remember(struct ldap_policy *policy, struct span dn,
		     const struct ldap_state_policy *read)
{
	struct ldap_policy_item *item;

	pthread_mutex_lock(&policy->lock);
	item = find(policy, dn);
	if (!item && read)
		item = find_place(policy);
	if (item && !item->dn) {
		item->dn = strndup(dn.at, dn.len);
	} else if (item && read && !span_equal_nocase(span_of(item->dn), dn)) {
		free(item->dn);
		item->dn = strndup(dn.at, dn.len);
	}
	if (item)
		item->reading = false;
	if (item && read) {
		item->policy = *read;
		item->read_at = ldap_clock_now();
	}
	pthread_mutex_unlock(&policy->lock);
}

/* Searches for one entry and takes it; `taken` says whether there was one. */
static bool read_entry(struct ldap_handle *handle, const struct ldap_ask_search *search,
		       uint64_t due, struct ldap_entry *entry, bool *taken,
		       struct ldap_ask_found *found, struct ldap_fault *fault)
{
	*taken = false;
	if (!ldap_ask_search(handle, search, due, found, fault))
		return false;
	if (found->entry)
		*taken = ldap_entry_take(entry, handle->ld, found->entry);
	return true;
}

/* The root DSE's defaultNamingContext, to be freed; null if it has none. */
static bool read_context(struct ldap_handle *handle, uint64_t due, char **context,
			 struct ldap_fault *fault)
{
	static const char *const wanted[] = {"defaultNamingContext", NULL};
	static const struct ldap_ask_search search = {"", LDAP_SCOPE_BASE, ANY_NAME, wanted, 1};
	struct ldap_entry entry = {.dn = SPAN_NONE};
	struct ldap_ask_found found;
	struct span value;
	bool taken;

	*context = NULL;
	if (!read_entry(handle, &search, due, &entry, &taken, &found, fault))
		return false;
	value = taken ? ldap_entry_first(&entry.entry, wanted[0]) : SPAN_NONE;
	if (value.at)
		*context = strndup(value.at, value.len);
	ldap_msgfree(found.answer);
	ldap_entry_close(&entry);
	return true;
}

static void say_unreadable(const struct ldap_policy *policy, const char *dn, int code)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_WARNING, "backend-ldap");
	log_put_text(&line, "what", "the password policy cannot be read");
	log_put_text(&line, "backend", policy->settings->label);
	log_put_text(&line, "about", dn);
	log_put_text(&line, "error",
		     code == LDAP_SUCCESS ? "The service sees no such entry"
					  : ldap_err2string(code));
	log_end(&line);
}

static bool read_at(struct ldap_policy *policy, struct ldap_handle *handle, const char *dn,
		    bool named, uint64_t due, struct ldap_state_policy *got,
		    struct ldap_fault *fault)
{
	enum ldap_state_dialect dialect = policy->settings->dialect;
	const struct ldap_ask_search search = {dn, named ? LDAP_SCOPE_BASE : places[dialect].scope,
					       named ? ANY_NAME : places[dialect].filter,
					       ldap_state_policy_attributes(dialect), 1};
	struct ldap_entry entry = {.dn = SPAN_NONE};
	struct ldap_ask_found found;
	bool taken;

	if (!read_entry(handle, &search, due, &entry, &taken, &found, fault))
		return false;
	if (taken)
		ldap_state_policy_take(dialect, &entry.entry, got);
	else if (!ldap_fault_is_sick(found.code))
		say_unreadable(policy, dn, found.code);
	else
		ldap_fault_take(fault, LDAP_FAULT_ANSWER, "the password policy cannot be read",
				handle->ld, found.code);
	ldap_msgfree(found.answer);
	ldap_entry_close(&entry);
	return taken || !ldap_fault_is_sick(found.code);
}

/* `dn` empty: the dialect's default. */
static bool read_policy(struct ldap_policy *policy, struct ldap_handle *handle, struct span dn,
			uint64_t due, struct ldap_state_policy *got, struct ldap_fault *fault)
{
	enum ldap_state_dialect dialect = policy->settings->dialect;
	char *at = NULL;
	bool ok = true;

	if (dn.len > 0)
		at = strndup(dn.at, dn.len);
	else if (places[dialect].below_context)
		ok = read_context(handle, due, &at, fault);
	else if (places[dialect].dn)
		at = strdup(places[dialect].dn);
	*got = (struct ldap_state_policy){0};
	if (ok && at)
		ok = read_at(policy, handle, at, dn.len > 0, due, got, fault);
	free(at);
	return ok;
}

bool ldap_policy_get(struct ldap_policy *policy, struct ldap_handle *handle,
		     const struct ldap_state_entry *entry, uint64_t due,
		     struct ldap_state_policy *got, struct ldap_fault *fault)
{
	const char *names = places[policy->settings->dialect].names;
	struct span dn = names ? ldap_entry_first(entry, names) : SPAN_NONE;
	struct ldap_state_policy read;
	bool ok, had;

	*got = (struct ldap_state_policy){0};
	if (!*ldap_state_policy_attributes(policy->settings->dialect))
		return true;
	if (!dn.at)
		dn = span_of(policy->settings->policy_dn);
	if (recall(policy, dn, got, &had))
		return true;
	ok = read_policy(policy, handle, dn, due, &read, fault);
	remember(policy, dn, ok ? &read : NULL);
	if (ok)
		*got = read;
	/* An old one is better than to tell, by being down for its accounts alone, whose it is. */
	return ok || (had && fault->kind == LDAP_FAULT_ANSWER);
}

unsigned ldap_policy_threshold(struct ldap_policy *policy)
{
	struct ldap_policy_item *item;
	int64_t threshold = 0;

	pthread_mutex_lock(&policy->lock);
	item = find(policy, span_of(policy->settings->policy_dn));
	if (item && item->read_at && !item->policy.no_lockout)
		threshold = item->policy.lockout_threshold;
	pthread_mutex_unlock(&policy->lock);
	return threshold > 0 && threshold <= UINT32_MAX ? (unsigned)threshold : 0;
}
