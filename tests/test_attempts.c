/* SPDX-License-Identifier: MIT */
/* Test the counting of failed attempts and the locks that follow, rule by rule. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/netaddr.h"
#include "store/attempts.h"

#define ENTRIES 1024

static const struct attempts_rules usual = {
    .threshold = 3, .network_threshold = 12, .window = 100, .lock = 50, .delay_ms = 1000};
static const struct attempts_rules network_alone = {
    .network_threshold = 3, .window = 100, .lock = 50};
static const struct attempts_rules delay_alone = {.window = 100, .lock = 50, .delay_ms = 300};
static const struct attempts_rules off = {.window = 100, .lock = 50};

enum what { END, FAIL, LOOK, LOGIN, FORGET_NAME, FORGET_NETWORK };

/* One thing that happens, and what it must come to. `secret` null: each time another one. */
struct step {
	int64_t at;
	enum what what;
	const char *name, *network, *entry, *secret;
	unsigned times; /* 0: once */
	bool shared;
	int want; /* of FAIL, LOGIN, FORGET: the sum of the answers */
	enum lock_scope want_lock;
	int64_t want_until;
	unsigned want_delay;
};

struct scenario {
	const char *name;
	const struct attempts_rules *rules;
	struct step steps[16];
};

#define A    "192.0.2.1"
#define B    "192.0.2.2"
#define NAME "alice@example.org"

