/* SPDX-License-Identifier: MIT */
/* The store of app passwords: found by hash, chosen by id or label, whole after kill -9. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "store/apppass_key.h"
#include "store/apppass_store.h"
#include "store_place.h"

#define FILE_NAME "credentials.sqlite"
#define NOW	  1700000000

static struct span alice, bob;
static struct apppass_store *store;

static struct apppass_store *open_store(void)
{
	struct apppass_store *opened = apppass_store_open(store_place, &store_place_fault);

	ck_assert_msg(opened != NULL, "%.*s", (int)store_place_fault.len, store_place_fault.at);
	return opened;
}

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	alice = span_of("ldap:alice-1");
	bob = span_of("ldap:bob-1");
	store_place_make();
	store = open_store();
}

static void teardown(void)
{
	apppass_store_close(&store);
	store_place_remove();
}

static struct apppass make(const char *label)
{
	struct apppass app = {.created = NOW};

	apppass_make_id(app.id);
	randombytes_buf(app.hash, sizeof(app.hash));
	snprintf(app.label, sizeof(app.label), "%s", label);
	return app;
}

static struct apppass add(struct span owner, const char *label)
{
	struct apppass app = make(label);

	ck_assert_int_eq(apppass_store_add(store, owner, span_of("name"), &app), APPPASS_END_DONE);
	return app;
}

static bool same(const struct apppass *a, const struct apppass *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->label, b->label) == 0 &&
	       strcmp(a->services, b->services) == 0 && strcmp(a->networks, b->networks) == 0 &&
	       memcmp(a->hash, b->hash, sizeof(a->hash)) == 0 && a->created == b->created &&
	       a->expires == b->expires && a->revoked == b->revoked && a->used == b->used &&
	       strcmp(a->used_client, b->used_client) == 0 &&
	       strcmp(a->used_mechanism, b->used_mechanism) == 0;
}

/* It is there as `want` has it. */
static void has(struct span owner, const struct apppass *want)
{
	struct apppass found;

	ck_assert_int_eq(apppass_store_find(store, owner, want->hash, &found), APPPASS_FOUND);
	ck_assert(same(want, &found));
}

/* ---- finding ---- */

START_TEST(add_and_find)
{
	struct apppass app = make("T\xc3\xa9l\xc3\xa9phone"), found;

	app.expires = NOW + 1000;
	snprintf(app.services, sizeof(app.services), "smtp,imap");
	snprintf(app.networks, sizeof(app.networks), "10.0.0.0/8");
	ck_assert_int_eq(apppass_store_add(store, alice, span_of("alice@a"), &app),
			 APPPASS_END_DONE);
	has(alice, &app);
	ck_assert_int_eq(apppass_store_find(store, bob, app.hash, &found), APPPASS_NONE);
	app.hash[31] ^= 1;
	ck_assert_int_eq(apppass_store_find(store, alice, app.hash, &found), APPPASS_NONE);
	app.hash[31] ^= 1;
	apppass_store_close(&store);
	store = open_store();
	has(alice, &app);
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM apppass"
						       " WHERE name = 'alice@a'"),
			 1);
}
END_TEST

/* Owners are octets: neither a NUL nor a long one mixes them up. */
START_TEST(owners)
{
	static const struct span owners[] = {{"", 0},  {"a", 1},  {"a\0", 2}, {"a\0b", 3},
					     {"A", 1}, {"a ", 2}, {"\xff", 1}};
	struct apppass apps[7], found;

	for (int i = 0; i < 7; i++)
		apps[i] = add(owners[i], "phone");
	for (int i = 0; i < 7; i++)
		for (int k = 0; k < 7; k++)
			ck_assert_int_eq(apppass_store_find(store, owners[i], apps[k].hash, &found),
					 i == k ? APPPASS_FOUND : APPPASS_NONE);
}
END_TEST

struct seen {
	char labels[16][APPPASS_LABEL_MAX + 1];
	int count;
};

static void see(void *context, const struct apppass *app)
{
	struct seen *seen = context;

	ck_assert_int_lt(seen->count, 16);
	snprintf(seen->labels[seen->count++], sizeof(seen->labels[0]), "%s", app->label);
}

