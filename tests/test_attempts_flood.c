/* SPDX-License-Identifier: MIT */
/* Test that neither a million names nor a million addresses fill the memory or free a lock. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/attempts.h"

#define ENTRIES 65536
#define MILLION 1000000
/* Four tables of 65,536 counters, with names. */
#define FULL_KIB (64 * 1024)
#define IDLE_KIB 100

static const struct attempts_rules rules = {
    .threshold = 10, .network_threshold = 100, .window = 900, .lock = 900, .delay_ms = 2000};

/* Without what is read from files: libraries come in as they are used. */
static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0, of_files = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%*s %ld %ld", &pages, &of_files), 2);
	fclose(file);
	return (pages - of_files) * (sysconf(_SC_PAGESIZE) / 1024);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct attempts_who who_of(const char *name, uint32_t host)
{
	struct attempts_who who = {.name = span_of(name), .by_network = true, .bits = 128};

	who.network[10] = who.network[11] = 0xff;
	memcpy(who.network + 12, &host, sizeof(host));
	return who;
}

static void count_one(struct attempts *attempts, const struct attempts_who *who, int64_t now)
{
	attempts_count(attempts, who, &rules, SPAN_NONE, now);
}

static struct attempts_state look(struct attempts *attempts, const struct attempts_who *who,
				  int64_t now)
{
	struct attempts_state state;

	attempts_look(attempts, who, &rules, now, &state);
	return state;
}

static void lock(struct attempts *attempts, const struct attempts_who *who, int64_t now)
{
	for (unsigned i = 0; i < rules.threshold; i++)
		count_one(attempts, who, now);
}

START_TEST(idle_is_small)
{
	struct attempts_who who = who_of("alice", 1);
	struct attempts *attempts;
	long before, after;

	who.entry = span_of("file:1");
	attempts = attempts_open(NULL, 8);
	look(attempts, &who, 0);
	attempts_close(&attempts);
	before = resident_kib();
	attempts = attempts_open(NULL, ENTRIES);
	look(attempts, &who, 0);
	count_one(attempts, &who, 0);
	after = resident_kib();
	printf("# idle: %ld KiB\n", after - before);
	ck_assert_int_lt(after - before, IDLE_KIB);
	attempts_close(&attempts);
}
END_TEST

/* Each of a million names from an address of its own; what was locked before stays so. */
START_TEST(a_million)
{
	struct attempts *attempts = attempts_open(NULL, ENTRIES);
	struct attempts_who locked[64], who;
	uint64_t counting = 0, looking = 0, begun;
	long before = resident_kib(), after;
	char names[64][16], name[16];

	for (unsigned i = 0; i < 64; i++) {
		snprintf(names[i], sizeof(names[i]), "locked%u", i);
		locked[i] = who_of(names[i], i);
		lock(attempts, &locked[i], 1);
	}
	for (uint32_t i = 0; i < MILLION; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		who = who_of(name, 1000 + i);
		begun = now_ns();
		look(attempts, &who, 2 + i / 10000);
		looking += now_ns() - begun;
		begun = now_ns();
		count_one(attempts, &who, 2 + i / 10000);
		counting += now_ns() - begun;
	}
	after = resident_kib();
	printf("# a million names: %ld KiB; look %" PRIu64 " ns, count %" PRIu64
	       " ns (with the clock's own)\n",
	       after - before, looking / MILLION, counting / MILLION);
	ck_assert_int_lt(after - before, FULL_KIB);
	for (unsigned i = 0; i < 64; i++) {
		struct attempts_state state = look(attempts, &locked[i], 110);

		ck_assert_int_eq(state.lock, LOCK_NAME_NETWORK);
		ck_assert_int_eq(state.until, 901);
	}
	/* The tables are full of counters, none locked: there is room for everybody. */
	who = who_of("somebody else", 7);
	ck_assert_int_eq(look(attempts, &who, 110).lock, LOCK_NONE);
	attempts_close(&attempts);
}
END_TEST

/* One name from a million addresses is locked as a name; the same address with a million names as a
 * network. */
START_TEST(one_against_many)
{
	struct attempts *attempts = attempts_open(NULL, ENTRIES);
	struct attempts_who who;
	char name[16];
	uint32_t passed = 0;

	for (uint32_t i = 0; i < MILLION; i++) {
		who = who_of("alice", 1000 + i);
		if (look(attempts, &who, i / 10000).lock != LOCK_NONE)
			continue;
		passed++;
		count_one(attempts, &who, i / 10000);
	}
	ck_assert_uint_eq(passed, rules.threshold * ATTEMPTS_NAME_FACTOR);
	ck_assert_int_eq(look(attempts, &who, 100).lock, LOCK_NAME);
	passed = 0;
	for (uint32_t i = 0; i < MILLION; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		who = who_of(name, 1);
		if (look(attempts, &who, i / 10000).lock != LOCK_NONE)
			continue;
		passed++;
		count_one(attempts, &who, i / 10000);
	}
	ck_assert_uint_eq(passed, rules.network_threshold);
	ck_assert_int_eq(look(attempts, &who, 100).lock, LOCK_NETWORK);
	attempts_close(&attempts);
}
END_TEST