/* clang-format off */
static const struct scenario scenarios[] = {
	{"nothing stands at first", &usual, {
		{.at = 0, .what = LOOK, .name = NAME, .network = A}}},
	{"at the threshold, and until its end", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 1, .what = LOOK, .name = NAME, .network = A, .want_delay = 200},
		{.at = 9, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 9, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 59, .want_delay = 400},
		{.at = 58, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 59, .want_delay = 400},
		{.at = 59, .what = LOOK, .name = NAME, .network = A}}},
	{"another network is not locked", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 0, .what = LOOK, .name = NAME, .network = B}}},
	{"another name is not locked", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 0, .what = LOOK, .name = "bob", .network = A}}},
	{"after the lock the counter begins anew", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 50, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 50, .what = LOOK, .name = NAME, .network = A, .want_delay = 200},
		{.at = 51, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 51, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 101, .want_delay = 400}}},
	{"the window is fixed and begins with the first failure", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 99, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 100, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 100, .what = LOOK, .name = NAME, .network = A, .want_delay = 100}}},
	{"nothing is counted while it is locked", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 40, .what = FAIL, .name = NAME, .network = A, .times = 5, .want = 5},
		{.at = 40, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 50, .want_delay = 400}}},
	{"the same wrong password counts once", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .times = 1000, .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_delay = 100}}},
	{"also when its window has ended", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .want = 1},
		{.at = 200, .what = FAIL, .name = NAME, .network = A, .secret = "old", .want = 0}}},
	{"an empty one is one too", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "", .times = 3, .want = 1}}},
	{"from another network it counts", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .times = 3, .want = 1},
		{.at = 0, .what = FAIL, .name = NAME, .network = B, .secret = "old", .times = 3, .want = 1}}},
	{"for another name it counts", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .times = 3, .want = 1},
		{.at = 0, .what = FAIL, .name = "bob", .network = A, .secret = "old", .times = 3, .want = 1}}},
	{"without a network it is the name's", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .secret = "old", .times = 3, .want = 1},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .times = 3, .want = 1}}},
	{"a login forgets which were wrong", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .want = 1},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .want = 1}}},
	{"a login begins (name, network) anew", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_delay = 200},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .want = 0}}},
	{"a login without failures takes nothing off", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = LOGIN, .name = NAME, .network = B, .want = 0},
		{.at = 0, .what = LOGIN, .name = "bob", .network = A, .want = 0},
		{.at = 200, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 200, .what = LOGIN, .name = NAME, .network = A, .want = 0}}},
	{"a network has its own threshold", &network_alone, {
		{.at = 0, .what = FAIL, .name = "a", .network = A, .want = 1},
		{.at = 0, .what = FAIL, .name = "b", .network = A, .want = 1},
		{.at = 0, .what = FAIL, .name = "c", .network = A, .want = 1},
		{.at = 0, .what = LOOK, .name = "d", .network = A, .want_lock = LOCK_NETWORK, .want_until = 50},
		{.at = 0, .what = LOOK, .name = "d", .network = B},
		{.at = 0, .what = LOOK, .name = "a"}}},
	{"a login leaves the network's count", &network_alone, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .want = 0},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NETWORK, .want_until = 50}}},
	{"a shared network is not counted alone", &network_alone, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .shared = true, .times = 5, .want = 0},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .shared = true},
		{.at = 0, .what = LOOK, .name = NAME, .network = A}}},
	{"an administrator forgets a network", &network_alone, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 0, .what = FORGET_NETWORK, .network = B, .want = 0},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NETWORK, .want_until = 50},
		{.at = 0, .what = FORGET_NETWORK, .network = A, .want = 1},
		{.at = 0, .what = FORGET_NETWORK, .network = A, .want = 0},
		{.at = 0, .what = LOOK, .name = NAME, .network = A}}},
	{"the network's lock comes before the name's", &usual, {
		{.at = 0, .what = FAIL, .name = "a", .network = A, .times = 3, .want = 3},
		{.at = 1, .what = FAIL, .name = "b", .network = A, .times = 3, .want = 3},
		{.at = 1, .what = FAIL, .name = "c", .network = A, .times = 3, .want = 3},
		{.at = 1, .what = LOOK, .name = "a", .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 50, .want_delay = 400},
		{.at = 2, .what = FAIL, .name = "d", .network = A, .times = 3, .want = 3},
		{.at = 2, .what = LOOK, .name = "a", .network = A, .want_lock = LOCK_NETWORK, .want_until = 52, .want_delay = 400},
		{.at = 2, .what = LOOK, .name = "z", .network = A, .want_lock = LOCK_NETWORK, .want_until = 52}}},
	{"a name without a network at ten times", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .times = 29, .want = 29},
		{.at = 0, .what = LOOK, .name = NAME, .want_delay = 1000},
		{.at = 0, .what = LOOK, .name = NAME, .network = A},
		{.at = 1, .what = FAIL, .name = NAME, .want = 1},
		{.at = 1, .what = LOOK, .name = NAME, .want_lock = LOCK_NAME, .want_until = 51, .want_delay = 1000},
		{.at = 1, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME, .want_until = 51},
		{.at = 1, .what = LOOK, .name = NAME, .network = A, .entry = "e", .want_lock = LOCK_NAME, .want_until = 51}}},
	{"(name, network) comes before the name", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 5, .what = FAIL, .name = NAME, .times = 27, .want = 27},
		{.at = 5, .what = LOOK, .name = NAME, .network = B, .want_lock = LOCK_NAME, .want_until = 55},
		{.at = 5, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 50, .want_delay = 400}}},
	{"a login takes off its own network's share alone", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .times = 27, .want = 27},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .want_delay = 1000},
		{.at = 0, .what = FAIL, .name = NAME, .network = B, .times = 2, .want = 2},
		{.at = 0, .what = LOOK, .name = NAME, .network = A},
		{.at = 0, .what = FAIL, .name = NAME, .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME, .want_until = 50}}},
	{"a share of an earlier window is not taken off", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .want = 1},
		{.at = 50, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 110, .what = FAIL, .name = NAME, .times = 28, .want = 28},
		{.at = 120, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 120, .what = FAIL, .name = NAME, .times = 2, .want = 2},
		{.at = 120, .what = LOOK, .name = NAME, .want_lock = LOCK_NAME, .want_until = 170, .want_delay = 1000}}},
	{"a login by app password does not end the name's lock", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 0, .what = FAIL, .name = NAME, .times = 28, .want = 28},
		{.at = 1, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 1, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME, .want_until = 50}}},
	{"a login without a network takes nothing off", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .entry = "e", .times = 2, .want = 2},
		{.at = 0, .what = FAIL, .name = NAME, .entry = "e", .secret = "old", .want = 1},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .entry = "e", .want = 1},
		{.at = 0, .what = LOGIN, .name = NAME, .entry = "e", .want = 0},
		{.at = 0, .what = LOOK, .name = NAME, .entry = "e", .want_delay = 800},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_delay = 100},
		{.at = 0, .what = FAIL, .name = NAME, .entry = "e", .secret = "old", .want = 0},
		{.at = 0, .what = FAIL, .name = NAME, .entry = "e", .times = 25, .want = 25},
		{.at = 0, .what = LOGIN, .name = NAME, .entry = "e", .want = 0},
		{.at = 0, .what = FAIL, .name = NAME, .entry = "e", .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = B, .want_lock = LOCK_NAME, .want_until = 50},
		{.at = 0, .what = LOOK, .name = "bob", .network = B, .entry = "e", .want_lock = LOCK_SILENT, .want_until = 50}}},
	{"one from a shared network does, its own share", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .shared = true, .times = 2, .want = 2},
		{.at = 0, .what = FAIL, .name = NAME, .times = 3, .want = 3},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .shared = true, .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .shared = true},
		{.at = 0, .what = LOOK, .name = NAME, .want_delay = 400}}},
	{"an entry alone: nothing else is counted, the same password once", &usual, {
		{.at = 0, .what = FAIL, .entry = "e", .secret = "old", .times = 1000, .want = 1},
		{.at = 0, .what = FAIL, .entry = "e", .times = 28, .want = 28},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .entry = "e"},
		{.at = 0, .what = FAIL, .entry = "e", .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .entry = "e", .want_lock = LOCK_SILENT, .want_until = 50},
		{.at = 0, .what = LOOK, .name = NAME, .network = A},
		{.at = 0, .what = LOOK, .name = NAME},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .secret = "old", .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_delay = 100},
		{.at = 0, .what = FORGET_NAME, .name = NAME, .entry = "e", .want = 3}}},
	{"and a login takes none of it off", &usual, {
		{.at = 0, .what = FAIL, .entry = "e", .times = 28, .want = 28},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .entry = "e", .want = 1},
		{.at = 0, .what = LOGIN, .name = NAME, .network = A, .entry = "e", .want = 1},
		{.at = 0, .what = FAIL, .entry = "e", .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .entry = "e"},
		{.at = 0, .what = FAIL, .entry = "e", .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .entry = "e", .want_lock = LOCK_SILENT, .want_until = 50}}},
	{"an entry is counted silently, whatever its names", &usual, {
		{.at = 0, .what = FAIL, .name = "a", .entry = "e", .times = 14, .want = 14},
		{.at = 0, .what = FAIL, .name = "b", .entry = "e", .times = 15, .want = 15},
		{.at = 0, .what = LOOK, .name = "c", .network = A, .entry = "e"},
		{.at = 0, .what = FAIL, .name = "c", .entry = "e", .want = 1},
		{.at = 0, .what = LOOK, .name = "c", .network = A, .entry = "e", .want_lock = LOCK_SILENT, .want_until = 50},
		{.at = 0, .what = LOOK, .name = "c", .network = A},
		{.at = 0, .what = LOOK, .name = "c", .network = A, .entry = "f"},
		{.at = 0, .what = FORGET_NAME, .name = "d", .entry = "e", .want = 1},
		{.at = 0, .what = LOOK, .name = "c", .network = A, .entry = "e"}}},
	{"a login takes its share off the entry", &usual, {
		{.at = 0, .what = FAIL, .name = "a", .entry = "e", .times = 27, .want = 27},
		{.at = 0, .what = FAIL, .name = "b", .network = A, .entry = "e", .times = 2, .want = 2},
		{.at = 0, .what = LOGIN, .name = "b", .network = A, .entry = "e", .want = 1},
		{.at = 0, .what = FAIL, .name = "c", .network = B, .entry = "e", .times = 2, .want = 2},
		{.at = 0, .what = LOOK, .name = "c", .entry = "e", .want_delay = 200},
		{.at = 0, .what = FAIL, .name = "d", .network = B, .entry = "e", .want = 1},
		{.at = 0, .what = LOOK, .name = "x", .entry = "e", .want_lock = LOCK_SILENT, .want_until = 50}}},
	{"but not off another entry", &usual, {
		{.at = 0, .what = FAIL, .name = "a", .entry = "f", .times = 28, .want = 28},
		{.at = 0, .what = FAIL, .name = "b", .network = A, .entry = "e", .times = 2, .want = 2},
		{.at = 0, .what = LOGIN, .name = "b", .network = A, .entry = "f", .want = 1},
		{.at = 0, .what = FAIL, .name = "b", .network = A, .entry = "f", .times = 2, .want = 2},
		{.at = 0, .what = LOOK, .name = "x", .entry = "f", .want_lock = LOCK_SILENT, .want_until = 50}}},
	{"an administrator forgets a name from everywhere", &usual, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 0, .what = FAIL, .name = NAME, .network = B, .times = 2, .want = 2},
		{.at = 0, .what = FAIL, .name = "bob", .network = A, .times = 3, .want = 3},
		{.at = 0, .what = FORGET_NAME, .name = "nobody", .want = 0},
		{.at = 0, .what = FORGET_NAME, .name = NAME, .want = 3},
		{.at = 0, .what = LOOK, .name = NAME, .network = A},
		{.at = 0, .what = LOOK, .name = NAME, .network = B},
		{.at = 0, .what = LOOK, .name = "bob", .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 50, .want_delay = 400},
		{.at = 0, .what = FORGET_NAME, .name = NAME, .want = 0}}},
	{"delays alone: they grow up to the longest and nothing locks", &delay_alone, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_delay = 100},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_delay = 200},
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .times = 100, .want = 100},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .want_delay = 300},
		{.at = 100, .what = LOOK, .name = NAME, .network = A}}},
	{"all off: nothing is counted", &off, {
		{.at = 0, .what = FAIL, .name = NAME, .network = A, .entry = "e", .times = 100, .want = 0},
		{.at = 0, .what = LOOK, .name = NAME, .network = A, .entry = "e"},
		{.at = 0, .what = FORGET_NAME, .name = NAME, .entry = "e", .want = 0}}},
	{"a clock set back by more than the lock does not prolong it beyond one", &usual, {
		{.at = 100000, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 10, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 60, .want_delay = 400},
		{.at = 59, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 60, .want_delay = 400},
		{.at = 60, .what = LOOK, .name = NAME, .network = A}}},
	{"a clock set back a little prolongs it by that", &usual, {
		{.at = 1000, .what = FAIL, .name = NAME, .network = A, .times = 3, .want = 3},
		{.at = 1020, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 1050, .want_delay = 400},
		{.at = 1010, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 1050, .want_delay = 400}}},
	{"an attempt that began earlier and ends later moves nothing", &usual, {
		{.at = 1000, .what = FAIL, .name = NAME, .times = 26, .want = 26},
		{.at = 1000, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 992, .what = FAIL, .name = NAME, .network = B, .want = 1},
		{.at = 1001, .what = LOGIN, .name = NAME, .network = A, .want = 1},
		{.at = 1001, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 1001, .what = LOOK, .name = NAME, .network = A, .want_delay = 200},
		{.at = 1002, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 1003, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 1052, .want_delay = 400},
		{.at = 995, .what = LOOK, .name = NAME, .network = A, .want_lock = LOCK_NAME_NETWORK, .want_until = 1052, .want_delay = 400}}},
	{"nor a window", &usual, {
		{.at = 100000, .what = FAIL, .name = NAME, .network = A, .times = 2, .want = 2},
		{.at = 10, .what = LOOK, .name = NAME, .network = A, .want_delay = 200},
		{.at = 109, .what = LOOK, .name = NAME, .network = A, .want_delay = 200},
		{.at = 110, .what = FAIL, .name = NAME, .network = A, .want = 1},
		{.at = 110, .what = LOOK, .name = NAME, .network = A, .want_delay = 100}}},
};
/* clang-format on */