START_TEST(each)
{
	struct seen seen = {.count = 0};
	static const int64_t ages[] = {20, 10, 30};
	static const char *const labels[] = {"second", "first", "third"};

	ck_assert_int_eq(apppass_store_each(store, alice, see, &seen), APPPASS_NONE);
	for (int i = 0; i < 3; i++) {
		struct apppass app = make(labels[i]);

		app.created = NOW + ages[i];
		ck_assert_int_eq(apppass_store_add(store, alice, SPAN_NONE, &app),
				 APPPASS_END_DONE);
	}
	add(bob, "another's");
	ck_assert_int_eq(apppass_store_each(store, alice, see, &seen), APPPASS_FOUND);
	ck_assert_int_eq(seen.count, 3);
	ck_assert_str_eq(seen.labels[0], "first");
	ck_assert_str_eq(seen.labels[1], "second");
	ck_assert_str_eq(seen.labels[2], "third");
}
END_TEST

/* ---- changing ---- */

static void nothing(struct apppass *app)
{
	(void)app;
}

static void no_label(struct apppass *app)
{
	app->label[0] = '\0';
}

static void bad_service(struct apppass *app)
{
	snprintf(app->services, sizeof(app->services), "SMTP");
}

static void ended(struct apppass *app)
{
	app->expires = app->created;
}

static void revoked(struct apppass *app)
{
	app->revoked = NOW;
}

static void no_id(struct apppass *app)
{
	app->id[0] = '\0';
}

static void taken(struct apppass *app)
{
	add(alice, app->label);
}

static void taken_by_an_ended_one(struct apppass *app)
{
	struct apppass other = make(app->label);

	other.created = NOW - 10;
	other.expires = NOW;
	ck_assert_int_eq(apppass_store_add(store, alice, SPAN_NONE, &other), APPPASS_END_DONE);
}

static void taken_by_a_revoked_one(struct apppass *app)
{
	struct apppass other = add(alice, app->label);

	ck_assert_int_eq(apppass_store_revoke(store, alice, span_of(other.id), NOW, NULL),
			 APPPASS_END_DONE);
}

static void taken_by_another(struct apppass *app)
{
	add(bob, app->label);
}

static void other_case(struct apppass *app)
{
	(void)app;
	add(alice, "PHONE");
}

static void id_in_use(struct apppass *app)
{
	struct apppass other = add(bob, "any");

	snprintf(app->id, sizeof(app->id), "%s", other.id);
}

static const struct {
	const char *name;
	void (*prepare)(struct apppass *app);
	enum apppass_end want;
} additions[] = {
    {"good", nothing, APPPASS_END_DONE},
    {"no label", no_label, APPPASS_END_MALFORMED},
    {"bad service", bad_service, APPPASS_END_MALFORMED},
    {"already ended", ended, APPPASS_END_MALFORMED},
    {"already revoked", revoked, APPPASS_END_MALFORMED},
    {"no id", no_id, APPPASS_END_MALFORMED},
    {"label taken", taken, APPPASS_END_TAKEN},
    {"label of an ended one", taken_by_an_ended_one, APPPASS_END_DONE},
    {"label of a revoked one", taken_by_a_revoked_one, APPPASS_END_DONE},
    {"label of somebody else's", taken_by_another, APPPASS_END_DONE},
    {"label in capitals", other_case, APPPASS_END_DONE},
    {"id in use", id_in_use, APPPASS_END_FAILED},
};

START_TEST(addition)
{
	struct apppass app = make("phone"), found;
	enum apppass_end end;

	store_place_log();
	additions[_i].prepare(&app);
	end = apppass_store_add(store, alice, SPAN_NONE, &app);
	ck_assert_msg(end == additions[_i].want, "%s: %d", additions[_i].name, end);
	ck_assert_int_eq(apppass_store_find(store, alice, app.hash, &found),
			 end == APPPASS_END_DONE ? APPPASS_FOUND : APPPASS_NONE);
	ck_assert_int_eq(store_place_logged("error"), end == APPPASS_END_FAILED);
	add(alice, "afterwards");
}
END_TEST

