/* SPDX-License-Identifier: MIT */
/* The names that a benchmark logs in with, in turn. */
#include "bench_name.h"

#include <stdio.h>
#include <string.h>

bool bench_name_varies(const char *pattern)
{
	return strchr(pattern, '*') != NULL;
}

void bench_name_next(const char *pattern, unsigned *turn, char name[BENCH_NAME_MAX])
{
	int star = (int)strcspn(pattern, "*");

	if (pattern[star])
		snprintf(name, BENCH_NAME_MAX, "%.*s%03u%s", star, pattern, (*turn)++ % 1000,
			 pattern + star + 1);
	else
		snprintf(name, BENCH_NAME_MAX, "%s", pattern);
}