static void who_of(const struct step *step, struct attempts_who *who)
{
	*who = (struct attempts_who){.name = span_of(step->name),
				     .entry = span_of(step->entry),
				     .by_network = step->network,
				     .shared = step->shared};
	if (step->network)
		ck_assert(netaddr_take(span_of(step->network), who->network, &who->bits));
}

static int run_step(struct attempts *attempts, const struct attempts_rules *rules,
		    const struct step *step)
{
	static unsigned serial;
	struct attempts_who who;
	struct span secret = {(const char *)&serial, sizeof(serial)};

	who_of(step, &who);
	serial++;
	switch (step->what) {
	case FAIL:
		return attempts_count(attempts, &who, rules,
				      step->secret ? span_of(step->secret) : secret, step->at);
	case LOGIN:
		return attempts_clear(attempts, &who, step->at);
	case FORGET_NAME:
		return (int)attempts_forget_name(attempts, who.name, who.entry);
	case FORGET_NETWORK:
		return (int)attempts_forget_network(attempts, who.network, who.bits);
	case LOOK:
	case END:
		break;
	}
	return 0;
}

static void check_look(struct attempts *attempts, const struct scenario *scenario, int index)
{
	const struct step *step = &scenario->steps[index];
	struct attempts_state state;
	struct attempts_who who;

	who_of(step, &who);
	attempts_look(attempts, &who, scenario->rules, step->at, &state);
	ck_assert_msg(state.lock == step->want_lock && state.until == step->want_until &&
			  state.delay_ms == step->want_delay,
		      "%s, step %d: lock %d until %lld delay %u", scenario->name, index, state.lock,
		      (long long)state.until, state.delay_ms);
}