START_TEST(full)
{
	struct apppass app = make("one more"), last;
	char label[32];

	for (int i = 0; i < APPPASS_MAX; i++) {
		snprintf(label, sizeof(label), "number %d", i);
		last = add(alice, label);
	}
	ck_assert_int_eq(apppass_store_add(store, alice, SPAN_NONE, &app), APPPASS_END_FULL);
	add(bob, "another's");
	ck_assert_int_eq(apppass_store_revoke(store, alice, span_of(last.id), NOW, NULL),
			 APPPASS_END_DONE);
	ck_assert_int_eq(apppass_store_add(store, alice, SPAN_NONE, &app), APPPASS_END_DONE);
	has(alice, &app);
}
END_TEST

/* Those that have ended are remembered, but not without end: the oldest go. */
START_TEST(ended_are_bounded)
{
	struct apppass first = {0}, app, found;

	for (int i = 0; i < 520; i++) {
		app = add(alice, "phone");
		if (i == 0)
			first = app;
		ck_assert_int_eq(apppass_store_revoke(store, alice, span_of(app.id), NOW + i, NULL),
				 APPPASS_END_DONE);
	}
	app = add(alice, "phone");
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM apppass"), 501);
	ck_assert_int_eq(apppass_store_find(store, alice, first.hash, &found), APPPASS_NONE);
	has(alice, &app);
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT min(revoked) FROM apppass"
						       " WHERE revoked > 0"),
			 NOW + 20);
}
END_TEST

START_TEST(revoke_by_id_and_label)
{
	struct apppass phone = add(alice, "phone"), tablet = add(alice, "tablet"), done;

	ck_assert_int_eq(apppass_store_revoke(store, alice, span_of(phone.id), NOW + 1, &done),
			 APPPASS_END_DONE);
	phone.revoked = NOW + 1;
	ck_assert(same(&phone, &done));
	has(alice, &phone);
	has(alice, &tablet);
	ck_assert_int_eq(apppass_store_revoke(store, alice, span_of("tablet"), NOW + 2, &done),
			 APPPASS_END_DONE);
	tablet.revoked = NOW + 2;
	ck_assert(same(&tablet, &done));
	has(alice, &tablet);
}
END_TEST

/* The first time stands, by id and by label. */
START_TEST(revoke_again)
{
	struct apppass phone = add(alice, "phone"), done;

	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(apppass_store_revoke(store, alice,
						      span_of(i == 2 ? "phone" : phone.id), NOW + i,
						      &done),
				 APPPASS_END_DONE);
		ck_assert_int_eq(done.revoked, NOW + 1);
	}
	phone.revoked = NOW + 1;
	has(alice, &phone);
}
END_TEST

/* Which one a label means, with others of the same label before it: + in force, - ended, r revoked.
 */
static const struct {
	const char *name, *others;
	enum apppass_end want;
	int want_which;
} choices[] = {
    {"none", "", APPPASS_END_ABSENT, -1},
    {"one", "+", APPPASS_END_DONE, 0},
    {"one that has ended", "-", APPPASS_END_DONE, 0},
    {"one that was revoked", "r", APPPASS_END_DONE, 0},
    {"the one in force", "-r+", APPPASS_END_DONE, 2},
    {"the one in force comes first", "r+", APPPASS_END_DONE, 1},
    {"two in force", "++", APPPASS_END_AMBIGUOUS, -1},
    {"two in force and another", "r++", APPPASS_END_AMBIGUOUS, -1},
    {"two that have ended", "--", APPPASS_END_AMBIGUOUS, -1},
    {"one ended, one revoked", "-r", APPPASS_END_AMBIGUOUS, -1},
};

/* Several in force get one label only by hands other than ours. */
static void set_label(const char *id)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "UPDATE apppass SET label = 'x' WHERE id = '%.8s' RETURNING 1",
		 id);
	ck_assert_int_eq(store_place_number(FILE_NAME, sql), 1);
}

