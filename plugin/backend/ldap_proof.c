/* SPDX-License-Identifier: MIT */
/* The second half of a login with verify = bind: what the server says of the secret. */
#include "backend/ldap_proof.h"

#include "backend/ldap_ask.h"
#include "backend/ldap_clock.h"

#define ANY_NAME "(objectClass=*)"

static uint64_t question_due(const struct ldap_login *login)
{
	return ldap_clock_due(login->plan->settings->timeout_ms, login->limit);
}

static bool bind(struct ldap_login *login, const char *who, struct ldap_ask_bound *bound,
		 struct ldap_fault *fault)
{
	struct ldap_pool_link *link;

	do {
		link = ldap_pool_reach(login->pool, login->slot, LDAP_POOL_BIND, login->server,
				       login->limit, fault);
		if (!link)
			return false;
		if (ldap_ask_bind(&link->handle, who, login->secret, true, question_due(login),
				  bound, fault)) {
			link->used = true;
			return true;
		}
	} while (ldap_pool_drop(link, fault));
	return false;
}

static bool blame(const struct ldap_ask_bound *bound, const char *what, struct ldap_fault *fault)
{
	ldap_fault_set(fault, LDAP_FAULT_ANSWER, what, ldap_err2string(bound->said.code));
	fault->len = bound->said.diagnostic.len < sizeof(fault->diagnostic)
			 ? bound->said.diagnostic.len
			 : sizeof(fault->diagnostic);
	memcpy(fault->diagnostic, bound->said.diagnostic.at, fault->len);
	return false;
}

/* Binds as somebody who does not exist: a server that can judge refuses the name and the password.
 */
static bool bind_stranger(struct ldap_login *login, struct ldap_fault *fault)
{
	struct ldap_ask_bound bound;
	char storage[sizeof(login->who)];
	struct buf who = BUF_ON(storage);

	if (!ldap_plan_put_stranger(login->plan, login->name->domain, &who)) {
		ldap_fault_set(fault, LDAP_FAULT_OURS, "the base is too long", NULL);
		return false;
	}
	if (!bind(login, storage, &bound, fault))
		return false;
	if (bound.said.code == LDAP_INVALID_CREDENTIALS || bound.said.code == LDAP_NO_SUCH_OBJECT)
		return true;
	return blame(&bound, "the bind of a name that does not exist is not refused as such",
		     fault);
}

static void say_odd(const struct ldap_login *login, const struct ldap_ask_bound *bound)
{
	struct log_line line;

	log_begin(&line, LOG_LEVEL_ERROR, "backend-ldap");
	log_put_text(&line, "what", "the answer to a bind is not known: this name cannot log in");
	log_put_text(&line, "backend", login->plan->settings->label);
	log_put_text(&line, "dn", login->dn);
	log_put_text(&line, "error", ldap_err2string(bound->said.code));
	log_put(&line, "diagnostic", bound->said.diagnostic);
	log_end(&line);
}

/* badPwdCount and badPasswordTime after the bind, on the connection of the search. */
static void read_counts(struct ldap_login *login, struct ldap_state_guess *guess)
{
	static const char *const wanted[] = {"badPwdCount", "badPasswordTime", NULL};
	const struct ldap_ask_search question = {login->dn, LDAP_SCOPE_BASE, ANY_NAME, wanted, 1};
	struct ldap_pool_link *link = &login->slot->links[LDAP_POOL_SEARCH];
	struct ldap_entry *entry = &login->slot->entry;
	struct ldap_ask_found found;
	struct ldap_fault fault;

	if (!link->handle.ld)
		return;
	if (!ldap_ask_search(&link->handle, &question, question_due(login), &found, &fault)) {
		ldap_pool_drop(link, &fault);
		return;
	}
	if (found.entry && ldap_entry_take(entry, link->handle.ld, found.entry)) {
		guess->has_after = ldap_entry_number(&entry->entry, wanted[0], &guess->after);
		guess->has_times = login->has_time &&
				   ldap_entry_number(&entry->entry, wanted[1], &guess->time_after);
	}
	ldap_msgfree(found.answer);
}

static uint64_t hash_of(struct span text)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * UINT64_C(1099511628211);
	return hash | 1;
}

