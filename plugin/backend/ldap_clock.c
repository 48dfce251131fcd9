/* SPDX-License-Identifier: MIT */
/* Deadlines of the directory backend, on a clock that nobody sets. */
#include "backend/ldap_clock.h"

#include <limits.h>

uint64_t ldap_clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t ldap_clock_due(unsigned ms, uint64_t limit)
{
	uint64_t due = ldap_clock_now() + ms;

	return due < limit ? due : limit;
}

int ldap_clock_left(uint64_t due)
{
	uint64_t now = ldap_clock_now();

	if (due <= now)
		return 0;
	return due - now < INT_MAX ? (int)(due - now) : INT_MAX;
}

struct timespec ldap_clock_moment(uint64_t due)
{
	return (struct timespec){(time_t)(due / 1000), (long)(due % 1000) * 1000000};
}
