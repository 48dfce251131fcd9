/* SPDX-License-Identifier: MIT */
/* Lets answers leave at a moment to the nanosecond, not to the millisecond of the loop's timers. */
#ifndef ENGINE_FLOOR_H
#define ENGINE_FLOOR_H

#include <stdint.h>
#include <uv.h>

/* What waits; embedded in its owner's struct. */
struct floor_wait {
	uint64_t due;
	void (*over)(struct floor_wait *wait);
	struct floor_wait *child, *next;
};

struct floor;

/* Null if the system gives no timer. */
struct floor *floor_open(uv_loop_t *loop);

/* Calls over() from the loop, not before uv_hrtime() is `due`; then it may wait again. The loop is
 * alive until then. */
void floor_wait(struct floor *floor, struct floor_wait *wait, uint64_t due,
		void (*over)(struct floor_wait *wait));

/* Calls over() of all that still waits. Its handle needs one more turn of the loop. */
void floor_close(struct floor **floor);

#endif
