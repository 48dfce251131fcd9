/* SPDX-License-Identifier: MIT */
/* Test that several daemons lock together by way of a real server, and that no login waits for a
 * dead one. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/fleet.h"
#include "slow.h"
#include "valkey_place.h"

/* Where everything is slow, so is the server. */
#define TIMEOUT_MS (slow_times() > 1 ? 5000U : 250U)
/* What a busy machine may add. */
#define SLACK_MS ((unsigned)slow_ms(1000))
#define SIDES	 2

static const struct attempts_rules rules = {
    .threshold = 3, .network_threshold = 9, .window = 100, .lock = 50, .delay_ms = 100000};
static const unsigned char key[FLEET_KEY_LEN] = "the key of the fleet";

static uv_loop_t loop;
static struct valkey_place place;

/* Two daemons. */
static struct side {
	struct attempts *attempts;
	struct fleet *fleet;
} sides[SIDES];

static int64_t start; /* the time that the tests count from */

/* ---- waiting ---- */

struct waiter {
	struct fleet_wait wait;
	int told;
};

static void on_told(struct fleet_wait *wait)
{
	((struct waiter *)wait)->told++;
}

static void run_once(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	usleep(200);
}

static uint64_t clock_ms(void)
{
	return uv_hrtime() / 1000000;
}

static bool run_until_connected(const struct fleet *fleet, uint64_t ms)
{
	uint64_t end = clock_ms() + ms;

	while (!fleet_connected(fleet) && clock_ms() < end)
		run_once();
	return fleet_connected(fleet);
}

/* Asks and waits until told; how long that took. */
static unsigned ask(struct side *side, const struct attempts_who *who, int64_t now)
{
	struct waiter waiter = {.wait.told = on_told};
	uint64_t begun = clock_ms();

	fleet_ask(side->fleet, who, start + now, &waiter.wait);
	ck_assert_int_eq(waiter.told, 0);
	ck_assert(waiter.wait.waiting);
	while (waiter.told == 0 && clock_ms() < begun + slow_ms(5000))
		run_once();
	ck_assert_int_eq(waiter.told, 1);
	ck_assert(!waiter.wait.waiting);
	return (unsigned)(clock_ms() - begun);
}

/* ---- two daemons ---- */

static void open_side(struct side *side, const char *uri, const char *password_file)
{
	const struct fleet_settings settings = {uri, password_file, TIMEOUT_MS};
	char text[256];
	struct buf fault = BUF_ON(text);

	side->attempts = attempts_open(NULL, 1024);
	side->fleet = fleet_open(&loop, &settings, side->attempts, key, &fault);
	ck_assert_msg(side->fleet, "%.*s", (int)fault.len, fault.at);
	ck_assert(!fleet_connected(side->fleet));
}

static void open_sides(void)
{
	for (int i = 0; i < SIDES; i++) {
		open_side(&sides[i], place.uri, "");
		ck_assert(run_until_connected(sides[i].fleet, slow_ms(5000)));
	}
}

static void close_sides(void)
{
	for (int i = 0; i < SIDES; i++) {
		fleet_close(&sides[i].fleet);
		ck_assert_ptr_null(sides[i].fleet);
	}
	while (uv_run(&loop, UV_RUN_DEFAULT))
		;
	for (int i = 0; i < SIDES; i++)
		attempts_close(&sides[i].attempts);
}

static void setup(void)
{
	/* So that check's runs see a folder of each test. */
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	start = time(NULL);
	valkey_place_init(&place, false, NULL);
	valkey_place_start(&place);
}