/* Which domain controller is at the other end; 0 if it does not say. */
static uint64_t identity_of(struct ldap_login *login, struct ldap_pool_link *link)
{
	static const char *const wanted[] = {"dsServiceName", NULL};
	static const struct ldap_ask_search question = {"", LDAP_SCOPE_BASE, ANY_NAME, wanted, 1};
	struct ldap_entry *entry = &login->slot->entry;
	struct ldap_ask_found found;
	struct ldap_fault fault;
	struct span name = SPAN_NONE;

	if (!link->handle.ld || link->identity)
		return link->identity;
	if (!ldap_ask_search(&link->handle, &question, question_due(login), &found, &fault)) {
		ldap_pool_drop(link, &fault);
		return 0;
	}
	if (found.entry && ldap_entry_take(entry, link->handle.ld, found.entry))
		name = ldap_entry_first(&entry->entry, wanted[0]);
	if (name.len > 0)
		link->identity = hash_of(name);
	ldap_msgfree(found.answer);
	return link->identity;
}

/* One address may be a row of servers behind a balancer. */
static bool same_server(struct ldap_login *login)
{
	struct ldap_pool_link *links = login->slot->links;
	uint64_t identity;

	if (!links[LDAP_POOL_SEARCH].handle.ld || !links[LDAP_POOL_BIND].handle.ld ||
	    !ldap_handle_same_peer(&links[LDAP_POOL_SEARCH].handle, &links[LDAP_POOL_BIND].handle))
		return false;
	identity = identity_of(login, &links[LDAP_POOL_SEARCH]);
	return identity != 0 && identity == identity_of(login, &links[LDAP_POOL_BIND]);
}

/* AD: whether the refused secret is a recent old one. */
static void guess_previous(struct ldap_login *login)
{
	struct ldap_server *server = &login->pool->servers[login->server];
	const uint64_t name = hash_of(span_of(login->dn));
	uint64_t controller;
	struct ldap_state_guess guess = {.policy = &login->policy,
					 .locked = login->record->account.locked,
					 .has_before = login->has_count,
					 .before = login->bad_count,
					 .time_before = login->bad_time};

	if (!login->has_count || login->policy.lockout_threshold <= 0)
		return;
	read_counts(login, &guess);
	/* Once per connection; then it is remembered. */
	controller = identity_of(login, &login->slot->links[LDAP_POOL_SEARCH]);
	if (guess.has_after && guess.after > guess.before)
		ldap_server_saw_counting(server, controller, name);
	guess.counting_seen = ldap_server_counts(server, controller, name);
	/* The same question to the other connection comes last. */
	guess.same_server = true;
	if (ldap_state_guess_previous(&guess) && same_server(login))
		login->record->proof = PROOF_PREVIOUS;
}

static bool judge_entry(struct ldap_login *login, struct ldap_fault *fault)
{
	enum ldap_state_dialect dialect = login->plan->settings->dialect;
	struct ldap_ask_bound bound;
	bool again = false;

	for (bool done = false; !done; again = true) {
		if (!bind(login, login->who, &bound, fault))
			return false;
		switch (ldap_state_judge(dialect, &bound.said, login->record)) {
		case LDAP_STATE_JUDGED:
			if (dialect == LDAP_STATE_AD && login->record->proof == PROOF_NONE)
				guess_previous(login);
			return true;
		case LDAP_STATE_RETRY:
			/* One that can judge others cannot be down for this account alone. */
			done = again;
			break;
		case LDAP_STATE_ODD:
			done = true;
			break;
		}
		if (!bind_stranger(login, fault))
			return false;
	}
	say_odd(login, &bound);
	backend_record_spoil(login->record, "the directory's answer to a bind is not known");
	login->record->proof = PROOF_NONE;
	return true;
}

bool ldap_proof_judge(struct ldap_login *login, struct ldap_fault *fault)
{
	bool usable = login->found == BACKEND_KNOWN && login->dn[0] && !login->record->defect &&
		      !login->judges_nobody;

	if (usable)
		return judge_entry(login, fault);
	login->record->proof = PROOF_NONE;
	return bind_stranger(login, fault);
}