START_TEST(rules)
{
	const struct scenario *scenario = &scenarios[_i];
	struct attempts *attempts = attempts_open(NULL, ENTRIES);

	ck_assert_ptr_nonnull(attempts);
	for (int i = 0; scenario->steps[i].what != END; i++) {
		const struct step *step = &scenario->steps[i];
		int sum = 0;

		for (unsigned times = 0; times < (step->times ? step->times : 1); times++)
			sum += run_step(attempts, scenario->rules, step);
		ck_assert_msg(sum == step->want, "%s, step %d: %d", scenario->name, i, sum);
		if (step->what == LOOK)
			check_look(attempts, scenario, i);
	}
	ck_assert(!attempts_dirty(attempts));
	ck_assert(attempts_save(attempts));
	attempts_close(&attempts);
	ck_assert_ptr_null(attempts);
}
END_TEST

/* Two realms count one network: neither ends early what the other counts, and the next window is
 * that of whoever begins it. */
START_TEST(two_rules)
{
	static const struct attempts_rules hour = {
	    .network_threshold = 4, .window = 3600, .lock = 900};
	static const struct attempts_rules minute = {
	    .network_threshold = 4, .window = 60, .lock = 30};
	struct attempts *attempts = attempts_open(NULL, ENTRIES);
	struct attempts_who who = {.name = span_of(NAME), .by_network = true, .bits = 128};
	struct attempts_state state;

	for (unsigned i = 0; i < 3; i++)
		attempts_count(attempts, &who, i < 2 ? &hour : &minute, SPAN_NONE, 10 * i);
	attempts_count(attempts, &who, &minute, SPAN_NONE, 3000);
	attempts_look(attempts, &who, &hour, 3001, &state);
	ck_assert_int_eq(state.lock, LOCK_NETWORK);
	ck_assert_int_eq(state.until, 3900);
	for (unsigned i = 0; i < 3; i++)
		attempts_count(attempts, &who, &minute, SPAN_NONE, 4000);
	attempts_count(attempts, &who, &minute, SPAN_NONE, 4060);
	attempts_look(attempts, &who, &hour, 4061, &state);
	ck_assert_int_eq(state.lock, LOCK_NONE);
	attempts_close(&attempts);
}
END_TEST