static void teardown(void)
{
	valkey_place_wipe(&place);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static struct attempts_who who_of(const char *name, unsigned char host)
{
	struct attempts_who who = {.name = span_of(name), .by_network = host != 0, .bits = 128};

	who.network[15] = host;
	return who;
}

/* Waits until told whether the server has done it; how long that took. */
static unsigned end_forget(struct waiter *waiter, bool want_done, uint64_t begun)
{
	while (waiter->told == 0 && clock_ms() < begun + slow_ms(5000))
		run_once();
	ck_assert_int_eq(waiter->told, 1);
	ck_assert(!waiter->wait.waiting);
	ck_assert_int_eq(waiter->wait.done, want_done);
	return (unsigned)(clock_ms() - begun);
}

/* An administrator's clearing; how many counters the server had. */
static unsigned forget(struct side *side, const char *name, struct span entry)
{
	struct waiter waiter = {.wait.told = on_told};

	attempts_forget_name(side->attempts, span_of(name), entry);
	fleet_forget_name(side->fleet, span_of(name), entry, &waiter.wait);
	end_forget(&waiter, true, clock_ms());
	return (unsigned)waiter.wait.lifted;
}

static unsigned forget_network(struct side *side, const struct attempts_who *who)
{
	struct waiter waiter = {.wait.told = on_told};

	attempts_forget_network(side->attempts, who->network, who->bits);
	fleet_forget_network(side->fleet, who->network, who->bits, &waiter.wait);
	end_forget(&waiter, true, clock_ms());
	return (unsigned)waiter.wait.lifted;
}

/* A failed login as the engine does it. */
static void count(struct side *side, const struct attempts_who *who, int64_t now)
{
	ask(side, who, now);
	if (attempts_count(side->attempts, who, &rules, SPAN_NONE, start + now))
		fleet_count(side->fleet, who, &rules, start + now);
}

static void login(struct side *side, const struct attempts_who *who, int64_t now)
{
	ask(side, who, now);
	if (attempts_clear(side->attempts, who, start + now))
		fleet_clear(side->fleet, who, start + now);
}

static struct attempts_state look(struct side *side, const struct attempts_who *who, int64_t now)
{
	struct attempts_state state;

	ask(side, who, now);
	attempts_look(side->attempts, who, &rules, start + now, &state);
	return state;
}

/* ---- tests ---- */

START_TEST(uris)
{
	static const struct {
		const char *uri;
		bool want;
	} rows[] = {
	    {"redis://127.0.0.1:6379", true},
	    {"redis://127.0.0.1:6379/", true},
	    {"redis://127.0.0.1:6379/15", true},
	    {"valkey://db.example.org", true},
	    {"valkey://mail@db.example.org:7000/2", true},
	    {"redis://[::1]", true},
	    {"redis://[2001:db8::1]:6380/1", true},
	    {"unix:///run/valkey/valkey.sock", true},
	    {"", false},
	    {"127.0.0.1", false},
	    {"redis://", false},
	    {"redis://:6379", false},
	    {"redis://host:0", false},
	    {"redis://host:65536", false},
	    {"redis://host:12x", false},
	    {"redis://host/x", false},
	    {"redis://host/65536", false},
	    {"redis://user:secret@host", false},
	    {"redis://@host", false},
	    {"redis://[::1", false},
	    {"redis://[::1]6379", false},
	    {"redis://ho st", false},
	    {"rediss://host", false},
	    {"unix://", false},
	    {"unix://run/x", false},
	    {"http://host", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *fault = NULL;

		ck_assert_msg(fleet_uri_valid(rows[i].uri, &fault) == rows[i].want, "%s: %s",
			      rows[i].uri, fault);
		ck_assert(rows[i].want || fault);
	}
}
END_TEST

START_TEST(two_lock_together)
{
	struct attempts_who alice = who_of("alice", 1), elsewhere = who_of("alice", 2);
	struct attempts_who bob = who_of("bob", 1);
	struct attempts_state state;

	open_sides();
	count(&sides[0], &alice, 0);
	count(&sides[1], &alice, 1);
	ck_assert_uint_eq(look(&sides[0], &alice, 2).delay_ms, 200);
	ck_assert_uint_eq(look(&sides[1], &alice, 2).delay_ms, 200);
	count(&sides[0], &alice, 2);
	for (int i = 0; i < SIDES; i++) {
		state = look(&sides[i], &alice, 3);
		ck_assert_int_eq(state.lock, LOCK_NAME_NETWORK);
		ck_assert_int_eq(state.until, start + 52);
		ck_assert_int_eq(look(&sides[i], &elsewhere, 3).lock, LOCK_NONE);
		ck_assert_int_eq(look(&sides[i], &bob, 3).lock, LOCK_NONE);
		ck_assert_int_eq(look(&sides[i], &alice, 52).lock, LOCK_NONE);
	}
	/* The names do not leave the process. */
	ck_assert_ptr_null(strstr(valkey_place_say(&place, "KEYS *"), "alice"));
	close_sides();
}
END_TEST

START_TEST(a_network_is_locked_together)
{
	struct attempts_who who;
	char name[8];

	open_sides();
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		who = who_of(name, 1);
		count(&sides[i % SIDES], &who, 0);
	}
	who = who_of("x", 1);
	ck_assert_int_eq(look(&sides[0], &who, 1).lock, LOCK_NETWORK);
	ck_assert_int_eq(look(&sides[1], &who, 1).lock, LOCK_NETWORK);
	ck_assert_uint_eq(forget_network(&sides[0], &who), 1);
	ck_assert_uint_eq(forget_network(&sides[1], &who), 0);
	ck_assert_int_eq(look(&sides[0], &who, 1).lock, LOCK_NONE);
	ck_assert_int_eq(look(&sides[1], &who, 1).lock, LOCK_NONE);
	close_sides();
}
END_TEST

/* A login at the one begins anew at the other; only its own network's share goes. */
START_TEST(a_login_clears_everywhere)
{
	struct attempts_who alice = who_of("alice", 1), elsewhere = who_of("alice", 2);
	struct attempts_who alone = who_of("alice", 0);

	open_sides();
	count(&sides[0], &alice, 0);
	count(&sides[1], &alice, 0);
	count(&sides[1], &elsewhere, 0);
	ck_assert_uint_eq(look(&sides[0], &alone, 0).delay_ms, 400);
	login(&sides[0], &alice, 1);
	for (int i = 0; i < SIDES; i++) {
		ck_assert_uint_eq(look(&sides[i], &alice, 1).delay_ms, 0);
		ck_assert_uint_eq(look(&sides[i], &elsewhere, 1).delay_ms, 100);
		ck_assert_uint_eq(look(&sides[i], &alone, 1).delay_ms, 100);
	}
	count(&sides[1], &alice, 2);
	ck_assert_uint_eq(look(&sides[0], &alice, 2).delay_ms, 100);
	close_sides();
}
END_TEST

START_TEST(forgotten_everywhere)
{
	struct attempts_who hosts[3] = {who_of("alice", 1), who_of("alice", 2), who_of("bob", 1)};

	open_sides();
	for (int i = 0; i < 9; i++) {
		hosts[i % 3].entry = span_of("ldap:1");
		count(&sides[i % SIDES], &hosts[i % 3], 0);
	}
	for (int i = 0; i < 3; i++)
		for (int side = 0; side < SIDES; side++) {
			hosts[i].shared = true;
			ck_assert_int_eq(look(&sides[side], &hosts[i], 1).lock, LOCK_NAME_NETWORK);
		}
	/* From two networks, the name, the entry. */
	ck_assert_uint_eq(forget(&sides[0], "alice", span_of("ldap:1")), 4);
	ck_assert_uint_eq(forget(&sides[0], "alice", span_of("ldap:1")), 0);
	for (int side = 0; side < SIDES; side++) {
		ck_assert_int_eq(look(&sides[side], &hosts[0], 1).lock, LOCK_NONE);
		ck_assert_int_eq(look(&sides[side], &hosts[1], 1).lock, LOCK_NONE);
		ck_assert_int_eq(look(&sides[side], &hosts[2], 1).lock, LOCK_NAME_NETWORK);
	}
	close_sides();
}
END_TEST

/* The server's arithmetic is that of one process: whatever happens where, both know what it would.
 */
START_TEST(as_one_process)
{
	static const char *const names[] = {"a", "b"}, *const entries[] = {NULL, "e", "f"};
	struct attempts *one = attempts_open(NULL, 1024);
	unsigned seen[LOCK_SILENT + 1] = {0};
	int64_t now = 0;

	open_sides();
	srandom(7);
	for (int i = 0; i < (slow_times() > 1 ? 300 : 1500); i++) {
		struct side *side = &sides[random() % SIDES];
		struct attempts_who who =
		    who_of(names[random() % 2], (unsigned char)(random() % 3));
		struct attempts_state want, got;
		int what = (int)(random() % 16);

		who.entry = span_of(entries[random() % 3]);
		now += random() % 2;
		attempts_look(one, &who, &rules, start + now, &want);
		if (what == 0 && (want.lock == LOCK_NONE || want.lock == LOCK_NAME)) {
			attempts_clear(one, &who, start + now);
			login(side, &who, now);
		} else if (what == 1 && random() % 8 == 0) {
			attempts_forget_name(one, who.name, who.entry);
			forget(side, who.name.at, who.entry);
			/* Nobody is told of it but those who ask. */
			for (unsigned char host = 0; host < 3; host++)
				for (int s = 0; s < SIDES; s++)
					who = who_of((const char *)who.name.at, host),
					look(&sides[s], &who, now);
		} else if (what < 4 && who.entry.at) {
			const struct attempts_who alone = {.entry = who.entry};

			attempts_count(one, &alone, &rules, SPAN_NONE, start + now);
			count(side, &alone, now);
		} else if (want.lock == LOCK_NONE) {
			attempts_count(one, &who, &rules, SPAN_NONE, start + now);
			count(side, &who, now);
		}
		attempts_look(one, &who, &rules, start + now, &want);
		seen[want.lock]++;
		for (int s = 0; s < SIDES; s++) {
			got = look(&sides[s], &who, now);
			ck_assert_msg(got.lock == want.lock && got.until == want.until &&
					  got.delay_ms == want.delay_ms,
				      "%d (%d) %s %d: %d %lld %u, not %d %lld %u", i, what,
				      who.name.at, who.network[15], got.lock,
				      (long long)(got.until - start), got.delay_ms, want.lock,
				      (long long)(want.until - start), want.delay_ms);
		}
	}
	for (int lock = LOCK_NONE; lock <= LOCK_SILENT; lock++)
		ck_assert_msg(seen[lock] > 0, "no lock %d", lock);
	attempts_close(&one);
	close_sides();
}
END_TEST

/* An old clearing, of which a daemon hears only now, ends no lock of since; one that was made by a
 * clock which is late ends what there was. */
START_TEST(forgotten_before)
{
	struct attempts_who alice = who_of("alice", 1), bob = who_of("bob", 1);

	open_sides();
	count(&sides[0], &alice, 0);
	ck_assert_uint_eq(forget(&sides[0], "alice", SPAN_NONE), 2);
	/* As it is while the server is away. */
	for (int i = 0; i < 3; i++)
		attempts_count(sides[1].attempts, &alice, &rules, SPAN_NONE, start + 1800);
	ck_assert_int_eq(look(&sides[1], &alice, 1801).lock, LOCK_NAME_NETWORK);
	for (int i = 0; i < 3; i++)
		count(&sides[1], &bob, 120);
	ck_assert_int_eq(look(&sides[1], &bob, 121).lock, LOCK_NAME_NETWORK);
	ck_assert_uint_eq(forget(&sides[0], "bob", SPAN_NONE), 2);
	ck_assert_int_eq(look(&sides[1], &bob, 121).lock, LOCK_NONE);
	close_sides();
}
END_TEST

/* Two realms count one network: neither ends early what the other counts. */
START_TEST(two_rules)
{
	static const struct attempts_rules hour = {
	    .network_threshold = 4, .window = 3600, .lock = 900};
	static const struct attempts_rules minute = {
	    .network_threshold = 4, .window = 60, .lock = 30};
	struct attempts_who who = who_of("x", 1);
	struct attempts_state state;

	open_sides();
	for (int i = 0; i < 4; i++)
		fleet_count(sides[0].fleet, &who, i < 2 ? &hour : &minute,
			    start + (i < 3 ? i : 3000));
	ask(&sides[0], &who, 3001);
	ask(&sides[1], &who, 3001);
	attempts_look(sides[1].attempts, &who, &hour, start + 3001, &state);
	ck_assert_int_eq(state.lock, LOCK_NETWORK);
	ck_assert_int_eq(state.until - start, 3900);
	close_sides();
}
END_TEST

/* With nobody there each counts alone, and waits for nothing. */
START_TEST(away)
{
	struct attempts_who alice = who_of("alice", 1);

	valkey_place_kill(&place);
	for (int i = 0; i < SIDES; i++)
		open_side(&sides[i], place.uri, "");
	for (int i = 0; i < 50; i++)
		run_once();
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_lt(ask(&sides[0], &alice, 0), SLACK_MS);
		count(&sides[0], &alice, 0);
	}
	ck_assert_int_eq(look(&sides[0], &alice, 1).lock, LOCK_NAME_NETWORK);
	ck_assert_int_eq(look(&sides[1], &alice, 1).lock, LOCK_NONE);
	valkey_place_start(&place);
	ck_assert(run_until_connected(sides[0].fleet, slow_ms(8000)));
	ck_assert(run_until_connected(sides[1].fleet, slow_ms(8000)));
	/* What was locked alone stays so. */
	ck_assert_int_eq(look(&sides[0], &alice, 1).lock, LOCK_NAME_NETWORK);
	close_sides();
}
END_TEST

