/* SPDX-License-Identifier: MIT */
/* why: an incident of the journal in plain words. */
#ifndef CLI_CMD_WHY_H
#define CLI_CMD_WHY_H

#include "cli/args.h"

#include <jansson.h>
#include <stdint.h>

enum cli_exit cmd_why_run(const struct cli *cli, const struct args *args);

/* Prints an incident as `why` does; `now` is for how long ago it was. */
void cmd_why_put(const json_t *incident, int64_t now);

#endif
