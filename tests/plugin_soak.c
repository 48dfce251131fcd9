/* SPDX-License-Identifier: MIT */
/* The plugin under load: many logins, init/done cycles and abandoned logins, with what they cost.
 */
#include "plugin_app.h"
#include "plugin_fake.h"
#include "plugin_place.h"

#include "base/span.h"

#include <dirent.h>
#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAIL                                                                                       \
	"say FAIL\t%\tuser=alice\treason=No. [bad-credentials] (id ABCD2345)\tenhanced=5.7.8\t"    \
	"status=535"
#define OK_OR_NOT      "greet|read|say OK\t%\tuser=alice|read|" FAIL "|again"
#define TWO_CHALLENGES "read|say CONT\t%\tb25l|read|say CONT\t%\tdHdv|read|"
#define LONG_TALKS                                                                                 \
	"greet|" TWO_CHALLENGES "say OK\t%\tuser=alice\tresp=dj0x|" TWO_CHALLENGES FAIL "|again"

static struct plugin_place place;
static struct plugin_app app;
static const char *const alice[] = {"\\0alice\\0right-pw", NULL};

static unsigned count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* KiB of memory that no other process can share: the program text of a library is not of it. */
static unsigned long private_kib(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	unsigned long sum = 0, part;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Anonymous: %lu", &part) == 1)
			sum += part;
	if (file)
		fclose(file);
	return sum;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int fail(const char *what, unsigned long count, const struct plugin_result *result)
{
	printf("not ok - %s %lu: code %d, %s, %s\n", what, count, result->code, result->detail,
	       plugin_app_logged());
	return 1;
}

/* Every second login is refused. valgrind's own memory grows: there, growth is not a failure. */
static int run_logins(unsigned long count, bool may_grow)
{
	double *ms = malloc(count * sizeof(*ms));
	unsigned long kib = 0;
	unsigned descriptors = 0;

	memset(ms, 1, count * sizeof(*ms)); /* so that it is there before memory is measured */
	plugin_app_open(&app);
	for (unsigned long i = 0; i < count; i++) {
		struct plugin_result result;

		plugin_app_login("PLAIN", alice, &result);
		if (result.code != (i % 2 ? SASL_BADAUTH : SASL_OK))
			return fail("login", i, &result);
		ms[i] = result.ms;
		if (i == count / 10) {
			kib = private_kib();
			descriptors = count_descriptors();
		}
	}
	printf("ok - %lu logins, private memory %lu KiB then %lu KiB, descriptors %u then %u\n",
	       count, kib, private_kib(), descriptors, count_descriptors());
	if ((private_kib() > kib + 64 && !may_grow) || count_descriptors() != descriptors) {
		puts("not ok - it grows");
		return 1;
	}
	plugin_app_close();
	qsort(ms, count, sizeof(*ms), by_size);
	printf("# a whole PLAIN login: p50 %.1f us, p99 %.1f us\n", ms[count / 2] * 1000,
	       ms[count * 99 / 100] * 1000);
	free(ms);
	return 0;
}

static int run_cycles(unsigned long count)
{
	unsigned descriptors = count_descriptors();

	for (unsigned long i = 0; i < count; i++) {
		struct plugin_result result;

		plugin_app_open(&app);
		plugin_app_login("PLAIN", alice, &result);
		if (result.code != SASL_OK)
			return fail("cycle", i, &result);
		plugin_app_close();
	}
	printf("ok - %lu cycles of init and done, descriptors %u then %u\n", count, descriptors,
	       count_descriptors());
	return count_descriptors() != descriptors;
}

/* Each mechanism in turn, given up at each step, and run to both ends. */
static int run_aborts(unsigned long count)
{
	static const char *const mechs[] = {"LOGIN", "SCRAM-SHA-256", "PLAIN", "SCRAM-SHA-1",
					    "CRAM-MD5"};
	unsigned long ended = 0;

	plugin_app_open(&app);
	for (unsigned long i = 0; i < count; i++) {
		const char *mech = mechs[i % 5];
		const char *tokens[] = {"n,,n=alice", "two", "three", "four", NULL};
		struct plugin_result result;

		if (strcmp(mech, "CRAM-MD5") == 0)
			tokens[0] = "";
		tokens[1 + i / 5 % 4] = NULL;
		plugin_app_login(mech, tokens, &result);
		if (result.code != SASL_CONTINUE && result.code != SASL_OK &&
		    result.code != SASL_BADAUTH)
			return fail(mech, i, &result);
		ended += result.code != SASL_CONTINUE;
	}
	plugin_app_close();
	printf("ok - %lu logins, %lu of them given up, at every step\n", count, count - ended);
	return ended == 0 || ended == count;
}

/* What the plugin adds to a process that uses libsasl2 anyway: at most 64 KiB. */
static int run_memory(unsigned long count)
{
	struct plugin_app bare = {.folders = place.root, .mechs = "none"};
	struct plugin_result result;
	unsigned long before, after;

	plugin_app_open(&bare);
	plugin_app_login("PLAIN", alice, &result);
	(void)private_kib();
	before = private_kib();
	plugin_app_close();
	plugin_app_open(&app);
	for (unsigned long i = 0; i < count; i++)
		plugin_app_login("PLAIN", alice, &result);
	after = private_kib();
	plugin_app_close();
	printf("%s - private memory: %lu KiB without the plugin, %lu KiB after %lu logins\n",
	       after <= before + 64 ? "ok" : "not ok", before, after, count);
	return after > before + 64;
}

static int run(const char *what, unsigned long count)
{
	bool aborts = strcmp(what, "aborts") == 0;
	const char *const scripts[] = {aborts ? LONG_TALKS : OK_OR_NOT, NULL};
	pid_t server = plugin_fake_start(place.socket, scripts, NULL);
	int failed;

	if (strcmp(what, "memory") == 0)
		failed = run_memory(count);
	else if (aborts)
		failed = run_aborts(count);
	else if (strcmp(what, "cycles") == 0)
		failed = run_cycles(count);
	else
		failed = run_logins(count, strcmp(what, "growth") != 0);
	plugin_fake_stop(server);
	return failed;
}

static int run_in_place(const char *what, unsigned long count)
{
	int failed;

	plugin_place_make(&place);
	app = (struct plugin_app){.folders = place.plugins,
				  .socket = place.socket,
				  .auxprop = "reason",
				  .no_success_data = true,
				  .mechs = "PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5"};
	failed = run(what, count);
	plugin_place_remove(&place);
	return failed;
}

/* plugin_soak [memory|growth|logins|cycles|aborts COUNT]; without arguments some of each. */
int main(int argc, char **argv)
{
	uint64_t count = 0;

	if (argc == 1)
		return run_in_place("memory", 100) | run_in_place("growth", 100000) |
		       run_in_place("cycles", 1000) | run_in_place("aborts", 2000);
	if (argc != 3 || !span_take_number(span_of(argv[2]), 100000000, &count) || count == 0) {
		fprintf(stderr, "usage: plugin_soak [memory|growth|logins|cycles|aborts COUNT]\n");
		return 2;
	}
	return run_in_place(argv[1], count);
}
