/* SPDX-License-Identifier: MIT */
/* The names that a benchmark logs in with, in turn. */
#ifndef BENCH_NAME_H
#define BENCH_NAME_H

#include <stdbool.h>

#define BENCH_NAME_MAX 128

/* A "*" in the pattern stands for 000 to 999. */
bool bench_name_varies(const char *pattern);

/* The next name of a pattern, which is shorter than BENCH_NAME_MAX - 3; `turn` counts on. */
void bench_name_next(const char *pattern, unsigned *turn, char name[BENCH_NAME_MAX]);

#endif