/* A bucket full of locks: who has a counter keeps it, all others wait for the first lock to end. */
START_TEST(full_of_locks)
{
	const struct attempts_rules alone = {.threshold = 2, .window = 100, .lock = 50};
	struct attempts *attempts = attempts_open(NULL, 8);
	struct attempts_state state;
	struct attempts_who who;
	char name[16];

	for (uint32_t i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		who = who_of(name, 1);
		for (int n = 0; n < 2; n++)
			ck_assert(attempts_count(attempts, &who, &alone, SPAN_NONE, 10 + i));
	}
	who = who_of("nobody", 1);
	for (int64_t now = 20; now < 60; now += 13) {
		attempts_look(attempts, &who, &alone, now, &state);
		ck_assert_int_eq(state.lock, LOCK_NETWORK);
		ck_assert_int_eq(state.until, 60);
		/* Tried all the same: the name's own counter has room, no lock goes. */
		attempts_count(attempts, &who, &alone, SPAN_NONE, now);
	}
	for (uint32_t i = 0; i < 8; i++) {
		struct attempts_who other;

		snprintf(name, sizeof(name), "name%u", i);
		other = who_of(name, 1);
		attempts_look(attempts, &other, &alone, 59, &state);
		ck_assert_int_eq(state.lock, LOCK_NAME_NETWORK);
		ck_assert_int_eq(state.until, 60 + i);
	}
	attempts_look(attempts, &who, &alone, 60, &state);
	ck_assert_int_eq(state.lock, LOCK_NONE);
	ck_assert(attempts_count(attempts, &who, &alone, SPAN_NONE, 60));
	who = who_of("nobody else", 1);
	attempts_look(attempts, &who, &alone, 60, &state);
	ck_assert_int_eq(state.lock, LOCK_NONE);
	/* A clock that is set back leaves nobody out for longer than a lock. */
	who = who_of("name7", 1);
	attempts_look(attempts, &who, &alone, 0, &state);
	ck_assert_int_eq(state.until, 50);
	attempts_close(&attempts);
}
END_TEST

/* Nor does a clock that is set back by years. */
START_TEST(full_and_set_back)
{
	const struct attempts_rules alone = {.threshold = 1, .window = 100, .lock = 50};
	struct attempts *attempts = attempts_open(NULL, 8);
	struct attempts_state state;
	struct attempts_who who;
	char name[16];

	for (uint32_t i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "name%u", i);
		who = who_of(name, 1);
		ck_assert(attempts_count(attempts, &who, &alone, SPAN_NONE, 100000000));
	}
	who = who_of("nobody", 1);
	for (int64_t now = 10; now < 60; now += 7) {
		attempts_look(attempts, &who, &alone, now, &state);
		ck_assert_int_eq(state.lock, LOCK_NETWORK);
		ck_assert_int_eq(state.until, 60);
	}
	attempts_look(attempts, &who, &alone, 60, &state);
	ck_assert_int_eq(state.lock, LOCK_NONE);
	attempts_close(&attempts);
}
END_TEST

/* In a full bucket the one that is over goes first, then the one whose window began first. */
START_TEST(who_goes_first)
{
	const struct attempts_rules alone = {
	    .threshold = 50, .window = 100, .lock = 50, .delay_ms = 100000};
	static const struct {
		const char *name;
		int64_t at[8], now;
		int want; /* the one that is replaced */
	} rows[] = {
	    {"the oldest", {18, 17, 16, 15, 14, 13, 12, 11}, 20, 7},
	    {"one that is over", {18, 17, 16, 2, 14, 13, 12, 11}, 103, 3},
	    {"of several that are over, the oldest", {5, 17, 3, 4, 14, 13, 12, 11}, 107, 2},
	};

	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct attempts *attempts = attempts_open(NULL, 8);
		struct attempts_who who;
		char name[16];

		for (uint32_t n = 0; n < 20 * 8; n++) {
			/* Those of one second in their order. */
			if (rows[r].at[n % 8] != n / 8)
				continue;
			snprintf(name, sizeof(name), "name%u", n % 8);
			who = who_of(name, 1);
			attempts_count(attempts, &who, &alone, SPAN_NONE, n / 8);
		}
		who = who_of("another", 1);
		attempts_count(attempts, &who, &alone, SPAN_NONE, rows[r].now);
		for (int i = 0; i < 8; i++) {
			struct attempts_state state;
			bool over = rows[r].now >= rows[r].at[i] + 100;

			snprintf(name, sizeof(name), "name%d", i);
			who = who_of(name, 1);
			attempts_look(attempts, &who, &alone, rows[r].now, &state);
			ck_assert_msg((state.delay_ms == 0) == (over || i == rows[r].want),
				      "%s: %d", rows[r].name, i);
		}
		attempts_close(&attempts);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attempts_flood");
	TCase *tcase = tcase_create("attempts_flood");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, idle_is_small);
	tcase_add_test(tcase, a_million);
	tcase_add_test(tcase, one_against_many);
	tcase_add_test(tcase, full_of_locks);
	tcase_add_test(tcase, full_and_set_back);
	tcase_add_test(tcase, who_goes_first);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
