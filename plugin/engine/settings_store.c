/* SPDX-License-Identifier: MIT */
/* The memory of the settings, and what is found while they are made. */
#include "engine/settings_store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct settings_store *settings_store_open(struct conf *conf, struct buf *faults)
{
	struct settings_store *store = calloc(1, sizeof(*store));

	if (!store) {
		conf_fault(faults, conf_top(conf)->place, "out of memory");
		conf_close(&conf);
		return NULL;
	}
	store->conf = conf;
	store->faults = faults;
	/* One octet stays for the NUL of settings.warnings. */
	store->warnings = (struct buf){store->storage, 0, sizeof(store->storage) - 1, false};
	return store;
}

void settings_store_close(struct settings_store **store)
{
	if (!*store)
		return;
	for (size_t i = 0; i < (*store)->held_count; i++)
		free((*store)->held[i]);
	free((*store)->held);
	conf_close(&(*store)->conf);
	free(*store);
	*store = NULL;
}

void *settings_store_alloc(struct settings_store *store, size_t count, size_t size)
{
	void **held = realloc(store->held, (store->held_count + 1) * sizeof(*held));
	void *item = calloc(count ? count : 1, size);

	if (held)
		store->held = held;
	if (!held || !item) {
		free(item);
		settings_store_fault(store, conf_top(store->conf)->place, "out of memory");
		return NULL;
	}
	store->held[store->held_count++] = item;
	return item;
}

static void tell(struct buf *out, struct conf_place place, const char *format, va_list args)
{
	char text[1024];

	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	conf_fault(out, place, "%s", text);
}

void settings_store_fault(struct settings_store *store, struct conf_place place, const char *format,
			  ...)
{
	va_list args;

	store->faulty = true;
	va_start(args, format);
	tell(store->faults, place, format, args);
	va_end(args);
}

void settings_store_warn(struct settings_store *store, struct conf_place place, const char *format,
			 ...)
{
	va_list args;

	va_start(args, format);
	tell(&store->warnings, place, format, args);
	va_end(args);
}
