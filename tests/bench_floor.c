/* SPDX-License-Identifier: MIT */
/* What cannot be beaten: crypt_r(3) alone, a unix socket's round trip alone, and a hash behind one. */
#include "bench_tally.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WARM_NS	 UINT64_C(50000000)
#define QUESTION 120 /* octets of a request, and below of an answer, of the auth protocol */
#define ANSWER	 40

static const char *password, *stored; /* null: nothing is hashed */
static struct crypt_data state;

static void hash(void)
{
	const char *made = stored ? crypt_r(password, stored, &state) : NULL;

	if (stored && (!made || strcmp(made, stored) != 0))
		bench_tally_die("the hash does not fit");
}

static void hash_until(uint64_t begin, uint64_t end, struct bench_tally *tally)
{
	uint64_t before, after = 0;

	while (after < end) {
		before = bench_tally_now();
		hash();
		after = bench_tally_now();
		if (after >= begin && after <= end)
			bench_tally_note(tally, after - before);
	}
}

/* The other end: false when there are no more questions. */
static bool answer(int fd)
{
	char octets[QUESTION];

	if (recv(fd, octets, QUESTION, MSG_WAITALL) != QUESTION)
		return false;
	hash();
	return send(fd, octets, ANSWER, MSG_NOSIGNAL) == ANSWER;
}

static void ping_until(uint64_t begin, uint64_t end, struct bench_tally *tally)
{
	char octets[QUESTION] = {0};
	uint64_t before, after = 0;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		bench_tally_die("socketpair");
	if (fork() == 0) {
		close(ends[0]);
		while (answer(ends[1]))
			;
		_exit(0);
	}
	close(ends[1]);
	while (after < end) {
		before = bench_tally_now();
		if (send(ends[0], octets, QUESTION, MSG_NOSIGNAL) != QUESTION ||
		    recv(ends[0], octets, ANSWER, MSG_WAITALL) != ANSWER)
			bench_tally_die("round trip");
		after = bench_tally_now();
		if (after >= begin && after <= end)
			bench_tally_note(tally, after - before);
	}
	close(ends[0]);
}

int main(int argc, char **argv)
{
	bool crypts = argc == 6 && strcmp(argv[1], "crypt") == 0;
	unsigned count = argc == 6 ? (unsigned)strtoul(argv[4], NULL, 10) : 1;
	uint64_t counted = argc > 2 ? strtoull(argv[argc - 1], NULL, 10) * 1000000 : 0;
	struct bench_tally *tallies;
	uint64_t begin;

	if (counted == 0 || count == 0 ||
	    (!crypts && !(argc == 6 && strcmp(argv[1], "served") == 0) &&
	     !(argc == 3 && strcmp(argv[1], "socket") == 0))) {
		fputs("usage: bench_floor crypt|served PASSWORD STORED PROCESSES MILLISECONDS\n"
		      "       bench_floor socket MILLISECONDS\n",
		      stderr);
		return 2;
	}
	if (argc == 6) {
		password = argv[2];
		stored = argv[3];
	}
	tallies = bench_tally_shared(count);
	begin = bench_tally_now() + WARM_NS;
	for (unsigned i = 0; i < count; i++) {
		if (fork() != 0)
			continue;
		if (crypts)
			hash_until(begin, begin + counted, &tallies[i]);
		else
			ping_until(begin, begin + counted, &tallies[i]);
		return 0;
	}
	while (wait(NULL) > 0)
		;
	return bench_tally_print(tallies, count, counted) ? 0 : 1;
}
