/* SPDX-License-Identifier: MIT */
/* Logs in over saslauthd's own socket, where each login has a connection, in any number of
 * processes. */
#include "bench_name.h"
#include "bench_tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM_NS UINT64_C(100000000)

static const char *pattern, *password;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* A counted string. Returns what follows it. */
static char *put(char *at, const char *text)
{
	size_t len = strlen(text);

	*at++ = (char)(len >> 8);
	*at++ = (char)len;
	memcpy(at, text, len);
	return at + len;
}

static void log_in(unsigned *turn)
{
	char name[BENCH_NAME_MAX], question[512], answer[64];
	char *end;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	bench_name_next(pattern, turn, name);
	end = put(put(put(put(question, name), password), "smtp"), "");
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		bench_tally_die("saslauthd");
	if (send(fd, question, (size_t)(end - question), MSG_NOSIGNAL) != end - question)
		bench_tally_die("cannot send");
	if (recv(fd, answer, sizeof(answer), MSG_WAITALL) < 4 || memcmp(answer + 2, "OK", 2) != 0) {
		fprintf(stderr, "bench: refused: %s: %.60s\n", name, answer + 2);
		exit(1);
	}
	close(fd);
}

static void log_in_until(uint64_t begin, uint64_t end, struct bench_tally *tally, unsigned turn)
{
	uint64_t before, after = 0;

	while (after < end) {
		before = bench_tally_now();
		log_in(&turn);
		after = bench_tally_now();
		if (after >= begin && after <= end)
			bench_tally_note(tally, after - before);
	}
}

static bool run(unsigned processes, uint64_t counted)
{
	struct bench_tally *tallies = bench_tally_shared(processes);
	uint64_t begin = bench_tally_now() + WARM_NS;
	int status, failed = 0;

	for (unsigned i = 0; i < processes; i++) {
		if (fork() != 0)
			continue;
		log_in_until(begin, begin + counted, &tallies[i], i * 61);
		exit(0);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	if (failed == 0 && !bench_tally_print(tallies, processes, counted))
		bench_tally_die("no login was counted");
	return failed == 0;
}

int main(int argc, char **argv)
{
	unsigned processes = argc == 6 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
	uint64_t counted = argc == 6 ? strtoull(argv[5], NULL, 10) * 1000000 : 0;

	if (processes == 0 || counted == 0 || strlen(argv[1]) >= sizeof(address.sun_path) ||
	    strlen(argv[2]) > BENCH_NAME_MAX - 4 || strlen(argv[3]) > 128) {
		fputs("usage: bench_mux SOCKET NAME PASSWORD PROCESSES MILLISECONDS\n", stderr);
		return 2;
	}
	memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
	pattern = argv[2];
	password = argv[3];
	return run(processes, counted) ? 0 : 1;
}
