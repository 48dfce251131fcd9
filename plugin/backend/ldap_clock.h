/* SPDX-License-Identifier: MIT */
/* Deadlines of the directory backend, on a clock that nobody sets. */
#ifndef BACKEND_LDAP_CLOCK_H
#define BACKEND_LDAP_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since some moment. */
uint64_t ldap_clock_now(void);

/* `ms` from now on, but no later than `limit`. */
uint64_t ldap_clock_due(unsigned ms, uint64_t limit);

/* Milliseconds until `due`; 0 if it has passed. */
int ldap_clock_left(uint64_t due);

/* The same moment for pthread_cond_clockwait() with CLOCK_MONOTONIC. */
struct timespec ldap_clock_moment(uint64_t due);

#endif