/* Eight wrong ones are known again; the ninth pushes the first out. */
START_TEST(eight_wrong_passwords)
{
	struct attempts *attempts = attempts_open(NULL, ENTRIES);
	struct attempts_who who = {.name = span_of(NAME), .by_network = true, .bits = 128};
	static const char secrets[] = "abcdefghi";
	const struct attempts_rules rules = {.threshold = 100, .window = 100, .lock = 50};
	unsigned counted = 0;

	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 8; i++)
			counted += attempts_count(attempts, &who, &rules,
						  (struct span){secrets + i, 1}, 0);
	ck_assert_uint_eq(counted, 8);
	ck_assert(attempts_count(attempts, &who, &rules, (struct span){secrets + 8, 1}, 0));
	ck_assert(!attempts_count(attempts, &who, &rules, (struct span){secrets + 1, 1}, 0));
	ck_assert(attempts_count(attempts, &who, &rules, (struct span){secrets, 1}, 0));
	for (unsigned i = 0; i < 5; i++)
		ck_assert(attempts_count(attempts, &who, &rules, SPAN_NONE, 0));
	attempts_close(&attempts);
}
END_TEST

struct seen {
	unsigned rows[ATTEMPTS_KINDS];
	char text[1024];
	struct buf out;
};

static void see(void *context, const struct attempts_row *row)
{
	static const char *const kinds[] = {"name-network", "name", "network", "entry"};
	struct seen *seen = context;

	seen->rows[row->kind]++;
	buf_put_text(&seen->out, kinds[row->kind]);
	buf_put_char(&seen->out, ' ');
	buf_put_span(&seen->out, row->name);
	buf_put_char(&seen->out, ' ');
	buf_put_span(&seen->out, row->network);
	buf_put_char(&seen->out, ' ');
	buf_put_number(&seen->out, row->failures);
	buf_put_char(&seen->out, ' ');
	buf_put_number(&seen->out, (uint64_t)row->since);
	buf_put_char(&seen->out, ' ');
	buf_put_number(&seen->out, (uint64_t)row->until);
	buf_put_char(&seen->out, '\n');
}

