/* SPDX-License-Identifier: MIT */
/* One login: the entry found, its state told, its secret judged, by whichever server answers. */
#include "backend/ldap_login.h"

#include <time.h>

#include "backend/ldap_clock.h"
#include "backend/ldap_filter.h"
#include "backend/ldap_proof.h"
#include "backend/ldap_state_ad.h"

#define BRIEF_MS 1000 /* less than this was not enough time to blame a server */

uint64_t ldap_login_due(const struct ldap_login *login)
{
	return ldap_clock_due(login->plan->settings->timeout_ms, login->limit);
}

struct ldap_pool_link *ldap_login_search(struct ldap_login *login, const char *const *attributes,
					 struct ldap_ask_found *found, struct ldap_fault *fault)
{
	const struct ldap_plan *plan = login->plan;
	const struct ldap_ask_search question = {plan->settings->base, plan->scope,
						 login->slot->filter.at, attributes, 2};
	struct ldap_pool_link *link;

	do {
		link = ldap_pool_reach(login->pool, login->slot, LDAP_POOL_SEARCH, login->server,
				       login->limit, fault);
		if (!link)
			return NULL;
		if (ldap_ask_search(&link->handle, &question, ldap_login_due(login), found,
				    fault)) {
			link->used = true;
			return link;
		}
	} while (ldap_pool_drop(link, fault));
	return NULL;
}

static void say_several(const struct ldap_login *login, int count)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "backend-ldap");
	log_put_text(&line, "what", "more than one entry is found: this name cannot log in");
	log_put_text(&line, "backend", login->plan->settings->label);
	log_put_text(&line, "filter", login->slot->filter.at);
	log_put_text(&line, "base", login->plan->settings->base);
	log_put_number(&line, "count", count);
	log_end(&line);
}

static void say_apps(const struct ldap_login *login)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "backend-ldap");
	log_put_text(&line, "what",
		     "an entry has more app passwords than can be read: the rest cannot log in");
	log_put_text(&line, "backend", login->plan->settings->label);
	log_put_text(&line, "dn", login->dn);
	log_end(&line);
}

/* Whether the entry `dn` matches the filters of the maps. One that cannot be asked about is this
 * entry's defect: an outage would be seen by it alone. */
static bool ask_filters(struct ldap_login *login, struct ldap_pool_link *link, const char *dn,
			bool matched[LDAP_STATE_FACTS], struct ldap_fault *fault)
{
	static const char *const nothing[] = {LDAP_NO_ATTRS, NULL};

	for (size_t i = 0; i < LDAP_STATE_FACTS; i++) {
		const struct ldap_ask_search question = {dn, LDAP_SCOPE_BASE,
							 login->plan->filters[i], nothing, 1};
		struct ldap_ask_found found;

		matched[i] = false;
		if (!question.filter)
			continue;
		if (!ldap_ask_search(&link->handle, &question, ldap_login_due(login), &found,
				     fault))
			return false;
		ldap_msgfree(found.answer);
		matched[i] = found.count > 0;
		if (found.code == LDAP_SUCCESS)
			continue;
		ldap_fault_take(fault, LDAP_FAULT_ANSWER, "the search of a mapped filter fails",
				link->handle.ld, found.code);
		if (ldap_fault_is_sick(found.code))
			return false;
		backend_record_spoil(login->record, fault->what);
	}
	return true;
}

/* What is asked about an entry, for a name without one: a server that can find but not answer this
 * is down for both. */
static bool ask_of_nobody(struct ldap_login *login, struct ldap_pool_link *link,
			  struct ldap_fault *fault)
{
	static const struct ldap_state_entry nobody;
	bool ignored[LDAP_STATE_FACTS];
	bool ok = ldap_policy_get(login->policies, &link->handle, &nobody, ldap_login_due(login),
				  &login->policy, fault) &&
		  ask_filters(login, link, login->plan->settings->base, ignored, fault);

	if (!ok && fault->kind != LDAP_FAULT_ANSWER)
		ldap_pool_drop(link, fault);
	return ok;
}

static void fill(struct ldap_login *login, const bool *matched)
{
	const struct backend_ldap_settings *settings = login->plan->settings;
	const struct ldap_state_entry *entry = &login->slot->entry.entry;
	struct backend_record *record = login->record;

	record->account.exists = YES;
	if (*settings->name_attribute)
		record->canonical =
		    backend_record_keep(record, ldap_entry_first(entry, settings->name_attribute));
	ldap_state_fill(settings->dialect, entry, &login->policy, settings->maps, matched,
			(int64_t)time(NULL), record);
	switch (settings->verify) {
	case BACKEND_LDAP_BIND:
		ldap_state_fill_previous(settings->dialect, entry, record);
		break;
	case BACKEND_LDAP_HASH:
		ldap_state_fill_secrets(settings->dialect, entry, record);
		break;
	}
	/* Last, so that they are what there is no room for. */
	if (!ldap_state_fill_apps(settings->dialect, entry, record))
		say_apps(login);
}

/* Copies what is needed when the message is gone. */
static bool keep_names(struct ldap_login *login)
{
	const struct ldap_entry *entry = &login->slot->entry;
	struct buf dn = BUF_ON(login->dn);
	struct buf who = BUF_ON(login->who);

	buf_put_span(&dn, entry->dn);
	buf_put_char(&dn, 0);
	login->bad_count = login->bad_time = 0;
	login->has_count = ldap_state_ad_counts(&entry->entry) &&
			   ldap_entry_number(&entry->entry, "badPwdCount", &login->bad_count);
	login->has_time = ldap_entry_number(&entry->entry, "badPasswordTime", &login->bad_time);
	if (!dn.failed && ldap_plan_put_who(login->plan, entry->dn, &entry->entry, &who))
		return true;
	backend_record_spoil(login->record,
			     "the DN, or the name to bind, is too long or has a NUL");
	return false;
}