static void prepare_choice(const char *others, struct apppass *apps)
{
	char label[32];

	for (int i = 0; others[i]; i++) {
		snprintf(label, sizeof(label), "label %d", i);
		apps[i] = make(label);
		apps[i].created = NOW - 10;
		apps[i].expires = others[i] == '-' ? NOW - 5 : 0;
		ck_assert_int_eq(apppass_store_add(store, alice, SPAN_NONE, &apps[i]),
				 APPPASS_END_DONE);
		if (others[i] == 'r')
			ck_assert_int_eq(
			    apppass_store_revoke(store, alice, span_of(apps[i].id), NOW - 5, NULL),
			    APPPASS_END_DONE);
		set_label(apps[i].id);
	}
}

START_TEST(choice)
{
	struct apppass apps[4], done;
	enum apppass_end end;

	add(bob, "x");
	prepare_choice(choices[_i].others, apps);
	end = apppass_store_revoke(store, alice, span_of("x"), NOW, &done);
	ck_assert_msg(end == choices[_i].want, "%s: %d", choices[_i].name, end);
	if (end == APPPASS_END_DONE)
		ck_assert_str_eq(done.id, apps[choices[_i].want_which].id);
	end = apppass_store_rename(store, alice, span_of("x"), span_of("y"), NOW, &done);
	if (choices[_i].want != APPPASS_END_DONE)
		ck_assert_int_eq(end, choices[_i].want);
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM apppass"
						       " WHERE owner = CAST('ldap:bob-1' AS BLOB)"
						       " AND label = 'x' AND revoked = 0"),
			 1);
}
END_TEST

/* An id goes before a label that reads the same. */
START_TEST(id_before_label)
{
	struct apppass phone = add(alice, "phone"), other = add(alice, phone.id), done;

	ck_assert_int_eq(apppass_store_revoke(store, alice, span_of(phone.id), NOW, &done),
			 APPPASS_END_DONE);
	ck_assert_str_eq(done.label, "phone");
	has(alice, &other);
}
END_TEST

START_TEST(not_another_owners)
{
	struct apppass phone = add(alice, "phone");

	ck_assert_int_eq(apppass_store_revoke(store, bob, span_of(phone.id), NOW, NULL),
			 APPPASS_END_ABSENT);
	ck_assert_int_eq(
	    apppass_store_rename(store, bob, span_of("phone"), span_of("x"), NOW, NULL),
	    APPPASS_END_ABSENT);
	ck_assert_int_eq(apppass_store_revoke(store, alice, span_of("' OR 1 --"), NOW, NULL),
			 APPPASS_END_ABSENT);
	ck_assert_int_eq(apppass_store_revoke(store, alice, SPAN_NONE, NOW, NULL),
			 APPPASS_END_ABSENT);
	has(alice, &phone);
}
END_TEST

START_TEST(rename_one)
{
	struct apppass phone = add(alice, "phone"), tablet = add(alice, "tablet"), done;

	ck_assert_int_eq(
	    apppass_store_rename(store, alice, span_of("phone"), span_of("old phone"), NOW, &done),
	    APPPASS_END_DONE);
	snprintf(phone.label, sizeof(phone.label), "old phone");
	ck_assert(same(&phone, &done));
	has(alice, &phone);
	ck_assert_int_eq(
	    apppass_store_rename(store, alice, span_of("tablet"), span_of("old phone"), NOW, NULL),
	    APPPASS_END_TAKEN);
	ck_assert_int_eq(
	    apppass_store_rename(store, alice, span_of("tablet"), span_of("tablet"), NOW, NULL),
	    APPPASS_END_DONE);
	ck_assert_int_eq(
	    apppass_store_rename(store, alice, span_of("tablet"), span_of("a\nb"), NOW, NULL),
	    APPPASS_END_MALFORMED);
	ck_assert_int_eq(
	    apppass_store_rename(store, alice, span_of("tablet"), SPAN_NONE, NOW, NULL),
	    APPPASS_END_MALFORMED);
	ck_assert_int_eq(
	    apppass_store_rename(store, alice, span_of("gone"), span_of("x"), NOW, NULL),
	    APPPASS_END_ABSENT);
	has(alice, &tablet);
}
END_TEST

/* ---- uses ---- */