START_TEST(list)
{
	static const struct {
		const char *name, *asked;
		int64_t now;
		const char *want;
	} rows[] = {
	    {"of a name", NAME, 10,
	     "name-network alice@example.org 192.0.2.0/24 3 5 55\nname alice@example.org  3 5 0\n"},
	    {"its lock is over", NAME, 55, "name alice@example.org  3 5 0\n"},
	    {"all", NULL, 10,
	     "name-network alice@example.org 192.0.2.0/24 3 5 55\nname alice@example.org  3 5 0\n"
	     "network  192.0.2.0/24 3 5 0\nentry ldap:1  3 5 0\n"},
	    {"of an entry", "ldap:1", 10, "entry ldap:1  3 5 0\n"},
	    {"of nobody", "alice", 10, ""},
	    {"over", NULL, 200, ""},
	};
	struct attempts *attempts = attempts_open(NULL, ENTRIES);
	struct attempts_who who = {
	    .name = span_of(NAME), .entry = span_of("ldap:1"), .by_network = true};

	ck_assert(netaddr_take(span_of("192.0.2.0/24"), who.network, &who.bits));
	for (unsigned i = 0; i < 3; i++)
		attempts_count(attempts, &who, &usual, SPAN_NONE, 5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct seen seen = {.out = {seen.text, 0, sizeof(seen.text), false}};

		attempts_each(attempts, span_of(rows[i].asked), rows[i].now, see, &seen);
		ck_assert_msg(span_is(buf_span(&seen.out), rows[i].want), "%s: %.*s", rows[i].name,
			      (int)seen.out.len, seen.out.at);
	}
	attempts_close(&attempts);
}
END_TEST

/* What a fleet says of a counter of ours with 5 failures in the window of 100 from `ours` on, 10
 * later. */
static const struct {
	const char *name;
	struct attempts_counter first, then;
	unsigned want_failures;
	int64_t want_until;
	int64_t ours;
} merges[] = {
    {"more", {0}, {.failures = 7, .window = 100, .lock = 50, .since = 3}, 7, 0, 0},
    {"fewer", {0}, {.failures = 2, .window = 100, .lock = 50, .since = 3}, 5, 0, 0},
    {"none", {0}, {.failures = 0}, 5, 0, 0},
    {"a lock", {0}, {.failures = 7, .window = 100, .lock = 50, .since = 3, .until = 53}, 7, 53, 0},
    {"a lock that has ended",
     {0},
     {.failures = 7, .window = 100, .lock = 5, .since = 1, .until = 6},
     5,
     0,
     0},
    {"an earlier window", {0}, {.failures = 7, .window = 5, .lock = 50, .since = 1}, 5, 0, 0},
    {"cleared since",
     {0},
     {.failures = 1, .window = 100, .lock = 50, .since = 3, .cleared = 9},
     1,
     0,
     0},
    {"cleared to nothing", {0}, {.cleared = 9}, 0, 0, 0},
    {"cleared before",
     {.failures = 1, .window = 100, .lock = 50, .cleared = 9},
     {.failures = 0, .cleared = 9},
     1,
     0,
     0},
    {"no login ends a lock",
     {.failures = 7, .window = 100, .lock = 50, .since = 3, .until = 53},
     {.failures = 1, .window = 100, .lock = 50, .since = 3, .cleared = 9},
     7,
     53,
     0},
    {"an administrator does",
     {.failures = 7, .window = 100, .lock = 50, .since = 3, .until = 53},
     {.forgotten = 9},
     0,
     0,
     0},
    {"but once",
     {.forgotten = 9, .failures = 7, .window = 100, .lock = 50, .since = 3, .until = 53},
     {.forgotten = 9},
     7,
     53,
     0},
    {"forgotten before it began", {0}, {.forgotten = 10}, 5, 0, 1000},
    {"forgotten before its lock",
     {.failures = 7, .window = 100, .lock = 50, .since = 3, .until = 150},
     {.forgotten = 50},
     7,
     150,
     0},
    {"forgotten as it began, by a clock that is late",
     {0},
     {.failures = 1, .window = 100, .lock = 50, .since = 990, .forgotten = 990},
     1,
     0,
     1000},
    {"cleared before it began", {0}, {.cleared = 10}, 5, 0, 1000},
};