#define LOAD 16

/* Killed and started again under load: each is told once, in time, and then they count together
 * again. */
START_TEST(killed_under_load)
{
	static struct waiter waiters[LOAD];
	static char names[LOAD][32];
	struct attempts_who alice = who_of("alice", 1), others[LOAD];
	uint64_t begun = clock_ms(), asked[LOAD] = {0}, slowest = 0;
	unsigned long told = 0, counted = 0;
	bool killed = false, started = false;

	open_sides();
	while (clock_ms() < begun + 4000 ||
	       (told <= slow_turns(1000) && clock_ms() < begun + slow_ms(4000))) {
		uint64_t now = clock_ms();

		for (int i = 0; i < LOAD; i++) {
			struct side *side = &sides[i % SIDES];

			if (waiters[i].wait.waiting) {
				ck_assert_uint_lt(now - asked[i], TIMEOUT_MS + SLACK_MS);
				continue;
			}
			ck_assert_int_eq(waiters[i].told, asked[i] ? 1 : 0);
			if (asked[i] && now - asked[i] > slowest)
				slowest = now - asked[i];
			told += asked[i] != 0;
			/* A name of its own for each, so that none is locked and all are sent. */
			snprintf(names[i], sizeof(names[i]), "other %lu", counted++);
			others[i] = who_of(names[i], 2);
			others[i].shared = true;
			ck_assert(
			    attempts_count(side->attempts, &others[i], &rules, SPAN_NONE, start));
			fleet_count(side->fleet, &others[i], &rules, start);
			waiters[i] = (struct waiter){.wait.told = on_told};
			asked[i] = now;
			fleet_ask(side->fleet, &others[i], start, &waiters[i].wait);
		}
		if (!killed && now > begun + 500) {
			valkey_place_kill(&place);
			killed = true;
		}
		if (!started && now > begun + 1500) {
			valkey_place_start(&place);
			started = true;
		}
		run_once();
	}
	for (int i = 0; i < LOAD; i++)
		fleet_leave(sides[i % SIDES].fleet, &waiters[i].wait);
	ck_assert_uint_gt(told, slow_turns(1000));
	ck_assert(run_until_connected(sides[0].fleet, slow_ms(5000)));
	ck_assert(run_until_connected(sides[1].fleet, slow_ms(5000)));
	/* What was counted since it is back. */
	ck_assert_int_gt(strtol(valkey_place_say(&place, "DBSIZE") + 1, NULL, 10), slow_turns(100));
	for (int i = 0; i < 3; i++)
		count(&sides[i % SIDES], &alice, 0);
	ck_assert_int_eq(look(&sides[0], &alice, 1).lock, LOCK_NAME_NETWORK);
	ck_assert_int_eq(look(&sides[1], &alice, 1).lock, LOCK_NAME_NETWORK);
	close_sides();
}
END_TEST

