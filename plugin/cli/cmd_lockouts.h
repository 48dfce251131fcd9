/* SPDX-License-Identifier: MIT */
/* lockouts: shows and lifts the locks that failed logins have made. */
#ifndef CLI_CMD_LOCKOUTS_H
#define CLI_CMD_LOCKOUTS_H

#include "cli/args.h"

#include <jansson.h>
#include <stdint.h>

extern const char *const cmd_lockouts_verbs[];
extern const struct cli_option cmd_lockouts_options[];

enum cli_exit cmd_lockouts_run(const struct cli *cli, const struct args *args);

/* The table of `list`, of an array of counters. */
void cmd_lockouts_put_all(const json_t *lockouts, int64_t now);

#endif
