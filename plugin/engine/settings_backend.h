/* SPDX-License-Identifier: MIT */
/* The backends of the settings. */
#ifndef ENGINE_SETTINGS_BACKEND_H
#define ENGINE_SETTINGS_BACKEND_H

#include "engine/settings.h"

/* The section of each type: "backend_file", … */
const char *settings_backend_section(enum settings_backend_type type);

/* Fills settings->backends; faults go to the store. */
void settings_backend_fill(struct settings *settings);

/* The files with secrets that the backends name: as settings_check_files(); one with a service's
 * password must have one in its first line. */
bool settings_backend_check_files(const struct settings *settings, struct buf *faults,
				  struct buf *warnings);

#endif