static const struct {
	int64_t after;
	const char *client;
	bool want_written;
} uses[] = {
    {0, "192.0.2.1", true},   {1, "192.0.2.2", false},	 {59, "192.0.2.3", false},
    {60, "192.0.2.4", true},  {61, "192.0.2.5", false},	 {200, "2001:db8::1", true},
    {100, "192.0.2.6", true}, {159, "192.0.2.7", false}, {160, "", true},
};

START_TEST(use)
{
	struct apppass phone = add(alice, "phone");

	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
		ck_assert(apppass_store_use(store, phone.id, NOW + uses[i].after,
					    span_of(uses[i].client), span_of("PLAIN")));
		if (uses[i].want_written) {
			phone.used = NOW + uses[i].after;
			snprintf(phone.used_client, sizeof(phone.used_client), "%s",
				 uses[i].client);
			snprintf(phone.used_mechanism, sizeof(phone.used_mechanism), "PLAIN");
		}
		has(alice, &phone);
	}
	ck_assert(!apppass_store_use(store, "zzzzzzzz", NOW, SPAN_NONE, SPAN_NONE));
}
END_TEST

START_TEST(use_with_long_texts)
{
	struct apppass phone = add(alice, "phone");
	char text[200];

	memset(text, 'x', sizeof(text));
	ck_assert(apppass_store_use(store, phone.id, NOW, (struct span){text, sizeof(text)},
				    (struct span){text, sizeof(text)}));
	phone.used = NOW;
	has(alice, &phone);
}
END_TEST

/* ---- two handles, and a file that is not as we left it ---- */

START_TEST(another_handle_sees_it)
{
	struct apppass_store *other = open_store();
	struct apppass phone = add(alice, "phone"), found;

	ck_assert_int_eq(apppass_store_find(other, alice, phone.hash, &found), APPPASS_FOUND);
	ck_assert_int_eq(apppass_store_revoke(other, alice, span_of("phone"), NOW, NULL),
			 APPPASS_END_DONE);
	phone.revoked = NOW;
	has(alice, &phone);
	apppass_store_close(&other);
}
END_TEST

/* A disk that takes no more: what cannot be kept is said to have failed, and what was there is
 * read. */
START_TEST(full_disk)
{
	struct apppass phone = add(alice, "phone"), app = make("x"), done = {.revoked = 7};
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 4096;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	store_place_log();
	ck_assert_int_eq(apppass_store_add(store, alice, SPAN_NONE, &app), APPPASS_END_FAILED);
	ck_assert_int_eq(apppass_store_revoke(store, alice, span_of("phone"), NOW, &done),
			 APPPASS_END_FAILED);
	ck_assert_int_eq(done.revoked, 7);
	ck_assert_int_eq(
	    apppass_store_rename(store, alice, span_of("phone"), span_of("x"), NOW, NULL),
	    APPPASS_END_FAILED);
	ck_assert(!apppass_store_use(store, phone.id, NOW, SPAN_NONE, SPAN_NONE));
	has(alice, &phone);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(store_place_logged("cannot be written"), 1);
	has(alice, &phone);
	ck_assert_int_eq(apppass_store_add(store, alice, SPAN_NONE, &app), APPPASS_END_DONE);
}
END_TEST

static const char *const damages[] = {
    "UPDATE apppass SET label = hex(zeroblob(40)) RETURNING 1",
    "UPDATE apppass SET id = 'too long an id' RETURNING 1",
    "UPDATE apppass SET used_client = hex(zeroblob(40)) RETURNING 1",
    "UPDATE apppass SET services = CAST(x'610062' AS TEXT) RETURNING 1",
    "UPDATE apppass SET hash = x'00' RETURNING 1",
};

static void ignore(void *context, const struct apppass *app)
{
	(void)context;
	(void)app;
}

/* Cannot tell, rather than half of it. */
START_TEST(damaged)
{
	struct apppass phone = add(alice, "phone"), found;

	ck_assert_int_eq(store_place_number(FILE_NAME, damages[_i]), 1);
	store_place_log();
	ck_assert_int_eq(apppass_store_each(store, alice, ignore, NULL), APPPASS_FAILED);
	if (_i < 4)
		ck_assert_int_eq(apppass_store_find(store, alice, phone.hash, &found),
				 APPPASS_FAILED);
	ck_assert_int_gt(store_place_logged("a row of the store is malformed"), 0);
}
END_TEST