/* A server that hangs costs the time once, not each login. */
START_TEST(hangs)
{
	struct attempts_who alice = who_of("alice", 1);
	unsigned waited;

	open_sides();
	kill(place.pid, SIGSTOP);
	waited = ask(&sides[0], &alice, 0);
	ck_assert_uint_ge(waited, TIMEOUT_MS - 5);
	ck_assert_uint_lt(waited, TIMEOUT_MS + SLACK_MS);
	ck_assert(!fleet_connected(sides[0].fleet));
	for (uint64_t end = clock_ms() + 3000; clock_ms() < end;)
		ck_assert_uint_lt(ask(&sides[0], &alice, 0), slow_ms(TIMEOUT_MS - 50));
	ck_assert(!fleet_connected(sides[0].fleet));
	kill(place.pid, SIGCONT);
	ck_assert(run_until_connected(sides[0].fleet, slow_ms(10000)));
	for (int i = 0; i < 3; i++)
		count(&sides[i % SIDES], &alice, 0);
	ck_assert_int_eq(look(&sides[0], &alice, 1).lock, LOCK_NAME_NETWORK);
	close_sides();
}
END_TEST

/* Nobody is told who has left, or after the end. */
START_TEST(left_and_closed)
{
	struct attempts_who alice = who_of("alice", 1);
	struct waiter waiters[4] = {0};

	open_sides();
	for (int i = 0; i < 4; i++) {
		waiters[i].wait.told = on_told;
		fleet_ask(sides[0].fleet, &alice, start, &waiters[i].wait);
	}
	fleet_leave(sides[0].fleet, &waiters[1].wait);
	fleet_leave(sides[0].fleet, &waiters[1].wait);
	while (!waiters[3].told)
		run_once();
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(waiters[i].told, i != 1);
		fleet_leave(sides[0].fleet, &waiters[i].wait);
	}
	valkey_place_kill(&place);
	while (fleet_connected(sides[0].fleet))
		run_once();
	/* Now without the server. */
	for (int i = 0; i < 4; i++) {
		waiters[i] = (struct waiter){.wait.told = on_told};
		fleet_ask(sides[0].fleet, &alice, start, &waiters[i].wait);
	}
	fleet_leave(sides[0].fleet, &waiters[3].wait);
	fleet_leave(sides[0].fleet, &waiters[0].wait);
	for (int i = 0; i < 20; i++)
		run_once();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(waiters[i].told, i == 1 || i == 2);
	fleet_ask(sides[0].fleet, &alice, start, &waiters[0].wait);
	close_sides();
	ck_assert_int_eq(waiters[0].told, 0);
}
END_TEST