static bool take_entry(struct ldap_login *login, struct ldap_pool_link *link, LDAPMessage *message,
		       struct ldap_fault *fault)
{
	struct ldap_entry *entry = &login->slot->entry;
	bool matched[LDAP_STATE_FACTS];
	bool ok = ldap_entry_take(entry, link->handle.ld, message);

	if (!ok)
		ldap_fault_set(fault, LDAP_FAULT_ANSWER, "an entry cannot be decoded", NULL);
	else if (keep_names(login))
		ok = ldap_policy_get(login->policies, &link->handle, &entry->entry,
				     ldap_login_due(login), &login->policy, fault) &&
		     ask_filters(login, link, login->dn, matched, fault);
	if (ok && entry->cut)
		backend_record_spoil(login->record,
				     "an attribute has more values than the server gives at once");
	if (ok && !login->record->defect)
		fill(login, matched);
	if (!ok && fault->kind != LDAP_FAULT_ANSWER)
		ldap_pool_drop(link, fault);
	ldap_entry_wipe(entry);
	return ok;
}

/* What the search says: found and the record. */
static bool take_found(struct ldap_login *login, struct ldap_pool_link *link,
		       const struct ldap_ask_found *found, struct ldap_fault *fault)
{
	if (found->count > 1 || (found->count == 1 && found->code == LDAP_SIZELIMIT_EXCEEDED)) {
		say_several(login, found->count);
		login->found = BACKEND_KNOWN;
		login->record->account.exists = YES;
		backend_record_spoil(login->record, "more than one entry is found");
		return ask_of_nobody(login, link, fault);
	}
	if (found->code != LDAP_SUCCESS) {
		ldap_fault_take(fault, LDAP_FAULT_ANSWER, "the search fails", link->handle.ld,
				found->code);
		return false;
	}
	login->found = found->count == 1 ? BACKEND_KNOWN : BACKEND_UNKNOWN;
	return found->count == 0 ? ask_of_nobody(login, link, fault)
				 : take_entry(login, link, found->entry, fault);
}

static bool look_up(struct ldap_login *login, struct ldap_fault *fault)
{
	struct ldap_ask_found found;
	struct ldap_pool_link *link =
	    ldap_login_search(login, login->plan->attributes, &found, fault);
	bool ok;

	if (!link)
		return false;
	ok = take_found(login, link, &found, fault);
	ldap_msgfree(found.answer);
	return ok;
}

/* All of it at one server; false and `fault` if that failed. */
static bool log_in(struct ldap_login *login, struct ldap_fault *fault)
{
	backend_record_wipe(login->record);
	backend_record_init(login->record);
	login->dn[0] = 0;
	return look_up(login, fault) && (!login->proves || ldap_proof_judge(login, fault));
}

static bool ask_server(struct ldap_login *login, ldap_login_attempt *attempt)
{
	struct ldap_server *server = &login->pool->servers[login->server];
	struct ldap_fault fault = {.kind = LDAP_FAULT_OURS};
	uint64_t began = ldap_clock_now();

	if (attempt(login, &fault)) {
		ldap_server_answered(server);
		return true;
	}
	/* A server that got only the rest of another one's time is not to blame, nor one that
	 * answers everybody else: who waits for a costly hash must not close it to all. */
	if (ldap_clock_left(login->limit) == 0 && ldap_clock_now() - began < BRIEF_MS)
		fault.kind = LDAP_FAULT_OURS;
	if (fault.kind == LDAP_FAULT_DEAD && ldap_server_alive(server, began))
		fault.kind = LDAP_FAULT_ANSWER;
	ldap_server_failed(server, &fault);
	return false;
}

static enum backend_found ask_servers(struct ldap_login *login, ldap_login_attempt *attempt)
{
	const struct backend_ldap_settings *settings = login->plan->settings;

	for (login->server = 0; login->server < settings->uri_count; login->server++) {
		if (ldap_clock_left(login->limit) == 0 || login->final)
			break;
		if (ldap_server_usable(&login->pool->servers[login->server]) &&
		    ask_server(login, attempt))
			return login->found;
	}
	return BACKEND_DOWN;
}

enum backend_found ldap_login_ask(struct ldap_login *login, ldap_login_attempt *attempt)
{
	const struct backend_ldap_settings *settings = login->plan->settings;
	enum backend_found found = BACKEND_UNKNOWN;

	login->final = false;
	login->limit = ldap_clock_now() + settings->total_timeout_ms;
	login->slot = ldap_pool_take(login->pool, login->limit);
	if (!login->slot)
		return BACKEND_DOWN;
	login->slot->filter.len = 0;
	login->slot->filter.failed = false;
	if (ldap_filter_put(&login->slot->filter, settings->filter, login->name))
		found = ask_servers(login, attempt);
	ldap_pool_give(login->pool, login->slot);
	return found;
}

enum backend_found ldap_login_run(struct ldap_login *login)
{
	enum backend_found found = ldap_login_ask(login, log_in);

	if (found == BACKEND_DOWN) {
		backend_record_wipe(login->record);
		backend_record_init(login->record);
	}
	return found;
}
