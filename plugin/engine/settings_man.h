/* SPDX-License-Identifier: MIT */
/* The man page of the config file, from the table of its keys. */
#ifndef ENGINE_SETTINGS_MAN_H
#define ENGINE_SETTINGS_MAN_H

#include <stdio.h>

/* Writes sasl-reason.conf(5): troff, man macros. docs/sasl-reason.conf.5 is what this writes. */
void settings_man_put(FILE *out);

#endif