static struct fleet *closed_by_told;

static void close_it(struct fleet_wait *wait)
{
	on_told(wait);
	fleet_close(&closed_by_told);
}

/* From inside told(), with answers of others in the same read. */
START_TEST(closed_while_telling)
{
	struct attempts_who alice = who_of("alice", 1);
	struct waiter waiters[4] = {0};

	for (int away = 0; away < 2; away++) {
		open_sides();
		if (away) {
			valkey_place_kill(&place);
			while (fleet_connected(sides[0].fleet))
				run_once();
		}
		closed_by_told = sides[0].fleet;
		for (int i = 0; i < 4; i++) {
			waiters[i] = (struct waiter){.wait.told = i == 1 ? close_it : on_told};
			fleet_count(sides[0].fleet, &alice, &rules, start);
			fleet_ask(sides[0].fleet, &alice, start, &waiters[i].wait);
		}
		while (closed_by_told)
			run_once();
		sides[0].fleet = NULL;
		close_sides();
		ck_assert_int_eq(waiters[0].told + waiters[1].told, 2);
		ck_assert_int_eq(waiters[2].told + waiters[3].told, 0);
	}
}
END_TEST

/* Whoever forgets hears in time whether the server has done it, but not after he has left. */
START_TEST(forgotten_or_not)
{
	struct attempts_who alice = who_of("alice", 1);
	struct waiter waiters[4] = {0};

	open_sides();
	for (int i = 0; i < 3; i++)
		count(&sides[0], &alice, 0);
	for (int i = 0; i < 4; i++)
		waiters[i].wait.told = on_told;
	fleet_forget_name(sides[1].fleet, alice.name, SPAN_NONE, &waiters[0].wait);
	ck_assert_int_eq(waiters[0].told, 0);
	fleet_leave(sides[1].fleet, &waiters[0].wait);
	kill(place.pid, SIGSTOP);
	fleet_forget_name(sides[0].fleet, alice.name, SPAN_NONE, &waiters[1].wait);
	ck_assert_uint_lt(end_forget(&waiters[1], false, clock_ms()), TIMEOUT_MS + SLACK_MS);
	ck_assert(!fleet_connected(sides[0].fleet));
	fleet_forget_name(sides[0].fleet, alice.name, SPAN_NONE, &waiters[2].wait);
	ck_assert_uint_lt(end_forget(&waiters[2], false, clock_ms()), TIMEOUT_MS);
	fleet_forget_name(sides[1].fleet, alice.name, SPAN_NONE, &waiters[3].wait);
	close_sides();
	kill(place.pid, SIGCONT);
	ck_assert_int_eq(waiters[0].told, 0);
	ck_assert_int_eq(waiters[3].told, 0);
}
END_TEST