START_TEST(not_ours)
{
	apppass_store_close(&store);
	ck_assert_int_eq(store_place_number(FILE_NAME, "PRAGMA user_version"), 2);
	ck_assert_int_eq(truncate(store_place_path(FILE_NAME), 50), 0);
	ck_assert_ptr_null(apppass_store_open(store_place, &store_place_fault));
	ck_assert_uint_gt(store_place_fault.len, 0);
}
END_TEST

/* The last key that asked before there was an app password is that of the file; another one is
 * known as such, after a restart too. */
START_TEST(another_key)
{
	static const unsigned char key[APPPASS_KEY_LEN] = {1}, other[APPPASS_KEY_LEN] = {2};

	ck_assert_int_eq(apppass_store_check_key(store, other), APPPASS_FOUND);
	ck_assert(!apppass_key_differs(store_place, key));
	ck_assert_int_eq(apppass_store_check_key(store, key), APPPASS_FOUND);
	ck_assert_int_eq(apppass_store_check_key(store, key), APPPASS_FOUND);
	add(alice, "phone");
	ck_assert(apppass_key_differs(store_place, other));
	ck_assert(!apppass_key_differs(store_place, key));
	ck_assert_int_eq(apppass_store_check_key(store, other), APPPASS_NONE);
	apppass_store_close(&store);
	store = open_store();
	ck_assert_int_eq(apppass_store_check_key(store, other), APPPASS_NONE);
	ck_assert_int_eq(apppass_store_check_key(store, key), APPPASS_FOUND);
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM apppass_key"), 1);
}
END_TEST

/* ---- threads and processes ---- */

static void *add_many(void *number)
{
	struct apppass_store *mine = open_store();
	char label[32];

	for (int i = 0; i < 40; i++) {
		struct apppass app = make("");

		snprintf(label, sizeof(label), "%d of %d", i, *(int *)number);
		snprintf(app.label, sizeof(app.label), "%s", label);
		if (apppass_store_add(mine, alice, SPAN_NONE, &app) != APPPASS_END_DONE ||
		    (i % 2 && apppass_store_revoke(mine, alice, span_of(label), NOW, NULL) !=
				  APPPASS_END_DONE))
			number = NULL;
	}
	apppass_store_close(&mine);
	return number;
}

START_TEST(threads)
{
	pthread_t ids[4];
	int numbers[4];
	void *good;

	for (int i = 0; i < 4; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&ids[i], NULL, add_many, &numbers[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(ids[i], &good);
		ck_assert_ptr_nonnull(good);
	}
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM apppass"
						       " WHERE revoked = 0"),
			 80);
	ck_assert_int_eq(store_place_number(FILE_NAME, "SELECT count(*) FROM apppass"), 160);
}
END_TEST

/* Two at once want the same label: one gets it. */
static int add_at_gate(const int gate[2])
{
	struct apppass app = make("phone");
	enum apppass_end end;
	char octet;

	store = open_store();
	close(gate[1]);
	if (read(gate[0], &octet, 1) != 0)
		return 9;
	randombytes_stir();
	end = apppass_store_add(store, alice, SPAN_NONE, &app);
	apppass_store_close(&store);
	return end == APPPASS_END_DONE ? 0 : end == APPPASS_END_TAKEN ? 1 : 9;
}

START_TEST(one_label_once)
{
	int gate[2], pids[6], status, done = 0;

	apppass_store_close(&store);
	ck_assert_int_eq(pipe(gate), 0);
	for (int i = 0; i < 6; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(add_at_gate(gate));
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
		done += WEXITSTATUS(status) == 0;
	}
	ck_assert_int_eq(done, 1);
	store = open_store();
}
END_TEST

/* What a process says once it is committed. */
struct said {
	unsigned char hash[APPPASS_HASH_LEN];
	bool revoked;
	long finds; /* of the reader, until then */
};

/* What the worker's loop does meanwhile, with a handle of its own: it finds what was said last. If
 * it does not, the process ends before it is killed. */
