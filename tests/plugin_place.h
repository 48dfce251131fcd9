/* SPDX-License-Identifier: MIT */
/* A test's own folder, with the plugin under test in a folder of its own. */
#ifndef TESTS_PLUGIN_PLACE_H
#define TESTS_PLUGIN_PLACE_H

struct plugin_place {
	char root[64];
	char plugins[96]; /* holds libreason.so and nothing else */
	char socket[96];
	char heard[96];
};

/* Makes it; aborts if it cannot. The plugin is $REASON_PLUGIN, else the one of this build. */
void plugin_place_make(struct plugin_place *place);

/* Removes it. */
void plugin_place_remove(const struct plugin_place *place);

#endif
