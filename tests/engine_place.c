/* SPDX-License-Identifier: MIT */
/* A real engine over a real accounts file and a state directory, in a folder of its own: for tests.
 */
#include "engine_place.h"

#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_text(const struct engine_place *place, const char *name, const char *text)
{
	char path[80], beside[96];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	snprintf(beside, sizeof(beside), "%s.new", path);
	out = fopen(beside, "w");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	fclose(out);
	ck_assert_int_eq(chmod(beside, 0600), 0);
	ck_assert_int_eq(rename(beside, path), 0);
}

void engine_place_accounts(struct engine_place *place, const char *accounts)
{
	write_text(place, "users", accounts);
}

static void start(struct engine_place *place)
{
	const unsigned char key[SCRAMKEY_LEN] = {place->key};
	char path[80], text[4096], fault_text[4096];
	struct buf faults = BUF_ON(fault_text);
	const char *fault = NULL;

	snprintf(text, sizeof(text),
		 "user = ''\nlog = stderr\nlog_level = error\ndefault_realm = example.org\n"
		 "state_directory = %s/state\nadmin_socket = ''\nhash_threads = 2\n%s\n"
		 "listener %s/auth { mechanisms = {PLAIN, LOGIN, CRAM-MD5} }\n"
		 "backend_file users { path = %s/users }\n"
		 "realm example.org {\nbackends = users\nsecrets = mixed\nfloor = 0\n"
		 "scheme = PLAIN\n%s\n}\n",
		 place->folder, place->top, place->folder, place->folder, place->realm);
	write_text(place, "conf", text);
	snprintf(path, sizeof(path), "%s/conf", place->folder);
	if (!settings_load(path, &place->settings, &faults))
		ck_abort_msg("%.*s", (int)faults.len, fault_text);
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(uv_loop_init(&place->loop), 0);
	place->engine = engine_open(&place->loop, place->settings, key, &fault);
	ck_assert_msg(place->engine != NULL, "%s", fault);
}

static void stop(struct engine_place *place)
{
	engine_place_settle(place);
	engine_close(&place->engine);
	uv_run(&place->loop, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&place->loop), 0);
	settings_close(&place->settings);
}

void engine_place_open(struct engine_place *place, const char *accounts, const char *realm,
		       const char *top)
{
	char path[80];

	*place = (struct engine_place){.key = 7, .realm = realm, .top = top};
	snprintf(place->folder, sizeof(place->folder), "/tmp/engine_place.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place->folder));
	snprintf(path, sizeof(path), "%s/state", place->folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	write_text(place, "users", accounts);
	start(place);
}

void engine_place_restart(struct engine_place *place)
{
	stop(place);
	start(place);
}

void engine_place_close(struct engine_place *place)
{
	char command[100];

	stop(place);
	snprintf(command, sizeof(command), "rm -rf %s", place->folder);
	ck_assert_int_eq(system(command), 0);
}

void engine_place_settle(struct engine_place *place)
{
	while (engine_busy(place->engine))
		uv_run(&place->loop, UV_RUN_ONCE);
	uv_run(&place->loop, UV_RUN_NOWAIT);
}

static void on_told(void *owner)
{
	*(bool *)owner = true;
}

struct inquiry *engine_place_begin(struct engine_place *place, const char *name,
				   const char *password, const char *client, const char *forwarder,
				   bool *told)
{
	struct inquire_request request = {.engine = place->engine,
					  .mech = MECH_PLAIN,
					  .mech_offered = true,
					  .tls = true,
					  .mechanism = span_of("PLAIN"),
					  .service = span_of("smtp"),
					  .client = span_of(client),
					  .forwarder = span_of(forwarder)};
	struct inquiry *inquiry = inquire_open(&request, on_told, told);

	ck_assert_ptr_nonnull(inquiry);
	*told = false;
	if (inquire_name(inquiry, span_of(name), SPAN_NONE))
		inquire_conclude(inquiry, false, false);
	else
		inquire_password(inquiry, span_of(password));
	return inquiry;
}

struct engine_place_answer engine_place_end(struct engine_place *place, struct inquiry **inquiry,
					    bool *told)
{
	struct engine_place_answer answer = {.text = ""};
	struct buf text = {answer.text, 0, sizeof(answer.text) - 1, false};
	const struct verdict *verdict;

	while (!*told)
		uv_run(&place->loop, UV_RUN_ONCE);
	verdict = inquire_verdict(*inquiry);
	answer.verdict = *verdict;
	snprintf(answer.label, sizeof(answer.label), "%.*s", (int)verdict->facts.label.len,
		 verdict->facts.label.at ? verdict->facts.label.at : "");
	if (verdict->outcome != OUTCOME_ALLOW)
		reply_put(&text, verdict, inquire_style(*inquiry), span_of("--------"));
	inquire_close(inquiry);
	return answer;
}

struct engine_place_answer engine_place_login(struct engine_place *place, const char *name,
					      const char *password, const char *client,
					      const char *forwarder)
{
	uint64_t start = uv_hrtime();
	bool told;
	struct inquiry *inquiry =
	    engine_place_begin(place, name, password, client, forwarder, &told);
	struct engine_place_answer answer = engine_place_end(place, &inquiry, &told);

	answer.ms = (uv_hrtime() - start) / 1000000;
	return answer;
}
