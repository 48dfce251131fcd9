/* SPDX-License-Identifier: MIT */
/* Logs in with PLAIN through libsasl2 as an MTA does, in one process or in several at once. */
#include "bench_name.h"
#include "bench_tally.h"

#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM_NS UINT64_C(100000000)

static struct {
	const char
	    *socket; /* of saslauthd or of our daemon; "-": bench_sasl.conf has the options */
	const char *folders; /* of plugins, parted by ":"; and of bench_sasl.conf */
	const char *pattern, *password;
	unsigned turn;
	char message[512]; /* PLAIN's */
	unsigned len;
} setup;

static int get_option(void *context, const char *plugin, const char *option, const char **value,
		      unsigned *len)
{
	(void)context;
	(void)plugin;
	if (strcmp(setup.socket, "-") == 0)
		return SASL_FAIL;
	if (strcmp(option, "saslauthd_path") == 0 || strcmp(option, "reason_socket") == 0)
		*value = setup.socket;
	else if (strcmp(option, "pwcheck_method") == 0)
		*value = "saslauthd";
	else
		return SASL_FAIL;
	if (len)
		*len = (unsigned)strlen(*value);
	return SASL_OK;
}

static int get_path(void *context, const char **path)
{
	(void)context;
	*path = setup.folders;
	return SASL_OK;
}

static int get_folders(void *context, char **path)
{
	(void)context;
	*path = strdup(setup.folders);
	return *path ? SASL_OK : SASL_NOMEM;
}

#define PROC(function) ((int (*)(void))(void *)(function))

static const sasl_callback_t callbacks[] = {
    {SASL_CB_GETOPT, PROC(get_option), NULL},
    {SASL_CB_GETPATH, PROC(get_path), NULL},
    {SASL_CB_GETCONFPATH, PROC(get_folders), NULL},
    {SASL_CB_LIST_END, NULL, NULL},
};

static bool make_message(void)
{
	char name[BENCH_NAME_MAX];
	int len;

	bench_name_next(setup.pattern, &setup.turn, name);
	len = snprintf(setup.message, sizeof(setup.message), "%c%s%c%s", '\0', name, '\0',
		       setup.password);
	setup.len = (unsigned)len;
	return len > 0 && (size_t)len < sizeof(setup.message);
}

static void log_in(void)
{
	sasl_security_properties_t layers = {.maxbufsize = 0};
	sasl_ssf_t ssf = 256;
	sasl_conn_t *conn = NULL;
	const char *out = NULL;
	unsigned out_len = 0;

	if (bench_name_varies(setup.pattern) && !make_message())
		bench_tally_die("a long name");
	if (sasl_server_new("smtp", "mx.example.org", NULL, "192.0.2.2;25", "192.0.2.1;40000", NULL,
			    SASL_SUCCESS_DATA, &conn) != SASL_OK ||
	    sasl_setprop(conn, SASL_SEC_PROPS, &layers) != SASL_OK ||
	    sasl_setprop(conn, SASL_SSF_EXTERNAL, &ssf) != SASL_OK)
		bench_tally_die("libsasl2");
	if (sasl_server_start(conn, "PLAIN", setup.message, setup.len, &out, &out_len) != SASL_OK) {
		fprintf(stderr, "bench: refused: %s\n", sasl_errdetail(conn));
		exit(1);
	}
	sasl_dispose(&conn);
}

static void start_sasl(const char *folders)
{
	setup.folders = folders;
	if (sasl_server_init(callbacks, "bench_sasl") != SASL_OK)
		bench_tally_die("sasl_server_init");
}

static void log_in_until(uint64_t begin, uint64_t end, struct bench_tally *tally)
{
	uint64_t before, after = 0;

	while (after < end) {
		before = bench_tally_now();
		log_in();
		after = bench_tally_now();
		if (after >= begin && after <= end)
			bench_tally_note(tally, after - before);
	}
}

static int run(const char *folders, unsigned processes, uint64_t counted)
{
	struct bench_tally *tallies = bench_tally_shared(processes);
	uint64_t begin = bench_tally_now() + WARM_NS;
	int status, failed = 0;

	for (unsigned i = 0; i < processes; i++) {
		if (fork() != 0)
			continue;
		start_sasl(folders);
		setup.turn = i * 61;
		log_in_until(begin, begin + counted, &tallies[i]);
		exit(0);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	if (failed == 0 && !bench_tally_print(tallies, processes, counted))
		bench_tally_die("no login was counted");
	return failed == 0 ? 0 : 1;
}

/* KiB that this process shares with no other. */
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

/* The same process, first with the stock plugins alone, then with ours and after 100 logins. */
static int run_memory(const char *stock, const char *both)
{
	unsigned long before, after;

	start_sasl(stock);
	(void)private_kib();
	before = private_kib();
	sasl_done();
	start_sasl(both);
	for (int i = 0; i < 100; i++)
		log_in();
	after = private_kib();
	sasl_done();
	printf("before %lu after %lu\n", before, after);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned processes = argc == 7 ? (unsigned)strtoul(argv[5], NULL, 10) : 0;
	uint64_t counted = processes ? strtoull(argv[6], NULL, 10) * 1000000 : 0;

	if (argc == 7) {
		setup.socket = argv[2];
		setup.pattern = argv[3];
		setup.password = argv[4];
	}
	if (argc == 7 && make_message()) {
		if (processes && counted)
			return run(argv[1], processes, counted);
		if (strcmp(argv[5], "memory") == 0)
			return run_memory(argv[6], argv[1]);
	}
	fputs("usage: bench_sasl FOLDERS SOCKET NAME PASSWORD PROCESSES MILLISECONDS\n"
	      "       bench_sasl FOLDERS SOCKET NAME PASSWORD memory FOLDERS-WITHOUT-OURS\n",
	      stderr);
	return 2;
}