START_TEST(scripts_flushed)
{
	struct attempts_who alice = who_of("alice", 1);

	open_sides();
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(valkey_place_say(&place, "SCRIPT FLUSH"), "+OK\r\n");
		count(&sides[i % SIDES], &alice, 0);
		ask(&sides[i % SIDES], &alice, 0);
	}
	ck_assert_int_eq(look(&sides[0], &alice, 1).lock, LOCK_NAME_NETWORK);
	ck_assert_int_eq(look(&sides[1], &alice, 1).lock, LOCK_NAME_NETWORK);
	ck_assert_str_eq(valkey_place_say(&place, "SCRIPT FLUSH"), "+OK\r\n");
	ck_assert_uint_eq(forget(&sides[0], "alice", SPAN_NONE), 2);
	close_sides();
}
END_TEST

/* Keys that somebody else has made something of: the counters of each process decide. */
START_TEST(keys_of_another_type)
{
	static char keys[65536];
	struct attempts_who alice = who_of("alice", 1);
	char line[256], *rest, *word;
	int changed = 0;

	open_sides();
	count(&sides[0], &alice, 0);
	ask(&sides[0], &alice, 0);
	snprintf(keys, sizeof(keys), "%s", valkey_place_say(&place, "KEYS *"));
	for (word = strtok_r(keys, "\r\n", &rest); word; word = strtok_r(NULL, "\r\n", &rest))
		if (word[0] == 's') {
			snprintf(line, sizeof(line), "SET %s x", word);
			ck_assert_str_eq(valkey_place_say(&place, line), "+OK\r\n");
			changed++;
		}
	ck_assert_int_eq(changed, 4);
	for (int i = 0; i < 2; i++)
		count(&sides[0], &alice, 0);
	login(&sides[1], &alice, 0);
	ck_assert_uint_eq(forget(&sides[1], "alice", SPAN_NONE), 0);
	ck_assert_int_eq(look(&sides[0], &alice, 1).lock, LOCK_NAME_NETWORK);
	ck_assert_int_eq(look(&sides[1], &alice, 1).lock, LOCK_NONE);
	ck_assert(fleet_connected(sides[0].fleet) && fleet_connected(sides[1].fleet));
	close_sides();
}
END_TEST

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