struct reader {
	struct apppass_store *store;
	pthread_mutex_t lock;
	struct said last; /* under the lock */
	bool any;
	atomic_long finds;
};

static bool is_found(struct apppass_store *mine, const struct said *said)
{
	struct apppass found;

	return apppass_store_find(mine, alice, said->hash, &found) == APPPASS_FOUND &&
	       (!said->revoked || found.revoked != 0);
}

static void *read_until_killed(void *context)
{
	struct reader *reader = context;

	for (;;) {
		struct said last;
		bool any;

		pthread_mutex_lock(&reader->lock);
		last = reader->last;
		any = reader->any;
		pthread_mutex_unlock(&reader->lock);
		if (any && !is_found(reader->store, &last))
			_exit(2);
		atomic_fetch_add(&reader->finds, any);
		sched_yield();
	}
	return NULL;
}

static void begin_reading(struct reader *reader)
{
	pthread_t thread;

	*reader = (struct reader){.store = open_store()};
	pthread_mutex_init(&reader->lock, NULL);
	if (pthread_create(&thread, NULL, read_until_killed, reader) != 0)
		_exit(1);
}

static bool say(int out, struct reader *reader, struct said *said)
{
	pthread_mutex_lock(&reader->lock);
	reader->last = *said;
	reader->any = true;
	pthread_mutex_unlock(&reader->lock);
	said->finds = atomic_load(&reader->finds);
	return write(out, said, sizeof(*said)) == sizeof(*said);
}

/* Adds, uses and revokes, and says so. */
static void work_until_killed(int out)
{
	static struct reader reader;

	store = open_store();
	begin_reading(&reader);
	for (int i = 0;; i++) {
		struct apppass app = make("");
		struct said said = {.revoked = false};

		snprintf(app.label, sizeof(app.label), "%d %d", (int)getpid(), i);
		memcpy(said.hash, app.hash, sizeof(said.hash));
		if (apppass_store_add(store, alice, SPAN_NONE, &app) != APPPASS_END_DONE ||
		    !say(out, &reader, &said) ||
		    !apppass_store_use(store, app.id, NOW + i, span_of("::1"), span_of("PLAIN")))
			_exit(1);
		said.revoked = true;
		if (apppass_store_revoke(store, alice, span_of(app.id), NOW + i, NULL) !=
			APPPASS_END_DONE ||
		    !say(out, &reader, &said))
			_exit(1);
	}
}

/* What was said holds. */
static int check_said(int in, long *finds)
{
	struct said said = {.finds = 0};
	int count = 0;

	while (read(in, &said, sizeof(said)) == sizeof(said)) {
		ck_assert(is_found(store, &said));
		count++;
	}
	*finds += said.finds;
	return count;
}

/* Of whatever a process died, it was killed. */
static void wait_killed(int pid)
{
	int status;

	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "it ended by itself with %d", WEXITSTATUS(status));
}

START_TEST(killed)
{
	int total = 0;
	long finds = 0;

	srand((unsigned)getpid());
	apppass_store_close(&store);
	for (int round = 0; round < 25; round++) {
		int pipes[2], pid;

		ck_assert_int_eq(pipe(pipes), 0);
		pid = fork();
		if (pid == 0)
			work_until_killed(pipes[1]);
		close(pipes[1]);
		poll(&(struct pollfd){.fd = pipes[0], .events = POLLIN}, 1, -1);
		usleep((useconds_t)(rand() % 40000));
		wait_killed(pid);
		store = open_store();
		total += check_said(pipes[0], &finds);
		close(pipes[0]);
		apppass_store_close(&store);
		store_place_check(FILE_NAME);
		store_place_remove();
		store_place_make();
	}
	ck_assert_int_ge(total, 25);
	ck_assert_int_ge(finds, 25);
	printf("# %d acknowledged changes, %ld lookups meanwhile, 25 kills\n", total, finds);
	store = open_store();
}
END_TEST

/* ---- the cost of a lookup ---- */

