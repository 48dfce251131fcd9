/* SPDX-License-Identifier: MIT */
/* Our own locks in an inquiry: looked at before any lookup, counted or cleared with the verdict. */
#include "engine/inquire_lock.h"

#include <string.h>
#include <time.h>

#include "engine/inquire_work.h"

/* The address whose network is counted; null: only the name is. */
static const unsigned char *counted_address(const struct inquiry *inquiry)
{
	const struct settings *settings = inquiry->engine->settings;
	const struct attempt *attempt = &inquiry->attempt;

	if (inquiry->has_forwarder &&
	    !network_has(settings->forwarders, settings->forwarder_count, inquiry->forwarder))
		return inquiry->forwarder;
	if (!attempt->has_address)
		return NULL;
	if (network_has(settings->forwarders, settings->forwarder_count, attempt->address))
		return NULL;
	return attempt->address;
}

static struct attempts_who who_of(const struct inquiry *inquiry)
{
	const struct settings *settings = inquiry->engine->settings;
	const unsigned char *address = counted_address(inquiry);
	struct attempts_who who = {.name = inquiry->name.parts.full};
	struct network around;

	if (inquiry->account.len)
		who.entry = buf_span(&inquiry->account);
	if (!address)
		return who;
	who.by_network = true;
	who.shared = network_has(settings->shared, settings->shared_count, address);
	around = network_around(address, settings->ipv4_bits, settings->ipv6_bits);
	memcpy(who.network, around.address, sizeof(who.network));
	who.bits = around.bits;
	return who;
}

static bool is_exempt(const struct inquiry *inquiry)
{
	const struct settings *settings = inquiry->engine->settings;
	const unsigned char *address = counted_address(inquiry);

	return address && network_has(settings->exempt, settings->exempt_count, address);
}

/* The directory's own threshold, as far as it is known; never that of an entry. */
static struct attempts_rules rules_of(const struct inquiry *inquiry)
{
	const struct settings_realm *realm = inquiry->name.realm;
	struct attempts_rules rules = realm->rules;

	for (size_t i = 0; realm->threshold_of_directory && i < realm->backend_count; i++) {
		struct backend *backend = inquiry->engine->backends[realm->backends[i]].backend;
		struct backend_health health = {0};

		if (backend->type->health)
			backend->type->health(backend, &health);
		if (health.lockout_threshold) {
			rules.threshold = health.lockout_threshold;
			break;
		}
	}
	return rules;
}

void inquire_lock_clock(struct inquiry *inquiry)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	inquiry->attempt.now = now.tv_sec;
	inquiry->attempt.utc_offset = engine_utc_offset(inquiry->engine, now.tv_sec);
}

void inquire_lock_look(struct inquiry *inquiry)
{
	struct attempts_rules rules = rules_of(inquiry);
	struct attempts_who who = who_of(inquiry);
	struct attempts_state state;

	inquire_lock_clock(inquiry);
	inquiry->limited = !is_exempt(inquiry);
	if (!inquiry->limited)
		return;
	attempts_look(ledger_attempts(inquiry->engine->ledger), &who, &rules, inquiry->attempt.now,
		      &state);
	inquiry->fresh = true;
	/* Who only observes refuses nobody, and keeps nobody waiting. */
	if (inquiry->name.realm->observe)
		return;
	inquiry->delay_ms = state.delay_ms;
	inquiry->attempt.lock = state.lock;
	inquiry->attempt.lock_until = state.until;
}

/* The account's own counter alone. */
static void look_at_account(struct inquiry *inquiry)
{
	struct attempts_who who = {.entry = buf_span(&inquiry->account)};
	struct attempts_rules rules = rules_of(inquiry);
	struct attempts_state state;

	attempts_look(ledger_attempts(inquiry->engine->ledger), &who, &rules, inquiry->attempt.now,
		      &state);
	if (inquiry->attempt.lock != LOCK_NONE || inquiry->name.realm->observe)
		return;
	inquiry->attempt.lock = state.lock;
	inquiry->attempt.lock_until = state.until;
}

void inquire_lock_look_again(struct inquiry *inquiry)
{
	struct attempt *attempt = &inquiry->attempt;

	if (!inquiry->fresh)
		inquire_lock_look(inquiry);
	else if (inquiry->limited && inquiry->account.len > 0)
		look_at_account(inquiry);
	if (inquiry->withheld != LOCK_NONE &&
	    (attempt->lock == LOCK_NONE || attempt->lock == LOCK_SILENT)) {
		attempt->lock = inquiry->withheld;
		attempt->lock_until = inquiry->withheld_until;
	}
}

void inquire_lock_withhold(struct inquiry *inquiry)
{
	inquiry->withheld = inquiry->attempt.lock;
	inquiry->withheld_until = inquiry->attempt.lock_until;
}

static void on_fleet(struct fleet_wait *wait)
{
	struct inquiry *inquiry =
	    (struct inquiry *)(void *)((char *)wait - offsetof(struct inquiry, fleet_wait));

	inquire_lock_look(inquiry);
	inquiry->after_fleet(inquiry);
}

void inquire_lock_ask(struct inquiry *inquiry, void (*next)(struct inquiry *))
{
	struct fleet *fleet = ledger_fleet(inquiry->engine->ledger);
	struct attempts_who who;

	if (!fleet || !inquiry->limited) {
		next(inquiry);
		return;
	}
	who = who_of(inquiry);
	inquiry->after_fleet = next;
	inquiry->fleet_wait.told = on_fleet;
	fleet_ask(fleet, &who, inquiry->attempt.now, &inquiry->fleet_wait);
}

void inquire_lock_leave(struct inquiry *inquiry)
{
	struct fleet *fleet = ledger_fleet(inquiry->engine->ledger);

	if (fleet)
		fleet_leave(fleet, &inquiry->fleet_wait);
}

void inquire_lock_find_owner(struct inquiry *inquiry)
{
	if (inquiry->known && inquiry->account.len == 0)
		owner_put(&inquiry->account, inquiry->known, &inquiry->record,
			  inquiry->name.parts.full);
}

static void count(struct inquiry *inquiry, const struct attempts_who *who)
{
	struct attempts *attempts = ledger_attempts(inquiry->engine->ledger);
	struct fleet *fleet = ledger_fleet(inquiry->engine->ledger);
	struct attempts_rules rules = rules_of(inquiry);

	if (attempts_count(attempts, who, &rules, secret_span(&inquiry->password),
			   inquiry->attempt.now) &&
	    fleet)
		fleet_count(fleet, who, &rules, inquiry->attempt.now);
}

static void clear(struct inquiry *inquiry, const struct attempts_who *who)
{
	struct attempts *attempts = ledger_attempts(inquiry->engine->ledger);
	struct fleet *fleet = ledger_fleet(inquiry->engine->ledger);

	if (attempts_clear(attempts, who, inquiry->attempt.now) && fleet)
		fleet_clear(fleet, who, inquiry->attempt.now);
}

void inquire_lock_end(struct inquiry *inquiry)
{
	const struct verdict *verdict = &inquiry->verdict;
	struct attempts_who who = who_of(inquiry), entry = {.entry = who.entry};

	if (!inquiry->limited)
		return;
	if (verdict->counts)
		count(inquiry, &who);
	else if (verdict->counts_entry && entry.entry.at)
		count(inquiry, &entry);
	else if (verdict->outcome == OUTCOME_ALLOW)
		clear(inquiry, &who);
}
