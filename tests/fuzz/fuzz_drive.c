/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target without a fuzzer: its seeds, then mutations of them for about a second (always
 * the same ones); with arguments, these files instead. */
#include "fuzz_drive.h"

#include <string.h>
#include <time.h>

#define SIZE_MAX_MADE 2048
#define NS            INT64_C(1000000000)

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static size_t random_below(size_t bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return bound ? (size_t)(random_state % bound) : 0;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * NS + time.tv_nsec;
}

/* On memory of exactly its size, so that a sanitizer or valgrind sees a step too far. */
static void run(const unsigned char *data, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static size_t put(unsigned char *data, size_t size, size_t at, const char *text, size_t len)
{
	if (size + len > SIZE_MAX_MADE)
		return size;
	memmove(data + at + len, data + at, size - at);
	memcpy(data + at, text, len);
	return size + len;
}

static size_t cut(unsigned char *data, size_t size, size_t at, size_t len)
{
	if (len > size - at)
		len = size - at;
	memmove(data + at, data + at + len, size - at - len);
	return size - len;
}

static size_t mutate(unsigned char *data, size_t size, size_t seeds)
{
	static const char odd[] = "\0\n\r\t:,;=$%{}@/\\\001\177\303\377 0!*";
	const char *other = fuzz_seeds[random_below(seeds)];
	size_t at = random_below(size + 1), from = random_below(strlen(other) + 1);

	switch (random_below(6)) {
	case 0:
		if (size)
			data[random_below(size)] ^= (unsigned char)(1u << random_below(8));
		return size;
	case 1:
		return put(data, size, at, &odd[random_below(sizeof(odd) - 1)], 1);
	case 2:
		return cut(data, size, at, 1 + random_below(8));
	case 3:
		return put(data, size, at, other + from, random_below(strlen(other) - from + 1));
	case 4:
		if (size)
			data[random_below(size)] = (unsigned char)random_below(256);
		return size;
	default:
		return cut(data, size, at, size);
	}
}

static int run_files(char **paths)
{
	static unsigned char data[1 << 20];

	for (; *paths; paths++) {
		FILE *in = fopen(*paths, "rb");

		if (!in) {
			perror(*paths);
			return EXIT_FAILURE;
		}
		run(data, fread(data, 1, sizeof(data), in));
		fclose(in);
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	unsigned char data[SIZE_MAX_MADE];
	size_t seeds = 0, size, count = 0;
	int64_t until = now() + NS;

	if (argc > 1)
		return run_files(argv + 1);
	for (; fuzz_seeds[seeds]; seeds++)
		run((const unsigned char *)fuzz_seeds[seeds], strlen(fuzz_seeds[seeds]));
	for (; now() < until; count++) {
		const char *seed = fuzz_seeds[random_below(seeds)];

		size = put(data, 0, 0, seed, strlen(seed));
		for (size_t steps = 1 + random_below(6); steps > 0; steps--)
			size = mutate(data, size, seeds);
		run(data, size);
	}
	printf("ok - %zu seeds, %zu mutations\n", seeds, count);
	return EXIT_SUCCESS;
}