static double micros(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double median(double *took, int count)
{
	for (int i = 1; i < count; i++)
		for (int k = i; k > 0 && took[k] < took[k - 1]; k--) {
			double t = took[k];

			took[k] = took[k - 1];
			took[k - 1] = t;
		}
	return took[count / 2];
}

/* Of one that is there, or of as many owners as there are that have none with this hash. */
static double median_find(const struct apppass *app, int owners)
{
	static const unsigned char none[APPPASS_HASH_LEN];
	double took[501];
	struct apppass found;
	char text[32];

	for (int i = 0; i < 501; i++) {
		struct span owner = alice;
		double start;

		snprintf(text, sizeof(text), "ldap:%u", randombytes_uniform((uint32_t)owners));
		if (!app)
			owner = span_of(text);
		start = micros();
		ck_assert_int_eq(apppass_store_find(store, owner, app ? app->hash : none, &found),
				 app ? APPPASS_FOUND : APPPASS_NONE);
		took[i] = micros() - start;
	}
	return median(took, 501);
}

/* Of one that is there, after another handle's commit, which makes what is in memory void. */
static double median_find_fresh(const struct apppass *app)
{
	struct apppass_store *other = open_store();
	double took[51];
	struct apppass found;

	for (int i = 0; i < 51; i++) {
		double start;

		ck_assert(apppass_store_use(other, app->id, NOW + i * 60, SPAN_NONE, SPAN_NONE));
		start = micros();
		ck_assert_int_eq(apppass_store_find(store, alice, app->hash, &found),
				 APPPASS_FOUND);
		took[i] = micros() - start;
	}
	apppass_store_close(&other);
	return median(took, 51);
}

static const int sizes[] = {50, 200000};

/* 50 of each owner. A lookup that read all rows would take 20 ms. */
START_TEST(find_is_quick)
{
	struct apppass phone = add(alice, "phone");
	double hit, miss, fresh;
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		 " INSERT INTO apppass SELECT CAST('ldap:' || (i / 50) AS BLOB), randomblob(32),"
		 " printf('%%08d', i), 'n', 'l' || i, '', '', %d, 0, 0, 0, '', '' FROM n",
		 sizes[_i], NOW);
	store_place_fill(FILE_NAME, sql);
	hit = median_find(&phone, 1);
	miss = median_find(NULL, sizes[_i] / 50);
	fresh = median_find_fresh(&phone);
	printf("# among %d: found in %.1f us (after a commit %.1f us), not found in %.1f us\n",
	       sizes[_i], hit, fresh, miss);
	ck_assert_double_lt(hit, 200);
	ck_assert_double_lt(miss, 200);
	ck_assert_double_lt(fresh, 500);
}
END_TEST

#define LOOP(tcase, test, table)                                                                   \
	tcase_add_loop_test(tcase, test, 0, sizeof(table) / sizeof(*(table)))

int main(void)
{
	Suite *suite = suite_create("apppass_store");
	TCase *tcase = tcase_create("apppass_store");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, add_and_find);
	tcase_add_test(tcase, owners);
	tcase_add_test(tcase, each);
	LOOP(tcase, addition, additions);
	tcase_add_test(tcase, full);
	tcase_add_test(tcase, ended_are_bounded);
	tcase_add_test(tcase, revoke_by_id_and_label);
	tcase_add_test(tcase, revoke_again);
	LOOP(tcase, choice, choices);
	tcase_add_test(tcase, id_before_label);
	tcase_add_test(tcase, not_another_owners);
	tcase_add_test(tcase, rename_one);
	tcase_add_test(tcase, use);
	tcase_add_test(tcase, use_with_long_texts);
	tcase_add_test(tcase, another_handle_sees_it);
	tcase_add_test(tcase, full_disk);
	LOOP(tcase, damaged, damages);
	tcase_add_test(tcase, not_ours);
	tcase_add_test(tcase, another_key);
	tcase_add_test(tcase, threads);
	tcase_add_test(tcase, one_label_once);
	tcase_add_test(tcase, killed);
	LOOP(tcase, find_is_quick, sizes);
	suite_add_tcase(suite, tcase);
	log_open(LOG_TARGET_STDERR, LOG_LEVEL_WARNING, "test_apppass_store");
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