/* By TCP and name, with a database of its own and a password, right and wrong. */
START_TEST(password_and_database)
{
	struct valkey_place guarded;
	char uri[128], file[128], text[256];
	struct buf fault = BUF_ON(text);
	struct fleet_settings settings = {uri, "/nonexistent/password", TIMEOUT_MS};
	struct attempts_who alice = who_of("alice", 1);

	valkey_place_init(&guarded, true, "open sesame");
	valkey_place_start(&guarded);
	snprintf(file, sizeof(file), "%s/password", guarded.folder);
	snprintf(uri, sizeof(uri), "redis://localhost:%u/3", guarded.port);
	write_file(file, "open sesame\nand more\n");
	open_side(&sides[0], uri, file);
	ck_assert(run_until_connected(sides[0].fleet, slow_ms(5000)));
	count(&sides[0], &alice, 0);
	ask(&sides[0], &alice, 0);
	ck_assert_ptr_nonnull(
	    strstr(valkey_place_say(&guarded, "AUTH \"open sesame\"\r\nINFO keyspace"), "db3"));
	fleet_close(&sides[0].fleet);
	attempts_close(&sides[0].attempts);

	write_file(file, "wrong\n");
	open_side(&sides[0], uri, file);
	ck_assert(!run_until_connected(sides[0].fleet, 1500));
	ck_assert_uint_lt(ask(&sides[0], &alice, 0), SLACK_MS);
	snprintf(uri, sizeof(uri), "redis://mail@127.0.0.1:%u", guarded.port);
	open_side(&sides[1], uri, file);
	ck_assert(!run_until_connected(sides[1].fleet, 500));
	write_file(file, "\n");
	ck_assert_ptr_null(fleet_open(&loop, &settings, sides[0].attempts, key, &fault));
	settings.password_file = file;
	ck_assert_ptr_null(fleet_open(&loop, &settings, sides[0].attempts, key, &fault));
	unlink(file);
	valkey_place_wipe(&guarded);
	close_sides();
}
END_TEST

