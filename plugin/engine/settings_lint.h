/* SPDX-License-Identifier: MIT */
/* What is allowed in the settings but hardly meant. */
#ifndef ENGINE_SETTINGS_LINT_H
#define ENGINE_SETTINGS_LINT_H

#include "engine/settings.h"

/* Adds warnings to the store. The settings have no fault. */
void settings_lint(const struct settings *settings);

#endif
