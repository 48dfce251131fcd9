/* SPDX-License-Identifier: MIT */
/* A test's own folder, with the plugin under test in a folder of its own. */
#include "plugin_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void plugin_place_make(struct plugin_place *place)
{
	const char *built = getenv("REASON_PLUGIN");
	char link[128];

	snprintf(place->root, sizeof(place->root), "/tmp/reason-plugin-XXXXXX");
	if (!mkdtemp(place->root) || chmod(place->root, 0755))
		abort();
	snprintf(place->plugins, sizeof(place->plugins), "%s/sasl2", place->root);
	snprintf(place->socket, sizeof(place->socket), "%s/auth", place->root);
	snprintf(place->heard, sizeof(place->heard), "%s/heard", place->root);
	snprintf(link, sizeof(link), "%s/libreason.so", place->plugins);
	if (mkdir(place->plugins, 0755) || symlink(built ? built : PLUGIN_BUILT, link))
		abort();
}

void plugin_place_remove(const struct plugin_place *place)
{
	static const char *const names[] = {"sasl2/libreason.so", "auth", "heard"};
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", place->root, names[i]);
		unlink(path);
	}
	rmdir(place->plugins);
	rmdir(place->root);
}
