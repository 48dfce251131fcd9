/* SPDX-License-Identifier: MIT */
/* The counters one after the other, for whoever asks what is locked. */
#ifndef STORE_ATTEMPTS_LIST_H
#define STORE_ATTEMPTS_LIST_H

#include "store/attempts_memory.h"

/* Those that count at `now`; of a name, or of an entry by its own text, if `name` is not absent. */
void attempts_list(const struct attempts_memory *memory, struct span name, int64_t now,
		   void (*each)(void *context, const struct attempts_row *row), void *context);

#endif
