/* SPDX-License-Identifier: MIT */
/* sasl-reason check-config: what sasl-reasond -t says of a configuration. */
#ifndef CLI_CHECK_CONFIG_H
#define CLI_CHECK_CONFIG_H

#include <stddef.h>

#include <jansson.h>

#include "cli/args.h"

extern const struct cli_option check_config_options[];

enum cli_exit check_config_run(const struct cli *cli, const struct args *args);

/* Where sasl-reasond is: beside this program (as in a build), in the folder that it was built for,
 * or in PATH. False if it is nowhere. */
bool check_config_program(char *path, size_t size);

/* {"status": 0 or 78, "config", "faults": [line], "warnings": [line]}; the caller owns it. Null if
 * sasl-reasond cannot be run. */
json_t *check_config_ask(const char *config);

#endif
