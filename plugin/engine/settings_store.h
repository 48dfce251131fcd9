/* SPDX-License-Identifier: MIT */
/* The memory of the settings, and what is found while they are made. */
#ifndef ENGINE_SETTINGS_STORE_H
#define ENGINE_SETTINGS_STORE_H

#include "base/conf.h"

#define SETTINGS_STORE_WARNINGS_MAX 16384

struct settings_store {
	struct conf *conf;
	void **held;
	size_t held_count;
	struct buf *faults; /* while loading */
	bool faulty;
	struct buf warnings; /* lines, in `storage` */
	char storage[SETTINGS_STORE_WARNINGS_MAX];
};

/* Takes the conf over; null (and the conf closed) without memory. */
struct settings_store *settings_store_open(struct conf *conf, struct buf *faults);

/* Frees the conf and all that was allocated. */
void settings_store_close(struct settings_store **store);

/* `count` zeroed items, or one if there are none; null without memory, which is told. */
void *settings_store_alloc(struct settings_store *store, size_t count, size_t size);

/* As conf_fault(): something wrong, or something odd. */
void settings_store_fault(struct settings_store *store, struct conf_place place, const char *format,
			  ...) __attribute__((format(printf, 3, 4)));
void settings_store_warn(struct settings_store *store, struct conf_place place, const char *format,
			 ...) __attribute__((format(printf, 3, 4)));

#endif
