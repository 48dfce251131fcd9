/* SPDX-License-Identifier: MIT */
/* What the settings say of what is kept: directory, journal, counters, the admin socket, the fleet.
 */
#include "engine/settings_state.h"

#include <string.h>
#include <sys/un.h>

#include "base/netaddr.h"
#include "base/secretfile.h"
#include "engine/settings_who.h"

#define MIB (UINT64_C(1) << 20)

const struct network *settings_state_networks(struct settings_store *store,
					      const struct conf_block *block,
					      const struct conf_value *value, size_t *count)
{
	struct network *list = settings_store_alloc(store, value->count, sizeof(*list));

	*count = 0;
	for (size_t i = 0; list && i < value->count; i++) {
		struct network *network = &list[(*count)++];

		if (netaddr_take(span_of(value->items[i]), network->address, &network->bits))
			continue;
		if (block->section)
			settings_store_fault(
			    store, value->place, "%s \"%s\": %s: \"%s\" is not an address/bits",
			    block->section->name, block->title, value->key->name, value->items[i]);
		else
			settings_store_fault(store, value->place,
					     "%s: \"%s\" is not an address/bits", value->key->name,
					     value->items[i]);
	}
	return list;
}

static void take_journal(struct settings *settings, const struct conf_block *top)
{
	settings->journal = (struct journal_limits){
	    .entries = (uint64_t)conf_number(top, "journal_entries"),
	    .days = (unsigned)conf_number(top, "journal_days"),
	    .octets = (uint64_t)conf_number(top, "journal_size") * MIB,
	};
	settings->journal_hash_unknown = conf_number(top, "journal_unknown_names") == 1;
}

static void take_counting(struct settings *settings, const struct conf_block *top)
{
	struct settings_store *store = settings->store;

	settings->attempts_entries = (size_t)conf_number(top, "lock_entries");
	settings->ipv4_bits = (unsigned)conf_number(top, "lock_ipv4_bits");
	settings->ipv6_bits = (unsigned)conf_number(top, "lock_ipv6_bits");
	settings->forwarders = settings_state_networks(
	    store, top, conf_get(top, "trusted_forwarders"), &settings->forwarder_count);
	settings->shared = settings_state_networks(store, top, conf_get(top, "shared_networks"),
						   &settings->shared_count);
	settings->exempt = settings_state_networks(store, top, conf_get(top, "exempt_networks"),
						   &settings->exempt_count);
}

static void take_admin(struct settings *settings, const struct conf_block *top)
{
	struct settings_store *store = settings->store;
	const struct conf_value *path = conf_get(top, "admin_socket");
	const struct conf_value *group = conf_get(top, "admin_group");
	struct settings_listener *listener;

	if (!path->items[0][0] || !settings->listeners)
		return;
	listener = &settings->listeners[settings->listener_count];
	*listener = (struct settings_listener){.face = SETTINGS_FACE_ADMIN,
					       .path = path->items[0],
					       .mode = 0600,
					       .owner = (uid_t)-1,
					       .group = (gid_t)-1,
					       .max_connections = 1};
	if (strlen(path->items[0]) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		settings_store_fault(store, path->place,
				     "admin_socket: longer than the 107 octets of a socket's path");
	for (size_t i = 0; i < settings->listener_count; i++)
		if (strcmp(settings->listeners[i].path, listener->path) == 0)
			settings_store_fault(store, path->place,
					     "admin_socket: a listener has this path");
	if (group->items[0][0]) {
		listener->mode = 0660;
		if (!settings_who_group(group->items[0], &listener->group))
			settings_store_fault(store, group->place, "admin_group: no group \"%s\"",
					     group->items[0]);
	}
	settings->listener_count++;
}

static void take_fleet(struct settings *settings, const struct conf_block *top)
{
	struct settings_store *store = settings->store;
	const struct conf_block *block = conf_next(store->conf, top, "store", NULL);
	struct fleet_settings *fleet;
	const char *fault;

	if (!block)
		return;
	if (strcmp(block->title, "valkey") != 0)
		settings_store_fault(store, block->place, "store \"%s\": the one kind is valkey",
				     block->title);
	if (conf_next(store->conf, top, "store", block))
		settings_store_fault(store, block->place, "store: stands twice");
	if (!fleet_supported())
		settings_store_fault(store, block->place,
				     "store \"%s\": this sasl-reasond was built without hiredis",
				     block->title);
	if (!fleet_uri_valid(conf_text(block, "uri"), &fault))
		settings_store_fault(store, conf_get(block, "uri")->place, "store \"%s\": uri: %s",
				     block->title, fault);
	if (!settings->key_file)
		settings_store_fault(
		    store, block->place,
		    "store \"%s\": needs key_file, the same for all daemons; where there are app "
		    "passwords it has to be the key that made them: install -m 0600 %s/key "
		    "/etc/sasl-reason/key",
		    block->title,
		    settings->state_directory ? settings->state_directory : "/var/lib/sasl-reason");
	fleet = settings_store_alloc(store, 1, sizeof(*fleet));
	settings->fleet = fleet;
	if (!fleet)
		return;
	fleet->uri = conf_text(block, "uri");
	fleet->password_file = conf_text(block, "password_file");
	fleet->timeout_ms = (unsigned)conf_number(block, "timeout");
}

void settings_state_fill(struct settings *settings)
{
	const struct conf_block *top = conf_top(settings->store->conf);
	const char *directory = conf_text(top, "state_directory");

	settings->state_directory = *directory ? directory : NULL;
	take_journal(settings, top);
	take_counting(settings, top);
	take_admin(settings, top);
	take_fleet(settings, top);
}

bool settings_state_check_files(const struct settings *settings, struct buf *faults)
{
	const struct conf *conf = settings->store->conf;
	const struct conf_block *block = conf_next(conf, conf_top(conf), "store", NULL);
	const struct conf_value *path = block ? conf_get(block, "password_file") : NULL;
	const char *fault;

	if (!path || !path->items[0][0] ||
	    secretfile_look(path->items[0], settings->uid, &fault) == SECRETFILE_FINE)
		return true;
	conf_fault(faults, path->place, "store \"%s\": password_file: %s: %s", block->title,
		   path->items[0], fault);
	return false;
}
