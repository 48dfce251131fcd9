/* SPDX-License-Identifier: MIT */
/* For tests/pwhash_doveadm: with the argument "-" it reads lines "stored secret TAB secret" and
 * prints what pwhash_verify() says of each, and whether it belongs in a thread; with the arguments
 * SCHEME SECRET it prints what pwhash_make() makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pwhash.h"

static const char *const matches[] = {"broken", "failed", "no", "yes"};

int main(int argc, char **argv)
{
	char line[4096], storage[PWHASH_STORED_MAX];
	struct buf made = BUF_ON(storage);

	if (argc == 3) {
		if (!pwhash_make(span_of(argv[1]), span_of(argv[2]), &made))
			return EXIT_FAILURE;
		printf("%.*s\n", (int)made.len, made.at);
		return EXIT_SUCCESS;
	}
	if (argc != 2)
		return 77; /* automake: nothing to do */
	while (fgets(line, sizeof(line), stdin)) {
		struct span stored, secret = {line, strcspn(line, "\n")};

		span_take_until(&secret, '\t', &stored);
		printf("%s %s\n", matches[pwhash_verify(stored, secret)],
		       pwhash_slow(stored) ? "slow" : "cheap");
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}
