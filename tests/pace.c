/* SPDX-License-Identifier: MIT */
/* How long a busy machine lets a process wait that wants to run. */
#include "pace.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define BEAT_MS 10.0

static pthread_t thread;
static atomic_bool going;
static double worst, total;

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1000000;
}

static void *beat(void *unused)
{
	const struct timespec pause = {0, (long)(BEAT_MS * 1000000)};

	while (going) {
		double begun = now_ms(), late;

		nanosleep(&pause, NULL);
		late = now_ms() - begun - BEAT_MS;
		worst = late > worst ? late : worst;
		total += late;
	}
	return unused;
}

void pace_begin(void)
{
	worst = total = 0;
	going = true;
	if (pthread_create(&thread, NULL, beat, NULL) != 0)
		abort();
}

double pace_end(void)
{
	going = false;
	pthread_join(thread, NULL);
	return 2 * worst > total ? 2 * worst : total;
}
