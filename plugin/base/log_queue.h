/* SPDX-License-Identifier: MIT */
/* Lines on their way to a descriptor whose reader may be slow, full or gone: never waited for. */
#ifndef BASE_LOG_QUEUE_H
#define BASE_LOG_QUEUE_H

#include <sys/types.h>

#include "base/buf.h"

struct log_queue {
	int fd;
	mode_t kind; /* what fd is, as S_IFMT gives it; 0: not looked at */
	struct buf waiting;
	uint64_t lost;	  /* lines dropped and not told yet */
	uint64_t told;	  /* lines that the notices in `waiting` tell of */
	uint64_t notices; /* how many of these there are */
	bool torn;	  /* the last line written lacks its end */
};

/* Looks again at what `fd` is; all other members are set by the owner and by the functions below.
 */
void log_queue_look(struct log_queue *queue);

/* Appends prefix, text and LF, all or nothing; flushes first if there is no room. A line that
 * finds none is counted, and the next line that does comes behind "<prefix>log lost=<count>". */
void log_queue_put(struct log_queue *queue, struct span prefix, struct span text);

/* Writes what can be written at once. A full disk or a reader that is gone (with SIGPIPE ignored)
 * drops and counts everything; a slow reader leaves it waiting. */
void log_queue_flush(struct log_queue *queue);

#endif