/* Nobody listens at the port; the name is unknown. */
START_TEST(unreachable)
{
	static const char *const uris[] = {"redis://127.0.0.1:1", "redis://[::1]:1",
					   "redis://nobody.invalid", "unix:///nonexistent/socket"};
	struct attempts_who alice = who_of("alice", 1);

	for (size_t i = 0; i < sizeof(uris) / sizeof(*uris); i++) {
		open_side(&sides[0], uris[i], "");
		ck_assert(!run_until_connected(sides[0].fleet, 300));
		ck_assert_uint_lt(ask(&sides[0], &alice, 0), SLACK_MS);
		open_side(&sides[1], uris[i], "");
		close_sides();
	}
}
END_TEST

START_TEST(not_built)
{
	const struct fleet_settings settings = {"redis://127.0.0.1:1", "", TIMEOUT_MS};
	char text[256];
	struct buf fault = BUF_ON(text);

	ck_assert_ptr_null(fleet_open(&loop, &settings, NULL, key, &fault));
	ck_assert_uint_gt(fault.len, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fleet");
	TCase *tcase = tcase_create("fleet");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, uris);
	if (fleet_supported()) {
		tcase_add_checked_fixture(tcase, setup, teardown);
		tcase_add_test(tcase, two_lock_together);
		tcase_add_test(tcase, a_network_is_locked_together);
		tcase_add_test(tcase, a_login_clears_everywhere);
		tcase_add_test(tcase, forgotten_everywhere);
		tcase_add_test(tcase, as_one_process);
		tcase_add_test(tcase, forgotten_before);
		tcase_add_test(tcase, two_rules);
		tcase_add_test(tcase, away);
		tcase_add_test(tcase, killed_under_load);
		tcase_add_test(tcase, hangs);
		tcase_add_test(tcase, left_and_closed);
		tcase_add_test(tcase, closed_while_telling);
		tcase_add_test(tcase, forgotten_or_not);
		tcase_add_test(tcase, scripts_flushed);
		tcase_add_test(tcase, keys_of_another_type);
		tcase_add_test(tcase, password_and_database);
		tcase_add_test(tcase, unreachable);
	} else {
		tcase_add_test(tcase, not_built);
	}
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