START_TEST(merge)
{
	struct attempts_who who = {.name = span_of(NAME)};

	for (size_t i = 0; i < sizeof(merges) / sizeof(*merges); i++) {
		struct attempts *attempts = attempts_open(NULL, ENTRIES);
		struct seen seen = {.out = {seen.text, 0, sizeof(seen.text), false}};
		int64_t now = merges[i].ours + 10;
		char want[64];

		for (unsigned n = 0; n < 5; n++)
			attempts_count(attempts, &who, &usual, SPAN_NONE, merges[i].ours);
		attempts_merge(attempts, &who, ATTEMPTS_NAME, &merges[i].first, now);
		attempts_merge(attempts, &who, ATTEMPTS_NAME, &merges[i].then, now);
		attempts_each(attempts, SPAN_NONE, now, see, &seen);
		ck_assert_msg((merges[i].want_failures == 0) == (seen.out.len == 0), "%s: %.*s",
			      merges[i].name, (int)seen.out.len, seen.out.at);
		if (merges[i].want_failures > 0) {
			int n = snprintf(want, sizeof(want), "name " NAME "  %u ",
					 merges[i].want_failures);
			ck_assert_msg(strncmp(seen.text, want, (size_t)n) == 0, "%s: %.*s",
				      merges[i].name, (int)seen.out.len, seen.out.at);
			n = snprintf(want, sizeof(want), " %lld\n",
				     (long long)merges[i].want_until);
			ck_assert_msg(memcmp(seen.text + seen.out.len - n, want, (size_t)n) == 0,
				      "%s: %.*s", merges[i].name, (int)seen.out.len, seen.out.at);
		}
		attempts_close(&attempts);
	}
}
END_TEST

/* What another daemon has counted where we have nothing. */
START_TEST(merge_anew)
{
	struct attempts *attempts = attempts_open(NULL, ENTRIES);
	struct attempts_who who = {.name = span_of(NAME), .by_network = true, .bits = 128};
	struct attempts_counter counter = {
	    .failures = 3, .window = 100, .lock = 50, .since = 1, .until = 60};
	struct attempts_state state;

	attempts_merge(attempts, &who, ATTEMPTS_NAME_NETWORK, &counter, 20);
	attempts_look(attempts, &who, &usual, 20, &state);
	ck_assert_int_eq(state.lock, LOCK_NAME_NETWORK);
	ck_assert_int_eq(state.until, 60);
	/* A clock of theirs that is ahead by an hour does not lock longer than their lock is. */
	counter.until = 3660;
	attempts_merge(attempts, &who, ATTEMPTS_NAME_NETWORK, &counter, 20);
	attempts_look(attempts, &who, &usual, 20, &state);
	ck_assert_int_eq(state.until, 70);
	attempts_close(&attempts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("attempts");
	TCase *tcase = tcase_create("attempts");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, rules, 0, sizeof(scenarios) / sizeof(*scenarios));
	tcase_add_test(tcase, two_rules);
	tcase_add_test(tcase, eight_wrong_passwords);
	tcase_add_test(tcase, list);
	tcase_add_test(tcase, merge);
	tcase_add_test(tcase, merge_anew);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
