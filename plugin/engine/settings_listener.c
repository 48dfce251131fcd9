/* SPDX-License-Identifier: MIT */
/* The listeners of the settings. */
#include "engine/settings_listener.h"

#include <string.h>
#include <sys/un.h>

#include "engine/settings_store.h"
#include "engine/settings_who.h"

static size_t count_blocks(const struct conf *conf, const char *section)
{
	const struct conf_block *block = NULL;
	size_t count = 0;

	while ((block = conf_next(conf, conf_top(conf), section, block)))
		count++;
	return count;
}

static void take_owners(struct settings_store *store, const struct conf_block *block,
			struct settings_listener *listener)
{
	const struct conf_value *owner = conf_get(block, "owner");
	const struct conf_value *group = conf_get(block, "group");
	gid_t ignored;

	listener->owner = (uid_t)-1;
	listener->group = (gid_t)-1;
	if (owner->items[0][0] && !settings_who_user(owner->items[0], &listener->owner, &ignored))
		settings_store_fault(store, owner->place, "listener \"%s\": owner: no user \"%s\"",
				     block->title, owner->items[0]);
	if (group->items[0][0] && !settings_who_group(group->items[0], &listener->group))
		settings_store_fault(store, group->place, "listener \"%s\": group: no group \"%s\"",
				     block->title, group->items[0]);
}

static void take_mechanisms(struct settings_store *store, const struct conf_block *block,
			    struct settings_listener *listener)
{
	const struct conf_value *value = conf_get(block, "mechanisms");
	bool seen[MECH_COUNT] = {false};

	for (size_t i = 0; i < value->count; i++) {
		enum mech mech = mech_find(span_of(value->items[i]));

		if (mech == MECH_UNKNOWN || seen[mech]) {
			settings_store_fault(store, value->place,
					     "listener \"%s\": mechanisms: %s stands twice",
					     block->title, value->items[i]);
			continue;
		}
		seen[mech] = true;
		listener->mechanisms[listener->mechanism_count++] = mech;
	}
	if (value->count == 0)
		settings_store_fault(store, value->place,
				     "listener \"%s\": mechanisms: the list is empty",
				     block->title);
}

void settings_listener_fill(struct settings *settings)
{
	struct settings_store *store = settings->store;
	const struct conf_block *top = conf_top(store->conf), *block = NULL;
	size_t count = count_blocks(store->conf, "listener");

	if (count == 0)
		settings_store_fault(store, top->place, "there is no listener");
	/* Room for that of admin_socket. */
	settings->listeners = settings_store_alloc(store, count + 1, sizeof(*settings->listeners));
	while (settings->listeners && (block = conf_next(store->conf, top, "listener", block))) {
		struct settings_listener *listener =
		    &settings->listeners[settings->listener_count++];

		if (block->title[0] != '/' ||
		    strlen(block->title) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
			settings_store_fault(store, block->place,
					     "listener \"%s\": its title is not an absolute path "
					     "of at most 107 octets",
					     block->title);
		listener->path = block->title;
		listener->mode = (mode_t)conf_number(block, "mode");
		listener->max_connections = (unsigned)conf_number(block, "max_connections");
		listener->idle_ms = (unsigned)conf_number(block, "idle_timeout") * 1000;
		take_owners(store, block, listener);
		take_mechanisms(store, block, listener);
	}
}
